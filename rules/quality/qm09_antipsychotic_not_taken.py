"""Members with schizophrenia are without their antipsychotic too often (SAA).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of members with schizophrenia or schizoaffective disorder who were
given antipsychotics on at least two days of the measurement year (the twelve months that end with
the run-out), the share with a drug in hand on at least 80 % of the days from the first to the end
of the year. Editions 2016, MY2024 and MY2025.

Why it is required
------------------
One of the six measures of integrated care named in the brief (hfma.org, January 2016).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the members below 80 %, by their latest enrolment.

Limits
------
No list of drug codes is shipped: without the user's list the rule could not run. A fill of the same
product that comes early begins when the one before is used up; days that two products cover count
once; long-acting injections last 14, 28 or 30 days by the value set. Left out and counted:
dementia, hospice, enrolment with more than one break or one over 45 days. Value sets are public
stand-ins; load licensed ones with ``carvein values update``. Denied medical lines count as given,
denied pharmacy lines as not dispensed. Which figures of an edition are unverified stands in the
evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import TOLERANCE, Filing, Measure, Rule, Sense
from rules.quality.conditions import (
    among,
    antipsychotics,
    through_the_year,
    with_condition,
    without,
)
from rules.quality.drugs import covered
from rules.quality.editions import definition
from rules.quality.telling import (
    FEW,
    MESSAGE,
    check_params,
    evidence_of,
    member_rows,
    no_drugs,
    rate,
    required,
)
from rules.quality.year import measurement_year


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: 2016, MY2024 or MY2025; ``min_rate``: the least share;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: float
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("SAA", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members on antipsychotics, and those who had them on most days."""
    chosen = definition("SAA", params.edition)
    if lacking := list(no_drugs("antipsychotic", ("plan",))):
        yield from lacking
        return
    year, days = measurement_year(filing), chosen["outpatient_days"]
    sieve = through_the_year(filing, chosen)
    given = antipsychotics(filing)
    ill = with_condition(filing, ("schizophrenia",), year, days)
    begun = given.group_by("member_id").agg(
        starts=pl.col("day").min(), times=pl.col("day").n_unique()
    )
    begun = begun.filter(pl.col("times") >= chosen["least_fills"])
    sieve.events = among(sieve.events, ill).drop("starts").join(begun, on="member_id")
    sieve.events = sieve.events.sort("event")
    demented = with_condition(filing, ("dementia",), year, days)
    sieve.keep("dementia", without(sieve.events, demented))
    events = member_rows(sieve.events)
    had = events.join(covered(given, events), on="event", how="left", maintain_order="left")
    length = (had["ends"] - had["starts"]).dt.total_days() + 1
    met = had["covered"].fill_null(0) >= chosen["covered_share"] * length - TOLERANCE
    evidence = evidence_of(filing, chosen, sieve)
    yield rate(
        "plan",
        events,
        met,
        evidence,
        "an antipsychotic in hand on 80 % of the days",
        params.least_denominator,
    )


RULE = Rule(
    code="QM09",
    name="quality.antipsychotic-not-taken",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Offer long-acting injections, and call when a refill is a week late.",
    measure=measure,
)
