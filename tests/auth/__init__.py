"""Tests of: Who asks: principals, their tokens, and the one table of what each role may do."""
