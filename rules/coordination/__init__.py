"""Care across the two sides: joint plans, notices, referrals, agreements to share data."""

from __future__ import annotations

BY_NEED = frozenset({"CC02", "CC06", "CC07"})
"""Rules whose list of members may rest on a need for substance use care (42 CFR Part 2)."""
