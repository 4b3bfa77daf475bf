"""Minutes along made-up roads: against a plain search from every home, and by hand."""

import heapq

import numpy as np
import pytest

from geodata.distance import great_circle_miles
from geodata.road_graph import SNAP_MILES, RoadGraph
from geodata.road_join import Roads
from geodata.road_search import Search
from geodata.travel import OUTSIDE, REACHED, ROAD_GRAPH, UNREACHABLE, UNSNAPPED

ABOUT = {
    "file": "made.osm.pbf",
    "built_on": "2026-11-22",
    "speeds": "2026.1",
    "access_miles_per_hour": 15.0,
}


def roads(points: list[tuple[float, float]], edges: list[tuple[int, int, float, float]]) -> Roads:
    north, east = np.array(points).T
    start, end, minutes, miles = map(np.array, zip(*edges, strict=True))
    snaps = np.ones(len(points), dtype=bool)
    return Roads(north, east, snaps, start, end, minutes * 1.0, miles * 1.0, ABOUT)


def scattered(seed: int, count: int = 60, degree: int = 3, parts: int = 2) -> Roads:
    """Return a graph of one-way edges in parts that do not join, some with equal minutes."""
    random = np.random.default_rng(seed)
    points = np.column_stack((42 + random.random(count) / 5, -71 + random.random(count) / 5))
    start = np.repeat(np.arange(count), degree)
    end = (start + parts * random.integers(1, count // parts, len(start))) % count
    pairs, first = np.unique(np.column_stack((start, end)), axis=0, return_index=True)
    minutes = random.integers(1, 6, len(start))[first].astype(float)
    miles = random.random(len(start))[first] + 0.01
    return Roads(
        points[:, 0], points[:, 1], np.ones(count, dtype=bool),
        pairs[:, 0], pairs[:, 1], minutes, miles, ABOUT,
    )  # fmt: skip


def searched(graph: Roads, home: int) -> np.ndarray:
    """Return minutes from one node to every node, by a textbook search from the home on."""
    out: dict[int, list[tuple[int, float]]] = {}
    for a, b, minutes in zip(graph.start, graph.end, graph.minutes, strict=True):
        out.setdefault(int(a), []).append((int(b), float(minutes)))
    best = np.full(len(graph.latitude), np.inf)
    heap = [(0.0, home)]
    while heap:
        so_far, here = heapq.heappop(heap)
        if so_far >= best[here]:
            continue
        best[here] = so_far
        for to, minutes in out.get(here, ()):
            heapq.heappush(heap, (so_far + minutes, to))
    return best


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_the_k_soonest_are_those_of_a_search_from_every_home(seed: int, k: int) -> None:
    graph = scattered(seed)
    random = np.random.default_rng(1000 + seed)
    site_nodes = random.integers(-1, len(graph.latitude), 9)
    site_nodes[1] = site_nodes[0]
    legs = np.where(random.random(9) < 0.3, 0.0, random.random(9))
    found = Search(graph).soonest(site_nodes, legs, legs / 4, k)
    for home in range(len(graph.latitude)):
        minutes = np.where(site_nodes >= 0, searched(graph, home)[site_nodes] + legs, np.inf)
        wanted = np.sort(minutes)[:k]
        assert found.minutes[home] == pytest.approx(wanted, abs=1e-9)
        named = found.site[home][found.site[home] >= 0]
        assert len(named) == np.isfinite(wanted).sum() == len(set(named.tolist()))
        assert minutes[named] == pytest.approx(found.minutes[home][: len(named)], abs=1e-9)
        assert np.isinf(found.miles[home][len(named) :]).all()


def test_miles_are_those_of_the_way_that_the_minutes_are_of() -> None:
    # 0 -> 1 -> 3 is 5 minutes and 9 miles; 0 -> 2 -> 3 is 6 minutes and 2 miles.
    points = [(42.0, -71.0), (42.01, -71.0), (42.0, -71.01), (42.01, -71.01)]
    edges = [(0, 1, 2, 4), (1, 3, 3, 5), (0, 2, 3, 1), (2, 3, 3, 1), (3, 0, 1, 1)]
    found = Search(roads(points, edges)).soonest(
        np.array([3, 1]), np.array([0.5, 0.0]), np.array([0.1, 0.0]), 2
    )
    assert found.site[0].tolist() == [1, 0]
    assert found.minutes[0].tolist() == [2, 5.5]
    assert found.miles[0].tolist() == pytest.approx([4, 9.1])
    # Driving from 3 goes over 0: the other direction of no road is taken.
    assert found.minutes[3].tolist() == [0.5, 3.0]
    assert found.miles[3].tolist() == pytest.approx([0.1, 5.0])


@pytest.mark.parametrize("seed", range(4))
def test_miles_of_long_ways_add_up(seed: int) -> None:
    count = 300
    random = np.random.default_rng(seed)
    minutes, miles = random.random(count - 1) + 0.1, random.random(count - 1)
    points = [(42 + i / 10_000, -71.0) for i in range(count)]
    edges = [(i, i + 1, minutes[i], miles[i]) for i in range(count - 1)]
    found = Search(roads(points, edges)).soonest(
        np.array([count - 1, 150]), np.zeros(2), np.zeros(2), 2
    )
    assert found.miles[0] == pytest.approx([miles[:150].sum(), miles.sum()])
    assert found.minutes[0] == pytest.approx([minutes[:150].sum(), minutes.sum()])
    assert found.site[200].tolist() == [0, -1]


LINE = [(42.0 + i / 100, -71.0) for i in range(5)]
BOTH_WAYS = [
    each for i in range(4) for each in ((i, i + 1, 2.0, 0.7), (i + 1, i, 2.0, 0.7))
]  # fmt: skip


def ask(graph: Roads, homes: list[tuple[float, float]], sites: list[tuple[float, float]], k: int):  # type: ignore[no-untyped-def]
    split = [np.array([each[i] for each in some], float) for some in (homes, sites) for i in (0, 1)]
    return RoadGraph(graph).nearest(*split, k)


def test_both_ends_are_driven_to_the_road_at_the_access_speed() -> None:
    home, site = (42.0, -71.001), (42.04, -70.999)
    answer = ask(roads(LINE, BOTH_WAYS), [home], [site], 1)
    legs = great_circle_miles(*home, *LINE[0]) + great_circle_miles(*site, *LINE[4])
    assert answer.miles[0, 0] == pytest.approx(4 * 0.7 + legs)
    assert answer.minutes[0, 0] == pytest.approx(4 * 2.0 + legs * 4)
    assert (answer.index.tolist(), answer.state.tolist()) == ([[0]], [REACHED])
    assert answer.sites is not None and answer.sites.tolist() == [REACHED]


def test_a_home_at_a_sites_very_point_is_no_minutes_away() -> None:
    point, other = (42.0, -71.0005), (42.0, -71.001)
    answer = ask(roads(LINE, BOTH_WAYS), [point, other], [other, point, (42.04, -71.0)], 3)
    apart = great_circle_miles(*point, *other)
    assert answer.minutes[:, 0].tolist() == [0.0, 0.0]
    assert answer.index.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert answer.miles[:, 1] == pytest.approx([apart, apart])
    assert answer.minutes[:, 1] == pytest.approx([apart * 4, apart * 4])


@pytest.mark.parametrize(("miles", "state"), [(0.999, REACHED), (1.001, UNSNAPPED)])
def test_a_point_beyond_a_mile_from_any_road_is_unsnapped(miles: float, state: int) -> None:
    # A square whose middle is far from its corners: inside the hull, on no road.
    side = [(42.0, -71.0), (42.0, -70.9), (42.1, -70.9), (42.1, -71.0)]
    edges = [(i, (i + 1) % 4, 9.0, 6.0) for i in range(4)]
    inward = miles / SNAP_MILES / 69.0935 / np.sqrt(1 + np.cos(np.radians(42)) ** 2)
    home = (42.0 + inward, -71.0 + inward)
    assert great_circle_miles(*home, *side[0]) == pytest.approx(miles, abs=2e-4)
    answer = ask(roads(side, edges), [home, (42.05, -70.95)], [side[1]], 1)
    assert answer.state.tolist() == [state, UNSNAPPED]
    assert (answer.index[:, 0] >= 0).tolist() == [state == REACHED, False]
    assert np.isinf(answer.minutes[1, 0]) and np.isinf(answer.miles[1, 0])


def test_points_beyond_the_extract_are_outside_and_never_snap_to_its_border() -> None:
    answer = ask(
        roads(LINE, BOTH_WAYS), [(41.9975, -71.0), (42.02, -71.0)], [(43, -71), LINE[1]], 2
    )
    assert great_circle_miles(41.9975, -71.0, *LINE[0]) < SNAP_MILES
    assert answer.state.tolist() == [OUTSIDE, REACHED]
    assert answer.sites is not None and answer.sites.tolist() == [OUTSIDE, REACHED]
    assert answer.index.tolist() == [[-1, -1], [1, -1]]


def test_a_home_from_which_no_road_leads_to_a_site_is_unreachable() -> None:
    one_way = [(i, i + 1, 2.0, 0.7) for i in range(4)]
    answer = ask(roads(LINE, one_way), [LINE[0], LINE[4]], [LINE[2]], 1)
    assert answer.state.tolist() == [REACHED, UNREACHABLE]
    assert answer.minutes.tolist() == [[4.0], [np.inf]]


def test_without_sites_every_home_on_the_roads_is_unreachable() -> None:
    answer = ask(roads(LINE, BOTH_WAYS), [LINE[0], (50.0, -71.0)], [], 2)
    assert answer.state.tolist() == [UNREACHABLE, OUTSIDE]
    assert (answer.minutes.shape, answer.index.tolist()) == ((2, 2), [[-1, -1], [-1, -1]])
    assert ask(roads(LINE, BOTH_WAYS), [], [LINE[0]], 1).minutes.shape == (0, 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [1, 2, 4])
def test_whole_answers_agree_with_a_search_from_every_home(seed: int, k: int) -> None:
    graph = scattered(seed, count=40, parts=1)
    random = np.random.default_rng(seed)
    homes = np.column_stack((graph.latitude, graph.longitude))[random.integers(0, 40, 50)]
    homes[::3] += random.normal(0, 0.004, homes[::3].shape)
    sites = np.column_stack((graph.latitude, graph.longitude))[random.integers(0, 12, 15)]
    sites[::2] += random.normal(0, 0.004, sites[::2].shape)
    source = RoadGraph(graph)
    answer = source.nearest(*homes.T, *sites.T, k)
    at, to = source.snap(*homes.T), source.snap(*sites.T)
    for row, home in enumerate(homes):
        if at.state[row] != REACHED:
            assert answer.state[row] == at.state[row]
            continue
        minutes = searched(graph, at.node[row])[to.node] + at.minutes[row] + to.minutes
        straight = great_circle_miles(*home, *sites.T) * 4
        minutes = np.where(to.node == at.node[row], straight, minutes)
        minutes[to.node < 0] = np.inf
        assert answer.minutes[row] == pytest.approx(np.sort(minutes)[:k], abs=1e-9)


def test_the_note_names_roads_speeds_and_whose_they_are() -> None:
    source = RoadGraph(roads(LINE, BOTH_WAYS))
    assert (source.source, source.note) == (
        ROAD_GRAPH,
        "minutes along roads of made.osm.pbf (OpenStreetMap contributors, ODbL; read 2026-11-22) "
        "at carvein's assumed speeds 2026.1, without traffic",
    )


def test_the_same_points_are_snapped_once() -> None:
    source = RoadGraph(roads(LINE, BOTH_WAYS))
    north, east = np.array(LINE).T
    assert source.snap(north, east) is source.snap(north.copy(), east.copy())
    assert source.snap(north[:3], east[:3]) is not source.snap(north, east)


@pytest.mark.parametrize("seed", range(6))
def test_the_soonest_home_of_a_site_is_that_of_the_ways_to_it(seed: int) -> None:
    graph = RoadGraph(scattered(seed))
    random = np.random.default_rng(50 + seed)
    homes = 42 + random.random(12) / 5, -71 + random.random(12) / 5
    sites = 42 + random.random(7) / 5, -71 + random.random(7) / 5
    everywhere = graph.nearest(*homes, *sites, 7)
    minutes, miles = np.full((2, 12, 7), np.inf)
    for home in range(12):
        told = everywhere.index[home] >= 0
        minutes[home, everywhere.index[home][told]] = everywhere.minutes[home][told]
        miles[home, everywhere.index[home][told]] = everywhere.miles[home][told]
    back = graph.backwards.nearest(*sites, *homes, 1)
    assert back.minutes[:, 0] == pytest.approx(minutes.min(axis=0), abs=1e-9)
    some = np.flatnonzero(back.index[:, 0] >= 0)
    assert len(some) >= 2
    of_home = minutes[back.index[some, 0], some]
    assert back.minutes[some, 0] == pytest.approx(of_home, abs=1e-9)
