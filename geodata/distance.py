"""How far by great circle: one pair, or the nearest k of many sites, exactly.

The Earth is a sphere of the mean radius 3958.7613 miles (6371.0088 km, IUGG mean radius R1), so
a distance may differ from one on the ellipsoid by up to 0.5 %.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]

EARTH_RADIUS_MILES = 3958.7613
"""Mean radius of the Earth in statute miles."""

ROUNDING_MILES = 1e-9
"""Slack where a distance is held against a limit, for float rounding only."""


@overload
def great_circle_miles(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> float: ...


@overload
def great_circle_miles(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> Any: ...


def great_circle_miles(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> Any:
    """Return the great-circle distance in miles between points in decimal degrees.

    Arrays broadcast; four plain numbers give a float. NaN in, NaN out.
    """
    start, end = _unit_vectors(latitude, longitude), _unit_vectors(to_latitude, to_longitude)
    # Chord over its complement: neither near points nor nearly opposite ones lose digits.
    miles = 2 * EARTH_RADIUS_MILES * np.arctan2(_length(start - end), _length(start + end))
    return float(miles) if miles.ndim == 0 else miles


class Sites:
    """Sites made ready for asking which is nearest: a k-d tree over points on the unit sphere.

    Chord length grows with arc length, so the nearest by chord is the nearest by great circle,
    across the antimeridian and at the poles as well.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees, shape (n,), no NaN; n may be 0. Identical points are welcome, but a
        caller with many should pass the unique ones.
    """

    def __init__(self, latitude: ArrayLike, longitude: ArrayLike) -> None:
        self._vectors = _unit_vectors(latitude, longitude).reshape(-1, 3)
        self._tree = cKDTree(self._vectors) if len(self._vectors) else None

    def __len__(self) -> int:
        return len(self._vectors)

    def nearest(
        self, latitude: ArrayLike, longitude: ArrayLike, k: int = 1
    ) -> tuple[Floats, Indexes]:
        """Find the ``k`` nearest sites of each point.

        Returns
        -------
        miles, index
            Each of shape (n, k), nearest first. Where there are fewer than ``k`` sites the rest
            is infinite and -1. Exact to 1e-6 mile, but where even the nearest site is within a
            hundred feet of the opposite point of the Earth, and chords no longer tell sites apart.
        """
        vectors = _unit_vectors(latitude, longitude).reshape(-1, 3)
        if self._tree is None:
            shape = (len(vectors), k)
            return np.full(shape, np.inf), np.full(shape, -1, dtype=np.int64)
        chords, index = self._tree.query(vectors, k=np.arange(1, k + 1), workers=-1)
        found = np.isfinite(chords)
        miles = np.full(chords.shape, np.inf)
        miles[found] = _miles(chords[found])
        return miles, np.where(found, index, -1).astype(np.int64)

    def nearest_within(self, latitude: ArrayLike, longitude: ArrayLike, miles: float) -> Floats:
        """Return the miles to the nearest site, shape (n,), infinite where none is in ``miles``.

        The bound only spares work: a site up to a thousandth of a mile beyond it may be found.
        """
        vectors = _unit_vectors(latitude, longitude).reshape(-1, 3)
        nearest = np.full(len(vectors), np.inf)
        if self._tree is None or not len(vectors):
            return nearest
        chords, _ = self._tree.query(vectors, distance_upper_bound=_chord(miles + 1e-3))
        found = np.isfinite(chords)
        nearest[found] = _miles(chords[found])
        return nearest


def _unit_vectors(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    theta = np.radians(np.asarray(longitude, dtype=np.float64))
    phi, theta = np.broadcast_arrays(phi, theta)
    flat = np.cos(phi)
    return np.stack((flat * np.cos(theta), flat * np.sin(theta), np.sin(phi)), axis=-1)


def _length(vectors: Floats) -> Floats:
    length: Floats = np.sqrt(np.sum(vectors**2, axis=-1))
    return length


def _miles(chord: Floats) -> Floats:
    arc: Floats = 2 * EARTH_RADIUS_MILES * np.arcsin(np.minimum(chord / 2, 1.0))
    return arc


def _chord(miles: float) -> float:
    return 2 * float(np.sin(min(miles / EARTH_RADIUS_MILES, np.pi) / 2))
