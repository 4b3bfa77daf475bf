"""Members live beyond the time and distance limit from every provider of a specialty.

What it measures
----------------
For each county in which the plan has members, the share of its members of a population (all,
adult, pediatric) who have at least one counted provider of the specialty within the limit, by
weight. The limit is miles, minutes, both or either, for every county or by class of county.
Members are those enrolled on the last day of the period, at the age of that day. A provider row
counts when its contract is in force on that day, its ages include any of the population, and it
is not seen by telehealth only.

Why it is required
------------------
42 CFR 438.68(b) has states set quantitative network standards, mental health and substance use
disorder among them, adult and pediatric. 42 CFR 422.116(d) has 90 percent of beneficiaries
(large metro and metro counties) or 85 percent (micro, rural and CEAC) within a maximum time and
distance. A benefit that members cannot reach is carved in on paper only.

Met
---
The share within is at least the share required in the county's class.

Not met
-------
The share within is lower. Members whom nothing locates are members, and are not shown to be
within: they count in the base and not in the share.

Limits
------
Miles are straight lines on a sphere. Minutes are estimated from them, at the speed that the
standard's own miles and minutes imply or, where it sets minutes alone, at an assumed speed by
county class; they are not measured independently. Members within by straight line and beyond
when the miles are multiplied by 1.3 are shown as borderline. Points taken from a ZIP code's
centroid are counted as approximate. Where the limit depends on the county's class and the class
is unknown the rule could not run. No member is listed as a violation: it is the network that is
short, not a row that is faulty. Whether a listed provider takes patients is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from geodata.coverage import COUNTED, Coverage, Limits, Logic
from geodata.travel import NOTE, estimate
from rules.model import Filing, Measure, Rule, Sense
from rules.network.reach import Network, network
from rules.network.scope import Scope, describe_county, not_counted, with_quarantined


@dataclass(frozen=True)
class ClassLimit:
    """The limit in one class of county; a limit that the logic does not count may be left out."""

    share: float
    max_minutes: float | None = None
    max_miles: float | None = None


@dataclass(frozen=True)
class Params:
    """``logic`` and one limit for every county, or limits ``by_county_class``.

    ``share`` is the part of the members who must be within, above 0 and at most 1.
    """

    logic: Logic
    share: float | None = None
    max_minutes: float | None = None
    max_miles: float | None = None
    by_county_class: Mapping[str, ClassLimit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        flat = (self.share, self.max_minutes, self.max_miles)
        if self.by_county_class and any(given is not None for given in flat):
            raise ValueError("a limit for every county and limits by_county_class; wanted one")
        if not self.by_county_class and self.share is None:
            raise ValueError("no share; wanted one here or limits by_county_class")
        for limit in self.limits():
            if not 0 < limit.share <= 1:
                raise ValueError(f"share {limit.share:g} is not above 0 and at most 1")
            for name in COUNTED[self.logic]:
                if (getattr(limit, name) or 0) <= 0:
                    raise ValueError(f"logic {self.logic} needs {name} above 0")

    def limits(self) -> tuple[ClassLimit, ...]:
        """Return every limit that is set."""
        return tuple(self.by_county_class.values()) or (self.limit_in(None),)

    def limit_in(self, county_class: str | None) -> ClassLimit:
        """Return the limit in a class of county.

        Raises
        ------
        LookupError
            When limits are by class, and the class is unknown or has none; with the reason.
        """
        if not self.by_county_class:
            assert self.share is not None
            return ClassLimit(self.share, self.max_minutes, self.max_miles)
        if county_class is None:
            raise LookupError("the county's class is unknown, and the limit depends on it")
        if county_class not in self.by_county_class:
            raise LookupError(f"no limit is set for {county_class} counties")
        return self.by_county_class[county_class]

    def reach_in(self, county_class: str | None) -> Limits:
        """Return what is within reach in a class of county; raises as :meth:`limit_in`."""
        limit = self.limit_in(county_class)
        travel = estimate(limit.max_miles, limit.max_minutes, county_class)
        if travel is None and self.logic != "distance":
            raise LookupError("the county's class is unknown, and so the speed of travel")
        return Limits(self.logic, limit.max_miles, limit.max_minutes, travel)


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each county with members, those within the limit."""
    try:
        asked = Scope.read(scope)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    reached = filing.once("network", network)
    measures = measure_network(reached, asked, params, filing.county_classes)
    yield from with_quarantined(measures, filing)


def measure_network(
    reached: Network, asked: Scope, params: Params, county_classes: Mapping[str, str]
) -> Iterator[Measure]:
    """Count for a prepared network; one measure a county that the scope does not leave out."""
    for county in reached.counties:
        county_class = county_classes.get(county)
        if not asked.leaves_out(county_class):
            yield measure_county(reached, asked, params, county, county_class)


def measure_county(
    reached: Network, asked: Scope, params: Params, county: str, county_class: str | None
) -> Measure:
    """Count the members of one county."""
    group = reached.group(county, asked.population)
    evidence: dict[str, Any] = {
        "county": describe_county(county),
        "county_class": county_class,
        "specialty": asked.title,
        "who": asked.who,
        "members": group.members,
        "unlocated": group.unlocated,
        "approximate": group.approximate,
    }
    subject = asked.subject(county)
    try:
        if asked.county_class and county_class is None:
            raise LookupError(f"only {asked.county_class} counties are meant; its class is unknown")
        limits = params.reach_in(county_class)
    except LookupError as fault:
        return not_counted(subject, f"{evidence['county']}: {fault}", evidence)
    covered = reached.cover(county, asked.population, asked.specialty, limits)
    counted = reached.count(county, asked.population, asked.specialty, limits)
    members = group.members
    share = covered.within / members if members else None
    evidence |= {
        **_figures(covered, limits),
        "share": share,
        "limit": tell(limits),
        "providers": counted.providers,
        "listed": reached.listed(asked.specialty, asked.population),
        "basis": NOTE,
    }
    note = NOTE if members else f"{evidence['county']}: no {asked.who} on that day"
    return Measure(
        subject=subject,
        numerator=covered.within,
        denominator=members,
        value=share,
        evidence=evidence,
        note=note,
    )


def _figures(covered: Coverage, limits: Limits) -> dict[str, Any]:
    return {
        "within": covered.within,
        "borderline": covered.borderline,
        "longest_miles": covered.longest_miles,
        "longest_minutes": covered.longest_minutes,
        "max_minutes": limits.max_minutes,
        "max_miles": limits.max_miles,
        "logic": limits.logic,
        "travel": limits.travel.source if limits.travel else None,
    }


def tell(limits: Limits) -> str:
    """Say a limit in words, e.g. ``45 minutes and 30 miles``."""
    words = {"max_minutes": "minutes", "max_miles": "miles"}
    parts = [f"{getattr(limits, name):g} {words[name]}" for name in COUNTED[limits.logic]]
    return (" or " if limits.logic == "either" else " and ").join(parts)


def required(params: Any, measure: Measure) -> float:
    """Return the share required in the county's class."""
    return float(params.limit_in(measure.evidence["county_class"]).share)


RULE = Rule(
    code="NW01",
    name="network.beyond-reach",
    family="network",
    reads=("members", "providers"),
    params=Params,
    grain="county x specialty x population",
    unit="share of members",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{evidence[county]}: {numerator:,.0f} of {denominator:,.0f} {evidence[who]} "
        "({value:.1%}) have a provider of {evidence[specialty]} within {evidence[limit]}; "
        "{required:.0%} must ({evidence[basis]})."
    ),
    remedy=(
        "Contract with a provider of the specialty nearer to the members who are beyond the "
        "limit, or ask the state for an exception."
    ),
    measure=measure,
    judged_by=("share",),
)
