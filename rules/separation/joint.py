"""The parts of care that members tell: both needs met by one kind of care, and joint work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.model import Filing, add_months
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

if TYPE_CHECKING:
    from ibis.expr.types import Table

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
    held = filing.once("bh needs", needs)
    covered = held.filter(held.covered)
    # What Medicare pays for a dual is not among these encounters.
    alone = covered.filter(~covered.dual)
    return [tell_without_ph(alone), tell_without_bh(alone), *joint_parts(filing, covered)]


def tell_without_ph(covered: Table) -> Told:
    """Tell how many members with SMI, or in BH care, had no PH visit all year."""
    asked = covered.filter(covered.smi | (covered.bh_days > 0))
    total, without = counted(asked, asked.ph_days == 0)
    few = too_few(WITHOUT_PH, total, "members enrolled all year, no duals, with SMI or in BH care")
    if few:
        return few
    told = f"{without:,} of {total:,} members with SMI or in BH care had no PH visit in the year"
    return Part(WITHOUT_PH, between(without / total, 0.0, WITHOUT_ONE), without, total, told)


def tell_without_bh(covered: Table) -> Told:
    """Tell how many members with much PH care and a BH diagnosis had no BH service all year."""
    asked = covered.filter(covered.diagnosed, covered.ph_days >= HEAVY)
    total, without = counted(asked, asked.bh_days == 0)
    few = too_few(WITHOUT_BH, total, "members, no duals, with much PH care and a BH diagnosis")
    if few:
        return few
    told = (
        f"{without:,} of {total:,} members with a BH diagnosis and PH visits on {HEAVY} days or "
        "more had no BH visit"
    )
    return Part(WITHOUT_BH, between(without / total, 0.0, WITHOUT_ONE), without, total, told)


def joint_parts(filing: Filing, covered: Table) -> list[Told]:
    """Return the parts of joint care plans and of care conferences."""
    reason = why_unusable(filing, ("coordination",))
    if reason:
        return [LeftOut(PLANS, reason), LeftOut(CONFERENCES, reason)]
    both = (covered.bh_days > 0) & (covered.ph_days >= HEAVY)
    return [
        tell_events(
            filing,
            covered.filter(covered.smi | both),
            "integrated_care_plan",
            PLANNED,
            (PLANS, "members with SMI or both needs", "a joint care plan"),
        ),
        tell_events(
            filing,
            covered.filter(covered.smi),
            "care_conference",
            CONFERRED,
            (CONFERENCES, "members with SMI", "a care conference"),
        ),
    ]


def tell_events(
    filing: Filing, due: Table, kind: str, one_house: float, words: tuple[str, str, str]
) -> Told:
    """Tell how many members due had an event of a kind in the 12 months of the period's end.

    ``words`` are the part's name, who is due, and what.
    """
    name, who, what = words
    events = filing.tables["coordination"]
    first = add_months(filing.period.end, 1 - MONTHS)
    found = events.filter(events.kind == kind, events.occurred_on.between(first, filing.period.end))
    total, have = counted(due, due.member_id.isin(found.member_id))
    few = too_few(name, total, f"{who} enrolled all year")
    if few:
        return few
    told = f"{have:,} of {total:,} {who} had {what} in the year"
    return Part(name, between(have / total, one_house, 0.0), have, total, told)


def counted(members: Table, those: Any) -> tuple[int, int]:
    """Return how many members there are, and how many of them are those."""
    asked = members.agg(total=members.count(), those=ibis.coalesce(those.sum(), 0))
    total, found = asked.to_polars().row(0)
    return int(total), int(found)
