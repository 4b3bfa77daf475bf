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
Drugs are told by the user's list ``measure_drugs``; where it names no antipsychotics a public
stand-in does (``drug_classes``, the FDA's directory; the shipped one is of 2019), which the
evidence says. By it the rule could not run where under ``min_known_share`` of the year's paid
pharmacy lines are of a drug that it knows, nor where fills of unknown drugs could change the
verdict: they may have been the first, the second, or days in hand. A fill of the same product that
comes early begins when the one before is used up; days that two products cover count once;
long-acting injections last 14, 28 or 30 days by the value set. Left out and counted: dementia,
hospice, enrolment with more than one break or one over 45 days. Value sets are public stand-ins;
load licensed ones with ``carvein values update``. Denied medical lines count as given, denied
pharmacy lines as not dispensed. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import TOLERANCE, Filing, Measure, Rule, Sense
from rules.practices.drugs import ANTIPSYCHOTIC, FEWEST_KNOWN, held_back
from rules.quality.conditions import (
    among,
    antipsychotics,
    through_the_year,
    with_condition,
    without,
)
from rules.quality.drug_lists import reading
from rules.quality.drugs import covered, unknown_fills
from rules.quality.editions import Definition, definition
from rules.quality.telling import (
    FEW,
    MESSAGE,
    check_params,
    evidence_of,
    member_rows,
    rate,
    required,
)
from rules.quality.unseen import between, held_open
from rules.quality.year import BOTH, measurement_year


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: 2016, MY2024 or MY2025; ``min_rate``: the least share;
    ``least_denominator``: below it nothing is judged; ``min_known_share``: of the pharmacy lines,
    below which a stand-in for the list of drugs tells nothing.
    """

    edition: str
    min_rate: float
    least_denominator: int = FEW
    min_known_share: float = FEWEST_KNOWN

    def __post_init__(self) -> None:
        check_params("SAA", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members on antipsychotics, and those who had them on most days."""
    chosen = definition("SAA", params.edition)
    by = reading(filing, ANTIPSYCHOTIC)
    if lack := by.lack(params.min_known_share):
        yield from held_back(("plan",), lack, by.evidence({}))
        return
    year, days = measurement_year(filing), chosen["outpatient_days"]
    sieve = through_the_year(filing, chosen)
    given = antipsychotics(filing)
    ill = with_condition(filing, ("schizophrenia",), year, days)
    begun = given.group_by("member_id").agg(
        starts=pl.col("day").min(), times=pl.col("day").n_unique()
    )
    begun = begun.filter(pl.col("times") >= chosen["least_fills"])
    pool = among(sieve.events, ill).drop("starts")
    sieve.events = pool.join(begun, on="member_id")
    sieve.events = sieve.events.sort("event")
    demented = with_condition(filing, ("dementia",), year, days)
    sieve.keep("dementia", without(sieve.events, demented))
    events = member_rows(sieve.events)
    met = _covered_enough(given, events, chosen)
    evidence = by.evidence(evidence_of(filing, chosen, sieve))
    found = rate(
        "plan",
        events,
        met,
        evidence,
        "an antipsychotic in hand on 80 % of the days",
        params.least_denominator,
        BOTH,
    )
    open_to = None
    if by.stand_in:
        open_to = between(_possible(filing, without(pool, demented), given, chosen))
    yield held_open(found, open_to, params.min_rate, by)


def _covered_enough(given: pl.DataFrame, events: pl.DataFrame, chosen: Definition) -> pl.Series:
    """Return whether each member had a drug in hand on enough days from ``starts`` to ``ends``."""
    had = events.join(covered(given, events), on="event", how="left", maintain_order="left")
    length = (had["ends"] - had["starts"]).dt.total_days() + 1
    enough: pl.Series = had["covered"].fill_null(0) >= chosen["covered_share"] * length - TOLERANCE
    return enough


def _possible(
    filing: Filing, pool: pl.DataFrame, given: pl.DataFrame, chosen: Definition
) -> pl.DataFrame:
    """Return what each member with the condition could be, by what unknown drugs were.

    An unknown fill may have been the first or the second of the drug, and its days may count.
    """
    year, least = measurement_year(filing), chosen["least_fills"]
    unknown = unknown_fills(filing, pool).filter(pl.col("day").is_between(year.start, year.end))
    every = pl.concat([given, unknown])
    begun = given.group_by("member_id").agg(
        begun=pl.col("day").min(), times=pl.col("day").n_unique()
    )
    starts = among(every.select("member_id", starts="day").unique(), pool)
    starts = starts.with_columns(
        more=pl.col("starts").rank("ordinal", descending=True).over("member_id")
    ).join(begun, on="member_id", how="left")
    starts = starts.filter(
        pl.col("more") >= least, (pl.col("starts") <= pl.col("begun")).fill_null(True)
    )
    events = starts.join(pool.select("member_id", "ends"), on="member_id")
    events = events.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))
    told = events.with_columns(
        low=_covered_enough(given, events, chosen), high=_covered_enough(every, events, chosen)
    )
    return told.group_by("member_id").agg(
        can_meet=pl.col("high").any(),
        can_miss=(~pl.col("low")).any(),
        can_leave=(pl.col("times").fill_null(0) < least).any(),
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
    message=MESSAGE,
    remedy="Offer long-acting injections, and call when a refill is a week late.",
    measure=measure,
)
