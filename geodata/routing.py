"""Minutes from a Valhalla server's ``sources_to_targets``: each home to the sites near it.

Points are rounded to a grid of 0.01 degree (less than half a mile off), each grid point is sent
once, and nothing is sent but points: no ids, no counts. For each home the sites nearest by great
circle are asked for, so the answer is the quickest of those: it may be longer than the quickest
of all, never shorter. To prove the pruned sites slower one would have to assume a top speed, and
then ask for every site within an hour of everybody.

The service: https://valhalla.github.io/valhalla/api/matrix/api-reference/ (3.9.1 was tried).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.distance import Floats, Indexes, Sites, great_circle_miles
from geodata.pairs import Pairs
from geodata.routing_http import Ask, Refused, asker, check_server
from geodata.travel import (
    REACHED,
    ROUTING_ENGINE,
    UNREACHABLE,
    UNSNAPPED,
    TravelError,
    Travelled,
)

GRID = 0.01
"""Degrees between points that are sent."""

CANDIDATES = 10
"""Grid points of sites asked for each home, nearest by great circle; more where k is more."""

FARTHEST_MILES = 180.0
"""Sites farther by great circle are not asked for. A server takes no pair beyond 400 km
(``max_matrix_distance``), and homes of one request lie apart by :data:`NEIGHBOURS_MILES`."""

NEIGHBOURS_MILES = 30.0
"""Homes of one request lie this near to the first of them."""

PAIRS = 2500
"""Most pairs of one request: Valhalla's ``max_matrix_location_pairs`` as it is shipped."""

SNAP_MILES = 1.5
"""A grid point farther than this from the road that the server took is unsnapped; our own: a mile,
as along the road graph, and half a mile for the grid."""

_NO_ROAD = frozenset((170, 171))
"""Valhalla's errors for points that no road is near, or only one that leads nowhere."""


@dataclass(frozen=True, eq=False)
class RoutingEngine:
    """A Valhalla server, as a :class:`~geodata.travel.Source`.

    Attributes
    ----------
    ask
        Sends one request and returns the answer.
    where
        Names the server in messages and notes.
    grid
        Degrees to whose multiples points are rounded before they are sent.
    """

    ask: Ask
    where: str
    grid: float = GRID
    source: str = ROUTING_ENGINE

    @property
    def note(self) -> str:
        """One line that every result carries."""
        return (
            f"minutes by the routing engine {self.where}, {self.sent}; quickest of the "
            f"{CANDIDATES} places nearest in a straight line"
        )

    @property
    def sent(self) -> str:
        """What is said of the points that were sent."""
        if self.grid < GRID:
            return "which runs inside carvein: no point left this machine"
        return f"to which points were sent rounded to {self.grid:g} degree, without ids"

    def nearest(
        self,
        homes_lat: Floats,
        homes_lon: Floats,
        sites_lat: Floats,
        sites_lon: Floats,
        k: int,
    ) -> Travelled:
        """Return the ``k`` quickest of the sites near each home.

        See :meth:`geodata.travel.Source.nearest`.
        """
        homes, home_of = _round(homes_lat, homes_lon, self.grid)
        sites, site_of = _round(sites_lat, sites_lon, self.grid)
        matrix = _Matrix(self, homes, sites, max(CANDIDATES, k))
        matrix.fill()
        minutes, miles, index = matrix.pairs().soonest(home_of, site_of, k)
        state = np.where(index[:, 0] < 0, UNREACHABLE, REACHED)
        state[matrix.no_road(matrix.homes_asked, matrix.homes_off)[home_of]] = UNSNAPPED
        off = matrix.no_road(matrix.sites_asked, matrix.sites_off)[site_of]
        told = np.where(off, UNSNAPPED, REACHED)
        return Travelled(minutes, miles, index, state.astype(np.int8), told.astype(np.int8))


def open_server(url: str, send_points: bool) -> RoutingEngine:
    """Make a server ready to be asked; nothing is sent yet.

    Raises
    ------
    TravelError
        When the address is none, or another machine's and ``send_points`` is False.
    """
    address = check_server(url, send_points)
    return RoutingEngine(asker(address), f"at {address.split('/')[2]}")


class _Matrix:
    """Grid points of homes by the nearest grid points of sites: shape (h, c), row by row asked."""

    def __init__(self, engine: RoutingEngine, homes: Floats, sites: Floats, most: int) -> None:
        self.engine, self.homes, self.sites = engine, homes, sites
        wanted = min(most, len(sites))
        far, near = Sites(sites[:, 0], sites[:, 1]).nearest(homes[:, 0], homes[:, 1], wanted)
        self.near = np.where(far <= FARTHEST_MILES, near, -1)
        self.minutes = np.full(self.near.shape, np.inf)
        self.miles = np.full(self.near.shape, np.nan)
        # Miles from a point to the road that the server took; NaN where it has not said.
        self.homes_off, self.sites_off = np.full(len(homes), np.nan), np.full(len(sites), np.nan)
        self.homes_asked = (self.near >= 0).any(axis=1)
        self.sites_asked = np.zeros(len(sites), dtype=bool)
        self.sites_asked[self.near[self.near >= 0]] = True

    def fill(self) -> None:
        """Ask for every home."""
        for some, targets in _batches(self.homes, self.near):
            self._ask(some, targets)

    def pairs(self) -> Pairs:
        """Return what is known of places that lie at a road."""
        home, slot = np.nonzero(self.near >= 0)
        site = self.near[home, slot]
        minutes = self.minutes[home, slot].copy()
        off = self.no_road(self.homes_asked, self.homes_off)[home]
        minutes[off | self.no_road(self.sites_asked, self.sites_off)[site]] = np.inf
        return Pairs(home, site, minutes, self.miles[home, slot])

    def no_road(self, asked: Any, off: Floats) -> Any:
        """Return which points were asked for and have no road near."""
        return asked & ~(off <= SNAP_MILES)

    def _ask(self, some: Indexes, targets: Indexes) -> None:
        """Ask for some homes; where the server finds no road for one of the points, for fewer."""
        request = {
            "sources": _told(self.homes[some]),
            "targets": _told(self.sites[targets]),
            "costing": "auto",
            "units": "miles",
            "verbose": True,
        }
        try:
            answer = self.engine.ask(request)
        except Refused as refused:
            if refused.code not in _NO_ROAD:
                raise TravelError(f"{self.engine.where}: {refused}") from refused
            # It is not said which point it is: the halves of the longer side tell.
            if len(some) > 1 and len(some) >= len(targets):
                for fewer in np.array_split(some, 2):
                    self._ask(fewer, targets)
            elif len(targets) > 1:
                for fewer in np.array_split(targets, 2):
                    self._ask(some, fewer)
            return
        try:
            self._take(answer, some, targets)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError) as fault:
            raise TravelError(
                f"{self.engine.where}: the answer is not a matrix of {len(some)} by "
                f"{len(targets)}; is this a Valhalla server?"
            ) from fault

    def _take(self, answer: Any, some: Indexes, targets: Indexes) -> None:
        minutes, miles = _read_cells(answer["sources_to_targets"], len(some), len(targets))
        for name, points, asked, off in (
            ("sources", self.homes, some, self.homes_off),
            ("targets", self.sites, targets, self.sites_off),
        ):
            taken = _read_places(answer[name], len(asked))
            off[asked] = great_circle_miles(*points[asked].T, *taken.T)
        near = self.near[some]
        at = np.minimum(np.searchsorted(targets, near), len(targets) - 1)
        row, slot = np.nonzero((near >= 0) & (targets[at] == near))
        self.minutes[some[row], slot] = minutes[row, at[row, slot]]
        self.miles[some[row], slot] = miles[row, at[row, slot]]


def _round(latitude: Floats, longitude: Floats, grid: float) -> tuple[Floats, Indexes]:
    """Return unique grid points, shape (g, 2), and which of them each point has."""
    steps = np.column_stack((latitude, longitude)) / grid
    points, of = np.unique(np.rint(steps), axis=0, return_inverse=True)
    return (points * grid).astype(np.float64), of.reshape(-1).astype(np.int64)


def _batches(homes: Floats, near: Indexes) -> Iterator[tuple[Indexes, Indexes]]:
    """Yield homes and the sites to ask them for, of at most PAIRS pairs, neighbours together."""
    asked = np.flatnonzero((near >= 0).any(axis=1))
    blocks = np.floor(homes[asked] / 0.2)
    order = asked[np.lexsort((homes[asked, 1], blocks[:, 1], blocks[:, 0]))]
    some: list[int] = []
    targets: set[int] = set()
    for home in order.tolist():
        wanted = {site for site in near[home].tolist() if site >= 0}
        more = targets | wanted
        apart = some and great_circle_miles(*homes[some[0]], *homes[home]) > NEIGHBOURS_MILES
        if some and (apart or (len(some) + 1) * len(more) > PAIRS):
            yield np.array(some), np.array(sorted(targets))
            some, more = [], wanted
        some.append(home)
        targets = more
    if some:
        yield np.array(some), np.array(sorted(targets))


def _told(points: Floats) -> list[dict[str, float]]:
    return [{"lat": round(north, 5), "lon": round(east, 5)} for north, east in points.tolist()]


def _read_cells(rows: Any, sources: int, targets: int) -> tuple[Floats, Floats]:
    """Return minutes and miles, shape (sources, targets); null is infinite, and no way."""
    minutes, miles = np.full((2, sources, targets), np.inf)
    if len(rows) != sources or any(len(row) != targets for row in rows):
        raise ValueError("not of the size asked")
    for at, row in enumerate(rows):
        for to, cell in enumerate(row):
            if cell["time"] is not None:
                minutes[at, to] = _positive(cell["time"]) / 60
                miles[at, to] = _positive(cell["distance"])
    return minutes, miles


def _read_places(told: Any, count: int) -> Floats:
    """Return the points on roads that the server took, shape (count, 2)."""
    # Older servers put the list into a list.
    places = told[0] if len(told) == 1 and isinstance(told[0], list) else told
    if len(places) != count:
        raise ValueError("not of the size asked")
    read = np.array([[float(each["lat"]), float(each["lon"])] for each in places])
    if not (np.abs(read) <= (90, 180)).all():
        raise ValueError("not on the Earth")
    return read


def _positive(told: Any) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError("not a number")
    if not (math.isfinite(told) and told >= 0):
        raise ValueError("not 0 or more")
    return float(told)
