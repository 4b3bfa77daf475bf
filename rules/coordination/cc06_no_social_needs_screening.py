"""Members who are due a screening for social needs have none.

What it measures
----------------
Members enrolled on the period's last day, and for ``min_days`` of the ``months`` months that end
with it; by ``due_for`` all of them, those with a serious mental illness (``smi`` Y), or those with
both physical and behavioral needs (as CC01 tells them in its months). ``value`` is the share of
them with a ``social_needs`` event in those months, by one of ``tools`` where the contract names
some.

Why it is required
------------------
Team-based redesign that takes in social needs is a lever of providers under integrated contracts
(*Key Levers for Advancing Physical-Behavioral Health Care Integration at the Practice Level through
Integrated Medicaid Managed Care*). Who is due a screening, how often and by what tool, is the
contract's own figure.

Met
---
At least ``min_share`` of them were screened, on the first or last day of the months too.

Not met
-------
Fewer were.

Limits
------
The event says that somebody asked, not what was answered or done. A member who refused counts as
not screened. With fewer than ``min_members`` the share is not told. Who stands on the list of a
group by need may have a substance use disorder: the list leaves as 42 CFR Part 2 asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rules.comparison import FEWEST
from rules.coordination.due import members_due, share_done, with_event
from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``min_share`` of members due, 0 to 1, who are screened; ``tools`` that count, or any.

    ``months``, ``min_days`` enrolled and ``min_members`` are carvein's own defaults.
    """

    min_share: float
    due_for: Literal["all", "smi", "both_needs"] = "all"
    tools: tuple[str, ...] = ()
    months: int = 12
    min_days: int = 90
    min_members: int = FEWEST

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members who are due a screening, and those who had one."""
    during = filing.last(params.months)
    due = members_due(filing, params.months, [params.due_for], params.min_days)
    told = with_event(due, filing, during, "social_needs", tools=params.tools)
    evidence: dict[str, object] = {
        "from": str(during.start),
        "to": str(during.end),
        "due_for": params.due_for,
        "by_other_tools": int(told["other"].sum()),
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("members", "coordination")
        },
    }
    yield share_done(
        filing,
        during,
        told,
        evidence,
        params.min_members,
        event="a screening for social needs",
        expected="a social_needs event in coordination",
    )


def required(params: Params, measure: Measure) -> float:
    """Return the least share screened."""
    return params.min_share


RULE = Rule(
    code="CC06",
    name="coordination.no-social-needs-screening",
    family="coordination",
    reads=("members", "encounters", "coordination"),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} members who were due a screening for "
        "social needs had one from {evidence[from]} to {evidence[to]} ({value:.1%}); at least "
        "{required:.1%} asked.{doubt}"
    ),
    remedy="Ask these members about housing, food, transport and safety, and act on the answers.",
    measure=measure,
)
