"""The revisions: what they leave, alone and at once."""
