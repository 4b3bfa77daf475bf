"""Members who see a doctor are not screened for depression (PHQ-9).

What it measures
----------------
carvein's own measure, no measure of HEDIS, not NCQA-certified. Of members 12 and older who were
enrolled through the measurement year (the twelve months that end with the run-out) and had an
ambulatory visit in it, the share with a screening event (``PHQ-9``, ``PHQ-2`` or ``PHQ-A``) in
``coordination``, or a line that bills a screening, in the year.

Why it is required
------------------
The brief (hfma.org, January 2016) has practices screen with PHQ-9.

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the members without a screening, by their latest enrolment.

Limits
------
A screening that was neither recorded nor billed is not seen. What follows a positive score is not
asked here. Value sets are public stand-ins; load licensed ones with ``carvein values update``.
Denied medical lines count as given, denied pharmacy lines as not dispensed. Which figures of an
edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.conditions import (
    among,
    is_among,
    reached_by,
    through_the_year,
    with_service,
)
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
from rules.quality.year import measurement_year


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
        check_params("PHQ9", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with a visit, and those who were screened."""
    chosen = definition("PHQ9", params.edition)
    year = measurement_year(filing)
    sieve = through_the_year(filing, chosen)
    seen = reached_by(filing, "visit")
    sieve.keep("no ambulatory visit in the year", among(sieve.events, seen))
    told = filing.tables["coordination"]
    tool = told.tool.upper().re_replace("[^A-Z0-9]", "")
    recorded = told.filter(
        told.kind == "screening",
        tool.isin(("PHQ2", "PHQ9", "PHQA")).fill_null(False),
        told.occurred_on.between(year.start, year.end),
    )
    events = member_rows(sieve.events)
    met = is_among(events, recorded.select("member_id").distinct().to_polars())
    met |= is_among(events, with_service(filing, ("screening",), year))
    evidence = evidence_of(filing, chosen, sieve)
    yield rate(
        "plan",
        events,
        met,
        evidence,
        "a screening for depression in the year",
        params.least_denominator,
    )


RULE = Rule(
    code="QM10",
    name="quality.no-depression-screening",
    family="quality",
    reads=("encounters", "members", "coordination"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Have the front desk hand out PHQ-9 once a year, and record the score.",
    measure=measure,
)
