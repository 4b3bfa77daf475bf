"""County outlines ready to draw, in a plane that keeps a state's proportions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from geodata.counties import geojson

TOLERANCE = 0.01
"""Degrees, about 1 km: finer than a pixel of the map."""

Ring = tuple[list[float | None], list[float | None]]


@cache
def outlines(states: tuple[str, ...]) -> dict[str, Ring]:
    """Return by county FIPS the x and y of its rings, a None between two of them.

    x is longitude shrunk by the cosine of the middle latitude, so that one unit is as long in x
    as in y.
    """
    drawn = {one["id"]: one["geometry"] for one in geojson(states, TOLERANCE)["features"]}
    rings = {fips: list(_rings(geometry)) for fips, geometry in drawn.items()}
    heights = [point[1] for found in rings.values() for ring in found for point in ring]
    shrink = math.cos(math.radians((min(heights) + max(heights)) / 2)) if heights else 1.0
    return {fips: _joined(found, shrink) for fips, found in rings.items()}


def proportion(states: tuple[str, ...]) -> float:
    """Return how much wider than high the states are together; 1 where there is none."""
    rings = outlines(states).values()
    xs = [x for ring in rings for x in ring[0] if x is not None]
    ys = [y for ring in rings for y in ring[1] if y is not None]
    return (max(xs) - min(xs)) / (max(ys) - min(ys)) if xs else 1.0


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    else:
        for part in geometry.get("coordinates", ()):
            yield from part


def _joined(rings: list[list[list[float]]], shrink: float) -> Ring:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for ring in rings:
        if xs:
            xs.append(None)
            ys.append(None)
        xs += [round(point[0] * shrink, 4) for point in ring]
        ys += [round(point[1], 4) for point in ring]
    return xs, ys
