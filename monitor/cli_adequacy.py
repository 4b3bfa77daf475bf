"""`carvein adequacy`: who is within reach of whom, from any two files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_packs import load_pack
from monitor.cli_travel import (
    MatrixOption,
    RoadsOption,
    RoutingOption,
    SendPointsOption,
    source_of_minutes,
)
from monitor.screen import complain, fail, progress, say


def adequacy(
    members: Annotated[Path, typer.Option("--members", help="members: CSV or Parquet")],
    providers: Annotated[Path, typer.Option("--providers", help="providers: CSV or Parquet")],
    pack: Annotated[str, typer.Option("--pack", help="a shipped pack's id, or a pack's folder")],
    to: Annotated[Path, typer.Option("--to", help="CSV to write")],
    counties: Annotated[
        Path | None,
        typer.Option(
            "--counties", help="population file: the Census center-of-population counties"
        ),
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", help="day of enrolment, age and contracts; default today")
    ] = "",
    encounters: Annotated[
        Path | None,
        typer.Option(
            "--encounters", help="encounters: CSV or Parquet; adds the figures as serving"
        ),
    ] = None,
    serving: Annotated[
        int,
        typer.Option(
            "--serving", min=1, help="members whom a provider must have served to count as serving"
        ),
    ] = 1,
    roads: RoadsOption = None,
    matrix: MatrixOption = None,
    routing: RoutingOption = "",
    send_points: SendPointsOption = False,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache", help="folder that keeps figures, so that only what changed is searched again"
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--every-standard",
            help="a row for each standard in force, with its id; else one for each specialty "
            "and population",
        ),
    ] = False,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            help="exit 1 on a row with this verdict, or not met at this severity or a graver one",
        ),
    ] = "",
) -> None:
    """Measure a pack's time, distance and minimum numbers for any two files, county by county.

    One standard a specialty and population, or with --every-standard each; a note names those in
    no row, and what carvein review alone measures.
    Exit 0 whatever the verdicts unless --fail-on names one; 2 when a file cannot be used.
    """
    from geodata.travel import TravelError
    from monitor.adequacy import AdequacyError, Beside, write
    from monitor.adequacy import adequacy as measure
    from rules.model import Severity, Verdict
    from rules.network.words import so_many

    if fail_on and fail_on not in (*Verdict, *Severity):
        fail(f"--fail-on {fail_on}: wanted one of {', '.join((*Verdict, *Severity))}")
    contract = load_pack(pack)
    try:
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
    except ValueError:
        fail(f"--as-of {as_of}: wanted a day as YYYY-MM-DD")
    travel = source_of_minutes(roads, matrix, routing, send_points)
    beside = Beside(counties, encounters, serving, travel, cache, every)
    try:
        with progress("Measuring") as step:
            answer = measure(
                members, providers, contract, day, beside, lambda n, of: step(f"{n} of {of}")
            )
        write(answer.rows, to)
    except (AdequacyError, TravelError, OSError) as error:
        fail(str(error))
    for note in answer.notes:
        complain(note)
    rows = answer.rows
    counts = {each: (rows["verdict"] == each).sum() for each in Verdict}
    told = ", ".join(
        f"{count:,} {each.replace('_', ' ')}" for each, count in counts.items() if count
    )
    if cache:
        complain(f"searched: {len(answer.searched)} of {rows['specialty'].n_unique()} specialties")
    say(f"{so_many(len(rows), 'row')} written to {to}: {told}")
    short = (rows["count_verdict"] == Verdict.NOT_MET).sum()
    if short:
        say(f"minimum number of providers not met in {so_many(int(short), 'row')} (count_verdict)")
    raise typer.Exit(1 if fail_on and fail_on in answer.told else 0)
