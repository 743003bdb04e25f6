"""The ledger 清单台账: the items of all plans in a person's area, listed, changed and exchanged."""
