"""Notices and their clocks."""
