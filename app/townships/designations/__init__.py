"""Designations of townships 治理类: their life, and which are in force on a day."""
