"""Siting by a source of minutes: held against every subset, and against what adequacy then says."""

from dataclasses import replace
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pytest

from geodata.matrix import read_matrix
from monitor.adequacy import Beside, adequacy
from rules.network import nw01_beyond_reach as nw01
from tests.monitor.siting_sample import ASKED, COUNSELOR, NOTHING, PROVIDERS, chosen, requirement
from tests.monitor.standards import DAY, contract

SITES = "npi,latitude,longitude"
CLASSES = {"c47037": "metro", "c47189": "rural"}


def miles(a, b):
    north, east, to_north, to_east = map(radians, (*a, *b))
    half = sin((north - to_north) / 2) ** 2
    half += cos(north) * cos(to_north) * sin((east - to_east) / 2) ** 2
    return 2 * 3958.7613 * asin(sqrt(half))


def write_matrix(path, pairs):
    lines = ["origin,destination,minutes,miles"]
    for (home, there), minutes in pairs.items():
        told = "" if minutes is None else minutes
        lines.append(f'"{home[0]},{home[1]}","{there[0]},{there[1]}",{told},')
    path.write_text("\n".join(lines) + "\n")
    return read_matrix(path)


def keeps(limit, logic, pairs, home, there):
    minutes = pairs.get((home, there))
    soon = minutes is not None and minutes <= limit.max_minutes
    if logic == "time":
        return soon
    near = miles(home, there) <= limit.max_miles
    return soon and near if logic == "both" else soon or near


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("logic", ["time", "both", "either"])
def test_the_best_of_every_subset_and_what_adequacy_says_of_it(tmp_path, logic, seed):
    draw = np.random.default_rng(seed)
    points = np.round(np.column_stack([35.5 + draw.random(46), -86.5 + draw.random(46)]), 5)
    points = [tuple(map(float, point)) for point in points]
    homes, own, could = points[:34], points[34:36], points[36:]
    weights = [1 + at % 4 for at in range(34)]
    pairs = {
        (home, there): None if draw.random() < 0.1 else round(miles(home, there) * rate, 1)
        for home in homes[:-2]
        for there in (*own, *could[:-1])
        if (rate := draw.uniform(0.8, 3)) < 2.8
    }
    source = write_matrix(tmp_path / "m.csv", pairs)
    limit = {
        "metro": nw01.ClassLimit(share=0.5, max_miles=12.0, max_minutes=20.0),
        "rural": nw01.ClassLimit(share=0.4, max_miles=18.0, max_minutes=30.0),
    }
    if logic == "time":
        limit = {name: replace(each, max_miles=None) for name, each in limit.items()}
    pack = contract(requirement("TD", nw01.Params(logic=logic, by_county_class=limit)), **CLASSES)
    county = ["47037" if at % 2 else "47189" for at in range(34)]
    reach = {
        there: {
            at
            for at, home in enumerate(homes)
            if keeps(limit["metro" if at % 2 else "rural"], logic, pairs, home, there)
        }
        for there in (*own, *could)
    }
    before = set().union(*(reach[there] for there in own))

    def gain(chosen_):
        return sum(weights[at] for at in set().union(*(reach[each] for each in chosen_)) - before)

    best = max(gain(some) for some in combinations(could, 3))

    people = [f"{at},A,{county[at]},{p[0]},{p[1]},{weights[at]}" for at, p in enumerate(homes)]
    contracted = [f"{10**9 + at},{COUNSELOR},{p[0]},{p[1]}" for at, p in enumerate(own)]
    sites = [f"{2 * 10**9 + at},{p[0]},{p[1]}" for at, p in enumerate(could)]
    asked = replace(ASKED, contract=pack, add=3, travel=source)
    answer = chosen(tmp_path, people, contracted, sites, asked, SITES)

    assert answer.counties["within_before"].sum() == sum(weights[at] for at in before)
    assert (answer.choice.total, answer.choice.proven) == (best, True)
    assert gain(could[site] for site in answer.choice.sites) == best
    assert f"1 candidate to which no way is known: {source.note}" in answer.notes
    assert answer.notes[0] == (
        source.note if logic == "time" else f"{source.note}; straight-line miles"
    )
    added = [
        f"{npi},{COUNSELOR},{north},{east}"
        for npi, north, east in answer.additions.select("candidate", "latitude", "longitude").rows()
    ]
    after = tmp_path / "after.csv"
    after.write_text("\n".join([PROVIDERS, *contracted, *added]) + "\n")
    found = adequacy(tmp_path / "members.csv", after, pack, DAY, Beside(travel=source)).rows
    assert answer.counties["within_after"].to_list() == found["within"].to_list()


def test_minutes_of_both_sides_of_the_limit_and_a_near_site_that_is_slow(tmp_path):
    home, slow, fast = (36.0, -86.0), (36.01, -86.0), (36.1, -86.0)
    limit = nw01.ClassLimit(share=0.9, max_minutes=20.0)
    pack = contract(
        requirement("TD", nw01.Params(logic="time", by_county_class={"metro": limit})), **CLASSES
    )
    for minutes, verdict in ((20.0, ["2000000001"]), (20.001, [])):
        source = write_matrix(tmp_path / "m.csv", {(home, slow): 40.0, (home, fast): minutes})
        answer = chosen(
            tmp_path,
            [f"1,A,47037,{home[0]},{home[1]},7"],
            [],
            [f"{2 * 10**9 + at},{p[0]},{p[1]}" for at, p in enumerate((slow, fast))],
            replace(ASKED, contract=pack, add=1, travel=source),
            SITES,
        )
        assert answer.additions["candidate"].to_list() == verdict
        assert (answer.verdict == NOTHING) == (not verdict)


def test_counties_of_which_the_source_knows_nothing_are_told_and_the_sixth_is_counted(tmp_path):
    source = write_matrix(tmp_path / "m.csv", {})
    counties = [f"47{number:03}" for number in range(1, 15, 2)]
    limit = nw01.ClassLimit(share=0.9, max_minutes=20.0)
    pack = contract(
        requirement("TD", nw01.Params(logic="time", by_county_class={"metro": limit})),
        **{f"c{fips}": "metro" for fips in counties},
    )
    answer = chosen(
        tmp_path,
        [f"{fips},A,{fips},36.0,-86.0,1" for fips in counties],
        [f"1000000004,{COUNSELOR},36.0,-84.0"],
        ["2000000001,36.0,-86.0"],
        replace(ASKED, contract=pack, add=1, travel=source),
        SITES,
    )
    untold = [note for note in answer.notes if "would decide" in note]
    assert (len(untold), untold[0]) == (
        5,
        "Anderson (47001): 1 of 1 members would decide, and the source of travel cannot tell of "
        "them: 0 live far from any road, 1 outside what it knows, 0 are undecided; 0.0% are "
        "within (minutes as supplied in m.csv)",
    )
    assert answer.notes[-1] == "and 2 more counties that could not be counted"
    assert (answer.verdict, answer.counties.rows()) == (NOTHING, [])
