"""Siting against every subset, tried one by one, and by hand."""

from itertools import combinations

import numpy as np
import pytest

from geodata import siting_exact
from geodata.coverage import Limits
from geodata.distance import great_circle_miles
from geodata.siting import (
    GUARANTEE,
    HOMES,
    Block,
    Homes,
    add_greedily,
    gain,
    reach,
    site,
)

DEGREE = 2 * np.pi * 3958.7613 / 360


def within_miles(miles):
    return Limits("distance", miles, None, None)


def homes(points, weight, miles):
    north, east = (np.array(axis, dtype=float) for axis in zip(*points, strict=True))
    return Homes(north, east, np.array(weight, dtype=float), within_miles(miles))


def blocks_of(sets, weight):
    """Return one block in which row i is reached by the sites of ``sets[i]``, of 16."""
    table = np.array([[site in each for site in range(16)] for each in sets])
    return [Block(0, np.arange(16), np.packbits(table, axis=1), np.array(weight, dtype=float))]


def a_case(seed):
    draw = np.random.default_rng(seed)
    count, sites = int(draw.integers(1, 40)), int(draw.integers(0, 9))
    areas = [
        Homes(
            36 + draw.random(count),
            -86 + draw.random(count),
            draw.integers(0, 9, count).astype(float),
            within_miles(miles),
        )
        for miles in (10.0, 20.0)
    ]
    return areas, 36 + draw.random(sites), -86 + draw.random(sites), int(draw.integers(1, 5))


def tables_of(areas, north, east):
    return [
        area.limits.hold(
            great_circle_miles(area.latitude[:, None], area.longitude[:, None], north, east)
        )
        for area in areas
    ]


def reached_by(areas, tables, chosen):
    return [
        float(area.weight[table[:, list(chosen)].any(axis=1)].sum())
        for area, table in zip(areas, tables, strict=True)
    ]


@pytest.mark.parametrize("seed", range(120))
def test_the_choice_is_the_best_of_all_subsets(seed):
    areas, north, east, add = a_case(seed)
    tables = tables_of(areas, north, east)
    best = max(
        sum(reached_by(areas, tables, chosen))
        for chosen in combinations(range(len(north)), min(add, len(north)))
    )
    blocks = reach(areas, north, east)
    choice = site(blocks, len(north), 2, add)
    assert (choice.total, choice.bound, choice.proven) == (best, best, True)
    assert len(choice.sites) <= add
    assert choice.gained.sum(axis=0).tolist() == reached_by(areas, tables, choice.sites)
    for step in range(len(choice.sites)):
        before = reached_by(areas, tables, choice.sites[:step])
        after = reached_by(areas, tables, choice.sites[: step + 1])
        assert choice.gained[step].tolist() == [b - a for a, b in zip(before, after, strict=True)]
    order, bound = add_greedily(blocks, len(north), add)
    assert GUARANTEE * best <= gain(blocks, order, 2).sum() <= best <= bound


@pytest.mark.parametrize("seed", range(20))
def test_the_solver_alone_finds_the_best(seed):
    """Greedy is kept out, so that its luck does not stand in for the solver."""
    draw = np.random.default_rng(1000 + seed)
    sets = [set(np.flatnonzero(draw.random(16) < 0.3)) for _ in range(60)]
    weight = draw.integers(1, 50, 60)
    best = max(
        sum(people for each, people in zip(sets, weight, strict=True) if each & set(chosen))
        for chosen in combinations(range(16), 3)
    )
    chosen, bound = siting_exact.choose_best(blocks_of(sets, weight), 16, 3, 60)
    reached = [people for each, people in zip(sets, weight, strict=True) if each & set(chosen)]
    assert len(chosen) == 3
    assert sum(reached) == best
    assert bound == pytest.approx(best)


def test_where_the_first_step_misleads_the_best_is_found():
    # Site 2 gains most at once, and bars the pair 0 and 1 that reaches everybody.
    blocks = blocks_of([{0}, {0, 2}, {1, 2}, {1}], [3, 2, 2, 3])
    order, _ = add_greedily(blocks, 16, 1)
    assert order == (0,)
    blocks = blocks_of([{0}, {0, 2}, {1, 2}, {1}], [3, 4, 4, 3])
    order, bound = add_greedily(blocks, 16, 2)
    assert (order, gain(blocks, order, 1).sum()) == ((2, 0), 11.0)
    assert bound == 14.0
    choice = site(blocks, 16, 1, 2)
    assert (choice.sites, choice.method, choice.proven, choice.total) == ((0, 1), "exact", True, 14)


def test_beyond_its_size_the_solver_is_not_asked_and_the_bound_told(monkeypatch):
    monkeypatch.setattr(siting_exact, "MAX_SITES", 2)
    choice = site(blocks_of([{0}, {0, 2}, {1, 2}, {1}], [3, 4, 4, 3]), 16, 1, 2)
    assert (choice.sites, choice.method, choice.proven) == ((2, 0), "greedy", False)
    assert (choice.total, choice.bound) == (11.0, 14.0)


def test_greedy_that_meets_its_own_bound_is_proven_the_best():
    choice = site(blocks_of([{0}, {1}, {2}], [5, 7, 1]), 16, 1, 2)
    assert (choice.sites, choice.method, choice.proven) == ((1, 0), "greedy", True)
    assert (choice.total, choice.bound) == (12.0, 12.0)


def test_when_the_time_is_up_greedy_stands_and_nothing_is_proven(monkeypatch):
    def out_of_time(blocks, sites, add, seconds):
        return (), np.inf

    monkeypatch.setattr("geodata.siting.choose_best", out_of_time)
    choice = site(blocks_of([{0}, {0, 2}, {1, 2}, {1}], [3, 4, 4, 3]), 16, 1, 2, seconds=1)
    assert (choice.sites, choice.method, choice.proven) == ((2, 0), "exact", False)
    assert (choice.total, choice.bound) == (11.0, 14.0)


def test_of_sites_that_gain_alike_the_first_is_taken():
    blocks = blocks_of([{3, 5, 9}, {1, 9, 12}], [4, 4])
    assert site(blocks, 16, 1, 1).sites == (9,)
    assert site(blocks_of([{3, 5}, {1, 12}], [4, 4]), 16, 1, 2).sites == (1, 3)
    assert site(blocks_of([{3, 5}, {1, 12}], [4, 4]), 16, 1, 1).sites == (1,)


def test_no_sites_nobody_to_reach_and_nobody_in_reach():
    here = homes([(36.0, -86.0)], [5], 10)
    for areas, north, east in (
        ([here], [], []),
        ([], [36.0], [-86.0]),
        ([homes([(36.0, -86.0)], [0], 10)], [36.0], [-86.0]),
        ([here], [40.0], [-86.0]),
    ):
        blocks = reach(areas, north, east)
        choice = site(blocks, len(north), len(areas), 3)
        assert blocks == []
        assert (choice.sites, choice.total, choice.bound, choice.proven) == ((), 0.0, 0.0, True)
        assert choice.gained.shape == (0, len(areas))


def test_more_additions_than_sites_that_gain():
    area = homes([(36.0, -86.0), (38.0, -86.0)], [5, 2], 10)
    choice = site(reach([area], [36.0, 38.0, 50.0], [-86.0] * 3), 3, 1, 9)
    assert (choice.sites, choice.total, choice.proven) == ((0, 1), 7.0, True)


@pytest.mark.parametrize("miles", [0.5, 30.0, 2000.0])
def test_the_limit_itself_is_within_and_a_hair_beyond_is_not(miles):
    point = [(miles / DEGREE, -86.0)]
    assert len(reach([homes(point, [1], miles)], [0.0], [-86.0])) == 1
    assert len(reach([homes(point, [1], miles - 5e-10)], [0.0], [-86.0])) == 1
    assert len(reach([homes(point, [1], miles - 1e-8)], [0.0], [-86.0])) == 0


def test_across_the_antimeridian_and_at_the_pole():
    area = homes([(0.0, 179.9), (89.9, 10.0)], [1, 2], 20)
    blocks = reach([area], [0.0, 89.9], [-179.9, -170.0])
    assert gain(blocks, (0, 1), 1).tolist() == [[1.0], [2.0]]


def test_many_homes_are_cut_into_blocks_and_nobody_is_lost_or_counted_twice():
    draw = np.random.default_rng(5)
    count = 3 * HOMES + 17
    area = Homes(
        36 + draw.random(count), -86 + draw.random(count), np.ones(count), within_miles(12.0)
    )
    north, east = 36 + draw.random(20), -86 + draw.random(20)
    blocks = reach([area], north, east)
    [table] = tables_of([area], north, east)
    assert len(blocks) >= 4
    assert sum(block.weight.sum() for block in blocks) == table.any(axis=1).sum()
    for chosen in ((0,), (3, 4, 5), tuple(range(20))):
        assert gain(blocks, chosen, 1).sum() == table[:, chosen].any(axis=1).sum()


def test_homes_that_the_same_sites_reach_are_one_row():
    area = homes([(36.0, -86.0), (36.01, -86.0), (36.3, -86.0)], [5, 2, 1], 10)
    [block] = reach([area], [36.0, 36.2], [-86.0, -86.0])
    rows = {tuple(row): people for row, people in zip(block.table(), block.weight, strict=True)}
    assert rows == {(1, 0): 7.0, (0, 1): 1.0}


def test_weights_that_are_no_whole_numbers():
    choice = site(blocks_of([{0}, {0, 2}, {1, 2}, {1}], [0.3, 0.4, 0.4, 0.3]), 16, 1, 2)
    assert (choice.sites, choice.proven) == ((0, 1), True)
    assert choice.total == pytest.approx(1.4)
