"""The k sites that each node of a road graph reaches soonest, exactly, in k shortest-path runs.

The first run is the plain one: one search backwards along the roads from all sites at once. Let
S(v) be the sites that the first j - 1 runs have found for node v. The j-th soonest site of v is
reached either over a neighbour u one of whose j - 1 sites is not in S(v), which is known before
the j-th run, or over a neighbour with S(u) = S(v), whose own j-th site it then is. So the j-th run
starts everywhere from the known candidates and follows only the roads between nodes of equal S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.distance import Floats, Indexes
from geodata.road_join import Roads

_NONE = -1

_AT_ONCE = 2**24
"""Sites compared at a time, so that memory stays bounded."""


@dataclass(frozen=True, eq=False)
class Soonest:
    """For each of n nodes up to k sites, soonest first: shape (n, k).

    ``minutes`` and ``miles`` are infinite and ``site`` is -1 where a node reaches fewer.
    """

    minutes: Floats
    miles: Floats
    site: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class _Starts:
    """The best candidate of each node that has one, before roads are followed."""

    node: Indexes
    minutes: Floats
    miles: Floats
    site: Indexes


class Search:
    """A road graph made ready to be searched from its sites backwards."""

    def __init__(self, roads: Roads) -> None:
        count = len(roads.latitude)
        order = np.lexsort((roads.end, roads.start))
        self.count = count
        # A node's roads out, one after another.
        self._end = roads.end[order]
        self._minutes, self._miles = roads.minutes[order], roads.miles[order]
        self._start = roads.start[order]
        self._first = np.searchsorted(self._start, np.arange(count + 1))
        self._back = np.argsort(self._end, kind="stable")
        self._backwards = self._turn(self._back)
        self._widest = int(np.diff(self._first).max()) if len(order) else 0

    def soonest(self, node: Indexes, minutes: Floats, miles: Floats, k: int) -> Soonest:
        """Find the ``k`` sites that each node reaches soonest.

        Parameters
        ----------
        node, minutes, miles
            Shape (m,): the node that each site is at, and what the way from that node to the
            site takes; -1 for a site that is at none.
        """
        shape = (self.count, k)
        found = Soonest(
            np.full(shape, np.inf), np.full(shape, np.inf), np.full(shape, _NONE, dtype=np.int32)
        )
        at = np.flatnonzero(node >= 0)
        # For each road, the first site of its end that its start has not found yet.
        news = np.zeros(len(self._start), dtype=np.int16)
        for run in range(min(k, len(at))):
            self._move_on(news, found.site, run)
            fresh = ~(found.site[node[at], :run] == at[:, None]).any(axis=1)
            new = at[fresh]
            own = _Starts(node[new], minutes[new], miles[new], new)
            starts, follow = self._candidates(found, run, news, own)
            if not len(starts.node):
                break
            found.minutes[:, run], found.miles[:, run], found.site[:, run] = self._spread(
                starts, follow
            )
        return found

    def _move_on(self, news: NDArray[np.int16], site: NDArray[np.int32], run: int) -> None:
        """Move each road's ``news`` past the sites that its start has found by now, in place.

        A start finds more and more, so news only moves forward; it is ``run`` where there is none.
        """
        if not run:
            return
        latest = site[self._start, run - 1]
        told = site[self._end, news]
        asked = np.flatnonzero((news == run - 1) | ((told == latest) & (told != _NONE)))
        for some in np.array_split(asked, len(asked) * run // _AT_ONCE + 1):
            left = some
            while len(left):
                told = site[self._end[left], news[left]]
                known = (site[self._start[left], :run] == told[:, None]).any(axis=1)
                left = left[known & (told != _NONE)]
                news[left] += 1
                left = left[news[left] < run]

    def _candidates(
        self, found: Soonest, run: int, news: NDArray[np.int16], own: _Starts
    ) -> tuple[_Starts, NDArray[np.bool_] | None]:
        """Return where run ``run`` starts, and which edges it follows (None: all of them)."""
        if not run:
            return _best([own]), None
        # Roads are searched backwards: what is known at an edge's end is news at its start.
        told = (news < run) & (found.site[self._end, np.minimum(news, run - 1)] != _NONE)
        edge = np.flatnonzero(told)
        over, slot = self._end[edge], news[edge]
        onward = _Starts(
            self._start[edge],
            self._minutes[edge] + found.minutes[over, slot],
            self._miles[edge] + found.miles[over, slot],
            found.site[over, slot].astype(np.int64),
        )
        return _best([own, onward]), ~told

    def _spread(
        self, starts: _Starts, follow: NDArray[np.bool_] | None
    ) -> tuple[Floats, Floats, Indexes]:
        """Follow roads backwards from the starts; minutes, miles and site of each node."""
        count = self.count
        if follow is None:
            cost, to, first = self._backwards
        else:
            cost, to, first = self._turn(self._back[follow[self._back]])
        # One more node, from which every start is as far away as it has already come.
        graph = csr_array(
            (
                np.concatenate((cost, starts.minutes)),
                np.concatenate((to, starts.node.astype(np.int32))),
                np.append(first, len(cost) + len(starts.node)).astype(np.int32),
            ),
            shape=(count + 1, count + 1),
        )
        minutes, before = dijkstra(graph, indices=count, return_predecessors=True)
        minutes, before = minutes[:count], before[:count].astype(np.int64)
        reached = np.isfinite(minutes)
        begun = before == count
        miles = np.zeros(count)
        site = np.full(count, _NONE, dtype=np.int64)
        miles[starts.node], site[starts.node] = starts.miles, starts.site
        over = np.flatnonzero(reached & ~begun)
        miles[over] = self._miles_to(over, before[over])
        root = _add_up(miles, np.where(reached & ~begun, before, np.arange(count)))
        return (
            minutes,
            np.where(reached, miles, np.inf),
            np.where(reached, site[root], _NONE),
        )

    def _turn(self, back: Indexes) -> tuple[Floats, NDArray[np.int32], NDArray[np.int32]]:
        """Return minutes, starts, and where each node's roads in begin, of edges sorted by end."""
        first = np.searchsorted(self._end[back], np.arange(self.count + 1))
        return self._minutes[back], self._start[back].astype(np.int32), first.astype(np.int32)

    def _miles_to(self, node: Indexes, onward: Indexes) -> Floats:
        """Return the miles of the edge from each node to the one that it drives to next."""
        miles = np.zeros(len(node))
        first, last = self._first[node], self._first[node + 1]
        for slot in range(self._widest):
            at = np.minimum(first + slot, len(self._end) - 1)
            hit = (first + slot < last) & (self._end[at] == onward)
            miles[hit] = self._miles[at[hit]]
        return miles


def _best(candidates: list[_Starts]) -> _Starts:
    """Return one candidate a node: the soonest, of equals the site that comes first."""
    node = np.concatenate([each.node for each in candidates])
    minutes = np.concatenate([each.minutes for each in candidates])
    miles = np.concatenate([each.miles for each in candidates])
    site = np.concatenate([each.site for each in candidates])
    order = np.lexsort((site, minutes, node))
    first = np.ones(len(order), dtype=bool)
    first[1:] = node[order][1:] != node[order][:-1]
    kept = order[first]
    return _Starts(node[kept], minutes[kept], miles[kept], site[kept])


def _add_up(miles: Floats, onward: Indexes) -> Indexes:
    """Add to each node's miles those of all nodes after it, in place; return the last of them.

    Each turn doubles how far every node has looked ahead.
    """
    root = np.flatnonzero(onward == np.arange(len(onward)))
    last = onward.copy()
    # A last node's own miles are added once, at the end.
    own = miles.copy()
    miles[root] = 0
    while True:
        after = last[last]
        if np.array_equal(after, last):
            break
        miles += miles[last]
        last = after
    miles += own[last]
    miles[root] = own[root]
    return last
