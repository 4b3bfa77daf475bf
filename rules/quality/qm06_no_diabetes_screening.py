"""Members on antipsychotics are not screened for diabetes (SSD).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of members 18 to 64 with schizophrenia, schizoaffective or bipolar
disorder who were given an antipsychotic in the measurement year (the twelve months that end with
the run-out) and have no diabetes, the share with a test of glucose or HbA1c in the year. Editions
2016, MY2024 and MY2025.

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
A condition is one line of an acute stay or two other days with the diagnosis, in any position. No
list of drug codes is shipped: without the user's list the rule could not run. Diabetes is looked
for in the year and the year before, as far as encounters go back (``encounters_from``), and in
drugs of the list's group ``diabetes``. Value sets are public stand-ins; load licensed ones with
``carvein values update``. Denied medical lines count as given, denied pharmacy lines as not
dispensed. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.conditions import (
    among,
    antipsychotics,
    is_among,
    through_the_year,
    with_condition,
    with_service,
    without,
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
        check_params("SSD", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members on antipsychotics without diabetes, and those who were tested."""
    chosen = definition("SSD", params.edition)
    if lacking := list(no_drugs("antipsychotic", ("plan",))):
        yield from lacking
        return
    year, days = measurement_year(filing), chosen["outpatient_days"]
    sieve = through_the_year(filing, chosen)
    ill = with_condition(filing, ("schizophrenia", "bipolar"), year, days)
    given = antipsychotics(filing)
    sieve.events = among(among(sieve.events, ill), given)
    for span in (year, year_before(filing)):
        diabetic = with_condition(filing, ("diabetes",), span, days)
        sieve.events, before = without(sieve.events, diabetic), sieve.events.height
        sieve.left_out["diabetes"] = (
            sieve.left_out.get("diabetes", 0) + before - sieve.events.height
        )
    sieve.keep("on a drug for diabetes", without(sieve.events, fills(filing, "diabetes")))
    events = member_rows(sieve.events)
    met = is_among(events, with_service(filing, ("glucose", "hba1c"), year))
    evidence = evidence_of(filing, chosen, sieve)
    yield rate(
        "plan",
        events,
        met,
        evidence,
        "a test of glucose or HbA1c in the year",
        params.least_denominator,
    )


RULE = Rule(
    code="QM06",
    name="quality.no-diabetes-screening",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Order glucose or HbA1c with the next refill of the antipsychotic.",
    measure=measure,
)
