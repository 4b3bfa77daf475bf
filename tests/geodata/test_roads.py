"""Roads from extracts made here, by hand: who may drive, which way, how far, what is dropped."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import polars as pl
import pytest

from geodata.distance import great_circle_miles
from geodata.road_join import LONGEST_MILES
from geodata.road_speeds import speeds
from geodata.road_ways import closed, directions, posted
from geodata.roads import ATTRIBUTION, build, load
from geodata.travel import TravelError

Way = tuple[list[int], dict[str, str]]
# A hundredth of a degree of latitude is 0.6909 mile.
NODES = {
    1: (42.40, -71.00),
    2: (42.41, -71.00),
    3: (42.42, -71.00),
    4: (42.41, -70.99),
    5: (42.50, -70.90),
    6: (42.51, -70.90),
}
MAIN: list[Way] = [
    ([1, 2, 3], {"highway": "residential"}),
    ([2, 4], {"highway": "secondary"}),
]


def extract(path: Path, ways: list[Way], nodes: dict[int, tuple[float, float]] = NODES) -> Path:
    path.parent.mkdir(exist_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (north, east) in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(east, north), version=1))
        for number, (points, tags) in enumerate(ways, 1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=points, tags=tags, version=1))
    return path


def built(tmp_path: Path, ways: list[Way], nodes: dict[int, tuple[float, float]] = NODES) -> Any:
    made = build(extract(tmp_path / "small.osm.pbf", ways, nodes), tmp_path / "roads")
    return made, load(tmp_path / "roads")


def driven(roads: Any, start: int, end: int, nodes: Any = NODES) -> tuple[float, float]:
    """Return minutes and miles between two nodes of the extract, by a plain search."""
    at = [
        int(np.argmin(great_circle_miles(*nodes[each], roads.latitude, roads.longitude)))
        for each in (start, end)
    ]
    best = {at[0]: (0.0, 0.0)}
    left = set(range(len(roads.latitude)))
    while left & best.keys():
        here = min(left & best.keys(), key=lambda each: best[each])
        left.remove(here)
        for edge in np.flatnonzero(roads.start == here):
            to = int(roads.end[edge])
            way = (
                best[here][0] + float(roads.minutes[edge]),
                best[here][1] + float(roads.miles[edge]),
            )
            best[to] = min(best.get(to, way), way)
    return best.get(at[1], (np.inf, np.inf))


def test_length_is_that_of_the_shape_and_minutes_that_of_the_class(tmp_path: Path) -> None:
    _, roads = built(tmp_path, MAIN)
    miles = great_circle_miles(*NODES[1], *NODES[2])
    assert miles == pytest.approx(0.69093, abs=1e-5)
    minutes, driven_miles = driven(roads, 1, 2)
    assert driven_miles == pytest.approx(miles, abs=1e-6)
    assert minutes == pytest.approx(miles / 20 * 60, abs=1e-5)
    across = great_circle_miles(*NODES[2], *NODES[4])
    minutes, driven_miles = driven(roads, 3, 4)
    assert driven_miles == pytest.approx(miles + across, abs=1e-6)
    assert minutes == pytest.approx(miles / 20 * 60 + across / 30 * 60, abs=1e-5)


def test_no_edge_is_longer_than_a_quarter_mile_and_each_pair_occurs_once(tmp_path: Path) -> None:
    made, roads = built(tmp_path, [*MAIN, ([1, 2], {"highway": "primary"})])
    assert roads.miles.max() <= LONGEST_MILES + 1e-9
    pairs = list(zip(roads.start.tolist(), roads.end.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    # Of two roads side by side the quicker one is driven.
    assert driven(roads, 1, 2)[0] == pytest.approx(0.69093 / 34 * 60, abs=1e-3)
    assert made.about == roads.about


def test_a_ring_of_one_way_roads_is_driven_around(tmp_path: Path) -> None:
    ring: list[Way] = [([1, 2, 4, 1], {"highway": "residential", "oneway": "yes"})]
    _, roads = built(tmp_path, ring)
    a, b, c = (
        great_circle_miles(*NODES[x], *NODES[y]) for x, y in ((1, 2), (2, 4), (4, 1))
    )  # fmt: skip
    assert driven(roads, 1, 2)[1] == pytest.approx(a, abs=1e-6)
    assert driven(roads, 2, 1)[1] == pytest.approx(b + c, abs=1e-6)
    _, back = built(tmp_path / "back", [([1, 2, 4, 1], {"highway": "residential", "oneway": "-1"})])
    assert driven(back, 2, 1)[1] == pytest.approx(a, abs=1e-6)


def test_a_dead_end_of_one_way_is_dropped_and_counted(tmp_path: Path) -> None:
    made, roads = built(tmp_path, [*MAIN, ([3, 5], {"highway": "residential", "oneway": "yes"})])
    assert roads.latitude.max() == pytest.approx(42.42)
    counts = made.about["counts"]
    assert (counts["islands"], counts["roads"], counts["dropped_miles"] > 5) == (0, 3, True)


def test_a_small_part_is_dropped_and_an_island_kept(tmp_path: Path) -> None:
    small, _ = built(tmp_path / "a", [*MAIN, ([5, 6], {"highway": "residential"})])
    assert (small.about["counts"]["islands"], small.about["counts"]["dropped_parts"]) == (0, 1)
    # 0.2 degree of latitude, both directions: 27.6 miles.
    nodes = NODES | {6: (42.70, -70.90), 3: (42.90, -71.00)}
    large, roads = built(tmp_path / "b", [*MAIN, ([5, 6], {"highway": "residential"})], nodes)
    assert (large.about["counts"]["islands"], large.about["counts"]["dropped_parts"]) == (1, 0)
    assert driven(roads, 5, 6, nodes)[1] == pytest.approx(13.8186, abs=1e-3)
    assert driven(roads, 1, 5, nodes)[0] == np.inf


@pytest.mark.parametrize(
    ("tags", "shut"),
    [
        ({}, False),
        ({"access": "private"}, True),
        ({"access": "no"}, True),
        ({"access": "permissive"}, False),
        ({"access": "destination"}, False),
        ({"access": "no", "motor_vehicle": "yes"}, False),
        ({"access": "yes", "motor_vehicle": "no"}, True),
        ({"motor_vehicle": "no", "motorcar": "yes"}, False),
        ({"access": "hov"}, True),
    ],
)
def test_the_most_particular_word_says_who_may_drive(tags: dict[str, str], shut: bool) -> None:
    assert closed(tags) is shut


@pytest.mark.parametrize(
    ("tags", "kind", "ways"),
    [
        ({}, "residential", (True, True)),
        ({"oneway": "yes"}, "residential", (True, False)),
        ({"oneway": "-1"}, "residential", (False, True)),
        ({"oneway": "no"}, "motorway", (True, True)),
        ({}, "motorway", (True, False)),
        ({"junction": "roundabout"}, "tertiary", (True, False)),
        ({"junction": "roundabout", "oneway": "no"}, "tertiary", (True, True)),
        ({"oneway": "reversible"}, "primary", (True, True)),
    ],
)
def test_which_way_a_road_may_be_driven(
    tags: dict[str, str], kind: str, ways: tuple[bool, bool]
) -> None:
    assert directions(tags, kind) == ways


@pytest.mark.parametrize(
    ("told", "mph"),
    [
        ("25 mph", 25.0),
        ("50", 50 / 1.609344),
        ("50 km/h", 50 / 1.609344),
        (None, None),
        ("none", None),
        ("0", None),
        ("walk", None),
        ("30;40", None),
        ("-5 mph", None),
        ("9" * 400, None),
    ],
)
def test_a_posted_limit_is_a_number_or_nothing(told: str | None, mph: float | None) -> None:
    assert posted(told) == (None if mph is None else pytest.approx(mph))


def test_a_posted_limit_lowers_a_speed_and_never_raises_it(tmp_path: Path) -> None:
    slow: list[Way] = [([1, 2], {"highway": "secondary", "maxspeed": "15 mph"})]
    fast: list[Way] = [([1, 2], {"highway": "secondary", "maxspeed": "70 mph"})]
    miles = great_circle_miles(*NODES[1], *NODES[2])
    for name, ways, mph in (("slow", slow, 15), ("fast", fast, 30)):
        _, roads = built(tmp_path / name, ways)
        assert driven(roads, 1, 2)[0] == pytest.approx(miles / mph * 60, abs=1e-5)


def test_what_is_not_driven_on_is_counted(tmp_path: Path) -> None:
    made, _ = built(
        tmp_path,
        [
            *MAIN,
            ([1, 3], {"highway": "footway"}),
            ([1, 3], {"highway": "service", "service": "driveway"}),
            ([1, 3], {"highway": "residential", "access": "private"}),
            ([1, 3], {"route": "ferry"}),
            ([1, 99, 3], {"highway": "residential"}),
        ],
    )
    counts = made.about["counts"]
    names = ("ways", "roads", "closed", "not_driven", "ferries", "points_without_place")
    assert {name: counts[name] for name in names} == {
        "ways": 7,
        "roads": 3,
        "closed": 1,
        "not_driven": 2,
        "ferries": 1,
        "points_without_place": 1,
    }


def test_nobody_snaps_to_a_motorway(tmp_path: Path) -> None:
    ways: list[Way] = [*MAIN, ([1, 4], {"highway": "motorway", "oneway": "no"})]
    _, roads = built(tmp_path, ways)
    inner = great_circle_miles(42.405, -70.995, roads.latitude, roads.longitude).argmin()
    assert not roads.snaps[inner]
    assert roads.snaps[great_circle_miles(*NODES[4], roads.latitude, roads.longitude).argmin()]


def test_about_says_where_the_roads_come_from(tmp_path: Path) -> None:
    build(extract(tmp_path / "small.osm.pbf", MAIN), tmp_path / "roads")
    about = json.loads((tmp_path / "roads" / "about.json").read_text("utf-8"))
    assert about["attribution"] == ATTRIBUTION
    assert (about["file"], about["speeds"]) == ("small.osm.pbf", speeds().version)
    assert len(about["sha256"]) == 64
    assert about["bounding_box"] == pytest.approx(
        {"south": 42.40, "west": -71.0, "north": 42.42, "east": -70.99}
    )


def test_a_stretch_over_the_antimeridian_is_short(tmp_path: Path) -> None:
    nodes = {1: (51.9, 179.995), 2: (51.9, -179.995)}
    _, roads = built(tmp_path, [([1, 2], {"highway": "residential"})], nodes)
    assert roads.miles.sum() / 2 == pytest.approx(great_circle_miles(*nodes[1], *nodes[2]), 1e-6)
    assert (np.abs(roads.longitude) > 179.9).all()


def test_faults_of_an_extract_are_one_line(tmp_path: Path) -> None:
    sound = extract(tmp_path / "sound.osm.pbf", MAIN).read_bytes()
    damaged = tmp_path / "damaged.osm.pbf"
    for held, told in (
        (b"", "not an OpenStreetMap extract in PBF form"),
        (b"garbage" * 100, "not an OpenStreetMap extract in PBF form"),
        (sound[:-7], "not an OpenStreetMap extract in PBF form"),
    ):
        damaged.write_bytes(held)
        with pytest.raises(TravelError) as refused:
            build(damaged, tmp_path / "roads")
        assert str(refused.value).startswith(f"{damaged}: {told}")
        assert "\n" not in str(refused.value)
    walk = extract(tmp_path / "walk.osm.pbf", [([1, 2], {"highway": "footway"})])
    with pytest.raises(TravelError) as refused:
        build(walk, tmp_path / "roads")
    assert str(refused.value) == (
        f"{walk}: no road that the public may drive on; wanted an extract with roads"
    )
    with pytest.raises(TravelError) as refused:
        build(tmp_path / "nosuch.osm.pbf", tmp_path / "roads")
    missing = tmp_path / "nosuch.osm.pbf"
    assert str(refused.value) == f"{missing}: cannot be read: No such file or directory"
    assert not (tmp_path / "roads").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "roads").mkdir()
    (tmp_path / "roads" / "mine.txt").write_text("kept")
    with pytest.raises(TravelError, match="already there; wanted a new or an empty folder"):
        build(extract(tmp_path / "small.osm.pbf", MAIN), tmp_path / "roads")
    assert (tmp_path / "roads" / "mine.txt").read_text() == "kept"


def test_damaged_roads_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "roads"
    build(extract(tmp_path / "small.osm.pbf", MAIN), folder)
    edges = pl.read_parquet(folder / "edges.parquet")
    about = (folder / "about.json").read_text("utf-8")
    for change, told in (
        (pl.lit(-1.0).alias("minutes"), "minutes that are not above 0"),
        (pl.lit(float("nan")).alias("miles"), "miles that are not above 0"),
        (pl.lit(10_000, dtype=pl.Int32).alias("end"), "an edge without a node"),
    ):
        edges.with_columns(change).write_parquet(folder / "edges.parquet")
        with pytest.raises(TravelError) as refused:
            load(folder)
        assert str(refused.value) == f"{folder}: {told}; build the roads again"
    edges.drop("miles").write_parquet(folder / "edges.parquet")
    with pytest.raises(TravelError, match="wanted the columns start, end, minutes, miles"):
        load(folder)
    (folder / "edges.parquet").write_bytes(b"PAR1")
    with pytest.raises(TravelError, match=r"edges\.parquet: cannot be read; build the roads again"):
        load(folder)
    for held in ("[", "[]", '{"format": 9}', about.replace("15.0", '"fast"')):
        (folder / "about.json").write_text(held)
        with pytest.raises(TravelError, match="build the roads again"):
            load(folder)
    with pytest.raises(TravelError, match="make them with carvein roads build"):
        load(tmp_path)
