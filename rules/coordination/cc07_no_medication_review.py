"""Members who are due a review of their medication have none.

What it measures
----------------
Members enrolled on the period's last day, and for ``min_days`` of the ``months`` months that end
with it, who are due a review by one of ``due_for``: a serious mental illness (``smi`` Y); both
physical and behavioral needs (``both_needs``, as CC01 tells them in its months), or the two
together (``smi_with_both_needs``); or ``min_drugs`` psychotropic drugs at once for ``days`` days
(``several_psychotropics``, as PR05 tells them, in the months of complete encounters). ``value`` is
the share of them with a ``medication_review`` event in the months, by one of ``actors`` where the
contract names some.

Why it is required
------------------
Antipsychotic medication management is one of the process measures that Pennsylvania's shared
incentive pool paid for (Integrated Care Resource Center, *State Options for Integrating Physical
and Behavioral Health Care*, 2011). For whom, and for what share, is the contract's own figure.

Met
---
At least ``min_share`` of them had one, on the first or last day of the months too.

Not met
-------
Fewer had.

Limits
------
The event says that somebody looked, not what was changed. Three drugs at once and 60 days are
carvein's own defaults. Where members are due by their drugs and fewer than ``min_known_share`` of
the pharmacy lines are of a drug that the list knows, the rule could not run; the list that is
shipped is of 2019. With fewer than ``min_members`` the share is not told. Who stands on the list
may have a substance use disorder: the list leaves as 42 CFR Part 2 asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.comparison import FEWEST
from rules.coordination.cc02_no_joint_plan import ACTORS
from rules.coordination.due import (
    BOTH,
    SMI,
    SMI_AND_BOTH,
    members_due,
    share_done,
    with_event,
)
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.practices.at_once import in_hand, on_drugs
from rules.practices.drugs import FEWEST_KNOWN, coverage, dispensed
from rules.practices.pr05_many_drugs_at_once import DAYS, GAP, read_fills

BY_DRUGS = "several_psychotropics"
DUE = (SMI, BOTH, SMI_AND_BOTH, BY_DRUGS)


@dataclass(frozen=True)
class Params:
    """``min_share`` of members due, 0 to 1, with a review; ``due_for`` names who is due.

    ``actors`` are those who count, or any. ``min_drugs``, ``days``, ``months``, ``min_days``
    enrolled, ``min_members`` and ``min_known_share`` are carvein's own defaults.
    """

    min_share: float
    due_for: tuple[str, ...] = (SMI_AND_BOTH, BY_DRUGS)
    actors: tuple[str, ...] = ()
    min_drugs: int = 3
    days: int = DAYS
    months: int = 12
    min_days: int = 90
    min_members: int = FEWEST
    min_known_share: float = FEWEST_KNOWN

    def __post_init__(self) -> None:
        if not self.due_for or set(self.due_for) - set(DUE):
            found = ", ".join(self.due_for) or "nobody"
            raise ValueError(f"due_for {found}, wanted some of {', '.join(DUE)}")
        if set(self.actors) - set(ACTORS):
            raise ValueError(f"actors {', '.join(self.actors)}, wanted some of {', '.join(ACTORS)}")
        if self.min_drugs < 1:
            raise ValueError(f"min_drugs {self.min_drugs} is below 1")
        if not 1 <= self.days <= 366:
            raise ValueError(f"days {self.days} is not 1 to 366")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members who are due a review, and those who had one."""
    during = filing.last(params.months)
    evidence: dict[str, object] = {
        "from": str(during.start),
        "to": str(during.end),
        "due_for": list(params.due_for),
        "quarantined": {
            name: filing.quarantined.get(name, 0)
            for name in ("members", "encounters", "coordination")
        },
    }
    if BY_DRUGS in params.due_for:
        known = coverage(dispensed(filing, filing.look_back(params.months)))
        evidence |= known.evidence()
        if lack := known.lack(params.min_known_share):
            note = f"cannot tell who is due a medication review: {lack}"
            yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
            return
    due = who_is_due(filing, params)
    told = with_event(due, filing, during, "medication_review", actors=params.actors)
    evidence["by_other_actors"] = int(told["other"].sum())
    yield share_done(
        filing,
        during,
        told,
        evidence,
        params.min_members,
        event="a medication review",
        expected="a medication_review event in coordination",
    )


def who_is_due(filing: Filing, params: Params) -> pl.DataFrame:
    """Return the members who are due a review: ``member_id``."""
    many = pl.Series("member_id", dtype=pl.String)
    if BY_DRUGS in params.due_for:
        complete = filing.look_back(params.months)
        last = (complete.end - complete.start).days
        spans = in_hand(read_fills(filing, complete), "drug", GAP, last)
        many = on_drugs(spans, params.min_drugs, params.days)
    return members_due(filing, params.months, params.due_for, params.min_days, many)


def required(params: Params, measure: Measure) -> float:
    """Return the least share with a review."""
    return params.min_share


RULE = Rule(
    code="CC07",
    name="coordination.no-medication-review",
    family="coordination",
    reads=("members", "encounters", "coordination"),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} members who were due a medication "
        "review had one from {evidence[from]} to {evidence[to]} ({value:.1%}); at least "
        "{required:.1%} asked.{doubt}"
    ),
    remedy="Have one prescriber review all that each of these members takes.",
    measure=measure,
)
