"""Members live beyond the time and distance limit from every provider of a specialty.

What it measures
----------------
For each county in which the plan has members, the share of its members of a population (all,
adult, pediatric, with serious mental illness, dually eligible; of an age or a sex) who have enough
counted providers of the specialty within the limit, by weight: one, or so many different ones
(NPIs) as ``providers`` says. The limit is miles, minutes, both or either, for every county or by
class of county. Where it is both, one and the same provider must keep both. Members are those
enrolled on the last day of the period, at the age of that day. A provider row counts when its
contract is in force on that day, its ages include any of the population's, and it is not seen by
telehealth only.

Why it is required
------------------
42 CFR 438.68(b) has states set quantitative network standards, mental health and substance use
disorder among them, adult and pediatric. 42 CFR 422.116(d) has 90 percent of beneficiaries
(large metro and metro counties) or 85 percent (micro, rural and CEAC) within a maximum time and
distance, and credits 10 percentage points where a plan contracts for telehealth. A benefit that
members cannot reach is carved in on paper only.

Met
---
The share within is at least the share required in the county's class. Where the contract credits
telehealth and a provider of the specialty, of ages that include any of the population's, offers it,
the credit is added first, and told.

Not met
-------
The share within is lower. Members whom nothing locates are members, and are not shown to be
within: they count in the base and not in the share.

Limits
------
Without a source of travel, miles are straight lines on a sphere, and minutes are estimated from
them at the speed that the standard's own miles and minutes imply or, where it sets minutes alone,
at an assumed speed by county class: they are not measured independently. Members within by
straight line and beyond when the miles are multiplied by 1.3 are then shown as borderline. With a
matrix, a road graph or a routing engine minutes are measured; members whom it cannot reach, who
live far from any road, or where it has none, are told apart. Where those of whom it cannot say
anything would decide the verdict, the rule could not run. Miles are by road only where the
contract means so and a source tells them; each result says which they are. Points taken from a ZIP
code's centroid are counted as approximate. Where the limit depends on the county's class and the
class is unknown the rule could not run. No member is listed as a violation: it is the network that
is short, not a row that is faulty. Whether a listed provider takes patients is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from geodata.coverage import COUNTED, Coverage, Limits, Logic
from rules.model import TOLERANCE, Filing, Measure, Rule, Sense
from rules.network.reach import Network, network
from rules.network.scope import Scope, describe_county, meant, not_counted, with_quarantined
from rules.network.way import Way, way_of
from rules.network.words import class_words


@dataclass(frozen=True)
class ClassLimit:
    """The limit in one class of county; a limit that the logic does not count may be left out.

    ``logic`` and ``providers`` are those of every class where a class has none of its own.
    """

    share: float
    max_minutes: float | None = None
    max_miles: float | None = None
    logic: Logic | None = None
    providers: int | None = None


@dataclass(frozen=True)
class Params:
    """``logic`` and one limit for every county, or limits ``by_county_class``.

    ``share`` is the part of the members who must be within, above 0 and at most 1, of so many
    different ``providers``. ``telehealth_credit`` is added to the share (0.1 is 10 percentage
    points) where a provider of the specialty, under contract, offers telehealth.
    """

    logic: Logic
    share: float | None = None
    max_minutes: float | None = None
    max_miles: float | None = None
    by_county_class: Mapping[str, ClassLimit] = field(default_factory=dict)
    providers: int = 1
    telehealth_credit: float = 0.0

    def __post_init__(self) -> None:
        flat = (self.share, self.max_minutes, self.max_miles)
        if self.by_county_class and any(given is not None for given in flat):
            raise ValueError("a limit for every county and limits by_county_class; wanted one")
        if not self.by_county_class and self.share is None:
            raise ValueError("no share; wanted one here or limits by_county_class")
        if not 0 <= self.telehealth_credit < 1:
            raise ValueError(f"telehealth_credit {self.telehealth_credit:g} is not 0 or below 1")
        for limit in self.limits():
            if not 0 < limit.share <= 1:
                raise ValueError(f"share {limit.share:g} is not above 0 and at most 1")
            if self.choices(limit) < 1:
                raise ValueError(f"providers {self.choices(limit)} is below 1")
            logic = limit.logic or self.logic
            for name in COUNTED[logic]:
                if (getattr(limit, name) or 0) <= 0:
                    raise ValueError(f"logic {logic} needs {name} above 0")

    def limits(self) -> tuple[ClassLimit, ...]:
        """Return every limit that is set."""
        return tuple(self.by_county_class.values()) or (self.limit_in(None),)

    def choices(self, limit: ClassLimit) -> int:
        """Return how many different providers a limit asks for."""
        return self.providers if limit.providers is None else limit.providers

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
            raise LookupError(f"no limit is set for {class_words(county_class)} counties")
        return self.by_county_class[county_class]

    def reach_in(self, county_class: str | None, way: Way | None = None) -> Limits:
        """Return what is within reach in a class of county; raises as :meth:`limit_in`."""
        limit = self.limit_in(county_class)
        return (way or Way()).limits(
            limit.logic or self.logic,
            limit.max_miles,
            limit.max_minutes,
            county_class,
            self.choices(limit),
        )


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each county with members, those within the limit."""
    try:
        asked = Scope.read(scope)
        asked.check_region(filing.contract.regions)
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    reached = filing.once("network", network)
    contract, classes = filing.contract, filing.county_classes
    measures = measure_network(reached, asked, params, classes, contract.regions, way_of(filing))
    yield from with_quarantined(measures, filing)
    reached.remember()


def measure_network(
    reached: Network,
    asked: Scope,
    params: Params,
    county_classes: Mapping[str, str],
    regions: Mapping[str, str] | None = None,
    way: Way | None = None,
) -> Iterator[Measure]:
    """Count for a prepared network; one measure a county that the scope does not leave out."""
    counties = list(meant(asked, reached.counties, county_classes, regions or {}))
    cover_all(reached, asked, params, counties, way)
    for county, county_class in counties:
        yield measure_county(reached, asked, params, county, county_class, way)


def cover_all(
    reached: Network,
    asked: Scope,
    params: Params,
    counties: Iterable[tuple[str, str | None]],
    way: Way | None = None,
) -> None:
    """Have many counties, each with its class, counted at once, before one is measured."""
    limits: dict[str, Limits] = {}
    for county, county_class in counties:
        try:
            asked.check_told(county_class, reached.members.untold)
            limits[county] = params.reach_in(county_class, way)
        except LookupError:
            continue
    reached.cover_all(asked.people, asked.specialty, limits)


def measure_county(
    reached: Network,
    asked: Scope,
    params: Params,
    county: str,
    county_class: str | None,
    way: Way | None = None,
) -> Measure:
    """Count the members of one county."""
    way = way or Way()
    group = reached.group(county, asked.people)
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
        asked.check_told(county_class, reached.members.untold)
        limits = params.reach_in(county_class, way)
    except LookupError as fault:
        return not_counted(subject, f"{evidence['county']}: {fault}", evidence)
    covered = reached.cover(county, asked.people, asked.specialty, limits)
    counted = reached.count(county, asked.people, asked.specialty, limits)
    share = covered.within / group.members if group.members else None
    credited = _credited(reached, asked, params, share)
    evidence |= {
        **_figures(covered, limits),
        "share": share,
        "limit": tell(limits),
        "providers": counted.providers,
        **_listed(reached, asked),
        "share_credited": credited,
        "told": _told(share, credited, params.limit_in(county_class).share),
        "basis": way.told(limits),
    }
    note = (
        evidence["basis"] if group.members else f"{evidence['county']}: no {asked.who} on that day"
    )
    found = Measure(subject, covered.within, group.members, credited, evidence, note)
    return _undecided(found, covered, params, county_class)


def _undecided(
    found: Measure, covered: Coverage, params: Params, county_class: str | None
) -> Measure:
    """Withhold a verdict that hangs on members of whom the source of travel cannot say anything."""
    wanted = params.limit_in(county_class).share
    if not covered.untold or not found.denominator or not isinstance(found.value, float):
        return found
    at_most = min(found.value + covered.untold / found.denominator, 1.0)
    if found.value >= wanted - TOLERANCE or at_most < wanted - TOLERANCE:
        return found
    told = found.evidence
    note = (
        f"{told['county']}: {covered.untold:,.0f} of {found.denominator:,.0f} {told['who']} would "
        f"decide, and the source of travel cannot tell of them: {covered.unsnapped:,.0f} live far "
        f"from any road, {covered.outside:,.0f} outside what it knows, {covered.undecided:,.0f} "
        f"are undecided; {_percent(found.value, wanted)} are within ({told['basis']})"
    )
    return not_counted(found.subject, note, found.evidence)


def _credited(reached: Network, asked: Scope, params: Params, share: float | None) -> float | None:
    """Return the share with the credit for telehealth, where one is given and earned."""
    offering = reached.told(asked.specialty, asked.people).telehealth
    if share is None or not params.telehealth_credit or not offering:
        return share
    return min(share + params.telehealth_credit, 1.0)


def _listed(reached: Network, asked: Scope) -> dict[str, int]:
    """Return the providers of the specialty by how they are listed, distinct NPIs each."""
    told = reached.told(asked.specialty, asked.people)
    return {
        "listed": told.listed,
        "providers_unlocated": told.unlocated,
        "providers_approximate": told.approximate,
        "telehealth": told.telehealth,
    }


def _figures(covered: Coverage, limits: Limits) -> dict[str, Any]:
    wanted = "a provider" if limits.choices == 1 else f"{limits.choices} different providers"
    return {
        "within": covered.within,
        "borderline": covered.borderline,
        "unreachable": covered.unreachable,
        "unsnapped": covered.unsnapped,
        "outside": covered.outside,
        "undecided": covered.undecided,
        "longest_miles": covered.longest_miles,
        "longest_minutes": covered.longest_minutes,
        "max_minutes": limits.max_minutes,
        "max_miles": limits.max_miles,
        "logic": limits.logic,
        "choices": limits.choices,
        "wanted": wanted,
        "travel": limits.travel.source if limits.travel else None,
    }


def _told(share: float | None, credited: float | None, wanted: float) -> str:
    """Say a share, with the credit for telehealth where there is one."""
    if share is None or credited is None:
        return "none"
    if credited == share:
        return _percent(share, wanted)
    return f"{_percent(share, wanted)}, {_percent(credited, wanted)} with the credit for telehealth"


def _percent(share: float, wanted: float) -> str:
    """Say a share with as many digits as show on which side of the wanted one it lies."""
    for digits in range(1, 10):
        shown = round(share * 100, digits) / 100
        if (shown >= wanted - TOLERANCE) == (share >= wanted - TOLERANCE):
            return f"{share:.{digits}%}"
    return repr(share)


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
        "({evidence[told]}) have {evidence[wanted]} of {evidence[specialty]} within "
        "{evidence[limit]}; "
        "{required:.0%} must ({evidence[basis]})."
    ),
    remedy=(
        "Contract with a provider of the specialty nearer to the members who are beyond the "
        "limit, or ask the state for an exception."
    ),
    measure=measure,
    judged_by=("share",),
)
