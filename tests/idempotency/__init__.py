"""Tests of: Once is once: a POST with the same key and body has one effect, and answers the same again."""
