"""Tests of: Stored versions of rulebooks: who may read them, which one judges today."""
