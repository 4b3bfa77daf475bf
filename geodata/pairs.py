"""The soonest sites of each home, from a list of pairs that somebody else has timed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.distance import Floats, Indexes


@dataclass(frozen=True, eq=False)
class Pairs:
    """Ways from places to places, each pair of places at most once; shape (p,).

    ``origin`` and ``destination`` are numbers of places; ``minutes`` are 0 or more, infinite where
    there is no way; ``miles`` may be NaN.
    """

    origin: Indexes
    destination: Indexes
    minutes: Floats
    miles: Floats

    def soonest(self, homes: Indexes, sites: Indexes, k: int) -> tuple[Floats, Floats, Indexes]:
        """Return minutes, miles and site of the ``k`` soonest of n homes: shape (n, k) each.

        ``homes`` and ``sites`` are numbers of places, and any may recur: of two sites at one place
        each is a site, the earlier one first. Where there are fewer than ``k`` the rest is
        infinite and -1.
        """
        places, of = np.unique(homes, return_inverse=True)
        by_place = np.argsort(sites, kind="stable")
        ordered = sites[by_place]
        asked = np.isin(self.origin, places) & np.isin(self.destination, ordered)
        pair = np.flatnonzero(asked & np.isfinite(self.minutes))
        # A pair is as many answers as there are sites at its destination.
        first = np.searchsorted(ordered, self.destination[pair], side="left")
        count = np.searchsorted(ordered, self.destination[pair], side="right") - first
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        site = by_place[np.repeat(first, count) + nth]
        pair = np.repeat(pair, count)
        home = np.searchsorted(places, self.origin[pair])
        order = np.lexsort((site, self.minutes[pair], home))
        pair, home, site = pair[order], home[order], site[order]
        rank = np.arange(len(home)) - np.searchsorted(home, home)
        near = rank < k
        pair, at = pair[near], (home[near], rank[near])
        minutes, miles = np.full((2, len(places), k), np.inf)
        index = np.full((len(places), k), -1, dtype=np.int64)
        minutes[at], miles[at], index[at] = self.minutes[pair], self.miles[pair], site[near]
        return minutes[of], miles[of], index[of]
