"""The ledger by itself, on both databases."""
