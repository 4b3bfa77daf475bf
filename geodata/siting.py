"""Where one more site would bring the most people within a limit.

The question is the maximal covering location problem (Church and ReVelle 1974): of so many sites
choose ``add`` that reach the most people who have none in reach yet. :func:`reach` says which
sites would reach whom, :func:`site` chooses.

Adding at each step the site that gains most (greedy) reaches at least 1 - 1/e, or 63.2 %, of what
the best choice does (Nemhauser, Wolsey and Fisher 1978), and after any step the people gained so
far and the ``add`` largest gains left are together a bound on every choice. Where the sites and
people are few enough (:mod:`geodata.siting_exact`) the best choice itself is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.choices import Choices
from geodata.coverage import Limits
from geodata.distance import ROUNDING_MILES, Floats, Indexes, chord, great_circle_miles, on_sphere
from geodata.siting_exact import choose_best, few_enough
from geodata.ways import ask, find_ways, part_of

GUARANTEE = 1 - 1 / np.e
"""What greedy reaches at the least, as a part of the best."""

HOMES = 4096
"""Most homes that are held against sites at a time: they and their sites are one dense table."""

_DOUBT = 1e-13
"""Squared chords this near the limit's are measured again, digit by digit."""

Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Homes:
    """People of one area who have no site in reach, and what is within reach there.

    ``latitude`` and ``longitude`` are decimal degrees, ``weight`` people at each point, 0 or more;
    all of shape (n,), no NaN.
    """

    latitude: Floats
    longitude: Floats
    weight: Floats
    limits: Limits


@dataclass(frozen=True, eq=False)
class Block:
    """Homes of one area that lie together; those that the same sites would reach are one row.

    Attributes
    ----------
    area
        Number of the area in the question.
    sites
        The sites that would reach any of these homes, rising, shape (m,).
    reached
        Shape (u, m / 8 rounded up): one bit for each of ``sites``, as ``numpy.packbits`` has it.
    weight
        People of each row, above 0, shape (u,).
    """

    area: int
    sites: Indexes
    reached: Bits
    weight: Floats

    def table(self, rows: NDArray[np.bool_] | slice = slice(None)) -> Bits:
        """Return ``rows`` as a table of 0 and 1, one column a site."""
        return np.unpackbits(self.reached[rows], axis=1, count=len(self.sites))

    def column(self, place: int) -> NDArray[np.bool_]:
        """Return which rows the site at ``place`` of ``sites`` would reach."""
        return (self.reached[:, place // 8] >> (7 - place % 8) & 1).astype(bool)


@dataclass(frozen=True, eq=False)
class Choice:
    """The sites chosen, in the order in which they gain most.

    Attributes
    ----------
    sites
        At most as many as were asked for: a site that gains nobody is not named.
    gained
        People whom each brings within the limit beyond those before it, by area: shape
        (sites, areas).
    method
        ``exact`` when the solver was asked, ``greedy`` when not.
    proven
        Whether no choice of as many sites gains more.
    bound
        People beyond which no choice of as many sites gains.
    """

    sites: tuple[int, ...]
    gained: Floats
    method: Literal["exact", "greedy"]
    proven: bool
    bound: float

    @property
    def total(self) -> float:
        """All people gained."""
        return float(self.gained.sum())


def reach(areas: Sequence[Homes], latitude: ArrayLike, longitude: ArrayLike) -> list[Block]:
    """Tell which sites would reach whom.

    Parameters
    ----------
    areas
        The people of each area. Those without weight, or whom no site would reach, are left out.
    latitude, longitude
        Of the sites, decimal degrees, shape (s,), no NaN; s may be 0.

    Notes
    -----
    The memory that the answer needs is, at the most, one bit for each home and each site within
    the limit of a home near it; where a source of travel measures the limits, one for each home and
    site. A source is asked once a site, of all homes, so that each pair is held against the limits
    by itself.

    Raises
    ------
    TravelError
        When a source of travel does not answer.
    """
    north = np.asarray(latitude, dtype=np.float64)
    east = np.asarray(longitude, dtype=np.float64)
    sites = on_sphere(north, east).reshape(-1, 3)
    straight = [
        block
        for area, homes in enumerate(areas)
        if homes.limits.measured_by is None
        for rows in _together(on_sphere(homes.latitude, homes.longitude), homes.weight > 0)
        for block in _block(area, homes, rows, north, east, sites)
    ]
    return [*straight, *_travelled(areas, north, east)]


def _travelled(areas: Sequence[Homes], north: Floats, east: Floats) -> Iterator[Block]:
    """Yield the blocks of the areas whose limits a source of travel measures."""
    asked = [
        (area, homes) for area, homes in enumerate(areas) if homes.limits.measured_by is not None
    ]
    if not asked or not len(north):
        return
    ends = np.cumsum([len(homes.weight) for _, homes in asked])
    parts = [
        slice(end - len(homes.weight), end) for end, (_, homes) in zip(ends, asked, strict=True)
    ]
    latitude = np.concatenate([homes.latitude for _, homes in asked])
    longitude = np.concatenate([homes.longitude for _, homes in asked])
    source, one = asked[0][1].limits.measured_by, np.zeros(1, dtype=np.int64)
    assert source is not None
    reached: list[list[Bits]] = [[] for _ in asked]
    for place in range(len(north)):
        alone = Choices(north[[place]], east[[place]], one, one)
        found = ask(source, alone, latitude, longitude, 1)
        for (_, homes), part, bits in zip(asked, parts, reached, strict=True):
            ways = find_ways(
                alone, homes.limits, homes.latitude, homes.longitude, part_of(found, part)
            )
            bits.append(np.packbits(ways.within & (homes.weight > 0)))
    for (area, homes), bits in zip(asked, reached, strict=True):
        for at in range(0, len(homes.weight), HOMES):
            weight = homes.weight[at : at + HOMES]
            columns = np.stack([each[at // 8 : (at + HOMES) // 8] for each in bits])
            within = np.unpackbits(columns, axis=1, count=len(weight)).T.astype(bool)
            yield from _merge(area, np.arange(len(north)), within, weight)


def _together(points: Floats, peopled: NDArray[np.bool_]) -> Iterator[Indexes]:
    """Yield the rows of homes that lie together, at most :data:`HOMES` at a time."""
    waiting = [np.flatnonzero(peopled)]
    while waiting:
        rows = waiting.pop()
        if not len(rows):
            continue
        if len(rows) <= HOMES:
            yield rows
            continue
        widest = int(np.argmax(np.ptp(points[rows], axis=0)))
        middle = len(rows) // 2
        halved = rows[np.argpartition(points[rows, widest], middle)]
        waiting += [halved[middle:], halved[:middle]]


def _block(
    area: int, homes: Homes, rows: Indexes, north: Floats, east: Floats, sites: Floats
) -> Iterator[Block]:
    points = on_sphere(homes.latitude[rows], homes.longitude[rows])
    farthest = chord(homes.limits.farthest_miles + ROUNDING_MILES)
    center = points.mean(axis=0)
    radius = np.linalg.norm(points - center, axis=1).max()
    near = np.flatnonzero(np.linalg.norm(sites - center, axis=1) <= farthest + radius + 1e-9)
    squares = 2 - 2 * (points @ sites[near].T)
    within = squares <= farthest**2
    # A product of unit vectors loses digits, so whoever is at the very limit is measured again.
    home, place = np.nonzero(np.abs(squares - farthest**2) <= _DOUBT)
    at, to = rows[home], near[place]
    miles = great_circle_miles(homes.latitude[at], homes.longitude[at], north[to], east[to])
    within[home, place] = homes.limits.hold(miles)
    yield from _merge(area, near, within, homes.weight[rows])


def _merge(area: int, sites: Indexes, within: NDArray[np.bool_], people: Floats) -> Iterator[Block]:
    """Yield one block of homes (rows) and the sites (columns) that would reach some of them."""
    some = within.any(axis=1)
    if not some.any():
        return
    reaching = within.any(axis=0)
    bits = np.packbits(within[np.ix_(some, reaching)], axis=1)
    width = bits.shape[1]
    # Rows as texts of bytes: numpy sorts these many times faster than rows of numbers.
    sets, which = np.unique(bits.view(f"S{width}").ravel(), return_inverse=True)
    weight = np.bincount(which, people[some], len(sets)).astype(np.float64)
    yield Block(area, sites[reaching], sets.view(np.uint8).reshape(-1, width), weight)


def site(blocks: Sequence[Block], sites: int, areas: int, add: int, seconds: float = 60) -> Choice:
    """Choose the sites that reach the most people.

    Parameters
    ----------
    blocks
        As :func:`reach` gives them.
    sites, areas
        How many of each the question had.
    add
        How many to choose, 1 or more. Of sites that gain alike the first is taken.
    seconds
        Time for the solver; when it is up the best found so far is the answer, and not proven.
    """
    order, bound = add_greedily(blocks, sites, add)
    gained = gain(blocks, order, areas)
    total = float(gained.sum())
    if _reaches(total, bound) or not few_enough(blocks):
        return _choice(order, gained, "greedy", bound)
    found, solver_bound = choose_best(blocks, sites, add, seconds)
    bound = min(bound, solver_bound)
    better = add_greedily(blocks, sites, add, found)[0]
    also = gain(blocks, better, areas)
    if also.sum() > total:
        order, gained = better, also
    return _choice(order, gained, "exact", bound)


def _choice(
    order: tuple[int, ...], gained: Floats, method: Literal["exact", "greedy"], bound: float
) -> Choice:
    total = float(gained.sum())
    proven = _reaches(total, bound)
    return Choice(order, gained, method, proven, total if proven else bound)


def _reaches(total: float, bound: float) -> bool:
    return total >= bound * (1 - 1e-9)


def add_greedily(
    blocks: Sequence[Block], sites: int, add: int, among: Sequence[int] | None = None
) -> tuple[tuple[int, ...], float]:
    """Add at each step the site that gains most; return the sites, and the bound on any choice.

    The bound is one on choices ``among`` the sites named, all sites when None. The work is that
    of two passes over the pairs of people and sites, whatever ``add``: after a step only the
    people newly reached are taken off the gains.
    """
    left = [block.weight.copy() for block in blocks]
    gains = np.zeros(sites)
    for block in blocks:
        gains[block.sites] += block.weight @ block.table()
    if among is not None:
        gains[np.setdiff1d(np.arange(sites), among)] = -np.inf
    order: list[int] = []
    total, bound = 0.0, float(sum(block.weight.sum() for block in blocks))
    while True:
        largest = np.sort(gains)[-add:]
        bound = min(bound, total + float(largest[largest > 0].sum()))
        best = int(np.argmax(gains)) if sites else -1
        if len(order) == add or best < 0 or gains[best] <= 0:
            return tuple(order), bound
        got = 0.0
        for block, weight in zip(blocks, left, strict=True):
            place = int(np.searchsorted(block.sites, best))
            if place == len(block.sites) or block.sites[place] != best:
                continue
            new = block.column(place) & (weight > 0)
            if new.any():
                got += float(weight[new].sum())
                gains[block.sites] -= weight[new] @ block.table(new)
                weight[new] = 0
        gains[best] = -np.inf
        # What rounding has left of a gain of nothing is no gain.
        if got > 0:
            order.append(best)
            total += got


def gain(blocks: Sequence[Block], order: Sequence[int], areas: int) -> Floats:
    """Return the people whom each site reaches beyond those before it, by area: (sites, areas)."""
    gained = np.zeros((len(order), areas))
    for block in blocks:
        left = block.weight.copy()
        for step, chosen in enumerate(order):
            place = int(np.searchsorted(block.sites, chosen))
            if place < len(block.sites) and block.sites[place] == chosen:
                new = block.column(place)
                gained[step, block.area] += left[new].sum()
                left[new] = 0
    return gained
