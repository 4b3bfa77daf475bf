"""Members with a new substance use disorder do not begin treatment, or do not stay in it (IET).

What it measures
----------------
HEDIS-like, not NCQA-certified. Of the new episodes of substance use disorder, the share with
treatment begun within 14 days in all (``initiation``), and the share with two more services within
34 days of that (``engagement``). An episode is new when nothing for substance use came in the 194
days before. Episodes count whose 47 days after end in the measurement year (the twelve months that
end with the run-out): for a calendar year, 15 November to 14 November.

Why it is required
------------------
A CMS Core Set measure (IET-AD, IET-HH): initiation "within 14 days", engagement "within 34 days of
initiation".

Met
---
The share is at least ``min_rate``.

Not met
-------
The share is lower. The trail lists the episodes that were not met, by the line of the episode.

Limits
------
A stay, or a program that dispenses (methadone, injections), begins the treatment of its own
episode. Emergency visits and withdrawal management are episodes, not treatment. Of drugs dispensed
one counts towards engagement, and only where the user's list of drug codes is in force; without one
a share that falls short could not run where fills of unknown drugs would lift it. Left out and
counted: a history that begins before the first month of encounters, under 13 years, death, hospice,
and enrolment with a break from 194 days before to 47 days after. Denied medical lines count as
given. The trail tells of substance use: it leaves only with a basis in 42 CFR Part 2. Value sets
are public stand-ins. Which figures of an edition are unverified stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Rule, Sense
from rules.quality.editions import definition
from rules.quality.episodes import engaged, initiated, new_episodes
from rules.quality.telling import (
    FEW,
    MESSAGE,
    check_params,
    event_rows,
    evidence_of,
    rate,
    required,
)
from rules.quality.unseen import held_back, unseen_within

RATES = ("initiation", "engagement")


@dataclass(frozen=True)
class Params:
    """The edition, the least rate, and how many events are too few.

    ``edition``: MY2024 or MY2025; ``min_rate``: by ``initiation`` and ``engagement``;
    ``least_denominator``: below it nothing is judged.
    """

    edition: str
    min_rate: Mapping[str, float]
    least_denominator: int = FEW

    def __post_init__(self) -> None:
        check_params("IET", self.edition, RATES, self.min_rate)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the new episodes, those whose treatment began, and those in which it went on."""
    chosen = definition("IET", params.edition)
    sieve = new_episodes(filing, chosen)
    events = event_rows(sieve.events, "service_from", "day")
    began = initiated(filing, chosen, events)
    stayed = engaged(filing, chosen, began.join(events.select("event", "member_id"), on="event"))
    evidence = evidence_of(filing, chosen, sieve)
    days = (chosen["initiation_days"] - 1, chosen["enrolled_after"])
    words = (
        f"treatment of substance use begun within {chosen['initiation_days']} days",
        f"{chosen['least_services']} services within {chosen['engagement_days']} days of the first",
    )
    for subject, met, last, wanted in zip(RATES, (began, stayed), days, words, strict=True):
        told = events["event"].is_in(met["event"].implode())
        unseen = unseen_within(filing, events.filter(~told), last)
        found = rate(subject, events, told, evidence, wanted, params.least_denominator)
        yield held_back(found, unseen, params.min_rate[subject])


RULE = Rule(
    code="QM04",
    name="quality.treatment-not-begun",
    family="quality",
    reads=("encounters", "members"),
    params=Params,
    grain="initiation and engagement",
    unit="share of episodes",
    sense=Sense.AT_LEAST,
    required=required,
    message=MESSAGE,
    remedy="Refer at diagnosis, and follow up on members who have not come within a week.",
    measure=measure,
)
