"""The house rules, held."""
