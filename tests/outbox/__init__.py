"""Tests of: The outbox: work that must follow a commit, written in the same transaction, done by a worker later."""
