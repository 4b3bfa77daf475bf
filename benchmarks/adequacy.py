"""Seconds and memory of ``carvein adequacy``, beside two other ways to the same miles.

    python benchmarks/adequacy.py                        # 2 M members, peers, brute force
    python benchmarks/adequacy.py --scaling              # 0.1 M to 5 M members
    pip install scikit-learn                             # for the first peer; never in the lock

Members and providers are made up: half of each lies around twelve towns and half anywhere, in 95
counties of a box of Tennessee's size, every point its own. The files are CSV, the pack is
ma-422-116 with its minimum numbers, and an encounters file adds every figure as serving. The peers
find the nearest site of each member and no more, over a sample of the members; their processor
seconds (of all threads, so that neither cores nor other programs matter) are scaled up by the
members left out, which is said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from geodata.blocks import make_blocks, order_by_place
from geodata.choices import Choices
from geodata.distance import great_circle_miles
from monitor.adequacy_input import read_members, read_providers
from monitor.adequacy_standards import choose
from monitor.desk import settle_classes
from rules.contract import load
from rules.network.reach import prepare_network
from rules.specialty import specialties

DAY = date(2026, 3, 31)
COUNTIES = [f"{47001 + 2 * at}" for at in range(95)]
SOUTH, NORTH, WEST, EAST = 35.0, 36.6, -90.2, -81.8
POPULATIONS = (1_500_000, 300_000, 120_000, 60_000, 25_000, 8_000)
SEED = 7


def places(count: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes, half around twelve towns and half anywhere."""
    towns = np.c_[draw.uniform(SOUTH, NORTH, 12), draw.uniform(WEST, EAST, 12)]
    near = towns[draw.integers(0, 12, count)] + draw.normal(0, 0.08, (count, 2))
    far = np.c_[draw.uniform(SOUTH, NORTH, count), draw.uniform(WEST, EAST, count)]
    chosen = np.where((draw.random(count) < 0.5)[:, None], near, far)
    return np.clip(chosen[:, 0], SOUTH, NORTH), np.clip(chosen[:, 1], WEST, EAST)


def county_of(north: np.ndarray, east: np.ndarray) -> np.ndarray:
    """Return the made-up county, one of 5 x 19 boxes."""
    row = np.minimum((north - SOUTH) / (NORTH - SOUTH) * 5, 4).astype(int)
    column = np.minimum((east - WEST) / (EAST - WEST) * 19, 18).astype(int)
    return np.array(COUNTIES)[row * 19 + column]


def luhn(body: str) -> int:
    """Return the check digit of the nine digits of an NPI."""
    digits = [int(digit) for digit in f"80840{body}"]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::-2])
    return -(doubled + sum(digits[-2::-2])) % 10


def make_files(folder: Path, members: int, providers: int) -> None:
    """Write members.csv, providers.csv, encounters.csv and counties.csv.gz."""
    draw = np.random.default_rng(SEED)
    north, east = places(members, draw)
    born = draw.integers(-7000, 17000, members).astype("datetime64[D]")
    pl.DataFrame(
        {
            "member_id": np.arange(members).astype(str),
            "county_fips": county_of(north, east),
            "latitude": north,
            "longitude": east,
            "birth_date": born,
        }
    ).write_csv(folder / "members.csv")
    slugs = [slug for slug, held in specialties().items() if held.hsd_code][:43]
    north, east = places(providers, draw)
    bodies = [f"1{at:08d}" for at in draw.integers(0, providers * 2 // 3, providers)]
    npis = [f"{body}{luhn(body)}" for body in bodies]
    pl.DataFrame(
        {
            "npi": npis,
            "specialty": draw.choice(slugs, providers),
            "program": "",
            "latitude": north,
            "longitude": east,
            "beds": draw.integers(0, 200, providers),
            "telehealth": draw.choice(["none", "offers", "only"], providers, p=[0.7, 0.25, 0.05]),
        }
    ).write_csv(folder / "providers.csv")
    serving = [npi for npi in dict.fromkeys(npis) if draw.random() < 0.8]
    pl.DataFrame(
        {
            "encounter_id": [f"E{at}" for at in range(len(serving))],
            "member_id": [f"{at % members}" for at in range(len(serving))],
            "claim_type": "P",
            "rendering_npi": serving,
            "service_from": "2026-01-15",
        }
    ).write_csv(folder / "encounters.csv")
    pl.DataFrame(
        {
            "STATEFP": "47",
            "COUNTYFP": [code[2:] for code in COUNTIES],
            "POPULATION": [POPULATIONS[at % len(POPULATIONS)] for at in range(95)],
        }
    ).write_csv(folder / "counties.csv")


def run(folder: Path) -> dict[str, float]:
    """Measure in a process of its own; seconds, gigabytes at the peak, and rows."""
    found = subprocess.run(
        [sys.executable, __file__, "--one", str(folder)], check=True, stdout=subprocess.PIPE
    )
    told: dict[str, float] = json.loads(found.stdout)
    return told


def one(folder: Path) -> None:
    """Run ``adequacy`` on the files of a folder, and print what it took."""
    from monitor.adequacy import Beside, adequacy, write

    start = time.perf_counter()
    beside = Beside(counties=folder / "counties.csv", encounters=folder / "encounters.csv")
    found = adequacy(
        folder / "members.csv", folder / "providers.csv", load("ma-422-116"), DAY, beside
    )
    write(found.rows, folder / "out.csv")
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = found.rows
    counted = rows.filter(pl.col("within").is_not_null() & pl.col("serving_within").is_not_null())
    print(
        json.dumps(
            {
                "seconds": seconds,
                "processor seconds": time.process_time(),
                "gigabytes": peak,
                "rows": len(rows),
                "with serving": len(counted),
                "specialties": rows["specialty"].n_unique(),
                "lost": float(rows["lost_members"].sum()),
            }
        )
    )


def sample(folder: Path, members: int) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return so many of the members, and the sites of each specialty."""
    people = pl.read_csv(folder / "members.csv", columns=["latitude", "longitude"])
    listed = pl.read_csv(folder / "providers.csv").filter(pl.col("telehealth") != "only")
    parts = listed.partition_by("specialty", maintain_order=True)
    return people.sample(min(members, len(people)), seed=SEED), parts


def ball_tree(people: pl.DataFrame, sites: pl.DataFrame) -> float:
    """Return the processor seconds of scikit-learn's haversine BallTree, building it included."""
    from sklearn.neighbors import BallTree

    homes = np.radians(people.select("latitude", "longitude").to_numpy())
    start = time.process_time()
    tree = BallTree(
        np.radians(sites.select("latitude", "longitude").to_numpy()), metric="haversine"
    )
    tree.query(homes)
    return time.process_time() - start


def sjoin_nearest(people: pl.DataFrame, sites: pl.DataFrame) -> float:
    """Return the processor seconds of geopandas.sjoin_nearest in an equal-area projection."""
    import geopandas

    frames = [
        geopandas.GeoDataFrame(
            geometry=geopandas.points_from_xy(each["longitude"], each["latitude"]), crs=4326
        ).to_crs(5070)
        for each in (people, sites)
    ]
    start = time.process_time()
    geopandas.sjoin_nearest(frames[0], frames[1], distance_col="metres")
    return time.process_time() - start


def brute_force(people: pl.DataFrame, sites: pl.DataFrame) -> float:
    """Return the largest difference in miles from all pairs, over 1 to 3 choices."""
    north, east = (people[name].to_numpy() for name in ("latitude", "longitude"))
    order = order_by_place(np.zeros(len(north), dtype=np.int64), north, east)
    north, east = north[order], east[order]
    blocks = make_blocks(1, np.zeros(len(north), dtype=np.int64), north, east)
    to_north, to_east = (sites[name].to_numpy() for name in ("latitude", "longitude"))
    at = np.arange(len(sites))
    choices = Choices(to_north, to_east, at, at)
    worst = 0.0
    for start in range(0, len(north), 500):
        part = slice(start, start + 500)
        every = great_circle_miles(north[part, None], east[part, None], to_north, to_east)
        every.partition((0, 1, 2), axis=1)
        for wanted in (1, 2, 3):
            ours = choices.miles_to(blocks.vectors[part], wanted)
            worst = max(worst, float(np.abs(ours - every[:, wanted - 1]).max()))
    return worst


def one_specialty(folder: Path, slugs: list[str]) -> float:
    """Return the processor seconds of one specialty: shares and longest miles by county.

    The members are prepared before; reading them and adding them up is in the whole run above.
    """
    contract = load("ma-422-116")
    network = prepare_network(
        read_members(folder / "members.csv").rows,
        read_providers(folder / "providers.csv").rows,
        DAY,
    )
    classes = settle_classes(contract, folder / "counties.csv")
    limits = {
        held.scope.specialty: held.params
        for group in choose(contract, DAY)
        for held in group
        if held.rule == "NW01"
    }
    network.cover(COUNTIES[0], "all", slugs[-1], limits[slugs[-1]].reach_in(classes[COUNTIES[0]]))
    start = time.process_time()
    for slug in slugs[:-1]:
        asked = {each: limits[slug].reach_in(classes[each]) for each in network.counties}
        network.cover_all("all", slug, asked)
    return (time.process_time() - start) / (len(slugs) - 1)


def compare(folder: Path, members: int, whole: float) -> None:
    """Time the peers on a sample, scale up openly, and print the ratios."""
    people, parts = sample(folder, min(members, 100_000))
    chosen = parts[:3]
    ours = one_specialty(folder, [str(part["specialty"][0]) for part in parts[:4]])
    print(f"one specialty over {members:,} members: {ours:.2f} processor seconds")
    factor = members / len(people)
    peers = {"geopandas.sjoin_nearest": (sjoin_nearest, 5)}
    if importlib.util.find_spec("sklearn"):
        peers["haversine BallTree"] = (ball_tree, 30)
    else:
        print("haversine BallTree: not measured, scikit-learn is not installed")
    for name, (seconds, wanted) in peers.items():
        took = sum(seconds(people, part) for part in chosen) / len(chosen) * factor
        print(
            f"{name}, one specialty: {took:,.2f} s (from {len(people):,} members, "
            f"x {factor:,.0f}): {took / ours:,.1f} times ours, wanted {wanted}; "
            f"{took * len(parts) / whole:,.1f} times ours where {len(parts)} specialties are held "
            "against the whole run, with its files, counts and figures as serving"
        )


def main() -> None:
    """Parse the options and print what was measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--members", type=int, default=2_000_000)
    options.add_argument("--providers", type=int, default=60_000)
    options.add_argument("--scaling", action="store_true")
    options.add_argument("--one", type=Path)
    given = options.parse_args()
    if given.one:
        return one(given.one)
    sizes = (100_000, 500_000, 2_000_000, 5_000_000) if given.scaling else (given.members,)
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_files(folder, size, given.providers)
            told = run(folder)
            print(f"{size:,} members: " + ", ".join(f"{k} {v:,.1f}" for k, v in told.items()))
            if not given.scaling:
                people, _ = sample(folder, 5_000)
                listed = pl.read_csv(folder / "providers.csv").sample(5_000, seed=SEED)
                print(f"brute force, 5,000 x 5,000: {brute_force(people, listed):.1e} miles apart")
                compare(folder, size, told["processor seconds"])
    return None


if __name__ == "__main__":
    main()
