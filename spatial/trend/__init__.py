"""Is a series rising? Rank tests of Mann and Kendall and what they are computed from."""
