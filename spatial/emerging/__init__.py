"""Emerging hot spots: bins of space and time, and the word for each cell's course."""
