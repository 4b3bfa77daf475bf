"""Decisions on services asked for: how the two sides fare."""
