"""Members with cardiovascular disease and schizophrenia are not monitored (SMC).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of members 18 to 64 with schizophrenia or schizoaffective disorder
in the measurement year (the twelve months that end with the run-out) and cardiovascular disease,
the share with an LDL-C test in the year. Cardiovascular disease is an infarct or a
revascularization in the year before, or ischemic vascular disease in both years. Editions 2016 and
MY2024.

Why it is required
------------------
One of the six measures of integrated care named in the brief (hfma.org, January 2016).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the members without a test, by their latest enrolment.

Limits
------
Schizophrenia is one line of an acute stay or two other days with the diagnosis, in any position;
vascular disease one line in each year. The year before counts as far as encounters go back
(``encounters_from``): of a short history members are missed, never accused. Whether HEDIS keeps the
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
        check_params("SMC", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members with both conditions, and those who were tested."""
    chosen = definition("SMC", params.edition)
    year, before = measurement_year(filing), year_before(filing)
    sieve = through_the_year(filing, chosen)
    ill = with_condition(filing, ("schizophrenia",), year, chosen["outpatient_days"])
    sieve.events = among(sieve.events, ill)
    event = pl.concat(
        [
            with_condition(filing, ("infarct",), before, 1),
            with_service(filing, ("revascularization",), before),
            among(
                with_condition(filing, ("cardiovascular",), before, 1),
                with_condition(filing, ("cardiovascular",), year, 1),
            ),
        ]
    )
    sieve.events = among(sieve.events, event)
    events = member_rows(sieve.events)
    met = is_among(events, with_service(filing, ("ldl",), year))
    evidence = evidence_of(filing, chosen, sieve)
    yield rate("plan", events, met, evidence, "an LDL-C test in the year", params.least_denominator)


RULE = Rule(
    code="QM08",
    name="quality.heart-disease-not-monitored",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Order LDL-C once a year, and share the result with the psychiatric team.",
    measure=measure,
)
