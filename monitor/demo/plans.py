"""The four plans, and what is planted in each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What sets a plan apart; everything not named here is ordinary and the same for all four.

    Shares are 0 to 1. ``cut_from`` is the month, counted from 1, in which behavioral benefit money
    falls by ``bh_cut``.
    """

    plan_id: str
    city_rank: int
    idle: float = 0.065
    stale: float = 0.04
    wrong_npi: float = 0.003
    late: float = 0.02
    late_bh: float = 0.02
    silo: bool = False
    bh_cut: float = 0.0
    cut_from: int = 7
    thin_county: bool = False


PLANS = (
    Plan("STEADY", 0, thin_county=True),
    Plan("SILO", 1, silo=True, late_bh=0.62),
    Plan("DRIFT", 2, bh_cut=0.25),
    Plan("GHOST", 3, idle=0.40, stale=0.28, wrong_npi=0.03),
)
