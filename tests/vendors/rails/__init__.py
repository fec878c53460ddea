"""Tests of the rails, over real sockets."""
