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

from geodata.distance import Sites
from geodata.siting import Homes, reach, site
from monitor.adequacy_input import AdequacyError
from monitor.adequacy_standards import Standard, choose
from monitor.desk import settle_classes
from monitor.siting_answer import County, Siting, lay_out
from monitor.siting_candidates import read_candidates
from rules.model import Contract, Outcome
from rules.network import nw01_beyond_reach as nw01
from rules.network.reach import Network, prepare_network
from rules.network.words import no_specialty, so_many
from rules.specialty import specialties


@dataclass(frozen=True)
class Question:
    """What is asked: one standard of a pack, on a day, and how many additions.

    ``population`` and ``requirement`` may be "" where the pack leaves one choice; ``counties`` is
    a population file for county classes, or None; ``seconds`` is the exact solver's time.
    """

    contract: Contract
    specialty: str
    as_of: date
    add: int
    population: str = ""
    requirement: str = ""
    counties: Path | None = None
    seconds: float = 60


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
    """
    group = find_standards(asked)
    try:
        classes = settle_classes(asked.contract, asked.counties)
    except ValueError as fault:
        raise AdequacyError(str(fault)) from fault
    network = prepare_network(members, providers, asked.as_of)
    counties, untold = _counties(network, group, classes, asked.contract.regions)
    found = read_candidates(candidates, asked.specialty, providers, asked.as_of)
    blocks = reach([county.homes for county in counties], found.latitude, found.longitude)
    choice = site(blocks, len(found.latitude), len(counties), asked.add, asked.seconds)
    lines = (*_held_against(group, counties, asked), *_unlocated(network))
    return lay_out(counties, found, choice, asked.add, asked.seconds, (*lines, *untold))


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
        measure = nw01.measure_county(network, standard.scope, standard.params, fips, known)
        if measure.outcome is not Outcome.MEASURED:
            untold.append(measure.note)
            continue
        if not measure.denominator:
            continue
        required = nw01.required(standard.params, measure)
        homes = _beyond(network, standard, fips, known)
        counties.append(
            County(fips, standard.requirement.id, known, measure.evidence, required, homes)
        )
    return counties, untold


def _beyond(network: Network, standard: Standard, fips: str, county_class: str | None) -> Homes:
    """Return the located members of a county whom no counted provider reaches."""
    scope, limits = standard.scope, standard.params.reach_in(county_class)
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
        points = network.providers.points
        search = Sites(points.latitude[sites], points.longitude[sites])
        beyond = ~limits.hold(search.nearest_within(north, east, limits.farthest_miles))
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
