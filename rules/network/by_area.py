"""The areas that a requirement counts in: the whole plan, the regions of a pack, or counties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rules.model import Filing, Measure, Outcome
from rules.network.reach import Network, network
from rules.network.scope import Scope, describe_county, not_counted
from rules.network.standing import Counts, Standing, standing
from rules.network.words import class_words

Area = Literal["plan", "region", "county"]


@dataclass(frozen=True)
class Place:
    """One area: its name in a subject and in words, and its counties (None: everywhere)."""

    key: str
    title: str
    counties: tuple[str, ...] | None


def count_areas(
    filing: Filing, scope: Mapping[str, str], area: Area, counts: Counts
) -> Iterator[Measure]:
    """Count members and providers of each area; one measure an area that the scope means.

    Returns
    -------
    Measures with the members as denominator and the count of providers, sites or beds as value;
    none where there is no such member. What cannot be counted says why.
    """
    try:
        asked = Scope.read(scope)
        regions = filing.contract.regions
        if area == "region" and not regions:
            raise ValueError("the contract names no regions, and the number is by region")
        if asked.region and asked.region not in regions.values():
            raise ValueError(f"region {asked.region!r} is not one of the contract's")
    except ValueError as fault:
        yield not_counted("plan", str(fault))
        return
    reached = filing.once("network", network)
    stood = filing.once("standing", standing)
    for place in _places(reached, asked, area, filing):
        yield _measured(reached, stood, asked, place, counts, filing)


def _places(reached: Network, asked: Scope, area: Area, filing: Filing) -> Iterator[Place]:
    regions, classes = filing.contract.regions, filing.county_classes
    bounded = bool(asked.region or asked.county_class)
    meant = {
        county
        for county in (*reached.counties, *regions, *classes)
        if not asked.leaves_out(classes.get(county), regions.get(county, ""))
    }
    if area == "county":
        for county in reached.counties:
            if county in meant:
                yield Place(county, describe_county(county), (county,))
    elif area == "region":
        for name in sorted(set(regions.values())):
            inside = tuple(sorted(c for c in meant if regions.get(c) == name))
            if inside:
                yield Place(name, name, inside)
    else:
        yield Place("plan", "The plan", tuple(sorted(meant)) if bounded else None)


def _measured(
    reached: Network, stood: Standing, asked: Scope, place: Place, counts: Counts, filing: Filing
) -> Measure:
    """Count one area."""
    inside = [
        county for county in reached.counties if place.counties is None or county in place.counties
    ]
    groups = {county: reached.group(county, asked.people) for county in inside}
    members = sum(group.members for group in groups.values())
    found = stood.count(asked.specialty, asked.people, place.counties)
    everywhere = stood.count(asked.specialty, asked.people, None)
    regions = filing.contract.regions
    evidence: dict[str, Any] = {
        "area": place.title,
        "counties": None if place.counties is None else len(place.counties),
        "specialty": asked.title,
        "who": asked.who,
        "members": members,
        "unlocated": sum(group.unlocated for group in groups.values()),
        "approximate": sum(group.approximate for group in groups.values()),
        "counts": counts,
        "providers": found.providers,
        "sites": found.sites,
        "beds": found.beds,
        "listed": everywhere.providers,
        "in_no_known_county": stood.count(asked.specialty, asked.people, [""]).providers,
        "members_in_no_region": sum(
            reached.group(county, asked.people).members
            for county in reached.counties
            if regions and county not in regions
        ),
    }
    subject = asked.subject(place.key)
    lacking = sorted(set(asked.people.asks) & reached.members.untold)
    unclassed = [
        county
        for county, group in groups.items()
        if asked.county_class and filing.county_classes.get(county) is None and group.members
    ]
    if lacking:
        why = f"no member has a value in {', '.join(lacking)}, which tells who is meant"
        return not_counted(subject, f"{place.title}: {why}", evidence)
    if unclassed:
        told = ", ".join(describe_county(county) for county in unclassed)
        named = class_words(asked.county_class)
        why = f"only {named} counties are meant; the class is unknown of {told}"
        return not_counted(subject, f"{place.title}: {why}", evidence)
    if place.key == "" and members:
        why = "nothing tells their county, so nobody can be said to stand in it"
        return not_counted(subject, f"{members:,.0f} {asked.who}: {why}", evidence)
    if not members:
        note = f"{place.title}: no {asked.who} on that day"
        return Measure(subject, None, 0, None, evidence, note, Outcome.NOT_APPLICABLE)
    figure = found.figure(counts)
    return Measure(subject, figure, members, figure, evidence)
