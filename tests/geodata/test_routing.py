"""A routing engine: what is sent, where to, and what becomes of answers of every kind.

The server is one of the test's own on this machine; the first answer is a real one, stored.
"""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata import routing, routing_http
from geodata.distance import great_circle_miles
from geodata.routing import RoutingEngine, open_server
from geodata.routing_http import asker, check_server, is_loopback
from geodata.travel import REACHED, ROUTING_ENGINE, UNREACHABLE, UNSNAPPED, TravelError

Answer = tuple[int, bytes, dict[str, str]]


class Server:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.answer: Callable[[dict[str, Any]], Answer] = straight
        kept = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.paths.append(self.path)
                kept.asked.append(json.loads(body))
                code, told, headers = kept.answer(kept.asked[-1])
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, format: str, *args: object) -> None:
                """Stay silent."""

        self.http = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def engine(self) -> RoutingEngine:
        return RoutingEngine(asker(check_server(self.url, False), (0.0, 0.0), 5.0), "at test")


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.thread.join()
    made.http.server_close()


def matrix(request: dict[str, Any], minutes: Callable[..., float | None]) -> dict[str, Any]:
    def cell(a: dict[str, float], b: dict[str, float]) -> dict[str, Any]:
        time = minutes(a, b)
        miles = None if time is None else time / 2
        return {"time": None if time is None else round(time * 60), "distance": miles}

    sources, targets = request["sources"], request["targets"]
    told = [[cell(a, b) for b in targets] for a in sources]
    return {"sources_to_targets": told, "sources": sources, "targets": targets, "units": "miles"}


def crow(a: dict[str, float], b: dict[str, float]) -> float:
    return 2 * great_circle_miles(a["lat"], a["lon"], b["lat"], b["lon"])


def straight(request: dict[str, Any]) -> Answer:
    return 200, json.dumps(matrix(request, crow)).encode(), {}


def points(*each: tuple[float, float]) -> list[np.ndarray]:
    return list(np.array(each, dtype=float).reshape(-1, 2).T)


HOMES = points((42.4060, -71.0560), (42.40601, -71.05601), (42.3917, -71.0328))
SITES = points((42.4251, -71.0662), (42.3876, -71.0995))


@pytest.mark.shared
def test_the_stored_answer_of_a_real_server_is_read(shared: Path, server: Server) -> None:
    folder = shared / "data" / "osm"
    asked = json.loads((folder / "valhalla_matrix_request.json").read_text())
    told = json.loads((folder / "valhalla_matrix_response_3.9.1.json").read_text())
    ends = [points(*((p["lat"], p["lon"]) for p in asked[name])) for name in ("sources", "targets")]
    engine = RoutingEngine(lambda request: _in_the_order_of(request, asked, told), "x", 1e-5)
    answer = engine.nearest(*ends[0], *ends[1], 3)
    assert answer.index.tolist() == [[0, 2, 1], [2, 0, 1], [2, 0, 1]]
    seconds = [[223, 345, 411], [339, 524, 656], [423, 475, 600]]
    assert (answer.minutes * 60).round(6).tolist() == seconds
    assert answer.miles[0].tolist() == [1.903, 3.177, 3.681]
    assert answer.state.tolist() == [REACHED] * 3


def _in_the_order_of(request: Any, asked: Any, told: Any) -> Any:
    """Return the stored answer for points that were asked in another order."""
    rows = [asked["sources"].index(each) for each in request["sources"]]
    columns = [asked["targets"].index(each) for each in request["targets"]]
    return {
        "sources_to_targets": [
            [told["sources_to_targets"][i][j] for j in columns] for i in rows
        ],
        "sources": [told["sources"][i] for i in rows],
        "targets": [told["targets"][j] for j in columns],
    }  # fmt: skip


def test_only_points_of_the_grid_are_sent_each_once_and_without_ids(server: Server) -> None:
    answer = server.engine().nearest(*HOMES, *SITES, 2)
    assert server.paths == ["/sources_to_targets"]
    assert server.asked == [
        {
            "sources": [{"lat": 42.39, "lon": -71.03}, {"lat": 42.41, "lon": -71.06}],
            "targets": [{"lat": 42.39, "lon": -71.1}, {"lat": 42.43, "lon": -71.07}],
            "costing": "auto",
            "units": "miles",
            "verbose": True,
        }
    ]
    assert answer.index.tolist() == [[0, 1], [0, 1], [0, 1]]
    assert answer.minutes[0].tolist() == answer.minutes[1].tolist()
    assert answer.state.tolist() == [REACHED] * 3
    assert server.engine().source == ROUTING_ENGINE
    assert server.engine().note == (
        "minutes by the routing engine at test, to which points were sent rounded to 0.01 degree, "
        "without ids; quickest of the 10 places nearest in a straight line"
    )


def test_null_is_unreachable_and_zero_is_zero(server: Server) -> None:
    far = -71.03

    def told(a: dict[str, float], b: dict[str, float]) -> float | None:
        return None if a["lon"] == far else 0.0

    server.answer = lambda request: (200, json.dumps(matrix(request, told)).encode(), {})
    answer = server.engine().nearest(*HOMES, *SITES, 1)
    assert answer.minutes.tolist() == [[0], [0], [np.inf]]
    assert answer.state.tolist() == [REACHED, REACHED, UNREACHABLE]


def test_only_the_sites_nearest_by_great_circle_are_asked_for(server: Server) -> None:
    sites = points(*((42.0 + i / 50, -71.0) for i in range(30)), (10.0, -60.0))
    home = points((42.0, -71.0), (41.7, -71.0))
    answer = server.engine().nearest(*home, *sites, 1)
    (asked,) = server.asked
    assert [each["lat"] for each in asked["targets"]] == [
        round(42 + i / 50, 2) for i in range(routing.CANDIDATES)
    ]
    assert answer.state.tolist() == [REACHED, REACHED]
    nothing = server.engine().nearest(*home, *points((10.0, -60.0)), 1)
    assert (nothing.state.tolist(), len(server.asked)) == ([UNREACHABLE] * 2, 1)


def test_requests_are_no_larger_than_the_server_takes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(3)
    homes = points(*zip(42 + random.random(60), -71 - random.random(60), strict=True))
    sites = points(*zip(42 + random.random(40), -71 - random.random(40), strict=True))
    whole = server.engine().nearest(*homes, *sites, 3)
    monkeypatch.setattr(routing, "PAIRS", 50)
    before = len(server.asked)
    small = server.engine().nearest(*homes, *sites, 3)
    sizes = [len(each["sources"]) * len(each["targets"]) for each in server.asked[before:]]
    assert max(sizes) <= 50 < sum(sizes)
    assert small.index.tolist() == whole.index.tolist()
    # The minutes are those of a plain search over all sites: here the nearest are the quickest.
    grid = [np.rint(each / 0.01) * 0.01 for each in (*homes, *sites)]
    apart = great_circle_miles(grid[0][:, None], grid[1][:, None], grid[2], grid[3])
    assert small.minutes == pytest.approx(np.sort(apart, axis=1)[:, :3] * 2, abs=1 / 60)


def test_points_without_a_road_are_found_by_halves(server: Server) -> None:
    def told(request: dict[str, Any]) -> Answer:
        every = [*request["sources"], *request["targets"]]
        if any(each["lat"] in (42.2, 42.5) for each in every):
            error = {"error_code": 171, "error": "No suitable edges near location"}
            return 400, json.dumps(error).encode(), {}
        return straight(request)

    server.answer = told
    homes = points((42.1, -71), (42.2, -71), (42.3, -71), (42.4, -71))
    answer = server.engine().nearest(*homes, *points((42.5, -71), (42.6, -71)), 1)
    assert answer.state.tolist() == [REACHED, UNSNAPPED, REACHED, REACHED]
    assert answer.index.tolist() == [[1], [-1], [1], [1]]
    assert answer.sites is not None and answer.sites.tolist() == [UNSNAPPED, REACHED]


def test_a_point_that_the_server_moves_far_is_unsnapped(server: Server) -> None:
    def told(request: dict[str, Any]) -> Answer:
        answer = matrix(request, crow)
        moved = {42.41: 0.021, 42.39: 0.022}
        answer["sources"] = [
            {"lat": each["lat"] + moved[each["lat"]], "lon": each["lon"]}
            for each in answer["sources"]
        ]
        return 200, json.dumps(answer).encode(), {}

    server.answer = told
    answer = server.engine().nearest(*HOMES, *SITES, 1)
    assert 0.021 * 69.09 < routing.SNAP_MILES < 0.022 * 69.09
    assert answer.state.tolist() == [REACHED, REACHED, UNSNAPPED]
    assert answer.index.tolist() == [[0], [0], [-1]]


def test_a_busy_server_is_asked_again_and_a_dead_one_given_up(server: Server) -> None:
    codes = iter((503, 429, 200))

    def told(request: dict[str, Any]) -> Answer:
        code = next(codes)
        return (*((code, b"", {}) if code != 200 else straight(request)),)

    server.answer = told
    assert server.engine().nearest(*HOMES, *SITES, 1).state.tolist() == [REACHED] * 3
    assert len(server.asked) == 3
    server.answer = lambda request: (502, b"", {})
    with pytest.raises(TravelError) as refused:
        server.engine().nearest(*HOMES, *SITES, 1)
    host = server.url.removeprefix("http://")
    assert str(refused.value) == f"{host}: no answer after 3 tries: HTTP 502"
    nobody = asker("http://127.0.0.1:9/sources_to_targets", (0.0,), 1.0)
    with pytest.raises(TravelError, match=r"^127\.0\.0\.1:9: no answer after 2 tries: .*refused"):
        nobody({})


def test_a_redirect_is_not_followed_and_a_proxy_not_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Server()
    try:
        host = server.url.removeprefix("http://")
        for code in (301, 302, 303, 307, 308):
            where = {"Location": f"{other.url}/sources_to_targets"}
            server.answer = lambda request, code=code, where=where: (code, b"", where)
            with pytest.raises(TravelError) as refused:
                server.engine().nearest(*HOMES, *SITES, 1)
            assert str(refused.value) == (
                f"{host}: answers with a redirect ({code}), which is not followed"
            )
        monkeypatch.setenv("http_proxy", other.url)
        server.answer = straight
        server.engine().nearest(*HOMES, *SITES, 1)
        assert other.asked == []
    finally:
        other.http.shutdown()
        other.thread.join()
        other.http.server_close()


def cells(*rows: list[dict[str, Any]]) -> bytes:
    two = [{"lat": 42.39, "lon": -71.03}, {"lat": 42.41, "lon": -71.06}]
    to = [{"lat": 42.39, "lon": -71.1}, {"lat": 42.43, "lon": -71.07}]
    return json.dumps({"sources_to_targets": rows, "sources": two, "targets": to}).encode()


GOOD = {"time": 60, "distance": 1.5}
NO_MATRIX = "at test: the answer is not a matrix of 2 by 2; is this a Valhalla server?"


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (b"<html>", "{host}: the answer is not JSON; is this a Valhalla server?"),
        (b"[" * 100_000, "{host}: the answer is not JSON; is this a Valhalla server?"),
        (b"\xff\xfe", "{host}: the answer is not JSON; is this a Valhalla server?"),
        (b"NaN", "{host}: the answer is not JSON; is this a Valhalla server?"),
        (b"null", NO_MATRIX),
        (b"{}", NO_MATRIX),
        (cells([GOOD, GOOD]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, {}]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, {"time": -1, "distance": 1}]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, {"time": "9", "distance": 1}]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, {"time": 9, "distance": None}]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, {"time": 10**400, "distance": 1}]), NO_MATRIX),
        (cells([GOOD, GOOD], [GOOD, GOOD]).replace(b"42.43", b"94.43"), NO_MATRIX),
    ],
)
def test_a_hostile_answer_is_one_line(server: Server, told: bytes, message: str) -> None:
    server.answer = lambda request: (200, told, {})
    with pytest.raises(TravelError) as refused:
        server.engine().nearest(*HOMES, *SITES, 1)
    assert str(refused.value) == message.format(host=server.url.removeprefix("http://"))


def test_an_answer_without_end_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_http, "LARGEST", 100)
    server.answer = lambda request: (200, b" " * 101, {})
    with pytest.raises(TravelError, match="an answer of more than 100 bytes; it was not read"):
        server.engine().nearest(*HOMES, *SITES, 1)


def test_a_refusal_is_told_in_the_servers_words(server: Server) -> None:
    error = {"error_code": 154, "error": "Path distance exceeds the max distance limit"}
    server.answer = lambda request: (400, json.dumps(error).encode(), {})
    with pytest.raises(TravelError) as refused:
        server.engine().nearest(*HOMES, *SITES, 1)
    assert str(refused.value) == ("at test: HTTP 400 Path distance exceeds the max distance limit")


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("2130706433", False),
    ],
)
def test_what_this_machine_is_called(host: str, own: bool) -> None:
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8002",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://user:word@127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1/?a=1",
        "http://127.0.0.1/#a",
        "http://[::1",
    ],
)
def test_what_is_no_servers_address(url: str) -> None:
    with pytest.raises(TravelError) as refused:
        check_server(url, True)
    assert str(refused.value) == (
        f"{url}: not a routing server; wanted an address as http://127.0.0.1:8002, "
        "without user name, query or fragment"
    )


def test_another_machine_is_asked_only_where_the_user_says_so() -> None:
    with pytest.raises(TravelError) as refused:
        open_server("https://routing.example.org", False)
    assert str(refused.value) == (
        "routing.example.org is not this machine: the points where members live (rounded to a "
        "grid of 0.01 degree, without ids) would be sent there; say --send-points if they may be"
    )
    assert open_server("https://routing.example.org", True).note.startswith(
        "minutes by the routing engine at routing.example.org, to which points were sent rounded"
    )
    assert check_server("http://localhost:8002/", False) == (
        "http://localhost:8002/sources_to_targets"
    )
    with pytest.raises(TravelError, match="holds characters that an address has not"):
        check_server("http://127.0.0.1/a b", False)
