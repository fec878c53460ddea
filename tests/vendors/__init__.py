"""Tests of vendors and their rails."""
