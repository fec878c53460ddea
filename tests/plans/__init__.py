"""Tests of: Recovery plans: goals and budget lines, drafted, signed and approved, every version kept."""
