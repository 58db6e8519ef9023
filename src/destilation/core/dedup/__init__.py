"""Duplicates decided at the door: fingerprints, the index of what was seen, exact verification."""
