"""Seconds and memory of siting, beside a plain greedy search in the same run.

    python benchmarks/siting.py --members 2000000 --candidates 5000 --add 10

Members and candidates are made up: half of each lies around ten towns, half anywhere, in 95
counties of a box of Tennessee's size, with limits of 15 or 30 miles. The plain search asks a k-d
tree, for every candidate at every step, whom it would reach, and adds up those whom nobody reaches
yet; it is given a part of the members and candidates and must choose the same.
"""

from __future__ import annotations

import argparse
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.coverage import Limits
from geodata.distance import ROUNDING_MILES, chord, on_sphere
from geodata.siting import Choice, Homes, add_greedily, gain, reach, site

Floats = NDArray[np.float64]

SOUTH, NORTH, WEST, EAST = 35.0, 36.6, -90.0, -82.0
COLUMNS, ROWS = 19, 5


def points(draw: np.random.Generator, count: int, towns: Floats) -> tuple[Floats, Floats]:
    """Return latitude and longitude of so many points, half of them around the towns."""
    north, east = draw.uniform(SOUTH, NORTH, count), draw.uniform(WEST, EAST, count)
    half = count // 2
    near = towns[draw.integers(0, len(towns), half)] + draw.normal(0, 0.15, (half, 2))
    north[:half] = np.clip(near[:, 0], SOUTH, NORTH - 1e-9)
    east[:half] = np.clip(near[:, 1], WEST, EAST - 1e-9)
    return north, east


def make(members: int, candidates: int, seed: int) -> tuple[list[Homes], Floats, Floats]:
    """Return the homes of each county, and latitude and longitude of the candidates."""
    draw = np.random.default_rng(seed)
    towns = np.column_stack([draw.uniform(SOUTH, NORTH, 10), draw.uniform(WEST, EAST, 10)])
    north, east = points(draw, members, towns)
    weight = draw.integers(1, 4, members).astype(np.float64)
    row = ((north - SOUTH) / (NORTH - SOUTH) * ROWS).astype(int)
    county = row * COLUMNS + ((east - WEST) / (EAST - WEST) * COLUMNS).astype(int)
    areas = [
        Homes(
            north[county == number],
            east[county == number],
            weight[county == number],
            Limits("distance", 15.0 if number % 2 else 30.0, None, None),
        )
        for number in range(ROWS * COLUMNS)
    ]
    return areas, *points(draw, candidates, towns)


def plain(areas: list[Homes], north: Floats, east: Floats, add: int) -> tuple[int, ...]:
    """Choose step by step, asking at every step whom every candidate would reach."""
    trees = [cKDTree(on_sphere(area.latitude, area.longitude)) for area in areas]
    reaches = [chord(area.limits.farthest_miles + ROUNDING_MILES) for area in areas]
    left = [area.weight.copy() for area in areas]
    sites = on_sphere(north, east)
    order: list[int] = []
    for _ in range(add):
        gains = np.zeros(len(sites))
        for tree, far, weight in zip(trees, reaches, left, strict=True):
            for number, found in enumerate(tree.query_ball_point(sites, far)):
                gains[number] += weight[found].sum()
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        order.append(best)
        for tree, far, weight in zip(trees, reaches, left, strict=True):
            weight[tree.query_ball_point(sites[best], far)] = 0
    return tuple(order)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that the work takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Make the members, choose, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=2_000_000)
    parser.add_argument("--candidates", type=int, default=5_000)
    parser.add_argument("--add", type=int, default=10)
    parser.add_argument("--part", type=int, default=20, help="the plain search gets 1 in so many")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}")
    areas, north, east = make(asked.members, asked.candidates, 7)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reaching, blocks = timed(lambda: reach(areas, north, east))
    choosing, choice = timed(lambda: site(blocks, len(north), len(areas), asked.add))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tell(asked, blocks, choice)
    print(f"whom each would reach: {reaching:.1f} s; choosing: {choosing:.1f} s")
    print(f"memory at the most {after / 1024:,.0f} MB, of it {(after - before) / 1024:,.0f} MB new")
    few = [
        replace(
            area,
            latitude=area.latitude[:: asked.part],
            longitude=area.longitude[:: asked.part],
            weight=area.weight[:: asked.part],
        )
        for area in areas
    ]
    few_north, few_east = north[:: asked.part], east[:: asked.part]
    ours, order = timed(
        lambda: add_greedily(reach(few, few_north, few_east), len(few_north), asked.add)[0]
    )
    theirs, same = timed(lambda: plain(few, few_north, few_east, asked.add))
    print(
        f"{sum(len(area.weight) for area in few):,} members, {len(few_north):,} candidates: "
        f"{ours:.2f} s, the plain search {theirs:.2f} s: {theirs / ours:.1f} times faster; "
        f"the same choice: {order == same}"
    )


def tell(asked: argparse.Namespace, blocks: list[Any], choice: Choice) -> None:
    """Print what was asked and what was found."""
    rows = sum(len(block.weight) for block in blocks)
    size = sum(block.reached.nbytes for block in blocks) / 1e6
    pairs = sum(int(np.bitwise_count(block.reached).sum(dtype=np.int64)) for block in blocks)
    print(
        f"{asked.members:,} members, {asked.candidates:,} candidates, add {asked.add}: "
        f"{rows:,} rows of members, {pairs:,} pairs in {size:,.0f} MB"
    )
    reached = gain(blocks, choice.sites, ROWS * COLUMNS).sum()
    print(
        f"{choice.method}: {reached:,.0f} gained, no choice gains more than {choice.bound:,.0f}: "
        f"at least {reached / choice.bound:.1%} of the best"
    )


if __name__ == "__main__":
    main()
