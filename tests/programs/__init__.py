"""Tests of: Programs, their payers, funding sources, money received, and their staff."""
