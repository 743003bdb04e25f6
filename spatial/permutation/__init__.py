"""The law of sums of values drawn from a city without replacement, without simulating it.

`conditional` chooses: exact draws of whole counts (`draw_sums`, `draw_tables`), a fine grid
(`value_grid`) or a saddlepoint for the rest; `shuffles` simulates, as the check.
"""
