"""The ways money leaves for a vendor, all behind one protocol."""
