"""Point to county, county to class, and the shapes for maps.

Shapes and land areas are the Census Bureau's cartographic boundaries of 2016 (cb_2016_us_county,
1:500,000), as the ``plotly-geo`` package carries them.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import shapely

from geodata.distance import Floats
from geodata.points import Points

if TYPE_CHECKING:
    import geopandas

SQUARE_METERS_PER_SQUARE_MILE = 2_589_988.110336
"""An international mile is 1609.344 m."""

CLASSES = ("large_metro", "metro", "micro", "rural", "ceac")
"""County types of 42 CFR 422.116(c), densest first."""

SMALL_COUNTY_ASSUMPTION = (
    "42 CFR 422.116(c) puts a county of under 10,000 people in no type at 10 to 49.9 or at "
    "1,000 to 4,999.9 people per square mile; it is taken as rural"
)
"""Stated wherever classes are computed. CMS's own list for 2026 agrees where it can be seen."""


class PopulationFileError(Exception):
    """A population file cannot be read; the message is one line."""


@cache
def shapes() -> geopandas.GeoDataFrame:
    """Return the counties: columns fips, name, state (FIPS), land_square_miles and geometry."""
    import geopandas  # takes half a second, and few commands read a shape

    with as_file(files("_plotly_geo") / "package_data") as folder:
        path = folder / "cb_2016_us_county_500k.shp"
        read = geopandas.read_file(path, encoding="utf-8").set_crs("EPSG:4269")
    read["land_square_miles"] = read["ALAND"] / SQUARE_METERS_PER_SQUARE_MILE
    read = read.rename(columns={"GEOID": "fips", "NAME": "name", "STATEFP": "state"})
    kept = read[["fips", "name", "state", "land_square_miles", "geometry"]]
    return kept.sort_values("fips", ignore_index=True)


def county_name(fips: str) -> str:
    """Return a county's name without "County", "" for a code that the shapes do not know."""
    return _names().get(fips, "")


@cache
def _names() -> dict[str, str]:
    return dict(zip(shapes()["fips"], shapes()["name"], strict=True))


def county_of(latitude: Floats, longitude: Floats) -> list[str]:
    """Return the FIPS code of the county that each point lies in, "" where it lies in none.

    A point on a shared border gets the lower code. Points are taken as NAD 83 (EPSG:4269).
    """
    counties = shapes()
    tree = shapely.STRtree(counties.geometry.to_numpy())
    point, county = tree.query(shapely.points(longitude, latitude), predicate="intersects")
    first = np.full(len(latitude), len(counties), dtype=np.int64)
    np.minimum.at(first, point, county)
    codes = [*counties["fips"], ""]
    return [codes[index] for index in first]


def row_counties(given: pl.Series, points: Points) -> pl.Series:
    """Return the county of each row: the code that it names, else that of its point, else "".

    Parameters
    ----------
    given
        What each row gives as its county; a text that is no five digits tells no place.
    points
        The points of the same rows, as :func:`geodata.points.clean` returns them.
    """
    named = given.cast(pl.String).str.strip_chars().fill_null("")
    # A text that is no county code tells no place, and must not become a finding's subject.
    fits = named.str.contains("^[0-9]{5}$")
    named = pl.select(pl.when(fits).then(named).otherwise(pl.lit(""))).to_series()
    unnamed = (named == "").to_numpy()
    if not unnamed.any():
        return named
    asked = np.unique(points.of_row[unnamed & (points.of_row >= 0)])
    # One more entry than points: index -1, of rows without a point, finds it.
    by_point = np.full(len(points) + 1, "", dtype="<U5")
    by_point[asked] = county_of(points.latitude[asked], points.longitude[asked])
    found = pl.Series(by_point[points.of_row], dtype=pl.String)
    return pl.select(pl.when(pl.Series(unnamed)).then(found).otherwise(named)).to_series()


def county_class(population: float, land_square_miles: float) -> str:
    """Return the county type of 42 CFR 422.116(c).

    Parameters
    ----------
    population
        People, 0 or more.
    land_square_miles
        Land area, above 0. Density is people per square mile of land, unrounded.

    Notes
    -----
    The text gives densities to one decimal (10 to 999.9); every band is read as reaching up to
    the next one. See also :data:`SMALL_COUNTY_ASSUMPTION`.
    """
    density = population / land_square_miles
    if density < 10:
        return "ceac"
    if density >= 5_000:
        return "large_metro"
    if population >= 1_000_000:
        return "large_metro" if density >= 1_000 else "metro"
    if population >= 500_000:
        return "large_metro" if density >= 1_500 else "metro"
    if population >= 200_000:
        return "metro"
    if population >= 50_000:
        return "metro" if density >= 100 else "micro"
    if population >= 10_000:
        return "metro" if density >= 1_000 else "micro" if density >= 50 else "rural"
    return "rural"


def classes_from(path: Path) -> Mapping[str, str]:
    """Return county FIPS to the class of 42 CFR 422.116(c), from a population file.

    Parameters
    ----------
    path
        CSV, or CSV in gzip (``.gz``), with at least STATEFP, COUNTYFP and POPULATION, one row a
        county: the Census Bureau's county centers of population. Counties that the shapes of
        2016 do not know have no land area here, and are left out.

    Raises
    ------
    PopulationFileError
        When the file cannot be read, lacks a column, names a county twice, or gives a population
        that is no whole number of 0 or more.
    """
    return MappingProxyType(
        {fips: county_class(count, land) for fips, count, land in _with_land(path)}
    )


def density_classes_from(path: Path, least: Mapping[str, float]) -> Mapping[str, str]:
    """Return county FIPS to class by people per square mile of land, from a population file.

    Parameters
    ----------
    path
        As in :func:`classes_from`; raises as that does.
    least
        Class to its lowest density. A county is of the densest class whose bound it is at or
        above, unrounded; one below all of them is left out.
    """
    densest_first = sorted(least.items(), key=lambda item: -item[1])
    found: dict[str, str] = {}
    for fips, count, land in _with_land(path):
        held = (word for word, bound in densest_first if count / land >= bound)
        if (word := next(held, "")) != "":
            found[fips] = word
    return MappingProxyType(found)


def _with_land(path: Path) -> list[tuple[str, int, float]]:
    """Return the counties of a population file that have a land area: FIPS, people, square miles.

    A county that is all water, if there were one, would have no density, and is left out.
    """
    land = dict(zip(shapes()["fips"], shapes()["land_square_miles"], strict=True))
    people = read_population(path)
    return [(fips, n, land[fips]) for fips, n in people.items() if land.get(fips, 0) > 0]


def read_population(path: Path) -> dict[str, int]:
    """Return county FIPS to population; see :func:`classes_from`."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as fault:
        raise PopulationFileError(f"{path.name}: cannot be read: {fault}") from fault
    wanted = ("STATEFP", "COUNTYFP", "POPULATION")
    lacking = [name for name in wanted if not rows or name not in rows[0]]
    if lacking:
        raise PopulationFileError(f"{path.name}: no column {', '.join(lacking)}")
    people: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        state, county, count = (str(row[name] or "").strip() for name in wanted)
        fips = state.zfill(2) + county.zfill(3)
        if not (fips.isdecimal() and len(fips) == 5 and count.isdecimal()):
            raise PopulationFileError(
                f"{path.name} line {line}: found {state!r}, {county!r}, {count!r}; wanted two and "
                "three digits and a population of 0 or more"
            )
        if fips in people:
            raise PopulationFileError(f"{path.name} line {line}: county {fips} a second time")
        people[fips] = int(count)
    return people


def geojson(states: Sequence[str] | None = None, tolerance: float = 0.005) -> dict[str, Any]:
    """Return simplified county shapes for a map, as a GeoJSON feature collection.

    Parameters
    ----------
    states
        State FIPS codes, for example ("47",); None for all.
    tolerance
        Degrees. Borders are simplified once for both neighbours, so that none gapes.

    Returns
    -------
    Features with the county's FIPS code as ``id`` and its name in ``properties``. Outer rings run
    clockwise, as d3 and plotly read them; coordinates have four decimals.
    """
    counties = shapes()
    if states is not None:
        counties = counties[counties["state"].isin(list(states))]
    simple = shapely.coverage_simplify(counties.geometry.to_numpy(), tolerance)
    rounded = shapely.set_precision(simple, 1e-4)
    drawn = shapely.orient_polygons(rounded, exterior_cw=True)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": fips,
                "properties": {"name": name},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for fips, name, shape in zip(counties["fips"], counties["name"], drawn, strict=True)
        ],
    }
