"""Road-graph minutes against those that a Valhalla 3.9.1 server gave for north Boston, stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from geodata.road_graph import RoadGraph
from geodata.roads import build, load
from geodata.travel import OUTSIDE, REACHED

EXTRACT = "boston_north_ma_chelsea_everett_malden.osm.pbf"


@pytest.fixture(scope="module")
def boston(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoadGraph]:
    folder = tmp_path_factory.mktemp("roads") / "boston"
    build(shared / "data" / "osm" / EXTRACT, folder)
    yield RoadGraph(load(folder))


def stored(shared: Path, name: str) -> Any:
    return json.loads((shared / "data" / "osm" / name).read_text("utf-8"))


def compare(shared: Path, boston: RoadGraph) -> tuple[np.ndarray, ...]:
    """Return our minutes, Valhalla's, our miles and Valhalla's, homes by sites."""
    asked = stored(shared, "valhalla_matrix_request.json")
    told = stored(shared, "valhalla_matrix_response_3.9.1.json")["sources_to_targets"]
    ends = [
        np.array([each[axis] for each in asked[name]])
        for name in ("sources", "targets")
        for axis in ("lat", "lon")
    ]
    answer = boston.nearest(*ends, k=3)
    assert answer.state.tolist() == [REACHED] * 3
    order = np.argsort(answer.index, axis=1)
    return (
        np.take_along_axis(answer.minutes, order, axis=1),
        np.array([[cell["time"] / 60 for cell in row] for row in told]),
        np.take_along_axis(answer.miles, order, axis=1),
        np.array([[cell["distance"] for cell in row] for row in told]),
    )


@pytest.mark.shared
def test_minutes_rank_sites_as_valhallas_do(shared: Path, boston: RoadGraph) -> None:
    ours, theirs, _, _ = compare(shared, boston)
    assert ours.argsort(axis=1).tolist() == theirs.argsort(axis=1).tolist()
    # Spearman's rank correlation over all nine pairs.
    assert spearmanr(ours.ravel(), theirs.ravel()).statistic == pytest.approx(0.95, abs=0.001)


@pytest.mark.shared
def test_minutes_and_miles_are_of_valhallas_size(shared: Path, boston: RoadGraph) -> None:
    ours, theirs, miles, their_miles = compare(shared, boston)
    median = np.median(ours / theirs)
    assert 0.8 <= median <= 1.25
    assert median == pytest.approx(0.899, abs=0.001)
    assert np.median(miles / their_miles) == pytest.approx(0.954, abs=0.001)


@pytest.mark.shared
def test_a_point_off_the_extract_is_outside_and_not_at_its_border(boston: RoadGraph) -> None:
    box = boston.roads.about["bounding_box"]
    north = np.array([box["north"] + 0.005, box["south"] - 0.005, 42.40])
    east = np.array([-71.05, -71.05, box["west"] - 0.005])
    here = np.array([42.40]), np.array([-71.05])
    assert boston.nearest(north, east, *here, k=1).state.tolist() == [OUTSIDE] * 3


@pytest.mark.shared
def test_the_extract_is_told_as_it_was_read(boston: RoadGraph) -> None:
    about = boston.roads.about
    assert about["sha256"] == "933f2a96edb90127a5e04c5a42c4401b29dacdfbf16f41fbd9e3d58c72e14ac6"
    counts = about["counts"]
    assert {
        name: counts[name] for name in ("ways", "roads", "closed", "not_driven", "islands")
    } == {
        "ways": 6463,
        "roads": 4379,
        "closed": 88,
        "not_driven": 1996,
        "islands": 0,
    }
    assert counts["nodes"] == len(boston.roads.latitude)
    assert counts["edges"] == len(boston.roads.start)
