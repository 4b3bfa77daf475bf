"""How far by great circle: one pair, or the nearest k of many sites, exactly.

The Earth is a sphere of the mean radius 3958.7613 miles (6371.0088 km, IUGG mean radius R1), so
a distance may differ from one on the ellipsoid by up to 0.5 %.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    start, end = on_sphere(latitude, longitude), on_sphere(to_latitude, to_longitude)
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
        from scipy.spatial import cKDTree  # takes half a second, and few commands measure

        self._vectors = on_sphere(latitude, longitude).reshape(-1, 3)
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
        return self.nearest_to(on_sphere(latitude, longitude).reshape(-1, 3), k)

    def nearest_to(self, vectors: Floats, k: int = 1) -> tuple[Floats, Indexes]:
        """Return :meth:`nearest` of points given as unit vectors, shape (n, 3)."""
        if self._tree is None or not len(vectors):
            shape = (len(vectors), k)
            return np.full(shape, np.inf), np.full(shape, -1, dtype=np.int64)
        # Threads cost more than they save on a few points.
        workers = -1 if len(vectors) > 4096 else 1
        chords, index = self._tree.query(vectors, k=np.arange(1, k + 1), workers=workers)
        found = np.isfinite(chords)
        miles = np.full(chords.shape, np.inf)
        miles[found] = _miles(chords[found])
        return miles, np.where(found, index, -1).astype(np.int64)

    def nearest_within(self, latitude: ArrayLike, longitude: ArrayLike, miles: float) -> Floats:
        """Return the miles to the nearest site, shape (n,), infinite where none is in ``miles``.

        The bound only spares work: a site up to a thousandth of a mile beyond it may be found.
        """
        return self.nearest_to_within(on_sphere(latitude, longitude).reshape(-1, 3), miles)

    def count_within(self, vectors: Floats, miles: float) -> Indexes:
        """Return how many sites lie within ``miles`` of points given as unit vectors, (n, 3)."""
        if self._tree is None or not len(vectors):
            return np.zeros(len(vectors), dtype=np.int64)
        counts = self._tree.query_ball_point(vectors, chord(miles), return_length=True)
        return np.asarray(counts, dtype=np.int64)

    def nearest_to_within(self, vectors: Floats, miles: float) -> Floats:
        """Return :meth:`nearest_within` of points given as unit vectors, shape (n, 3)."""
        nearest = np.full(len(vectors), np.inf)
        if self._tree is None or not len(vectors):
            return nearest
        chords, _ = self._tree.query(vectors, distance_upper_bound=chord(miles + 1e-3))
        found = np.isfinite(chords)
        nearest[found] = _miles(chords[found])
        return nearest


def on_sphere(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Return points in decimal degrees as vectors of length 1, shape (..., 3)."""
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    theta = np.radians(np.asarray(longitude, dtype=np.float64))
    phi, theta = np.broadcast_arrays(phi, theta)
    flat = np.cos(phi)
    return np.stack((flat * np.cos(theta), flat * np.sin(theta), np.sin(phi)), axis=-1)


def _length(vectors: Floats) -> Floats:
    length: Floats = np.sqrt(np.sum(vectors**2, axis=-1))
    return length


def miles_between(start: Floats, end: Floats) -> Floats:
    """Return the great-circle miles between unit vectors, shape (..., 3), to near 1e-6 mile."""
    return _miles(_length(start - end))


def _miles(chords: Floats) -> Floats:
    arc: Floats = 2 * EARTH_RADIUS_MILES * np.arcsin(np.minimum(chords / 2, 1.0))
    return arc


def chord(miles: float) -> float:
    """Return how far apart two vectors of length 1 are that stand for points ``miles`` apart."""
    return 2 * float(np.sin(min(miles / EARTH_RADIUS_MILES, np.pi) / 2))
