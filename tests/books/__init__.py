"""Tests of: The books: every account and every entry the program can make."""
