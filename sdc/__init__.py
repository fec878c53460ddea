"""The service on which self-directed care runs: requests, decisions, encumbrances, bills, payments and their proof."""
