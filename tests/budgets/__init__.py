"""Tests of: Individual recovery budgets: allocated, released period by period, read back from the books."""
