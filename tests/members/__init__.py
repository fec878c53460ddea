"""Tests of: Members, their representatives, and who may see whom."""
