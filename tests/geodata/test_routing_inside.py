"""A routing engine inside carvein: a stand-in for pyvalhalla answers as 3.9.1 was seen to."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from geodata.routing_inside import open_engine
from geodata.travel import REACHED, ROUTING_ENGINE, UNSNAPPED, TravelError


class ValhallaError(RuntimeError):
    """Carries Valhalla's error code, as pyvalhalla's own does."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Actor:
    """Takes the path of a configuration, and JSON as text."""

    def __init__(self, config: str) -> None:
        if "mjolnir" not in json.loads(Path(config).read_text()):
            raise AttributeError("Valhalla config JSON is not valid: mjolnir is missing.")

    def matrix(self, asked: str) -> str:
        request: dict[str, Any] = json.loads(asked)
        if any(each["lat"] < 0 for each in request["sources"]):
            raise ValhallaError("No suitable edges near location", 171)
        cell = {"time": 90, "distance": request["sources"][0]["lat"] / 10}
        sources, targets = request["sources"], request["targets"]
        rows = [[cell] * len(targets)] * len(sources)
        return json.dumps({"sources_to_targets": rows, "sources": sources, "targets": targets})


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(sys.modules, "valhalla", SimpleNamespace(Actor=Actor))
    path = tmp_path / "valhalla.json"
    path.write_text('{"mjolnir": {}}')
    return path


def test_points_are_exact_for_they_go_nowhere(config: Path) -> None:
    engine = open_engine(config)
    homes = np.array([42.12345, -1.0]), np.array([-71.0, -71.0])
    answer = engine.nearest(*homes, np.array([42.2]), np.array([-71.0]), k=1)
    assert answer.minutes[0, 0] == 1.5
    assert answer.miles[0, 0] == pytest.approx(4.212345)
    # The other home is too far from any site to be asked for.
    assert answer.index.tolist() == [[0], [-1]]
    near = engine.nearest(np.array([-1.0]), np.array([-71.0]), *homes, k=1)
    assert (near.state.tolist(), answer.state.tolist()[0]) == ([UNSNAPPED], REACHED)
    assert (engine.source, engine.note) == (
        ROUTING_ENGINE,
        "minutes by the routing engine of valhalla.json, which runs inside carvein: no point left "
        "this machine; quickest of the 10 places nearest in a straight line",
    )


def test_what_cannot_be_opened_is_one_line(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("{}")
    with pytest.raises(TravelError) as refused:
        open_engine(config)
    assert str(refused.value) == (
        f"{config}: Valhalla cannot use it: Valhalla config JSON is not valid: mjolnir is missing."
    )
    config.write_text("no json")
    with pytest.raises(TravelError) as refused:
        open_engine(config)
    assert str(refused.value) == (
        f"{config}: wanted a routing server's address (http://...) or Valhalla's own "
        "configuration file (valhalla.json)"
    )
    config.write_text("{}")
    monkeypatch.setitem(sys.modules, "valhalla", None)
    with pytest.raises(TravelError) as refused:
        open_engine(config)
    assert str(refused.value) == (
        f"{config}: routing inside carvein needs the package pyvalhalla, or give the address of a "
        "Valhalla server"
    )
