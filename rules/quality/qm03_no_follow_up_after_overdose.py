"""Members seen in an emergency department for substance use get no follow-up in time (FUA).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of the emergency visits with a principal diagnosis of substance use
disorder or any diagnosis of overdose in the measurement year (the twelve months that end with the
run-out), the share with a follow-up visit or a drug treatment within 7 days (8 days in all) and
within 30 days (31 in all): the day of the visit counts. The definition is the edition's, MY2024 or
MY2025.

Why it is required
------------------
A CMS Core Set measure (FUA-CH, FUA-AD).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the visits without a follow-up, by their first line.

Limits
------
Drugs dispensed count only where the user's list of drug codes is in force. Without one, a share
that falls short could not run where fills of unknown drugs would lift it: an unknown fill is not
taken for no treatment. Value sets are public stand-ins. Left out and counted: visits whose 30 days
end after the year, under 13 years, death, hospice, enrolment with a break until 30 days after, an
admission on the day or within 30 days, and any visit less than 31 days after one that counts.
Denied medical lines count as given. The trail tells of substance use: it leaves only with a basis
in 42 CFR Part 2. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.editions import definition
from rules.quality.follow_up import RATES, after_emergencies, rates, with_met
from rules.quality.telling import FEW, MESSAGE, check_params, required
from rules.quality.unseen import held_back, unseen_within


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
        check_params("FUA", self.edition, RATES, self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the emergency visits of the year, and those that were followed up in time."""
    chosen = definition("FUA", params.edition)
    sieve = after_emergencies(filing, chosen)
    wanted = "a follow-up visit or a drug for substance use"
    found = rates(filing, chosen, sieve, "service_from", wanted, params.least_denominator)
    after = with_met(filing, chosen, sieve.events)
    for days, told in zip(chosen["windows"], found, strict=True):
        missed = after.filter((pl.col("after") > days).fill_null(True))
        unseen = unseen_within(filing, missed, days)
        yield held_back(told, unseen, params.min_rate[told.subject])


RULE = Rule(
    code="QM03",
    name="quality.no-follow-up-after-overdose",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="window, 7 and 30 days",
    unit="share of emergency visits",
    sense=Sense.AT_LEAST,
    required=required,
    message=MESSAGE,
    remedy="Begin treatment in the emergency department, and book the first visit from there.",
    measure=measure,
)
