"""Tests of the Stripe rail."""
