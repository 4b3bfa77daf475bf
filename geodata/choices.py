"""Different providers at sites: how far it is to the nearest, or to the k-th nearest of them.

One provider may be at many sites and a site may hold many providers; a provider counts once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geodata.blocks import ROUNDING, Blocks
from geodata.distance import Floats, Indexes, Sites, miles_between, on_sphere
from geodata.lines import Lines

AT_ONCE = 2_000_000
"""Entries of home x site that are held at once."""


class Choices:
    """Sites, and the providers at each of them.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees of the sites, shape (m,), no two alike.
    site, provider
        Which provider is at which site, each of shape (rows,); a pair may come twice.
    """

    def __init__(
        self, latitude: Floats, longitude: Floats, site: Indexes, provider: Indexes
    ) -> None:
        self.latitude = latitude
        self.longitude = longitude
        self.sites = Sites(latitude, longitude)
        names, code = np.unique(provider, return_inverse=True)
        self.providers = len(names)
        pairs = np.unique(site * max(self.providers, 1) + code)
        self._provider = pairs % max(self.providers, 1)
        counts = np.bincount(pairs // max(self.providers, 1), minlength=len(latitude))
        self._first = np.concatenate(([0], np.cumsum(counts)))

    def __len__(self) -> int:
        return len(self.latitude)

    def miles_to(self, vectors: Floats, choices: int) -> Floats:
        """Return miles to the nearest site by which ``choices`` different providers are reached.

        Parameters
        ----------
        vectors
            Homes as unit vectors, shape (n, 3).

        Returns
        -------
        Shape (n,); infinite where there are fewer providers in all. Exact to 1e-6 mile.
        """
        far = np.full(len(vectors), np.inf)
        if self.providers < choices:
            return far
        if choices == 1:
            return self.sites.nearest_to(vectors)[0][:, 0]
        open_ = np.arange(len(vectors))
        ask = choices
        while len(open_):
            ask = min(ask, len(self))
            left: list[Indexes] = []
            for part in _parts(open_, ask):
                miles, index = self.sites.nearest_to(vectors[part], ask)
                rank = self.rank_of(index, np.ones(index.shape, dtype=bool), choices)
                found = rank >= 0
                far[part[found]] = miles[found, rank[found]]
                left.append(part[~found])
            open_ = np.concatenate(left)
            if ask == len(self):
                break
            ask *= 4
        return far

    def rank_of(self, index: Indexes, counts: NDArray[np.bool_], choices: int) -> Indexes:
        """Return the column by which each row has ``choices`` different providers, -1 for never.

        Parameters
        ----------
        index
            Sites in the order of preference, shape (n, k), -1 for none.
        counts
            Which of them count at all, shape (n, k).
        """
        rows, k = index.shape
        row, column = np.nonzero(counts & (index >= 0))
        if choices == 1:
            rank = np.full(rows, k, dtype=np.int64)
            np.minimum.at(rank, row, column)
            return np.where(rank < k, rank, -1)
        site = index[row, column]
        sizes = self._first[site + 1] - self._first[site]
        at = np.repeat(np.cumsum(sizes) - sizes, sizes)
        who = self._provider[np.repeat(self._first[site], sizes) + np.arange(len(at)) - at]
        row, column = np.repeat(row, sizes), np.repeat(column, sizes)
        # Rows and columns rise, so the first of each pair is the provider's nearest site.
        _, first = np.unique(row * self.providers + who, return_index=True)
        first.sort()
        row, column = row[first], column[first]
        starts = np.searchsorted(row, np.arange(rows))
        ends = np.searchsorted(row, np.arange(rows), side="right")
        enough = ends - starts >= choices
        rank = np.full(rows, -1, dtype=np.int64)
        rank[enough] = column[starts[enough] + choices - 1]
        return rank


def straight_lines(blocks: Blocks, choices: Choices, wanted: int) -> Lines:
    """Return what can be asked of the miles from points in blocks to so many choices."""
    sites = on_sphere(choices.latitude, choices.longitude).reshape(-1, 3)
    if wanted == 1:
        nearest, site = choices.sites.nearest_to(blocks.centre)
        miles, index = nearest[:, 0], site[:, 0]
    else:
        miles = choices.miles_to(blocks.centre, wanted)

    def bounds(points: Indexes, block: Indexes) -> tuple[Floats, Floats]:
        homes = blocks.vectors[points]
        away = miles_between(homes, blocks.centre[block]) + ROUNDING
        # The site that is nearest to the centre is mostly the nearest to the point as well.
        most = (
            miles_between(homes, sites[index[block]]) + ROUNDING
            if wanted == 1
            else miles[block] + away
        )
        return np.maximum(miles[block] - away, 0.0), most

    def exact(points: Indexes) -> Floats:
        return choices.miles_to(blocks.vectors[points], wanted)

    return Lines(miles, exact, bounds)


def _parts(homes: Indexes, k: int) -> list[Indexes]:
    """Cut homes so that so many sites of each are held at once."""
    size = max(AT_ONCE // max(k, 1), 1)
    return [homes[at : at + size] for at in range(0, len(homes), size)]
