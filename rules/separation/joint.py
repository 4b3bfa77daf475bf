"""The parts of care that members tell: both needs met by one kind of care, and joint work."""

from __future__ import annotations

import polars as pl

from rules.coordination.cc02_no_joint_plan import PLAN
from rules.coordination.due import with_event
from rules.model import Filing
from rules.separation.needs import HEAVY, needs
from rules.separation.parts import (
    MONTHS,
    LeftOut,
    Part,
    Told,
    between,
    too_few,
    why_unusable,
)

WITHOUT_PH = "BH need without a PH visit"
WITHOUT_BH = "PH-heavy with a BH diagnosis without BH"
PLANS = "joint care plans"
CONFERENCES = "care conferences"
NEEDS = ("encounters", "members")

WITHOUT_ONE = 0.50
"""Share of members who get one kind of care only that reads 1; none reads 0. carvein's own."""

PLANNED = 0.50
"""Share of members due with a joint plan that reads 0; none reads 1. carvein's own default."""

CONFERRED = 0.25
"""Share of members with SMI with a care conference that reads 0; none reads 1. carvein's own."""


def care_parts(filing: Filing) -> list[Told]:
    """Return the four parts of what members with both needs get."""
    reason = why_unusable(filing, NEEDS)
    if reason:
        return [LeftOut(name, reason) for name in (WITHOUT_PH, WITHOUT_BH, PLANS, CONFERENCES)]
    covered = needs(filing).filter("covered")
    # What Medicare pays for a dual is not among these encounters.
    alone = covered.filter(~pl.col("dual"))
    return [tell_without_ph(alone), tell_without_bh(alone), *joint_parts(filing, covered)]


def tell_without_ph(covered: pl.DataFrame) -> Told:
    """Tell how many members with SMI, or in BH care, had no PH visit all year."""
    asked = covered.filter(pl.col("smi") | (pl.col("bh_days") > 0))
    total, without = asked.height, asked.filter(pl.col("ph_days") == 0).height
    few = too_few(WITHOUT_PH, total, "members enrolled all year, no duals, with SMI or in BH care")
    if few:
        return few
    told = f"{without:,} of {total:,} members with SMI or in BH care had no PH visit in the year"
    return Part(WITHOUT_PH, between(without / total, 0.0, WITHOUT_ONE), without, total, told)


def tell_without_bh(covered: pl.DataFrame) -> Told:
    """Tell how many members with much PH care and a BH diagnosis had no BH service all year."""
    asked = covered.filter("bh_need", pl.col("ph_days") >= HEAVY)
    total, without = asked.height, asked.filter(pl.col("bh_days") == 0).height
    few = too_few(WITHOUT_BH, total, "members, no duals, with much PH care and a BH diagnosis")
    if few:
        return few
    told = (
        f"{without:,} of {total:,} members with a BH diagnosis and PH visits on {HEAVY} days or "
        "more had no BH visit"
    )
    return Part(WITHOUT_BH, between(without / total, 0.0, WITHOUT_ONE), without, total, told)


def joint_parts(filing: Filing, covered: pl.DataFrame) -> list[Told]:
    """Return the parts of joint care plans and of care conferences, in the year to the end."""
    reason = why_unusable(filing, ("coordination",))
    if reason:
        return [LeftOut(PLANS, reason), LeftOut(CONFERENCES, reason)]
    during = filing.last(MONTHS)
    due = covered.filter(pl.col("smi") | (pl.col("bh_need") & pl.col("ph_need")))
    plans = with_event(due, filing, during, PLAN, actors=("joint",))
    conferences = with_event(covered.filter("smi"), filing, during, "care_conference")
    who = "members with SMI or both needs"
    return [
        tell_joint(PLANS, plans["done"], PLANNED, who, "a joint care plan"),
        tell_joint(
            CONFERENCES, conferences["done"], CONFERRED, "members with SMI", "a care conference"
        ),
    ]


def tell_joint(name: str, done: pl.Series, one_house: float, who: str, what: str) -> Told:
    """Tell how many members due had a kind of joint work in the year."""
    have, total = int(done.sum()), done.len()
    few = too_few(name, total, f"{who} enrolled all year")
    if few:
        return few
    told = f"{have:,} of {total:,} {who} had {what} in the year"
    return Part(name, between(have / total, one_house, 0.0), have, total, told)
