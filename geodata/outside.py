"""How far a point lies outside the county or state that it is said to be in.

Shapes are those of :mod:`geodata.counties` and the states of the same set (cb_2016_us_state,
1:500,000), so a true point near a border or a shore may lie a little outside. Of the 9,639 peopled
block groups of Tennessee and Massachusetts (2020) 6 have their center of population outside their
own county, by up to 0.20 mile; of 3,299 tracts 2, by up to 0.34.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.counties import shapes
from geodata.distance import Floats, great_circle_miles

if TYPE_CHECKING:
    import geopandas

LATER_COUNTIES = frozenset(["02063", "02066", *(f"09{number}" for number in range(110, 200, 10))])
"""Counties that came after the shapes of 2016: Chugach and Copper River, which were
Valdez-Cordova until 2019, and Connecticut's nine planning regions (87 FR 34235)."""


@cache
def county_codes() -> frozenset[str]:
    """Return every county FIPS code of the shapes, and the later ones that they do not show."""
    return frozenset(shapes()["fips"]) | LATER_COUNTIES


@cache
def state_shapes() -> geopandas.GeoDataFrame:
    """Return the states and territories: columns state (FIPS), code (postal), name, geometry."""
    import geopandas  # takes half a second, and few commands read a shape

    with as_file(files("_plotly_geo") / "package_data") as folder:
        path = folder / "cb_2016_us_state_500k.shp"
        read = geopandas.read_file(path, encoding="utf-8").set_crs("EPSG:4269")
    read = read.rename(columns={"GEOID": "state", "STUSPS": "code", "NAME": "name"})
    return read[["state", "code", "name", "geometry"]].sort_values("state", ignore_index=True)


@cache
def state_codes() -> Mapping[str, str]:
    """Return the postal code of each state by its FIPS code."""
    states = state_shapes()
    return MappingProxyType(dict(zip(states["state"], states["code"], strict=True)))


def miles_outside(area: NDArray[Any], latitude: Floats, longitude: Floats) -> Floats:
    """Return how far each point lies outside its area, in great-circle miles; 0 inside it.

    Parameters
    ----------
    area
        What each point is said to be in, shape (n,): a county's FIPS code (``47055``) or a state's
        postal code (``TN``).
    latitude, longitude
        Decimal degrees (NAD 83), shape (n,).

    Returns
    -------
    Shape (n,); NaN where the area has no shape or the point is not finite. The nearest point of
    the border is found on a plane with the area in its middle: near the area the distance is exact
    to a thousandth, a continent away to some hundredths.
    """
    miles = np.full(len(area), np.nan)
    usable = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    names, which = np.unique(np.asarray(area, dtype=str)[usable], return_inverse=True)
    order = np.argsort(which, kind="stable")
    bounds = np.searchsorted(which[order], np.arange(len(names) + 1))
    for number, name in enumerate(names):
        outline = _outline(str(name))
        if outline is not None:
            mine = usable[order[bounds[number] : bounds[number + 1]]]
            miles[mine] = outline.miles(latitude[mine], longitude[mine])
    return miles


@dataclass(frozen=True, eq=False)
class _Outline:
    """One area: its shape, and its border as segments on a plane of even miles."""

    shape: Any
    starts: Floats
    ends: Floats
    tree: shapely.STRtree
    squeeze: float
    wraps: bool

    def miles(self, latitude: Floats, longitude: Floats) -> Floats:
        east = longitude % 360 if self.wraps else longitude
        outside = np.flatnonzero(~shapely.intersects_xy(self.shape, east, latitude))
        miles = np.zeros(len(latitude))
        if len(outside):
            east, north = east[outside], latitude[outside]
            plane = np.column_stack([east * self.squeeze, north])
            nearest = self.tree.query_nearest(shapely.points(plane), all_matches=False)[1]
            border = _project(plane, self.starts[nearest], self.ends[nearest])
            miles[outside] = great_circle_miles(
                north, east, border[:, 1], border[:, 0] / self.squeeze
            )
        return miles


@lru_cache(maxsize=512)
def _outline(name: str) -> _Outline | None:
    shape = _shapes_by_name().get(name)
    if shape is None:
        return None
    west, south, east, north = shapely.bounds(shape)
    wraps = bool(east - west > 180)  # the Aleutians lie on both sides of the antimeridian
    if wraps:
        shape = shapely.transform(shape, lambda at: np.column_stack([at[:, 0] % 360, at[:, 1]]))
    shapely.prepare(shape)
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    rings = shapely.get_rings(shapely.get_parts(shape))
    at, ring = shapely.get_coordinates(rings, return_index=True)
    at = at * [squeeze, 1.0]
    joined = ring[:-1] == ring[1:]
    starts, ends = at[:-1][joined], at[1:][joined]
    tree = shapely.STRtree(shapely.linestrings(np.stack([starts, ends], axis=1)))
    return _Outline(shape, starts, ends, tree, squeeze, wraps)


@cache
def _shapes_by_name() -> Mapping[str, Any]:
    counties, states = shapes(), state_shapes()
    return dict(zip(counties["fips"], counties.geometry, strict=True)) | dict(
        zip(states["code"], states.geometry, strict=True)
    )


def _project(point: Floats, start: Floats, end: Floats) -> Floats:
    """Return the point of each segment that is nearest to each point, all of shape (n, 2)."""
    along = end - start
    length = np.maximum(np.sum(along**2, axis=1), 1e-30)
    share = np.clip(np.sum((point - start) * along, axis=1) / length, 0.0, 1.0)
    nearest: Floats = start + share[:, None] * along
    return nearest
