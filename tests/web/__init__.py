"""Tests of: The edge: how requests are read strictly, logged sparingly and answered in pages."""
