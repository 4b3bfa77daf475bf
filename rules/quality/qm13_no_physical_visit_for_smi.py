"""Members with serious mental illness see nobody for their physical health.

What it measures
----------------
carvein's own measure, no measure of HEDIS, not NCQA-certified. Of members 18 and older whom the
``members`` table marks as having a serious mental illness and who were enrolled through the
measurement year (the twelve months that end with the run-out), the share with an ambulatory visit
in it that :mod:`rules.domain` tells to be for physical health.

Why it is required
------------------
The brief (hfma.org, January 2016; Integrated Care Resource Center, 2011) has integration reach
people with serious mental illness who do without primary care.

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the members without a visit, by their latest enrolment.

Limits
------
Who has a serious mental illness is what the plan says. Visits that Medicare paid are not seen: for
duals the share is a lower bound. Value sets are public stand-ins; load licensed ones with ``carvein
values update``. Denied medical lines count as given, denied pharmacy lines as not dispensed. Which
figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.conditions import is_among, reached_by, through_the_year
from rules.quality.editions import definition
from rules.quality.telling import (
    FEW,
    MESSAGE,
    check_params,
    evidence_of,
    member_rows,
    rate,
    required,
)


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: own-2026; ``min_rate``: the least share;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: float
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("PHSMI", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with serious mental illness, and those with a visit."""
    chosen = definition("PHSMI", params.edition)
    sieve = through_the_year(filing, chosen)
    sieve.events = sieve.events.filter("smi")
    events = member_rows(sieve.events)
    met = is_among(events, reached_by(filing, "ph_visit"))
    evidence = evidence_of(filing, chosen, sieve)
    yield rate(
        "plan",
        events,
        met,
        evidence,
        "a visit for physical health in the year",
        params.least_denominator,
    )


RULE = Rule(
    code="QM13",
    name="quality.no-physical-visit-for-smi",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Place primary care where these members are treated already.",
    measure=measure,
)
