"""How fast vendors are paid."""
