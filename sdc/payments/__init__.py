"""Payments to vendors: claimed, sent by a rail, settled, found again when an answer is lost."""
