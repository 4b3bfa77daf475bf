"""Members who leave hospital after mental illness get no follow-up in time (FUH).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of the discharges from an acute hospital stay for mental illness in
the measurement year (the twelve months that end with the run-out), the share with a follow-up visit
within 7 and within 30 days, one measure each. The definition is the edition's: 2016, MY2024 or
MY2025 (``rules/quality/editions.yaml``). Since MY2024 the day of discharge does not count; before
MY2025 the visit has to be with a provider of mental health; since MY2025 self-harm in any position
makes an event and a diagnosis of mental health in any position makes a visit.

Why it is required
------------------
Follow-up after hospitalization is one of the six measures of integrated care named in the brief
(hfma.org, January 2016) and is in the CMS Core Sets (FUH-CH, FUH-AD).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the discharges without a visit, by the line of the stay.

Limits
------
Value sets are public stand-ins; load licensed ones with ``carvein values update``. Left out and
counted: discharges whose 30 days end after the year, another admission within 30 days (the later
stay counts; a stay for another reason or elsewhere ends it), under 6 years, death, hospice, and
enrolment with a break until 30 days after. Claims that begin on one day or overlap are one stay.
Denied lines count as given. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.editions import definition
from rules.quality.follow_up import RATES, after_stays, rates
from rules.quality.telling import FEW, MESSAGE, check_params, required


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: 2016, MY2024 or MY2025; ``min_rate``: by ``7 days`` and ``30 days``;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: Mapping[str, float]
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("FUH", self.edition, RATES, self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the discharges of the year, and those that were followed up in time."""
    chosen = definition("FUH", params.edition)
    wanted = "a follow-up visit for mental health"
    yield from rates(
        filing,
        chosen,
        after_stays(filing, chosen),
        "discharge_date",
        wanted,
        params.least_denominator,
    )


RULE = Rule(
    code="QM01",
    name="quality.no-follow-up-after-hospital",
    family="quality",
    reads=("encounters", "members", "providers"),
    params=Params,
    grain="window, 7 and 30 days",
    unit="share of discharges",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Book the first visit before discharge, and tell the provider of the admission.",
    measure=measure,
)
