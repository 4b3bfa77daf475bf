"""Behavioral health money shifted elsewhere: reallocated, not spent, cut in price, or retained.

What it measures
----------------
Over the last ``months`` complete months: completed BH benefit per member month, standardised to the
rate-setting mix of rate cells, split into use and unit price. Use is searched for a step down by
generalised least squares over every month with ``side_months`` months on both sides, against the
scatter between members, seasons and what all members share; unit prices by service code are
searched likewise. From the month found on, what physical health got more is read from its use, its
prices and the ledger's fees; what subcontractors were paid from the ledger.

Why it is required
------------------
Under one integrated contract, money that the state's rate meant for behavioral health can be
spent elsewhere without a separate contract that would show it (Integrated Care Resource Center,
*State Options for Integrating Physical and Behavioral Health Care*, 2011: reallocation of funds
away from BH). What a subcontractor keeps is not benefit (42 CFR 438.8(e)(2)(v)).

Met
---
``no shift``: nothing fell by ``least`` or more beyond chance, and a fall of ``smallest`` would have
been found.

Not met
-------
``reallocation``: BH fell and physical health got more: at least a quarter of what was lost, and
more probably all of it than none. ``access contraction``: use fell and the money did not turn up
there. ``price cut``: only unit prices fell. ``retained by subcontractor``: providers got less of
sub-capitated care, and the subcontractor was paid as before.

Limits
------
It cannot be told, and the rule could not run, where encounters fell against the ledger, months are
silent, or both sides fell together (``cannot tell: data``), and where the plan is too small for a
fall of ``smallest`` or to tell where a fall of use went (``cannot tell: too few members``). A
finding is a fact about money, not about motive; the evidence says what else could explain it.
Sub-capitated services that became fewer while the subcontractor was paid as before cannot be told
from encounters that it did not send. Whether lost money went to physical health or was kept is the
less certain the smaller it is: the evidence has the probability.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.series import Series, series
from rules.spending.shift_data import ledger_tells, why_data
from rules.spending.shift_find import find_shift
from rules.spending.shift_regions import by_region
from rules.spending.shift_tell import of_months, of_shift, sentence
from rules.spending.shift_verdict import (
    DATA,
    FAULTS,
    NO_SHIFT,
    TOO_FEW,
    judge_shift,
)

READS = ("encounters", "capitation", "ledger", "members")


@dataclass(frozen=True)
class Params:
    """What counts as a shift.

    Attributes
    ----------
    months
        Length of the look-back, in complete months.
    side_months
        Fewest months before and after a change.
    least
        Smallest fall of BH money, a share, that is told.
    smallest
        Fall, a share, that a plan must be large enough to show.
    fewest_users
        Fewest users of BH care, in an average month, that such a fall must be: fewer are a cell
        that CMS suppresses (*Cell Size Suppression Policy*: 1 to 10).
    alpha
        Probability of a step in use as large by chance alone, at most.
    """

    months: int = 24
    side_months: int = 3
    least: float = 0.04
    smallest: float = 0.15
    fewest_users: float = 11
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if self.side_months < 2:
            raise ValueError(f"side_months {self.side_months}, wanted at least 2")
        if not 2 * self.side_months <= self.months <= 36:
            raise ValueError(
                f"months {self.months}, wanted {2 * self.side_months} (twice side_months) to 36"
            )
        for name in ("least", "smallest", "alpha"):
            share = getattr(self, name)
            if not 0 < share < 1:
                raise ValueError(f"{name} {share} is not between 0 and 1")
        if self.fewest_users < 0:
            raise ValueError(f"fewest_users {self.fewest_users} is below 0")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Search the plan's monthly money for a shift, and yield one verdict."""
    told = filing.once("series", series)
    tested = np.flatnonzero(told.mature)[-params.months :]
    base = of_months(told, tested)
    if not (told.member_months > 0).any():
        note = "capitation has no member months"
        yield Measure("plan", None, 0.0, None, base, note, Outcome.NOT_APPLICABLE)
        return
    if why := why_data(filing, told, tested, params.side_months):
        yield _untold(DATA, f"cannot tell whether BH money shifted: {why}", base)
        return
    shift = find_shift(filing, told, tested, params.side_months, params.alpha, params.least)
    users = float(told.bh.users_raw[tested].mean())
    ledger = ledger_tells(told, tested)
    verdict = judge_shift(shift, params.smallest, ledger, users, params.fewest_users)
    regions = by_region(filing, told, tested, params.side_months, params.alpha)
    evidence = {**base, **of_shift(told, shift, verdict), "regions": regions}
    people = float(told.member_months[tested].sum()) / len(tested)
    if verdict.told == TOO_FEW:
        few = f"{people:,.0f} members are too few"
        note = f"cannot tell whether BH money shifted: {few}: {verdict.why}"
        yield _untold(TOO_FEW, note, evidence)
    elif verdict.told == DATA:
        note = (
            f"cannot tell whether BH money shifted from {evidence['since']} on (BH use "
            f"{-evidence['size']:+.1%}): {verdict.why}"
        )
        yield _untold(DATA, note, evidence)
    else:
        months = tested[shift.at :] if verdict.told in FAULTS else tested[:0]
        lost = evidence["lost_pmpm"] * float(told.member_months[months].sum())
        evidence["told"] = sentence(verdict, evidence, told, shift)
        yield Measure("plan", lost, people, verdict.told, evidence)


def _untold(value: str, note: str, evidence: Mapping[str, object]) -> Measure:
    return Measure("plan", value=value, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)


def required(params: Params, measure: Measure) -> str:
    """Return the only verdict that meets the requirement."""
    return NO_SHIFT


RULE = Rule(
    code="SP10",
    name="spending.money-shifted",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="",
    sense=Sense.AT_LEAST,
    required=required,
    message="{plan_id}: {evidence[told]}",
    remedy=(
        "Show where the money went: fee schedules, authorizations, network and payments to "
        "subcontractors on both sides of the month named, and what else could explain it; bring "
        "BH spending back or justify the change to the state."
    ),
    measure=measure,
)

__all__ = ["RULE", "Params", "Series", "measure", "required"]
