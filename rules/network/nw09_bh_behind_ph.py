"""Outpatient behavioral health is within reach of fewer members than primary care is.

What it measures
----------------
For each county in which the plan has members, the share of them within reach of primary care less
the share within reach of outpatient mental health, and of outpatient substance use treatment; the
wider of the two gaps counts. All three are held against one ``yardstick``, whatever limits the
contract sets for each, and as serving: only providers who served ``serving_members`` members or
more. Besides, for the whole plan, the access-gap index: the mean of the counties' gaps, weighted
by members, for the kind of care that is farther behind. The evidence has the same as listed, and
under the contract's own limits where ``mental_health`` and ``substance_use`` name them: of several
standards the one that fewest members are within.

Why it is required
------------------
42 CFR 438.68(b)(1) has states set standards for primary care and for mental health and substance
use disorder treatment, and leaves the figures to each: a limit of 60 miles for one and 15 for the
other is kept in a county where nobody reaches the first. 42 CFR 438.206(b)(1) asks for adequate
access to all services. The size of a gap that is allowed is the contract's own.

Met
---
Within 30 miles, 97 percent have primary care, 95 percent mental health and 92 percent substance
use treatment, and the gap may be 10 points.

Not met
-------
97 percent have primary care and 70 percent substance use treatment.

Limits
------
Who is a member, how far and by which minutes are as in NW01, for the population of the standard
for primary care; the yardstick is its limit unless one is given. Who counts as outpatient mental
health and substance use treatment is carvein's own choice in the value set of specialties
(``outpatient_mental_health``, ``outpatient_substance_use``); who treats both counts for both.
Whoever a lack of lines shows nothing of is kept as serving, as in NW08. A county of fewer than
``min_members`` is not judged by itself, and is in the index; 11 is carvein's own. A county that
could not be counted is not in the index, which could not run where its members could decide.

Where a member row stands for a number of people other than 1 the rows are taken as a random sample
and the index has a 95 percent interval: normal, with the largest variance that the shares allow
(how often the same member lacks one and has the other is not counted), over the effective number
of rows, the square of the sum of weights by the sum of their squares (Kish 1965, Survey Sampling,
11.7), people of one point as one row. Where every row is one member all are counted, and there is
no sampling error. The index says nothing of benefits, limits on treatment or payment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from geodata.coverage import Logic
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.network import gap, serving
from rules.network import nw01_beyond_reach as nw01
from rules.network.paper import Standard, pair, standards, withhold
from rules.network.scope import not_counted, with_quarantined
from rules.network.words import title


@dataclass(frozen=True)
class Yardstick:
    """One limit for primary care and behavioral health alike, in every county."""

    logic: Logic
    max_minutes: float | None = None
    max_miles: float | None = None

    def __post_init__(self) -> None:
        self.limits()

    def limits(self) -> nw01.Params:
        """Return it as NW01 has it; raises ValueError where a limit that counts is missing."""
        return nw01.Params(self.logic, 1.0, self.max_minutes, self.max_miles)


@dataclass(frozen=True)
class Params:
    """``primary_care``, ``mental_health``, ``substance_use``: ids of NW01 requirements.

    ``max_gap`` is the largest share of members that may be behind, 0 to 1. Without ``by_county``
    the index of the plan alone is judged. The others are told above.
    """

    primary_care: str
    max_gap: float
    mental_health: str | tuple[str, ...] = ()
    substance_use: str | tuple[str, ...] = ()
    yardstick: Yardstick | None = None
    serving_members: int = 1
    by_county: bool = True
    min_members: int = 11
    months: int = 12
    min_months_listed: int = 6

    def __post_init__(self) -> None:
        if not 0 <= self.max_gap <= 1:
            raise ValueError(f"max_gap {self.max_gap:g} is not between 0 and 1")
        for name in ("serving_members", "months"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} is below 1")

    @property
    def own(self) -> dict[str, tuple[str, ...]]:
        """The contract's own standards of each kind of care that has any, by its slug."""
        named = {gap.MENTAL: self.mental_health, gap.SUBSTANCE: self.substance_use}
        told = {slug: (ids,) if isinstance(ids, str) else ids for slug, ids in named.items()}
        return {slug: ids for slug, ids in told.items() if ids}


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the members within reach of each kind of care, county by county and for the plan."""
    try:
        [care] = standards(filing, [params.primary_care])
        own = {slug: standards(filing, ids) for slug, ids in params.own.items()}
        _refuse(care, own)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    days = serving.window(filing, params.months)
    if not serving.months_with_lines(filing, params.months):
        yield not_counted("plan", f"no final encounter line from {days.start} to {days.end}")
        return
    both = pair(filing, params.serving_members, params.months, params.min_months_listed)
    yardstick = params.yardstick.limits() if params.yardstick else care.params
    found = gap.count(filing, both, care, own, yardstick)
    yield from with_quarantined(_judged(filing, found, care, params), filing)
    both.remember()


def _refuse(care: Standard, own: Mapping[str, list[Standard]]) -> None:
    if care.asked.specialty != gap.CARE:
        raise ValueError(f"{care.id} is of {care.asked.title}, wanted {title(gap.CARE)}")
    for each in (each for listed in own.values() for each in listed):
        if each.asked.people != care.asked.people:
            raise ValueError(f"{each.id} is about {each.asked.who}, {care.id} {care.asked.who}")


def _judged(filing: Filing, found: gap.Found, care: Standard, params: Params) -> Iterator[Measure]:
    for county in found.counties if params.by_county else ():
        if isinstance(county, Measure):
            yield county
            continue
        measured = gap.told(county, care, params.serving_members)
        if 0 < county.members < params.min_members:
            note = (
                f"{county.place}: too few {care.asked.who} to tell a gap: {county.members:,.0f}, "
                f"wanted {params.min_members}"
            )
            yield Measure(
                measured.subject,
                denominator=county.members,
                evidence=measured.evidence,
                note=note,
                outcome=Outcome.NOT_APPLICABLE,
            )
            continue
        yield measured
    plan = gap.index(filing, found, care, params.serving_members)
    left = gap.uncounted(found, care.asked.people)
    behind = plan.numerator or 0.0
    yield withhold(plan, left, behind - left, behind + left, required(params, plan))


def required(params: Params, measure: Measure) -> float:
    """Return the largest gap allowed."""
    return params.max_gap


RULE = Rule(
    code="NW09",
    name="network.bh-behind-ph",
    family="network",
    reads=("members", "providers", "encounters"),
    params=Params,
    columns=("providers.contract_effective",),
    grain="county; plan",
    unit="share of members",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_gap",),
    message=(
        "{evidence[place]}: of {denominator:,.0f} {evidence[who]}, "
        "{evidence[serving][primary_care]:.1%} have primary care within {evidence[yardstick]}, "
        "{evidence[serving][outpatient_mental_health]:.1%} outpatient mental health and "
        "{evidence[serving][outpatient_substance_use]:.1%} outpatient substance use treatment, of "
        "providers who served at least {evidence[serving_members]:,} of the plan's members: "
        "behavioral health is "
        "behind by {value:.1%} ({evidence[otherwise]}); at most {required:.1%} may be"
        "{evidence[sampling]}"
    ),
    remedy=(
        "Contract with outpatient behavioral health where primary care is within reach and it is "
        "not, and bring those who are listed there to take members."
    ),
    measure=measure,
)
