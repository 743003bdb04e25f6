"""Whether counts that had fallen rise again: a cumulative sum over what a year lets one expect."""
