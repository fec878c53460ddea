"""Tests of sdc/marketplace/screening: lists come in, everybody is looked up, and people decide what matched."""
