"""Figures: each rate beside its bare floor, in one run."""
