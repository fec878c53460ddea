"""Notices of a no: reasons, rule, right to appeal and its last day, in both languages."""
