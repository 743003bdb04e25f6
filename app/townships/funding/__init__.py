"""Funding 资金 of the items of plans: planned, allocated and spent, by year and source."""
