"""Tests of the way to yes."""
