"""Exclusion lists at work: imported, asked about every vendor, owner and manager, and what people decide of what matched."""
