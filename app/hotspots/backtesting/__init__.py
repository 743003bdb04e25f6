"""The forecast check: which method would have found most of the next cases in this city."""
