"""Measures of behavioral-health care: HEDIS-like, not NCQA-certified."""

from __future__ import annotations

SUBSTANCE_USE = frozenset({"QM03", "QM04", "QM12"})
"""Measures whose member-level trail tells of a substance use disorder (42 CFR Part 2)."""
