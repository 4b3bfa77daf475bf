"""The options that say where minutes come from, as one source of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.screen import fail

if TYPE_CHECKING:
    from geodata.travel import Source

RoadsOption = Annotated[
    Path | None, typer.Option("--roads", help="minutes along roads: folder of carvein roads build")
]
MatrixOption = Annotated[
    Path | None,
    typer.Option(
        "--matrix", help="minutes from a file: origin, destination, minutes, miles (CSV, Parquet)"
    ),
]
RoutingOption = Annotated[
    str,
    typer.Option(
        "--routing",
        help="minutes from a Valhalla server on this machine, e.g. http://127.0.0.1:8002",
    ),
]
SendPointsOption = Annotated[
    bool,
    typer.Option(
        "--send-points",
        help="with --routing: the server may be another machine; points where members live are "
        "sent there, rounded to 0.01 degree, without ids",
    ),
]


def source_of_minutes(
    roads: Path | None, matrix: Path | None, routing: str, send_points: bool
) -> Source | None:
    """Return the source of minutes that the options name, None where they name none (estimated).

    Leaves with exit code 2 and one line when more than one is named, or the one cannot be used.
    """
    named = [
        option
        for option, given in (("--roads", roads), ("--matrix", matrix), ("--routing", routing))
        if given
    ]
    if len(named) > 1:
        fail(f"{' and '.join(named)}: wanted one source of minutes")
    if send_points and not routing:
        fail("--send-points goes with --routing: nothing else sends points anywhere")
    if not named:
        return None
    from geodata.travel import TravelError

    try:
        if roads:
            from geodata.road_graph import open_roads

            return open_roads(roads)
        if matrix:
            from geodata.matrix import read_matrix

            return read_matrix(matrix)
        if "://" not in routing and Path(routing).is_file():
            from geodata.routing_inside import open_engine

            return open_engine(Path(routing))
        from geodata.routing import open_server

        return open_server(routing, send_points)
    except TravelError as fault:
        fail(str(fault))
