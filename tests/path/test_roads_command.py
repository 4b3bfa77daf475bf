"""`carvein roads`, and the options that say where minutes come from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import osmium
import pytest
import typer

from monitor.cli_travel import source_of_minutes

ATTRIBUTION = (
    "© OpenStreetMap contributors, Open Database License (ODbL) 1.0, "
    "https://www.openstreetmap.org/copyright"
)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "small.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(1, 4):
            place = (-71.0, 42.4 + number / 1000)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place, version=1))
        road = {"highway": "residential"}
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2, 3], tags=road, version=1))
    return path


def test_roads_are_built_and_shown(carvein: Callable[..., Any], extract: Path) -> None:
    ran = carvein("roads", "build", extract, "--to", "roads")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "roads: 2 nodes and 2 edges, 0 miles of road (each direction counted), speeds 2026.1",
        "Dropped: parts that do not lead to and from the rest: 0 (nodes: 0, miles: 0); ways closed "
        "to the public: 0; ferries, which are not taken: 0",
        ATTRIBUTION,
    ]
    shown = carvein("roads", "show", "roads", "--format", "json")
    about = json.loads(shown.out)
    assert (shown.code, about["file"], about["attribution"]) == (0, "small.osm.pbf", ATTRIBUTION)
    assert f"attribution            {ATTRIBUTION}" in carvein("roads", "show", "roads").out


def test_faults_are_one_line_and_exit_code_2(carvein: Callable[..., Any], extract: Path) -> None:
    extract.with_name("bad.osm.pbf").write_bytes(b"\x00\x00\x00\x0dnonsense")
    for arguments, told in (
        (("build", "bad.osm.pbf", "--to", "a"), "bad.osm.pbf: not an OpenStreetMap extract in PBF"),
        (("build", "nosuch.pbf", "--to", "a"), "nosuch.pbf: cannot be read: No such file or dir"),
        (("build", extract, "--to", "."), ".: already there; wanted a new or an empty folder"),
        (("show", "."), ".: no roads here (no about.json); make them with carvein roads build"),
    ):
        ran = carvein("roads", *arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
        assert ran.err.startswith(f"carvein: {told}")


def test_the_options_name_one_source(
    carvein: Callable[..., Any], extract: Path, tmp_path: Path
) -> None:
    carvein("roads", "build", extract, "--to", "roads")
    matrix = tmp_path / "minutes.csv"
    matrix.write_text("origin,destination,minutes\n")
    assert source_of_minutes(None, None, "", False) is None
    sources = (
        source_of_minutes(tmp_path / "roads", None, "", False),
        source_of_minutes(None, matrix, "", False),
        source_of_minutes(None, None, "http://127.0.0.1:8002", False),
        source_of_minutes(None, None, "https://example.org", True),
    )
    assert [each.source for each in sources if each] == [
        "road graph",
        "matrix",
        "routing engine",
        "routing engine",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("a", "b", "", False), "--roads and --matrix: wanted one source of minutes"),
        (("a", "b", "c", True), "--roads and --matrix and --routing: wanted one source of minutes"),
        (
            (None, None, "", True),
            "--send-points goes with --routing: nothing else sends points anywhere",
        ),
        (
            ("nosuch", None, "", False),
            "nosuch: no roads here (no about.json); make them with carvein roads build",
        ),
        ((None, "nosuch.csv", "", False), "nosuch.csv: no such file"),
        (
            (None, None, "http://example.org", False),
            "example.org is not this machine: the points where members live (rounded to a grid of "
            "0.01 degree, without ids) would be sent there; say --send-points if they may be",
        ),
    ],
)
def test_what_the_options_cannot_be_is_one_line(
    given: tuple[Any, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    roads, matrix, routing, send = given
    with pytest.raises(typer.Exit) as left:
        source_of_minutes(
            Path(roads) if roads else None, Path(matrix) if matrix else None, routing, send
        )
    assert (left.value.exit_code, capsys.readouterr().err) == (2, f"carvein: {told}\n")
