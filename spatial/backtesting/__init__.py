"""Which forecast finds most of the next cases: methods, rolling origins, figures, intervals."""
