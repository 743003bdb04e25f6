"""Choosing governance townships: candidates, what-ifs, and the record of a decision."""
