"""Members who are due a joint care plan have none.

What it measures
----------------
Members enrolled on the period's last day, and for ``min_days`` of the ``months`` months that end
with it, who are due a plan: those with a serious mental illness (``smi`` Y), or by ``due_for`` also
those with both physical and behavioral needs, as CC01 tells them in its months. ``value`` is the
share of them with an ``integrated_care_plan`` by one of ``actors`` in those months.

Why it is required
------------------
Shared care plans are a core element of integrated care; Pennsylvania's shared incentive pool paid
for them (Integrated Care Resource Center, *State Options for Integrating Physical and Behavioral
Health Care*, 2011). For whom, and for what share, is the contract's own figure.

Met
---
At least ``min_share`` of them have one.

Not met
-------
Fewer do.

Limits
------
The event says that a plan was made, not what it says. A plan by the plan alone, or by one side, is
counted where the contract names that actor. A member who refuses a plan counts as without one.
With fewer than ``min_members`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from rules.comparison import FEWEST
from rules.coordination.due import BOTH, SMI, members_due, share_done, with_event
from rules.model import Filing, Measure, Period, Rule, Sense

PLAN = "integrated_care_plan"
ACTORS = ("plan", "ph_provider", "bh_provider", "subcontractor", "joint")


@dataclass(frozen=True)
class Params:
    """``min_share`` of members due, 0 to 1, with a joint care plan.

    ``due_for`` names who is due one. ``months``, ``min_days`` enrolled and ``min_members`` are
    carvein's own defaults.
    """

    min_share: float
    due_for: Literal["smi", "smi_or_both_needs"] = "smi"
    actors: tuple[str, ...] = ("joint",)
    months: int = 12
    min_days: int = 90
    min_members: int = FEWEST

    def __post_init__(self) -> None:
        if not self.actors or set(self.actors) - set(ACTORS):
            raise ValueError(f"actors {', '.join(self.actors)}, wanted some of {', '.join(ACTORS)}")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members who are due a joint care plan, and those who have one."""
    during = filing.last(params.months)
    due = with_plan(filing, during, params)
    evidence: dict[str, object] = {
        "from": str(during.start),
        "to": str(during.end),
        "plans_by_others": int(due["other"].sum()),
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("members", "coordination")
        },
    }
    yield share_done(
        filing,
        during,
        due,
        evidence,
        params.min_members,
        event="a joint care plan",
        expected="a joint care plan in coordination",
        field="smi",
    )


def with_plan(filing: Filing, during: Period, params: Params) -> pl.DataFrame:
    """Return the members who are due a plan: ``member_id``, ``done``, ``other``."""
    groups = (SMI,) if params.due_for == "smi" else (SMI, BOTH)
    due = members_due(filing, params.months, groups, params.min_days)
    return with_event(due, filing, during, PLAN, actors=params.actors)


def required(params: Params, measure: Measure) -> float:
    """Return the least share with a plan."""
    return params.min_share


RULE = Rule(
    code="CC02",
    name="coordination.no-joint-plan",
    family="coordination",
    reads=("members", "encounters", "coordination"),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} members who were due a joint care plan "
        "have one from {evidence[from]} to {evidence[to]} ({value:.1%}); at least {required:.1%} "
        "asked.{doubt}"
    ),
    remedy="Have the physical and the behavioral side make one plan with each of these members.",
    measure=measure,
)
