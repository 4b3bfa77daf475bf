"""`carvein roads`: roads of an OpenStreetMap extract, made ready for minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.screen import Format, fail, print_fields, print_json, progress, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

roads = typer.Typer(
    no_args_is_help=True, help="Roads to measure minutes along: build from an extract, show."
)


@roads.command("build")
def build_roads(
    file: Annotated[Path, typer.Argument(help="OpenStreetMap extract (.osm.pbf)")],
    to: Annotated[Path, typer.Option("--to", help="new folder to write")],
) -> None:
    """Build a road graph from an extract, for --roads of review, validate and adequacy.

    Nothing is fetched: download an extract that reaches beyond the state's border first.
    """
    from geodata.roads import build
    from geodata.travel import TravelError

    try:
        with progress("Building roads") as step:
            made = build(file, to, step)
    except TravelError as fault:
        fail(str(fault))
    counts = made.about["counts"]
    say(
        f"{to}: {counts['nodes']:,} nodes and {counts['edges']:,} edges, "
        f"{counts['miles']:,.0f} miles of road (each direction counted), "
        f"speeds {made.about['speeds']}"
    )
    say(
        f"Dropped: parts that do not lead to and from the rest: {counts['dropped_parts']:,} "
        f"(nodes: {counts['dropped_nodes']:,}, miles: {counts['dropped_miles']:,.0f}); "
        f"ways closed to the public: {counts['closed']:,}; ferries, which are not taken: "
        f"{counts['ferries']:,}"
    )
    say(str(made.about["attribution"]))


@roads.command("show")
def show_roads(
    folder: Annotated[Path, typer.Argument(help="folder that roads build has written")],
    format: Annotated[Format, typer.Option("--format", help="text, or json for machines")] = (
        Format.TEXT
    ),
) -> None:
    """Show where a folder's roads come from, what was kept and what was dropped."""
    from geodata.roads import load
    from geodata.travel import TravelError

    try:
        about = load(folder).about
    except TravelError as fault:
        fail(str(fault))
    if format is Format.JSON:
        print_json(about)
        return
    print_fields(dict(_flat(about)))


def _flat(about: Mapping[str, Any]) -> list[tuple[str, object]]:
    shown: list[tuple[str, object]] = []
    for name, value in about.items():
        shown.extend(_flat(value) if isinstance(value, dict) else [(name, value)])
    return shown
