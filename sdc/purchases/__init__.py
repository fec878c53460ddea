"""Purchases: asked for, judged in the open, approved, delivered, confirmed."""
