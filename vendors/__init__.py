"""Who may be paid, for what, and the rails that pay; knows nothing of the application, the ledger or the policy."""
