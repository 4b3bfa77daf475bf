"""Minutes along roads that are stored on this machine; no point leaves it.

A point snaps to the nearest node that one can live at. The straight line to it is driven at the
access speed of the table of speeds and counts in minutes and miles, at both ends. Where a home and
a site snap to one node the straight line between them counts instead, so a home at a site's very
point is 0 minutes away. The direction is from the home to the site.
"""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.distance import Floats, Indexes, chord, great_circle_miles, on_sphere
from geodata.road_join import Roads
from geodata.road_search import Search, Soonest
from geodata.roads import STORED, load
from geodata.travel import (
    OUTSIDE,
    REACHED,
    ROAD_GRAPH,
    UNREACHABLE,
    UNSNAPPED,
    Travelled,
    digest_files,
)

SNAP_MILES = 1.0
"""A point farther than this from any node is unsnapped; a figure of carvein's own."""

EDGE_MILES = 0.1
"""A point farther than this beyond the convex hull of the roads is outside; carvein's own."""

_DEGREE_MILES = 69.0

_KEPT = 4
"""Sets of points whose snapping is remembered: members stay while specialties change."""


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where points are on the roads: shape (n,) each; node -1 where ``state`` is not reached."""

    node: Indexes
    minutes: Floats
    miles: Floats
    state: NDArray[np.int8]


@dataclass(eq=False)
class RoadGraph:
    """Minutes along roads, as a :class:`~geodata.travel.Source`.

    ``digest`` is that of the stored files, "" for roads that were never stored.
    """

    roads: Roads
    source: str = ROAD_GRAPH
    digest: str = ""
    note: str = field(init=False)

    def __post_init__(self) -> None:
        about = self.roads.about
        self.note = (
            f"minutes along roads of {about['file']} (OpenStreetMap contributors, ODbL; read "
            f"{about['built_on']}) at carvein's assumed speeds {about['speeds']}, without traffic"
        )
        self._access = 60 / float(about["access_miles_per_hour"])
        self._search = Search(self.roads)
        self._nodes = np.flatnonzero(self.roads.snaps)
        north, east = self.roads.latitude, self.roads.longitude
        self._tree = cKDTree(on_sphere(north[self._nodes], east[self._nodes]))
        hull = shapely.convex_hull(shapely.multipoints(np.column_stack((east, north))))
        self._hull = hull.buffer(EDGE_MILES / _DEGREE_MILES)
        shapely.prepare(self._hull)
        self._snapped: dict[bytes, Snapped] = {}

    @cached_property
    def backwards(self) -> RoadGraph:
        """The same roads driven the other way, and so from the site back to the home."""
        turned = copy(self)
        turned.roads = replace(self.roads, start=self.roads.end, end=self.roads.start)
        turned._search = Search(turned.roads)
        return turned

    def nearest(
        self,
        homes_lat: Floats,
        homes_lon: Floats,
        sites_lat: Floats,
        sites_lon: Floats,
        k: int,
    ) -> Travelled:
        """Return the ``k`` sites that each home reaches soonest, exactly for this graph.

        See :meth:`geodata.travel.Source.nearest`.
        """
        homes, sites = self.snap(homes_lat, homes_lon), self.snap(sites_lat, sites_lon)
        found = self._search.soonest(sites.node, sites.minutes, sites.miles, k)
        minutes = np.full((len(homes.node), k), np.inf)
        miles = minutes.copy()
        index = np.full(minutes.shape, -1, dtype=np.int64)
        on = np.flatnonzero(homes.node >= 0)
        node = homes.node[on]
        minutes[on] = found.minutes[node] + homes.minutes[on, None]
        miles[on] = found.miles[node] + homes.miles[on, None]
        index[on] = found.site[node]
        shared = np.flatnonzero(np.isin(homes.node, sites.node[sites.node >= 0]))
        if len(shared):
            apart = self._straight(
                homes.node[shared], homes_lat[shared], homes_lon[shared], sites.node,
                sites_lat, sites_lon,
            )  # fmt: skip
            roads = Soonest(minutes[shared], miles[shared], index[shared].astype(np.int32))
            nearer = _merge(roads, apart, k)
            minutes[shared], miles[shared] = nearer.minutes, nearer.miles
            index[shared] = nearer.site
        state = homes.state.copy()
        state[(state == REACHED) & (index[:, 0] < 0)] = UNREACHABLE
        return Travelled(minutes, miles, index, state, sites.state)

    def snap(self, latitude: Floats, longitude: Floats) -> Snapped:
        """Return where points are on the roads; what was asked lately is remembered."""
        north = np.ascontiguousarray(latitude, dtype=np.float64)
        east = np.ascontiguousarray(longitude, dtype=np.float64)
        key = hashlib.blake2b(north.tobytes() + east.tobytes(), digest_size=16).digest()
        if key in self._snapped:
            self._snapped[key] = self._snapped.pop(key)
            return self._snapped[key]
        self._snapped[key] = self._snap(north, east)
        while len(self._snapped) > _KEPT:
            del self._snapped[next(iter(self._snapped))]
        return self._snapped[key]

    def _snap(self, north: Floats, east: Floats) -> Snapped:
        _, near = self._tree.query(
            on_sphere(north, east).reshape(-1, 3),
            distance_upper_bound=chord(SNAP_MILES * 1.001),
            workers=-1,
        )
        found = near < len(self._nodes)
        node = np.full(len(north), -1, dtype=np.int64)
        node[found] = self._nodes[near[found]]
        miles = great_circle_miles(
            north, east, self.roads.latitude[node], self.roads.longitude[node]
        )
        state = np.full(len(north), REACHED, dtype=np.int8)
        state[~found | (miles > SNAP_MILES)] = UNSNAPPED
        state[~shapely.contains_xy(self._hull, east, north)] = OUTSIDE
        node[state != REACHED] = -1
        return Snapped(node, miles * self._access, miles, state)

    def _straight(
        self,
        node: Indexes,
        north: Floats,
        east: Floats,
        sites_node: Indexes,
        sites_lat: Floats,
        sites_lon: Floats,
    ) -> tuple[Indexes, Indexes, Floats, Floats]:
        """Return home, site, minutes and miles of every pair that shares a node."""
        at = np.flatnonzero(sites_node >= 0)
        at = at[np.argsort(sites_node[at], kind="stable")]
        first = np.searchsorted(sites_node[at], node, side="left")
        count = np.searchsorted(sites_node[at], node, side="right") - first
        home = np.repeat(np.arange(len(node)), count)
        offset = np.arange(len(home)) - np.repeat(np.cumsum(count) - count, count)
        site = at[np.repeat(first, count) + offset]
        miles = great_circle_miles(north[home], east[home], sites_lat[site], sites_lon[site])
        return home, site, miles * self._access, miles


def _merge(roads: Soonest, apart: tuple[Indexes, Indexes, Floats, Floats], k: int) -> Soonest:
    """Return the k soonest of what the roads told and of straight lines, each site once."""
    count = len(roads.site)
    row, slot = np.nonzero(roads.site >= 0)
    home = np.concatenate((row, apart[0]))
    site = np.concatenate((roads.site[row, slot], apart[1]))
    minutes = np.concatenate((roads.minutes[row, slot], apart[2]))
    miles = np.concatenate((roads.miles[row, slot], apart[3]))
    order = np.lexsort((minutes, site, home))
    once = np.ones(len(order), dtype=bool)
    once[1:] = (home[order][1:] != home[order][:-1]) | (site[order][1:] != site[order][:-1])
    kept = order[once]
    kept = kept[np.lexsort((site[kept], minutes[kept], home[kept]))]
    rank = np.arange(len(kept)) - np.searchsorted(home[kept], home[kept])
    kept, rank = kept[rank < k], rank[rank < k]
    merged = Soonest(
        np.full((count, k), np.inf),
        np.full((count, k), np.inf),
        np.full((count, k), -1, dtype=np.int32),
    )
    merged.minutes[home[kept], rank] = minutes[kept]
    merged.miles[home[kept], rank] = miles[kept]
    merged.site[home[kept], rank] = site[kept]
    return merged


def open_roads(folder: Path) -> RoadGraph:
    """Load the roads of a folder as a source of minutes; raises as :func:`geodata.roads.load`."""
    return RoadGraph(load(folder), digest=digest_files(*(folder / name for name in STORED)))
