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
A condition is one line of an acute stay or two other days with the diagnosis, in any position.
Drugs are told by the user's list ``measure_drugs``; where it names no antipsychotics a public
stand-in does (``drug_classes``, the FDA's directory; the shipped one is of 2019), which the
evidence says. By it the rule could not run where under ``min_known_share`` of the year's paid
pharmacy lines are of a drug that it knows, nor where fills of unknown drugs, which may have been
antipsychotics or drugs for diabetes, could change the verdict. Diabetes is looked for in the year
and the year before, as far as encounters go back (``encounters_from``), and in drugs of the user's
group ``diabetes``: the stand-in has no such group, so that who takes a known drug for diabetes and
has no such diagnosis in two years stays in the denominator (``diabetes_drugs_read``). Value sets
are public stand-ins; load licensed ones with ``carvein values update``. Denied medical lines count
as given, denied pharmacy lines as not dispensed. Which figures of an edition are unverified stands
in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import Filing, Measure, Rule, Sense
from rules.practices.drugs import ANTIPSYCHOTIC, FEWEST_KNOWN, held_back
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
from rules.quality.drug_lists import reading
from rules.quality.drugs import fills, unknown_fills
from rules.quality.editions import definition
from rules.quality.lines import drug_list
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
        check_params("SSD", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members on antipsychotics without diabetes, and those who were tested."""
    chosen = definition("SSD", params.edition)
    by = reading(filing, ANTIPSYCHOTIC)
    if lack := by.lack(params.min_known_share):
        yield from held_back(("plan",), lack, by.evidence({}))
        return
    year, days = measurement_year(filing), chosen["outpatient_days"]
    sieve = through_the_year(filing, chosen)
    ill = with_condition(filing, ("schizophrenia", "bipolar"), year, days)
    given = antipsychotics(filing)
    pool = among(sieve.events, ill)
    sieve.events = among(pool, given)
    for span in (year, year_before(filing)):
        diabetic = with_condition(filing, ("diabetes",), span, days)
        pool = without(pool, diabetic)
        sieve.events, before = without(sieve.events, diabetic), sieve.events.height
        sieve.left_out["diabetes"] = (
            sieve.left_out.get("diabetes", 0) + before - sieve.events.height
        )
    treated = fills(filing, "diabetes")
    sieve.keep("on a drug for diabetes", without(sieve.events, treated))
    events = member_rows(sieve.events)
    tested = with_service(filing, ("glucose", "hba1c"), year)
    met = is_among(events, tested)
    own = drug_list()
    read = own is not None and bool(own.group("diabetes"))
    evidence = by.evidence(evidence_of(filing, chosen, sieve, diabetes_drugs_read=read))
    found = rate(
        "plan",
        events,
        met,
        evidence,
        "a test of glucose or HbA1c in the year",
        params.least_denominator,
        BOTH,
    )
    open_to = None
    if by.stand_in:
        open_to = between(_possible(filing, without(pool, treated), given, tested))
    yield held_open(found, open_to, params.min_rate, by)


def _possible(
    filing: Filing, pool: pl.DataFrame, given: pl.DataFrame, tested: pl.DataFrame
) -> pl.DataFrame:
    """Return what each member with the condition could be, by what unknown drugs were.

    One of them in the year may have been an antipsychotic; one in the year or in the thirteen
    months before a drug for diabetes.
    """
    unknown = unknown_fills(filing, pool)
    year = measurement_year(filing)
    in_year = unknown.filter(pl.col("day").is_between(year.start, year.end))
    sure, met = is_among(pool, given), is_among(pool, tested)
    enters = sure | is_among(pool, in_year)
    return pl.DataFrame(
        {
            "can_meet": enters & met,
            "can_miss": enters & ~met,
            "can_leave": ~sure | is_among(pool, unknown),
        }
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
    message=MESSAGE,
    remedy="Order glucose or HbA1c with the next refill of the antipsychotic.",
    measure=measure,
)
