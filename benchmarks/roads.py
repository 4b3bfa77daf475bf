"""Minutes along a made-up state's roads: 43 specialties for 2 M points, against a peer.

`python benchmarks/roads.py` makes a road graph of 1.4 M nodes (5.8 M edges), asks the nearest
site of each specialty for every point, and prints seconds and peak memory. In the same run the
same graph answers by one search from every site (scipy), which is what a plain program does, for
as many sites as `--peer-sites`; the ratio is by time for one specialty, and both answers are held
against each other. `--nodes`, `--points` and `--specialties` make it smaller; `--k 3` asks for
the nearest three.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geodata.distance import great_circle_miles
from geodata.road_graph import RoadGraph
from geodata.road_join import Roads

SOUTH, WEST, STEP = 35.0, -90.0, 0.0025
ABOUT = {
    "file": "made up",
    "built_on": "2026-11-22",
    "speeds": "made up",
    "access_miles_per_hour": 15.0,
}


def make_roads(nodes: int, random: np.random.Generator) -> Roads:
    """Return a bent grid, some of its streets one-way, some missing, every 16th line quick."""
    side = round(nodes**0.5)
    row, column = (each.ravel() for each in np.indices((side, side)))
    north = SOUTH + (row + random.uniform(-0.3, 0.3, len(row))) * STEP
    east = WEST + (column + random.uniform(-0.3, 0.3, len(row))) * STEP
    number = np.arange(side * side).reshape(side, side)
    start = np.concatenate((number[:, :-1].ravel(), number[:-1].ravel(), number[:-1, :-1].ravel()))
    end = np.concatenate((number[:, 1:].ravel(), number[1:].ravel(), number[1:, 1:].ravel()))
    rank = random.random(len(start))
    diagonal = np.arange(len(start)) >= 2 * side * (side - 1)
    there = np.where(diagonal, rank < 0.16, True)
    quick = ~diagonal & ((row[start] % 16 == 0) & (row[end] % 16 == 0))
    start, end, rank, quick = start[there], end[there], rank[there], quick[there]
    back = rank > 0.05
    start, end = np.concatenate((start, end[back])), np.concatenate((end, start[back]))
    quick = np.concatenate((quick, quick[back]))
    miles = great_circle_miles(north[start], east[start], north[end], east[end])
    minutes = miles / np.where(quick, 50, random.uniform(18, 35, len(miles))) * 60
    snaps = np.ones(len(north), dtype=bool)
    return Roads(north, east, snaps, start, end, minutes, miles, ABOUT)


def scatter(count: int, roads: Roads, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return points near made-up roads."""
    at = random.integers(0, len(roads.latitude), count)
    return (
        roads.latitude[at] + random.normal(0, 0.0008, count),
        roads.longitude[at] + random.normal(0, 0.0008, count),
    )


def peak() -> float:
    """Return the most memory that this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def search_each(roads: Roads, nodes: np.ndarray, legs: np.ndarray) -> np.ndarray:
    """Return minutes from every node to its nearest site by one search a site."""
    back = csr_array((roads.minutes, (roads.end, roads.start)), shape=(len(roads.latitude),) * 2)
    best = np.full(len(roads.latitude), np.inf)
    for node, leg in zip(nodes, legs, strict=True):
        best = np.minimum(best, dijkstra(back, indices=node) + leg)
    return best


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--nodes", type=int, default=1_400_000)
    asked.add_argument("--points", type=int, default=2_000_000)
    asked.add_argument("--specialties", type=int, default=43)
    asked.add_argument("--sites", type=int, default=1_400)
    asked.add_argument("--k", type=int, default=1)
    asked.add_argument("--peer-sites", type=int, default=20)
    options = asked.parse_args()
    random = np.random.default_rng(7)
    start = time.perf_counter()
    roads = make_roads(options.nodes, random)
    homes = scatter(options.points, roads, random)
    sites = [scatter(options.sites, roads, random) for _ in range(options.specialties)]
    made = time.perf_counter()
    print(f"made: {len(roads.latitude):,} nodes, {len(roads.start):,} edges, {made - start:.1f} s")

    source = RoadGraph(roads)
    ready = time.perf_counter()
    print(f"made ready: {ready - made:.1f} s")
    reached, busy = 0, time.process_time()
    for each in sites:
        answer = source.nearest(*homes, *each, k=options.k)
        reached += int((answer.state == 0).sum())
    took = time.perf_counter() - ready
    total = took + ready - made
    print(
        f"carvein: {options.specialties} specialties x {options.sites:,} sites for "
        f"{options.points:,} points, k = {options.k}: {total:.1f} s "
        f"({took / options.specialties:.2f} s a specialty; {time.process_time() - busy:.1f} s of "
        f"processor time); {reached:,} answers; "
        f"peak memory {peak():.1f} GB"
    )

    few = [each[: options.peer_sites] for each in sites[0]]
    start = time.perf_counter()
    answer = source.nearest(*homes, *few, k=1)
    ours = time.perf_counter() - start
    at, to = source.snap(*homes), source.snap(*few)
    here = to.node >= 0
    start = time.perf_counter()
    best = search_each(roads, to.node[here], to.minutes[here])
    theirs = time.perf_counter() - start
    apart = at.node >= 0
    # A home that shares its node with a site is told the straight line, which is no longer.
    apart &= ~np.isin(at.node, to.node)
    worst = np.abs(best[at.node[apart]] + at.minutes[apart] - answer.minutes[apart, 0]).max()
    whole = theirs / here.sum() * options.sites
    print(
        f"one search a site: {theirs:.1f} s for {here.sum()} sites, so {whole:,.0f} s for "
        f"{options.sites:,}: {whole / (took / options.specialties):,.0f} times as long; for the "
        f"same {here.sum()} sites {theirs / ours:.1f} times; largest difference {worst:.1e} minutes"
    )


if __name__ == "__main__":
    main()
