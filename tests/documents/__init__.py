"""Tests of: Uploaded papers: quotes, receipts, proofs, letters; stored as bytes, handed out only to those who may see their owner."""
