"""Tests of the policy library: facts in, decisions out."""
