"""Degree-preserving shuffles of a provider-member graph, and the ties that cross two groups.

Global curveball (C. J. Carstens, M. Hamann, U. Meyer, M. Penschuck, H. Tran and D. Wagner,
*Parallel and I/O-efficient randomisation of massive networks using global curveball trades*, ESA
2018): the providers are paired at random, and each pair deals the members that only one of the two
has anew, each keeping as many as it had. Every provider keeps its number of members and every
member its number of providers; the trades reach every such graph, each equally often in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SHUFFLES = 200
"""Shuffles that the interval is read from."""

SETTLING = 20
"""Global trades before the first shuffle is read; far more than the few that mix such a graph."""

RANDOM = 1 << 24
"""How many values the random part of a key may take."""

Z95 = 1.959963984540054

APART = 2
"""Global trades from one shuffle that is read to the next."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Cross ties as observed and as shuffles give them.

    ``observed`` and ``shuffled`` (one a shuffle) count, over members, pairs of a provider of one
    group and a provider of the other who both saw the member. ``error`` is the standard error of
    the ratio over members, as of any sample of people.
    """

    observed: int
    shuffled: Ints
    error: float

    @property
    def expected(self) -> float:
        """Mean over the shuffles."""
        return float(self.shuffled.mean())

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected

    @property
    def interval(self) -> tuple[float, float]:
        """Observed over the 97.5th and the 2.5th percentile of the shuffles."""
        low, high = np.percentile(self.shuffled, (2.5, 97.5))
        return float(self.observed / high), float(self.observed / low)

    @property
    def likely(self) -> tuple[float, float]:
        """The 95 % interval of the ratio over members, not below 0."""
        return max(self.ratio - Z95 * self.error, 0.0), self.ratio + Z95 * self.error

    @property
    def z(self) -> float:
        """Standard scores of the observed ties; 0 where the shuffles do not vary."""
        spread = float(self.shuffled.std())
        return (self.observed - self.expected) / spread if spread else 0.0


def cross_ties(provider: Ints, member: Ints, behavioral: NDArray[np.bool_]) -> int:
    """Count, over members, pairs of a behavioral and another provider who both saw the member.

    ``provider`` and ``member`` are numbers from 0 of the two ends of each edge, no edge twice;
    ``behavioral`` tells the group of each provider.
    """
    return int(ties_by_member(provider, member, behavioral).sum())


def ties_by_member(provider: Ints, member: Ints, behavioral: NDArray[np.bool_]) -> Ints:
    """Return the cross ties through each member, by its number."""
    size = int(member.max()) + 1 if len(member) else 0
    bh = np.bincount(member[behavioral[provider]], minlength=size)
    ties: Ints = bh * (np.bincount(member, minlength=size) - bh)
    return ties


def compare_ties(
    provider: Ints,
    member: Ints,
    behavioral: NDArray[np.bool_],
    seed: int,
    shuffles: int = SHUFFLES,
) -> Ties:
    """Count cross ties as observed and in so many shuffles; the same seed, the same figures."""
    rng = np.random.default_rng(seed)
    observed = ties_by_member(provider, member, behavioral)
    dealt, found = member.copy(), np.zeros(shuffles, dtype=np.int64)
    sums = np.zeros(len(observed), dtype=np.int64)
    for _ in range(SETTLING):
        provider, dealt = trade(provider, dealt, len(behavioral), rng)
    for number in range(shuffles):
        for _ in range(APART):
            provider, dealt = trade(provider, dealt, len(behavioral), rng)
        ties = ties_by_member(provider, dealt, behavioral)
        found[number] = ties.sum()
        sums += ties
    return Ties(int(observed.sum()), found, ratio_error(observed, sums / shuffles))


def ratio_error(observed: Ints, expected: NDArray[np.float64]) -> float:
    """Return the standard error of sum(observed) / sum(expected) over members, linearised."""
    total = float(expected.sum())
    if not total:
        return 0.0
    left = observed - observed.sum() / total * expected
    return float(np.sqrt((left**2).sum())) / total


def trade(
    provider: Ints, member: Ints, providers: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return the edges after one global trade: every provider trades with one other at most.

    Keys are packed into 64 bits, for sorting values is several times as fast as sorting places;
    they hold half a million pairs of providers with a hundred thousand edges.
    """
    order = rng.permutation(providers)
    partners = np.append(order, order[-1:]).astype(np.int64)[: 2 * ((providers + 1) // 2)]
    place = np.empty(providers, dtype=np.int64)
    place[order] = np.arange(providers)
    size = int(member.max()) + 1
    # By pair and member: a member whom both have stands twice, side by side.
    key = (place[provider] // 2 * size + member) * 2 + place[provider] % 2
    key.sort()
    provider = partners[key // (2 * size) * 2 + key % 2]
    pair, member = np.divmod(key // 2, size)
    same = key[1:] // 2 == key[:-1] // 2
    shared = np.zeros(len(key), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    free = np.flatnonzero(~shared)
    if len(free):
        # Edges stand by pair already: a new order within each deals its members anew.
        drawn = (pair[free] * RANDOM + rng.integers(0, RANDOM, len(free))) * len(free)
        drawn += np.arange(len(free))
        drawn.sort()
        member[free] = member[free[drawn % len(free)]]
    return provider, member
