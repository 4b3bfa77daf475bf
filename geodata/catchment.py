"""Capacity: how many places a person can count on, by the floating catchment of two steps.

Step one shares the places of each site among the people around it, the nearer ones weighing more;
step two adds up, for each person, what the sites around them have to share. This is the enhanced
two-step floating catchment area (Luo and Qi 2009, Health & Place 15:1100-1107).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from geodata.distance import EARTH_RADIUS_MILES, ROUNDING_MILES, Floats, Indexes, chord, on_sphere

PAIRS_AT_ONCE = 4_000_000
"""Pairs of a person's point and a site that are held at once: about 300 MB."""

Weigh = Callable[[Floats], Floats]
"""Turns costs (miles or minutes) into weights of 0 or more."""


@dataclass(frozen=True)
class Bands:
    """Weights by bands of cost: up to ``limits[i]``, the limit itself inside, ``weights[i]``.

    Beyond the last limit the weight is 0.

    Raises
    ------
    ValueError
        When there is no band, the two lengths differ, the limits do not rise from above 0, or a
        weight is not above 0.
    """

    limits: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.limits or len(self.limits) != len(self.weights):
            raise ValueError("wanted as many limits as weights, at least one")
        if not np.isfinite([*self.limits, *self.weights]).all():
            raise ValueError("limits and weights are finite numbers")
        if np.any(np.diff((0.0, *self.limits)) <= 0):
            raise ValueError("limits rise, from above 0")
        if min(self.weights) <= 0:
            raise ValueError("weights are above 0")

    @property
    def farthest(self) -> float:
        """The cost beyond which nothing weighs."""
        return self.limits[-1]

    def __call__(self, cost: Floats) -> Floats:
        """Return the weight of each cost."""
        limits = np.asarray(self.limits) + ROUNDING_MILES
        return np.append(self.weights, 0.0)[np.searchsorted(limits, cost)]


SLOW_DECAY = Bands((10.0, 20.0, 30.0), (1.0, 0.68, 0.22))
"""The weights of Luo and Qi 2009, who had minutes of driving; that the bands may be miles is
carvein's own default."""


@dataclass(frozen=True, eq=False)
class Capacity:
    """What the two steps give.

    Attributes
    ----------
    access
        Places for one person at each point, shape (n,): 0 where no site is in the catchment.
    ratio
        Places for one person around each site, shape (m,): 0 where nobody is in its catchment.
    """

    access: Floats
    ratio: Floats


def share_pairs(
    point: Indexes, site: Indexes, weight: Floats, people: Floats, places: Floats
) -> Capacity:
    """Take the two steps over given pairs of point and site.

    Parameters
    ----------
    point, site, weight
        One entry a pair that is within the catchment, shape (pairs,); no pair twice.
    people
        At each point, shape (n,), 0 or more.
    places
        At each site, shape (m,), 0 or more.
    """
    around = np.bincount(site, weight * people[point], minlength=len(places))
    ratio = _ratio(places, np.asarray(around, np.float64))
    access = np.bincount(point, weight * ratio[site], minlength=len(people))
    return Capacity(np.asarray(access, np.float64), ratio)


def share_places(
    points: tuple[ArrayLike, ArrayLike],
    people: ArrayLike,
    sites: tuple[ArrayLike, ArrayLike],
    places: ArrayLike,
    weigh: Bands = SLOW_DECAY,
    pairs_at_once: int = PAIRS_AT_ONCE,
) -> Capacity:
    """Take the two steps over great-circle miles.

    Parameters
    ----------
    points, sites
        Latitude and longitude in decimal degrees, each of shape (n,) and (m,), no NaN; either may
        be empty. Identical ones are welcome, unique ones are faster.
    people, places
        Shapes (n,) and (m,), 0 or more.
    weigh
        Bands of miles.
    pairs_at_once
        Bounds the memory: never more pairs are held, but for a single point's.

    Notes
    -----
    The pairs are searched twice, once a step, block by block; no matrix is made of them.
    """
    people, places = np.asarray(people, np.float64), np.asarray(places, np.float64)
    home, place = _degrees(points), _degrees(sites)
    around, access = np.zeros(len(places)), np.zeros(len(people))
    if not len(people) or not len(places):
        return Capacity(access, around)
    search = _Search(home, place, weigh.farthest, pairs_at_once)
    if len(search) == 1:
        [(point, site, miles)] = search.pairs()
        return share_pairs(point, site, weigh(miles), people, places)
    for point, site, miles in search.pairs():
        around += np.bincount(site, weigh(miles) * people[point], minlength=len(places))
    ratio = _ratio(places, around)
    for point, site, miles in search.pairs():
        access += np.bincount(point, weigh(miles) * ratio[site], minlength=len(people))
    return Capacity(access, ratio)


class _Search:
    """Every pair of a point and a site within a bound, in blocks of neighbouring points."""

    def __init__(self, home: Floats, place: Floats, bound: float, at_once: int) -> None:
        self._at_once = at_once
        self._vectors = on_sphere(home[:, 0], home[:, 1])
        self._sites = cKDTree(on_sphere(place[:, 0], place[:, 1]))
        # A little more, for the rounding of chords: who is beyond the last band weighs nothing.
        self._chord = chord(bound + 1e-3)
        order = np.lexsort((home[:, 1], np.floor(home[:, 0] * 4)))
        self._blocks = list(self._split(order))

    def __len__(self) -> int:
        return len(self._blocks)

    def pairs(self) -> Iterator[tuple[Indexes, Indexes, Floats]]:
        """Yield point, site and miles of the pairs of each block."""
        for block in self._blocks:
            tree = cKDTree(self._vectors[block])
            near = tree.sparse_distance_matrix(self._sites, self._chord, output_type="ndarray")
            miles = 2 * EARTH_RADIUS_MILES * np.arcsin(np.minimum(near["v"] / 2, 1.0))
            yield block[near["i"]], near["j"], miles

    def _split(self, points: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Halve the points until no block has more pairs than may be held."""
        waiting = [points]
        while waiting:
            block = waiting.pop()
            count = cKDTree(self._vectors[block]).count_neighbors(self._sites, self._chord)
            if count > self._at_once and len(block) > 1:
                middle = len(block) // 2
                waiting += [block[:middle], block[middle:]]
            elif count:
                yield block


def _ratio(places: Floats, around: Floats) -> Floats:
    """Return places for one person around, 0 where nobody is."""
    ratio: Floats = np.divide(places, around, out=np.zeros(len(places)), where=around > 0)
    return ratio


def _degrees(pair: tuple[ArrayLike, ArrayLike]) -> Floats:
    return np.column_stack([np.asarray(each, np.float64) for each in pair])
