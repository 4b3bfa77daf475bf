"""Members seen in an emergency department for mental illness get no follow-up in time (FUM).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of the emergency visits for mental illness or self-harm in the
measurement year (the twelve months that end with the run-out), the share with a follow-up visit
within 7 days (8 days in all) and within 30 days (31 in all): the day of the visit counts. The
definition is the edition's, MY2024 or MY2025: since MY2025 self-harm in any position makes an
event, and a diagnosis of mental health in any position makes a follow-up.

Why it is required
------------------
A CMS Core Set measure (FUM-CH, FUM-AD, FUM-HH): "within 7 days (8 total days)" and "30 days (31
total days)".

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the visits without a follow-up, by their first line.

Limits
------
Value sets are public stand-ins; load licensed ones with ``carvein values update``. Left out and
counted: visits whose 30 days end after the year, under 6 years, death, hospice, enrolment with a
break until 30 days after, an admission on the day or within 30 days, and any visit less than 31
days after one that counts. Hospital and physician on one day are one visit. Denied lines count as
given. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.editions import definition
from rules.quality.follow_up import RATES, after_emergencies, rates
from rules.quality.telling import FEW, MESSAGE, check_params, required


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: MY2024 or MY2025; ``min_rate``: by ``7 days`` and ``30 days``;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: Mapping[str, float]
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("FUM", self.edition, RATES, self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the emergency visits of the year, and those that were followed up in time."""
    chosen = definition("FUM", params.edition)
    wanted = "a follow-up visit for mental health"
    yield from rates(
        filing,
        chosen,
        after_emergencies(filing, chosen),
        "service_from",
        wanted,
        params.least_denominator,
    )


RULE = Rule(
    code="QM02",
    name="quality.no-follow-up-after-emergency",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="window, 7 and 30 days",
    unit="share of emergency visits",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Tell the outpatient provider of the emergency visit, and offer one the same week.",
    measure=measure,
)
