"""Many points in blocks of neighbours, each with a centre and a radius.

Whatever changes by at most one mile a mile (the miles to the nearest site, or to the third nearest)
is known for a whole block, give or take its radius, once it is known for the centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.distance import Floats, Indexes, miles_between, on_sphere

BLOCK = 64
"""Most points of a block."""

ROUNDING = 1e-6
"""Miles that a centre's radius is widened by, for float rounding."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """Points in blocks; the blocks of a part (a county) follow each other, and so do its points.

    Attributes
    ----------
    vectors
        The points as unit vectors, shape (n, 3).
    start
        The first point of each block, shape (b + 1,); the last entry is n.
    centre, radius
        Unit vectors, shape (b, 3), and miles within which every point of the block lies, (b,).
    part
        The first block of each part, shape (parts + 1,); the last entry is b.
    """

    vectors: Floats
    start: Indexes
    centre: Floats
    radius: Floats
    part: Indexes

    def points_of(self, blocks: Indexes) -> Indexes:
        """Return the points of some blocks, in order."""
        first, sizes = self.start[blocks], self.start[blocks + 1] - self.start[blocks]
        ends = np.cumsum(sizes)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        return np.asarray(np.repeat(first, sizes) + within, dtype=np.int64)


def order_by_place(part: Indexes, latitude: Floats, longitude: Floats) -> Indexes:
    """Return the order that has parts together and, within each, neighbours near each other."""
    return np.lexsort((_morton(latitude, longitude), part))


def make_blocks(parts: int, part: Indexes, latitude: Floats, longitude: Floats) -> Blocks:
    """Cut points that are in the order of :func:`order_by_place` into blocks.

    Parameters
    ----------
    parts
        How many parts there are; one may hold no point.
    part
        The part of each point, rising, shape (n,).
    """
    vectors = on_sphere(latitude, longitude).reshape(-1, 3)
    sizes = np.bincount(part, minlength=parts)
    blocks = -(-sizes // BLOCK)
    first_block = np.concatenate(([0], np.cumsum(blocks)))
    first_point = np.concatenate(([0], np.cumsum(sizes)))
    rank = np.arange(first_block[-1]) - np.repeat(first_block[:-1], blocks)
    start = np.append(np.repeat(first_point[:-1], blocks) + rank * BLOCK, len(part))
    if not len(part):
        return Blocks(vectors, start, np.empty((0, 3)), np.empty(0), first_block)
    sums = np.add.reduceat(vectors, start[:-1], axis=0)
    length = np.sqrt(np.sum(sums**2, axis=1, keepdims=True))
    # Points all around the Earth have no middle; any centre will do, and its radius is large.
    middle = np.where(length > 1e-9, sums / np.maximum(length, 1e-9), vectors[start[:-1]])
    counts = np.diff(start)
    away = miles_between(vectors, np.repeat(middle, counts, axis=0))
    radius = np.maximum.reduceat(away, start[:-1]) + ROUNDING
    return Blocks(vectors, start, middle, radius, first_block)


def _morton(latitude: Floats, longitude: Floats) -> Indexes:
    """Return a number that is near for near points: the bits of both coordinates in turn."""
    code = np.zeros(len(latitude), dtype=np.uint64)
    for shift, degrees in ((0, latitude), (1, longitude)):
        low = degrees.min(initial=180.0)
        span = max(float(degrees.max(initial=-180.0) - low), 1e-9)
        bits = ((degrees - low) / span * 0xFFFF).astype(np.uint64)
        for width, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            bits = (bits | (bits << np.uint64(width))) & np.uint64(mask)
        code |= bits << np.uint64(shift)
    return code.astype(np.int64)
