"""Tests of the kinds of rules, a family a file."""
