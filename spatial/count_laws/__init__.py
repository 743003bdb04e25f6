"""Counts with expected values: sums of unlike negative binomials, and how much places differ.

`neighbour_sums` gives the tails of sums (`sum_walk` computes them), `dispersion` estimates the
spread of ordinary cells from counts cut off at a cap (`truncated_counts`).
"""
