"""Journeys: what people do from end to end, each ending with the books proved."""
