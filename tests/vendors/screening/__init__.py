"""Tests of vendors/screening: how lists are read, and whom they are taken to name."""
