"""Tests of moves between lines and of savings."""
