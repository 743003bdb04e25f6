"""Proactive projects 主动治理: from a common root cause to points, work and an exclusion window."""
