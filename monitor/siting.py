"""``carvein siting``: which additions to a network bring the most members within its standard.

The standard is NW01's: the limit in each county's class, the members of the population on the
day, the providers that count. What is asked is whom each candidate would reach of the members
whom no counted provider reaches; :mod:`geodata.siting` chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from geodata.choices import Choices
from geodata.siting import Homes, reach, site
from geodata.travel import REACHED, Source
from geodata.ways import ask, find_ways, first_ask
from monitor.adequacy_input import AdequacyError
from monitor.adequacy_standards import Standard, choose
from monitor.desk import settle_classes
from monitor.siting_answer import County, Siting, lay_out
from monitor.siting_candidates import Candidates, read_candidates
from rules.model import Contract, Outcome
from rules.network import nw01_beyond_reach as nw01
from rules.network.reach import Network, prepare_network
from rules.network.way import Way, way_under
from rules.network.words import no_specialty, so_many
from rules.specialty import specialties

TOLD = 5
"""Most counties of which it is said why they could not be counted."""


@dataclass(frozen=True)
class Question:
    """What is asked: one standard of a pack, on a day, and how many additions.

    ``population`` and ``requirement`` may be "" where the pack leaves one choice; ``counties`` is
    a population file for county classes, or None; ``seconds`` is the exact solver's time;
    ``travel`` is a source of minutes, or None where they are estimated.
    """

    contract: Contract
    specialty: str
    as_of: date
    add: int
    population: str = ""
    requirement: str = ""
    counties: Path | None = None
    seconds: float = 60
    travel: Source | None = None


def siting(
    members: pl.DataFrame, providers: pl.DataFrame, candidates: Path, asked: Question
) -> Siting:
    """Choose the additions.

    Parameters
    ----------
    members, providers
        Of one plan, as :mod:`monitor.adequacy_input` reads them.
    candidates
        See :func:`monitor.siting_candidates.read_candidates`.

    Raises
    ------
    AdequacyError
        When a file cannot be used, or the pack has no such standard or one that cannot be sited.
    TravelError
        When the source of minutes does not answer.
    """
    group = find_standards(asked)
    try:
        classes = settle_classes(asked.contract, asked.counties)
    except ValueError as fault:
        raise AdequacyError(str(fault)) from fault
    network = prepare_network(members, providers, asked.as_of)
    way = way_under(asked.contract, asked.travel)
    counties, untold = _counties(network, group, classes, asked.contract.regions, way)
    found = read_candidates(candidates, asked.specialty, providers, asked.as_of)
    blocks = reach([county.homes for county in counties], found.latitude, found.longitude)
    choice = site(blocks, len(found.latitude), len(counties), asked.add, asked.seconds)
    lines = (
        *_held_against(group, counties, asked),
        *_unlocated(network),
        *_unknown(counties, found),
    )
    return lay_out(counties, found, choice, asked.add, asked.seconds, (*lines, *_few(untold)))


def find_standards(asked: Question) -> list[Standard]:
    """Return the NW01 standards asked about, of one population; that of a county is the first.

    Raises
    ------
    AdequacyError
        When there is none, or more than one that are not of one population.
    """
    if asked.specialty not in specialties():
        raise AdequacyError(no_specialty(asked.specialty))
    found: dict[str, list[Standard]] = {}
    for group in choose(asked.contract, asked.as_of):
        for held in group:
            if held.rule == nw01.RULE.code and held.scope.specialty == asked.specialty:
                found.setdefault(held.scope.people.key, []).append(held)
    where = f"{asked.contract.id} on {asked.as_of}"
    if not found:
        raise AdequacyError(f"{where}: no time and distance standard for {asked.specialty}")
    if asked.requirement:
        ids = [held.requirement.id for group in found.values() for held in group]
        for group in found.values():
            if any(held.requirement.id == asked.requirement for held in group):
                return [held for held in group if held.requirement.id == asked.requirement]
        raise AdequacyError(
            f"--requirement {asked.requirement}: {where} has {', '.join(ids)} for {asked.specialty}"
        )
    if asked.population and asked.population not in found:
        raise AdequacyError(
            f"--population {asked.population}: {where} has {', '.join(found)} for {asked.specialty}"
        )
    if not asked.population and len(found) > 1:
        raise AdequacyError(
            f"{where} has standards of {asked.specialty} for {', '.join(found)}: choose one with "
            "--population"
        )
    return found[asked.population or next(iter(found))]


def _counties(
    network: Network,
    group: list[Standard],
    classes: Mapping[str, str],
    regions: Mapping[str, str],
    way: Way,
) -> tuple[list[County], list[str]]:
    """Return the counties that the standard can be held against, and why others cannot."""
    counties: list[County] = []
    untold: list[str] = []
    for fips in network.counties:
        known = classes.get(fips)
        region = regions.get(fips, "")
        standard = next((held for held in group if not held.scope.leaves_out(known, region)), None)
        if standard is None:
            continue
        measure = nw01.measure_county(network, standard.scope, standard.params, fips, known, way)
        if measure.outcome is not Outcome.MEASURED:
            untold.append(measure.note)
            continue
        if not measure.denominator:
            continue
        required = nw01.required(standard.params, measure)
        homes = _beyond(network, standard, fips, known, way)
        counties.append(
            County(fips, standard.requirement.id, known, measure.evidence, required, homes)
        )
    return counties, untold


def _beyond(
    network: Network, standard: Standard, fips: str, county_class: str | None, way: Way
) -> Homes:
    """Return the located members of a county whom no counted provider is known to reach."""
    scope, limits = standard.scope, standard.params.reach_in(county_class, way)
    if limits.choices > 1:
        raise AdequacyError(
            f"{standard.requirement.id} asks for {limits.choices} providers within reach; siting "
            "answers standards that ask for one: name another with --requirement, or add sites of "
            "your choice to the providers and let carvein adequacy count"
        )
    group, homes = network.group(fips, scope.people), network.members.points
    listed = network.providers.listed.get(scope.specialty)
    north, east = homes.latitude[group.point], homes.longitude[group.point]
    beyond = np.ones(len(group.point), dtype=bool)
    if listed is not None:
        sites = np.unique(listed.point[listed.serving(scope.people)])
        points, each = network.providers.points, np.arange(len(sites))
        there = Choices(points.latitude[sites], points.longitude[sites], each, each)
        if limits.measured_by is None:
            miles = there.sites.nearest_within(north, east, limits.farthest_miles)
            beyond = ~limits.hold(miles)
        else:
            found = ask(limits.measured_by, there, north, east, first_ask(there, 1))
            beyond = ~find_ways(there, limits, north, east, found).within
    return Homes(north[beyond], east[beyond], group.weight[beyond], limits)


def _held_against(
    group: list[Standard], counties: list[County], asked: Question
) -> tuple[str, ...]:
    """Say which standard is meant where the pack has several of these people."""
    used = {county.requirement for county in counties}
    others = [held.requirement.id for held in group if held.requirement.id not in used]
    if not used or not others or asked.requirement:
        return ()
    meant = ", ".join(held.requirement.id for held in group if held.requirement.id in used)
    return (f"held against {meant}; not against {', '.join(others)}: name it with --requirement",)


def _unlocated(network: Network) -> tuple[str, ...]:
    count = network.providers.left_out["unlocated"]
    told = f"{so_many(count, 'provider row')} without a point: whom they reach is not within"
    return (told,) if count else ()


def _few(untold: list[str]) -> tuple[str, ...]:
    """Return why counties could not be counted, and how many more there are than are told."""
    more = len(untold) - TOLD
    told = f"and {so_many(more, 'more county', 'more counties')} that could not be counted"
    return (*untold[:TOLD], *((told,) if more > 0 else ()))


def _unknown(counties: list[County], found: Candidates) -> tuple[str, ...]:
    """Say how many candidates stand where the source of minutes knows no way."""
    one = next((each.homes for each in counties if each.homes.limits.measured_by is not None), None)
    if one is None or not len(found.latitude) or not len(one.latitude):
        return ()
    source = one.limits.measured_by
    assert source is not None
    home = one.latitude[:1], one.longitude[:1]
    told = source.nearest(*home, found.latitude, found.longitude, 1).sites
    if told is None or (told == REACHED).all():
        return ()
    count = int((told[found.rows["point"].to_numpy()] != REACHED).sum())
    return (f"{so_many(count, 'candidate')} to which no way is known: {source.note}",)
