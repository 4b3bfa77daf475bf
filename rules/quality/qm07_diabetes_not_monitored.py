"""Members with diabetes and schizophrenia are not monitored (SMD).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of members 18 to 64 with schizophrenia or schizoaffective disorder
in the measurement year (the twelve months that end with the run-out) and diabetes in it or the year
before, the share with both an HbA1c and an LDL-C test in the year. Editions 2016 and MY2024.

Why it is required
------------------
One of the six measures of integrated care named in the brief (hfma.org, January 2016).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the members without both tests, by their latest enrolment.

Limits
------
A condition is one line of an acute stay or two other days with the diagnosis, in any position.
Diabetes is told by diagnosis, and by drugs where the user's list of drug codes is in force; the
year before counts as far as encounters go back (``encounters_from``). Whether HEDIS keeps the
measure after MY2024 is unverified. Value sets are public stand-ins; load licensed ones with
``carvein values update``. Denied medical lines count as given, denied pharmacy lines as not
dispensed. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.conditions import (
    among,
    is_among,
    through_the_year,
    with_condition,
    with_service,
    year_before,
)
from rules.quality.drugs import fills
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

    ``edition``: 2016 or MY2024; ``min_rate``: the least share;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: float
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("SMD", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with both conditions, and those who had both tests."""
    chosen = definition("SMD", params.edition)
    year, days = measurement_year(filing), chosen["outpatient_days"]
    sieve = through_the_year(filing, chosen)
    sieve.events = among(sieve.events, with_condition(filing, ("schizophrenia",), year, days))
    diabetic = [
        with_condition(filing, ("diabetes",), span, days) for span in (year, year_before(filing))
    ]
    diabetic.append(fills(filing, "diabetes").select("member_id"))
    sieve.events = among(sieve.events, pl.concat(diabetic))
    events = member_rows(sieve.events)
    met = is_among(events, with_service(filing, ("hba1c",), year))
    met &= is_among(events, with_service(filing, ("ldl",), year))
    evidence = evidence_of(filing, chosen, sieve)
    yield rate(
        "plan",
        events,
        met,
        evidence,
        "an HbA1c and an LDL-C test in the year",
        params.least_denominator,
    )


RULE = Rule(
    code="QM07",
    name="quality.diabetes-not-monitored",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Order HbA1c and LDL-C together, and share the results with the psychiatric team.",
    measure=measure,
)
