"""Members who begin an antidepressant for major depression stop it early (AMM).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of the members newly given an antidepressant, with major depression
told within 60 days before or after, the share with a drug in hand on at least 84 days of the first
115 (``84 days``) and on at least 180 of the first 232 (``180 days``). New means no antidepressant
in the 105 days before. First fills count from eight months before the measurement year to four
months into it (for a calendar year 1 May to 30 April). Editions 2016 and MY2024.

Why it is required
------------------
One of the six measures of integrated care named in the brief (hfma.org, January 2016).

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the first fills that were not followed by enough.

Limits
------
AMM was retired in MY2025; a pack that asks for that edition is refused. Drugs are told by the
user's list ``measure_drugs``; where it names no antidepressants a public stand-in does
(``drug_classes``, the FDA's directory; the shipped one is of 2019), which the evidence says. By it
the rule could not run where under ``min_known_share`` of the year's paid pharmacy lines are of a
drug that it knows, nor where fills of unknown drugs could change the verdict: they may have been
the first fill, one before it, or days in hand. A fill of the same product that comes early begins
when the one before is used up. Left out and counted: a history that begins before the first month
of encounters, no diagnosis, under 18 years, hospice, and enrolment with more than one break, or one
over 45 days, from 105 days before to 231 after. Value sets are public stand-ins; load licensed ones
with ``carvein values update``. Denied medical lines count as given, denied pharmacy lines as not
dispensed. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.practices.drugs import ANTIDEPRESSANT, FEWEST_KNOWN, held_back
from rules.quality.drug_lists import reading
from rules.quality.editions import definition
from rules.quality.telling import (
    FEW,
    MESSAGE,
    check_params,
    event_rows,
    evidence_of,
    rate,
    required,
)
from rules.quality.treatment import (
    RATES,
    covered_enough,
    new_treatments,
    possible_cover,
    possible_treatments,
)
from rules.quality.unseen import between, held_open
from rules.quality.year import BOTH


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: 2016 or MY2024; ``min_rate``: by ``84 days`` and ``180 days``;
    ``least_denominator``: below it nothing is judged; ``min_known_share``: of the pharmacy lines,
    below which a stand-in for the list of drugs tells nothing.
    """

    edition: str
    min_rate: Mapping[str, float]
    least_denominator: int = FEW
    min_known_share: float = FEWEST_KNOWN

    def __post_init__(self) -> None:
        check_params("AMM", self.edition, RATES, self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members newly treated, and those who kept their drug in each phase."""
    chosen = definition("AMM", params.edition)
    by = reading(filing, ANTIDEPRESSANT)
    if lack := by.lack(params.min_known_share):
        yield from held_back(RATES, lack, by.evidence({}))
        return
    sieve = new_treatments(filing, chosen)
    events = event_rows(sieve.events, "service_from", "day")
    evidence = by.evidence(evidence_of(filing, chosen, sieve))
    possible = possible_treatments(filing, chosen, events) if by.stand_in else None
    phases = zip(RATES, chosen["covered_days"], chosen["within_days"], strict=True)
    for subject, days, within in phases:
        met = covered_enough(filing, events, days, within)
        wanted = f"an antidepressant in hand on {days} of {within + 1} days"
        found = rate(subject, events, met, evidence, wanted, params.least_denominator, BOTH)
        open_to = None
        if possible is not None:
            open_to = between(possible_cover(filing, possible, days, within))
        yield held_open(found, open_to, params.min_rate[subject], by)


RULE = Rule(
    code="QM05",
    name="quality.antidepressant-stopped-early",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="phase, 84 and 180 days",
    unit="share of members treated",
    sense=Sense.AT_LEAST,
    required=required,
    message=MESSAGE,
    remedy="Call members before the first refill is due, and ask about side effects.",
    measure=measure,
)
