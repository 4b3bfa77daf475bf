"""Few members get any mental health service.

What it measures
----------------
carvein's own measure, no measure of HEDIS, not NCQA-certified. Of the members enrolled on any day
of the measurement year (the twelve months that end with the run-out), the share with at least one
mental health service in it: a final encounter line that :mod:`rules.domain` tells to be MH.

Why it is required
------------------
Penetration shows whether members reach a service at all; a fall of it is the first sign that money
or access moved away.

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. No member is listed: who is not on such a list would be known to
have been treated.

Limits
------
Members enrolled for a few days count like those of a year; the evidence also has the average number
of members and the share of that. A plan of healthier members has fewer who need a service. Denied
lines count as given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.editions import definition
from rules.quality.penetration import reached
from rules.quality.telling import FEW, MESSAGE, check_params, required


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
        check_params("MH", self.edition, (), self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members enrolled in the year, and those with a service."""
    yield reached(
        filing,
        definition("MH", params.edition),
        "a mental health service in the year",
        params.least_denominator,
    )


RULE = Rule(
    code="QM11",
    name="quality.few-reach-mental-health",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="plan",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_rate",),
    message=MESSAGE,
    remedy="Find out where members ask for care and do not get it: referrals, waits, denials.",
    measure=measure,
)
