"""Members are within reach of listed providers, and not of those who serve anybody.

What it measures
----------------
For each standard of NW01 that ``within`` names and each county in which the plan has members, the
members within the limit as listed less the members within it as serving, over all members of the
county and population; and the same for the whole plan. As serving, a provider counts who served
``serving_members`` members of the plan or more, as rendering, attending or billing provider on
final lines from the first of the ``months`` calendar months that end with the last mature month to
the end of the period.

Why it is required
------------------
42 CFR 438.68(b) and 438.207(b) ask for networks that give access, and a standard of time and
distance is kept by any address. A provider who sees nobody is an address. The share is the
contract's own figure.

Met
---
98 percent are within as listed and 96 percent as serving, and 5 points may be lost.

Not met
-------
98 percent are within as listed and 80 percent as serving.

Limits
------
Distances and minutes are as in NW01. Whoever a lack of lines shows nothing of is kept as serving,
and counted as ``in_doubt``: those under contract in fewer than ``min_months_listed`` months, those
known only through a group that bills lines without a clinician, those with another row in
quarantine, and those whose NPI fails its check digit. A provider with several sites serves at all
of them or at none, for lines seldom name a site. A site that serves few may be near few: in a
small plan chance alone leaves providers idle, and NW07 shows by how much for physical health. The
plan's figure is of the counties that could be counted; where the members of the others could decide
its verdict it could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.network import paper, serving
from rules.network.scope import not_counted, with_quarantined


@dataclass(frozen=True)
class Params:
    """``within``: ids of NW01 requirements, one or several; ``max_lost`` of the members, 0 to 1.

    Without ``by_county`` the whole plan alone is judged. ``serving_members`` and the two counts of
    months are told above.
    """

    within: str | tuple[str, ...]
    max_lost: float
    serving_members: int = 1
    by_county: bool = True
    months: int = 12
    min_months_listed: int = 6

    def __post_init__(self) -> None:
        if not self.ids:
            raise ValueError("within names no requirement")
        if not 0 <= self.max_lost <= 1:
            raise ValueError(f"max_lost {self.max_lost:g} is not between 0 and 1")
        for name in ("serving_members", "months"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} is below 1")

    @property
    def ids(self) -> tuple[str, ...]:
        """The requirements named, each once."""
        named = (self.within,) if isinstance(self.within, str) else self.within
        return tuple(dict.fromkeys(named))


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each standard and county, the members who are lost."""
    try:
        standards = paper.standards(filing, params.ids)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    days = serving.window(filing, params.months)
    if not serving.months_with_lines(filing, params.months):
        yield not_counted("plan", f"no final encounter line from {days.start} to {days.end}")
        return
    both = paper.pair(filing, params.serving_members, params.months, params.min_months_listed)
    for standard in standards:
        counties = list(_lost(filing, both, standard))
        judged = counties if params.by_county else []
        yield from with_quarantined([*judged, _plan(counties, standard, params)], filing)
    both.remember()


def _lost(filing: Filing, both: paper.Pair, standard: paper.Standard) -> Iterator[Measure]:
    days = {"on_paper": len(both.on_paper), "in_doubt": both.in_doubt}
    # Standard by standard, network by network: each keeps what it found last.
    listed = list(paper.counties(filing, both.listed, standard.asked, standard.params))
    serves = dict(paper.counties(filing, both.serving, standard.asked, standard.params))
    for county, before in listed:
        yield _compared(county, standard, before, serves[county], days)


def _compared(
    county: str,
    standard: paper.Standard,
    before: Measure,
    after: Measure,
    shared: Mapping[str, Any],
) -> Measure:
    """Return the measure of one county from NW01's two, as listed and as serving."""
    subject = f"{county or 'unknown'}/{standard.id}"
    for each in (before, after):
        if each.outcome is not Outcome.MEASURED:
            return not_counted(subject, each.note, each.evidence)
    members = before.denominator or 0.0
    within, still = before.numerator or 0.0, after.numerator or 0.0
    lost = max(within - still, 0.0)
    kept = ("county", "county_class", "specialty", "who", "members", "unlocated", "limit", "travel")
    evidence = {
        **{name: before.evidence.get(name) for name in kept},
        "standard": standard.id,
        "within_listed": within,
        "within_serving": still,
        "share_listed": within / members if members else None,
        "share_serving": still / members if members else None,
        "lost": lost,
        "listed": before.evidence.get("listed"),
        "serving": after.evidence.get("listed"),
        **shared,
    }
    value = lost / members if members else None
    return Measure(subject, lost, members, value, evidence, before.note)


def _plan(counties: list[Measure], standard: paper.Standard, params: Params) -> Measure:
    """Return the measure of the whole plan: the counties that could be counted, added up."""
    subject = f"plan/{standard.id}"
    counted = [each for each in counties if each.outcome is Outcome.MEASURED]
    if not counted:
        why = counties[0].note if counties else "no county is meant"
        return not_counted(subject, f"no county could be counted: {why}")
    members = sum(each.denominator or 0.0 for each in counted)
    sums = {
        name: sum(each.evidence[name] for each in counted)
        for name in ("unlocated", "within_listed", "within_serving", "lost")
    }
    limits = sorted({str(each.evidence["limit"]) for each in counted})
    first = counted[0].evidence
    evidence = {
        **first,
        "county": "The plan",
        "county_class": None,
        "members": members,
        **sums,
        "share_listed": sums["within_listed"] / members if members else None,
        "share_serving": sums["within_serving"] / members if members else None,
        "limit": limits[0] if len(limits) == 1 else "the limit of their county's class",
        "counties": len(counted),
        "counties_not_counted": len(counties) - len(counted),
        "most_lost": most([(each.evidence["county"], each.numerator or 0.0) for each in counted]),
    }
    lost = sums["lost"]
    note = next((each.note for each in counted if each.denominator), counted[0].note)
    found = Measure(subject, lost, members, lost / members if members else None, evidence, note)
    others = (each for each in counties if each.outcome is not Outcome.MEASURED)
    left_out = sum(each.evidence["members"] for each in others)
    return paper.withhold(found, left_out, lost, lost + left_out, required(params, found))


def most(counties: list[tuple[str, float]]) -> dict[str, float]:
    """Return the ten counties with the most members, above 0, most first."""
    ordered = sorted(counties, key=lambda each: (-each[1], each[0]))
    return {county: members for county, members in ordered[:10] if members > 0}


def required(params: Params, measure: Measure) -> float:
    """Return the largest share of members that may be lost."""
    return params.max_lost


RULE = Rule(
    code="NW08",
    name="network.reach-on-paper",
    family="network",
    reads=("members", "providers", "encounters"),
    params=Params,
    columns=("providers.contract_effective",),
    grain="county x standard; plan x standard",
    unit="share of members",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_lost",),
    message=(
        "{evidence[county]}: of {denominator:,.0f} {evidence[who]}, {evidence[share_listed]:.1%} "
        "have a listed provider of {evidence[specialty]} within {evidence[limit]}, and "
        "{evidence[share_serving]:.1%} one who served at least {params.serving_members:,} of the "
        "plan's members: {numerator:,.0f} ({value:.1%}) are within reach on paper alone; at most "
        "{required:.1%} may be ({evidence[standard]})."
    ),
    remedy=(
        "Contract with providers of the specialty who take members there, or show what keeps "
        "members from those listed."
    ),
    measure=measure,
)
