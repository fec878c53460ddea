"""Purchases, from request to expiry."""
