"""``carvein capacity``: how many providers' places members can count on, county by county.

Places are a provider's own: the largest panel figure in its rows, or the members it served. They
are shared evenly among the sites of the specialty that count on the day, and then among the people
around each site (:mod:`geodata.catchment`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import ibis
import numpy as np
import polars as pl

from geodata.catchment import Bands, share_places
from geodata.distance import Floats, Indexes
from monitor.adequacy_input import AdequacyError, read_table
from monitor.adequacy_serving import MONTHS, read_encounters
from monitor.siting_input import read_plan
from rules.contract import load
from rules.model import Filing, Period
from rules.network import serving
from rules.network.reach import Network, prepare_network
from rules.network.who import Population
from rules.network.words import no_specialty, so_many, title
from rules.specialty import specialties

Supply = Literal["panel", "open", "served"]
"""Places: panel_limit; panel_limit less panel_size; or the members served in 12 months."""

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "plan_id": pl.String,
    "county_fips": pl.String,
    "specialty": pl.String,
    "population": pl.String,
    "members": pl.Float64,
    "unlocated": pl.Float64,
    "places_per_1000": pl.Float64,
    "without_any": pl.Float64,
}
"""One row a specialty and county, and one for the plan with county_fips ``all``.

``places_per_1000`` is the mean over the members with a point, ``without_any`` those of them who
have no place at all.
"""

_PANEL: Mapping[str, type[pl.DataType]] = {
    "npi": pl.String,
    "panel_limit": pl.Int64,
    "panel_size": pl.Int64,
}

_Places = Callable[[str], float | None]
"""Tells the places of an NPI, None where it has no figure."""


@dataclass(frozen=True)
class Asked:
    """What is asked of which files."""

    specialties: tuple[str, ...]
    bands: Bands
    supply: Supply
    population: Population = "all"
    plan_id: str = ""


@dataclass(frozen=True)
class Capacity:
    """The rows of :data:`SCHEMA`, and lines for the reader."""

    rows: pl.DataFrame
    notes: tuple[str, ...]


def capacity(
    members: Path, providers: Path, encounters: Path | None, asked: Asked, as_of: date
) -> Capacity:
    """Measure the places that a plan's members can count on.

    Raises
    ------
    AdequacyError
        When a file cannot be used, a specialty is none, or no provider of it has a figure.
    """
    for slug in asked.specialties:
        if slug not in specialties():
            raise AdequacyError(no_specialty(slug))
    people, network = read_plan(members, providers, asked.plan_id)
    plan_id = people["plan_id"][0] or ""
    places = _places(providers, encounters, asked.supply, plan_id, as_of)
    reached = prepare_network(people, network, as_of)
    rows: list[dict[str, Any]] = []
    notes = [f"{_tell(asked.bands)}; straight-line miles; the bands are carvein's own default"]
    for slug in asked.specialties:
        site, supply, lacking = _sites(reached, slug, asked.population, places)
        if lacking:
            told = f"{so_many(lacking, 'provider')} without a figure, counted as no places"
            notes.append(f"{title(slug)}: {told}")
        for row in _by_county(reached, site, supply, asked):
            rows.append({"plan_id": plan_id, "specialty": slug, **row})
    return Capacity(pl.DataFrame(rows, schema=dict(SCHEMA)), tuple(notes))


def _places(
    providers: Path, encounters: Path | None, supply: Supply, plan_id: str, as_of: date
) -> _Places:
    if supply == "served":
        if encounters is None:
            raise AdequacyError("--supply served needs --encounters")
        return _volume(encounters, plan_id, as_of)
    rows = read_table(providers, _PANEL).rows.drop_nulls(["npi", "panel_limit"])
    figure = pl.col("panel_limit")
    if supply == "open":
        rows, figure = rows.drop_nulls("panel_size"), figure - pl.col("panel_size")
    largest = rows.group_by("npi").agg(figure.clip(lower_bound=0).max().cast(pl.Float64))
    held: dict[str, float] = dict(largest.iter_rows())
    return held.get


def _volume(encounters: Path, plan_id: str, as_of: date) -> _Places:
    """Return the members whom each NPI served; 0 for every other."""
    lines = read_encounters(encounters).rows
    lines = lines.filter(pl.col("plan_id").is_null() | (pl.col("plan_id") == plan_id))
    numbered = lines.with_columns(
        pl.lit("encounters").alias("_file"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_line"),
    )
    filing = Filing(
        review_id="capacity",
        plan_id=plan_id,
        contract=load("federal-438"),
        period=Period(as_of, as_of),
        as_of=as_of,
        tables={"encounters": ibis.memtable(numbered)},
    )
    held = {npi: float(members) for npi, members in serving.served(filing, MONTHS).iter_rows()}
    if not held:
        days = serving.window(filing, MONTHS)
        raise AdequacyError(f"{encounters.name}: no line from {days.start} to {days.end}")
    # Who is on no line served nobody, which is a figure.
    return lambda npi: held.get(npi, 0.0)


def _sites(
    reached: Network, slug: str, population: Population, places: _Places
) -> tuple[Indexes, Floats, int]:
    """Return the points of the sites that count, the places at each, and NPIs without a figure."""
    listed = reached.providers.rows(slug)
    listed = listed.of(listed.serving(population))
    pairs = np.unique(np.column_stack((listed.npi, listed.point)), axis=0).astype(np.int64)
    codes, sites = np.unique(pairs[:, 0], return_counts=True)
    names = [str(reached.providers.npis[code]) for code in codes]
    figures = [places(name) for name in names]
    if len(codes) and all(figure is None for figure in figures):
        raise AdequacyError(f"no provider of {title(slug)} has a figure of places; see --supply")
    each = np.array([figure or 0.0 for figure in figures]) / sites
    point = pairs[:, 1]
    shared = np.zeros(len(codes)) if not len(codes) else each[np.searchsorted(codes, pairs[:, 0])]
    where, of_pair = np.unique(point, return_inverse=True)
    supply = np.asarray(np.bincount(of_pair, shared, len(where)), np.float64)
    return where, supply, figures.count(None)


def _by_county(
    reached: Network, site: Indexes, supply: Floats, asked: Asked
) -> list[dict[str, Any]]:
    """Return the figures of each county and of all."""
    groups = {county: reached.group(county, asked.population) for county in reached.counties}
    homes, points = reached.members.points, reached.providers.points
    people = np.zeros(len(homes))
    for group in groups.values():
        people += np.bincount(group.point, group.weight, len(homes))
    found = share_places(
        (homes.latitude, homes.longitude),
        people,
        (points.latitude[site], points.longitude[site]),
        supply,
        asked.bands,
    )
    rows = []
    for county, group in groups.items():
        access = found.access[group.point]
        told = _row(county or "unknown", group.weight, access, group.unlocated)
        rows.append({"population": asked.population, **told})
    unlocated = sum(group.unlocated for group in groups.values())
    whole = _row("all", people, found.access, unlocated)
    return [*rows, {"population": asked.population, **whole}]


def _row(county: str, weight: Floats, access: Floats, unlocated: float) -> dict[str, Any]:
    located = float(weight.sum())
    return {
        "county_fips": county,
        "members": located + unlocated,
        "unlocated": unlocated,
        "places_per_1000": 1000 * float((weight * access).sum()) / located if located else None,
        "without_any": float(weight[access == 0].sum()),
    }


def _tell(bands: Bands) -> str:
    told = ", ".join(
        f"{weight:g} to {limit:g} miles"
        for limit, weight in zip(bands.limits, bands.weights, strict=True)
    )
    return f"places weigh {told} and nothing beyond"
