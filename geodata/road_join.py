"""Stretches of road joined into a graph that can be driven.

A node is a junction, an end, or a point put in so that no edge is longer than
:data:`LONGEST_MILES`; an edge is one direction of a stretch between two nodes, its length taken by
great circle along the shape. The largest strongly connected part is kept, and so is any other
with :data:`ISLAND_MILES` of road (an island has its own providers); smaller ones are gaps in the
map, and are dropped and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.distance import Floats, Indexes, great_circle_miles
from geodata.road_speeds import Speeds
from geodata.road_ways import Ways
from geodata.travel import TravelError

LONGEST_MILES = 0.25
"""No edge is longer: a point snaps to a node at most half of this from the road's nearest point."""

ISLAND_MILES = 20.0
"""Miles of road, each direction counted, from which a part off the largest is kept too."""

_STEP = LONGEST_MILES / 2
"""A node at each multiple of this along a road leaves no edge longer than two of them."""

_SHORTEST = 1e-7
"""Miles of an edge between two nodes at one place: above 0, as a sparse graph wants it."""


@dataclass(frozen=True, eq=False)
class Roads:
    """A directed graph of roads.

    Attributes
    ----------
    latitude, longitude
        Shape (n,), degrees of the nodes.
    snaps
        Shape (n,): whether a home or a site may snap to the node.
    start, end
        Shape (e,): the nodes of each edge; a pair occurs once.
    minutes, miles
        Shape (e,), finite and above 0.
    about
        Where the roads come from, and what was kept and dropped.
    """

    latitude: Floats
    longitude: Floats
    snaps: NDArray[np.bool_]
    start: Indexes
    end: Indexes
    minutes: Floats
    miles: Floats
    about: Mapping[str, Any]


def join(ways: Ways, table: Speeds) -> Roads:
    """Join stretches of road into a graph, and keep its large parts.

    Raises
    ------
    TravelError
        When there is no road to drive on.
    """
    cut = _cut(ways)
    pairs = _directed(ways, cut)
    if not len(pairs.start):
        raise TravelError("no road that the public may drive on; wanted an extract with roads")
    return _keep_large(pairs, cut, ways, table)


@dataclass(frozen=True, eq=False)
class _Cut:
    """Points of every stretch with those put in, and the nodes among them."""

    latitude: Floats
    longitude: Floats
    way: Indexes
    place: Indexes
    miles: Floats
    kept: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Edges:
    start: Indexes
    end: Indexes
    minutes: Floats
    miles: Floats
    way: Indexes


def _cut(ways: Ways) -> _Cut:
    """Put points into long stretches, and choose the nodes."""
    count = np.diff(ways.first)
    way = np.repeat(np.arange(len(count)), count)
    inner = way[1:] == way[:-1]
    length = np.zeros(len(way))
    length[1:][inner] = great_circle_miles(
        ways.latitude[:-1][inner],
        ways.longitude[:-1][inner],
        ways.latitude[1:][inner],
        ways.longitude[1:][inner],
    )
    parts = np.maximum(np.ceil(length / _STEP), 1).astype(np.int64)
    # Each point comes after those put in on the way to it; a map's edge at 180 degrees is a cut.
    own = np.cumsum(parts) - 1
    of = np.repeat(np.arange(len(way)), parts)
    share = (np.arange(len(of)) - own[of]) / parts[of] + 1
    before = np.maximum(of - 1, 0)
    latitude = ways.latitude[of] + (share - 1) * (ways.latitude[of] - ways.latitude[before])
    turn = (ways.longitude[of] - ways.longitude[before] + 180) % 360 - 180
    longitude = (ways.longitude[of] + (share - 1) * turn + 180) % 360 - 180
    latitude[own], longitude[own] = ways.latitude, ways.longitude
    number, place_of = np.unique(ways.node, return_inverse=True)
    place = np.arange(len(of)) + len(number)
    place[own] = place_of
    uses = np.bincount(place_of, minlength=len(number))
    ends = np.zeros(len(way), dtype=bool)
    filled = count > 0
    ends[ways.first[:-1][filled]] = ends[ways.first[1:][filled] - 1] = True
    kept = np.ones(len(of), dtype=bool)
    kept[own] = ends | (uses[place_of] > 1)
    miles = np.cumsum((length / parts)[of])
    # A point of the shape is a node where its road would otherwise go on too long without one.
    kept[own] |= np.floor(miles[own] / _STEP) > np.floor(
        np.concatenate(([0.0], miles[own][:-1])) / _STEP
    )
    return _Cut(latitude, longitude, way[of], place, miles, kept)


def _directed(ways: Ways, cut: _Cut) -> _Edges:
    """Return an edge for each direction between neighbouring nodes of a stretch."""
    at = np.flatnonzero(cut.kept)
    here, there = at[:-1], at[1:]
    joined = (cut.way[here] == cut.way[there]) & (cut.place[here] != cut.place[there])
    here, there = here[joined], there[joined]
    miles = np.maximum(cut.miles[there] - cut.miles[here], _SHORTEST)
    way = cut.way[here]
    along, against = ways.forward[way], ways.backward[way]
    start = np.concatenate((cut.place[here][along], cut.place[there][against]))
    end = np.concatenate((cut.place[there][along], cut.place[here][against]))
    both = np.concatenate((miles[along], miles[against]))
    of = np.concatenate((way[along], way[against]))
    minutes = both / ways.miles_per_hour[of] * 60
    return _Edges(start, end, minutes, both, of)


def _keep_large(pairs: _Edges, cut: _Cut, ways: Ways, table: Speeds) -> Roads:
    places, ends = np.unique(np.concatenate((pairs.start, pairs.end)), return_inverse=True)
    start, end = ends[: len(pairs.start)], ends[len(pairs.start) :]
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(places),) * 2)
    parts, part = connected_components(graph.tocsr(), directed=True, connection="strong")
    inside = part[start] == part[end]
    road = np.bincount(part[start][inside], weights=pairs.miles[inside], minlength=parts)
    large = road >= ISLAND_MILES
    large[np.argmax(np.bincount(part, minlength=parts))] = True
    stays = large[part]
    new = np.cumsum(stays) - 1
    held = inside & stays[start]
    # Of two roads between the same nodes the quicker one is driven.
    order = np.lexsort((pairs.minutes[held], end[held], start[held]))
    start_, end_ = new[start[held]][order], new[end[held]][order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (start_[1:] != start_[:-1]) | (end_[1:] != end_[:-1])
    minutes, miles = pairs.minutes[held][order][first], pairs.miles[held][order][first]
    snaps = np.zeros(int(stays.sum()), dtype=bool)
    lived = held & ~ways.through_only[pairs.way]
    snaps[new[start[lived]]] = snaps[new[end[lived]]] = True
    first_seen = np.full(int(cut.place.max()) + 1, -1, dtype=np.int64)
    first_seen[cut.place[::-1]] = np.arange(len(cut.place))[::-1]
    at = first_seen[places[stays]]
    latitude, longitude = cut.latitude[at], cut.longitude[at]
    counts = {
        **ways.counts,
        "nodes": len(latitude),
        "edges": int(first.sum()),
        "islands": int(large.sum()) - 1,
        "dropped_parts": int(parts - large.sum()),
        "dropped_nodes": int((~stays).sum()),
        "dropped_edges": int((~held).sum()),
        "dropped_miles": round(float(pairs.miles[~held].sum()), 3),
        "miles": round(float(miles.sum()), 3),
    }
    about = {
        "speeds": table.version,
        "access_miles_per_hour": table.access_miles_per_hour,
        "bounding_box": {
            "south": float(latitude.min()),
            "west": float(longitude.min()),
            "north": float(latitude.max()),
            "east": float(longitude.max()),
        },
        "counts": counts,
    }
    return Roads(latitude, longitude, snaps, start_[first], end_[first], minutes, miles, about)
