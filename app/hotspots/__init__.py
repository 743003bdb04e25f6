"""Hotspots: runs over the cases, the map of a run, and the numbers behind each thing on it."""
