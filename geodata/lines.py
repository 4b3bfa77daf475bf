"""People within straight-line limits, part by part, asking for as few points as possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.blocks import Blocks
from geodata.coverage import DETOUR, Coverage, Limits, coverage_of
from geodata.distance import Floats, Indexes

NEAR = 0.93
"""Points that may lie so near to the farthest are asked for first: they mostly spare the others."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    """What can be asked of the miles from points in blocks; they rise by at most a mile a mile.

    Attributes
    ----------
    from_centres
        Miles from the centre of each block, shape (b,).
    exact
        Gives the miles of points, by their place in the blocks.
    bounds
        Gives the least and the most that those of points can be, from the points and the block of
        each, at less cost.
    """

    from_centres: Floats
    exact: Callable[[Indexes], Floats]
    bounds: Callable[[Indexes, Indexes], tuple[Floats, Floats]]


@dataclass(frozen=True, eq=False)
class _Points:
    """Points where anybody lives, the part of each, and the bounds of their miles."""

    points: Indexes
    part: Indexes
    least: Floats
    most: Floats

    def of(self, chosen: NDArray[np.bool_] | Indexes) -> _Points:
        return _Points(
            self.points[chosen], self.part[chosen], self.least[chosen], self.most[chosen]
        )


def cover_parts(
    blocks: Blocks, parts: Sequence[int], weight: Floats, lines: Lines, limits: Limits
) -> list[Coverage]:
    """Count each part as :func:`geodata.coverage.cover` does its points.

    A block is counted whole, and a point by its bounds, where these tell all that is counted. The
    longest miles are searched only where they can be.

    Parameters
    ----------
    parts
        The parts of the blocks that are meant.
    weight
        People at each point of all blocks, shape (n,).
    """
    count = len(parts)
    sizes = np.array([blocks.part[each + 1] - blocks.part[each] for each in parts], dtype=np.int64)
    part = np.repeat(np.arange(count), sizes)
    block = np.concatenate(
        [np.arange(blocks.part[each], blocks.part[each + 1]) for each in parts]
        or [np.empty(0, dtype=np.int64)]
    ).astype(np.int64)
    sums = np.add.reduceat(weight, blocks.start[:-1])[block] if len(block) else np.empty(0)
    people = _add(part, sums, count)
    if not len(block) or not np.isfinite(lines.from_centres[0]):
        return [Coverage(each, 0.0, 0.0, None, None) for each in people.tolist()]
    lived_in = sums > 0
    block, part, sums = block[lived_in], part[lived_in], sums[lived_in]
    miles, radius = lines.from_centres[block], blocks.radius[block]
    most = miles + radius
    sure, within, borderline = _told(np.maximum(miles - radius, 0.0), most, limits)
    found = _points(blocks, block[~sure], part[~sure], weight, lines)
    clear, held, loose = _told(found.least, found.most, limits)
    asked, some = found.of(~clear), weight[found.points]
    exact = lines.exact(asked.points)
    _, near, edge = _told(exact, exact, limits)
    reached = weight[asked.points]
    longest = np.zeros(count)
    np.maximum.at(longest, asked.part, exact)
    _farthest_blocks(blocks, block[sure], part[sure], most[sure], weight, lines, longest)
    _farthest(found.of(clear), lines, longest)
    inside = _add(part[within], sums[within], count)
    inside += _add(found.part[held], some[held], count)
    inside += _add(asked.part[near], reached[near], count)
    beyond = _add(part[borderline], sums[borderline], count)
    beyond += _add(found.part[loose], some[loose], count)
    beyond += _add(asked.part[edge], reached[edge], count)
    return [
        coverage_of(*told, limits) if told[0] else Coverage(0.0, 0.0, 0.0, None, None)
        for told in zip(
            people.tolist(), inside.tolist(), beyond.tolist(), longest.tolist(), strict=True
        )
    ]


def _add(part: Indexes, weight: Floats, parts: int) -> Floats:
    return np.asarray(np.bincount(part, weight, minlength=parts), dtype=np.float64)


def _told(least: Floats, most: Floats, limits: Limits) -> tuple[Mask, Mask, Mask]:
    """Return of which the bounds tell all, which of these are within, and which are borderline."""
    within, far = limits.hold(most), limits.hold(most * DETOUR)
    told = (within == limits.hold(least)) & (far == limits.hold(least * DETOUR))
    return told, told & within, told & within & ~far


def _points(blocks: Blocks, block: Indexes, part: Indexes, weight: Floats, lines: Lines) -> _Points:
    sizes = blocks.start[block + 1] - blocks.start[block]
    points = blocks.points_of(block)
    peopled = weight[points] > 0
    points, of_block = points[peopled], np.repeat(block, sizes)[peopled]
    return _Points(points, np.repeat(part, sizes)[peopled], *lines.bounds(points, of_block))


def _farthest_blocks(
    blocks: Blocks,
    block: Indexes,
    part: Indexes,
    most: Floats,
    weight: Floats,
    lines: Lines,
    longest: Floats,
) -> None:
    """Raise the longest miles of each part to those of anybody in its blocks."""
    # The block that may lie farthest first: it mostly spares all others.
    first = _first(part, most, 1.0, len(longest))
    for turn in (first, ~first):
        left = turn & (most > longest[part])
        found = _points(blocks, block[left], part[left], weight, lines)
        _farthest(found, lines, longest)


def _farthest(found: _Points, lines: Lines, longest: Floats) -> None:
    """Raise the longest miles of each part to those of its points."""
    left = found.of(found.most > longest[found.part])
    first = _first(left.part, left.most, NEAR, len(longest))
    for turn in (first, ~first):
        asked = left.of(turn & (left.most > longest[left.part]))
        np.maximum.at(longest, asked.part, lines.exact(asked.points))


def _first(part: Indexes, most: Floats, near: float, parts: int) -> Mask:
    """Return the entries that may lie as far as any of their part, or ``near`` as far."""
    top = np.zeros(parts)
    np.maximum.at(top, part, most)
    return np.asarray(most >= top[part] * near)
