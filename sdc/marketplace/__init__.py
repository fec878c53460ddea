"""Vendors from application to approval, what they offer, and the orders they see."""
