"""`carvein adequacy`: who is within reach of whom, from any two files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_packs import load_pack
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
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            help="exit 1 on a row with this verdict, or not met at this severity or a graver one",
        ),
    ] = "",
) -> None:
    """Measure every network standard of a pack for any two files, county by county.

    Exit 0 whatever the verdicts unless --fail-on names one; 2 when a file cannot be used.
    """
    from monitor.adequacy import AdequacyError, write
    from monitor.adequacy import adequacy as measure
    from rules.model import Severity, Verdict

    if fail_on and fail_on not in (*Verdict, *Severity):
        fail(f"--fail-on {fail_on}: wanted one of {', '.join((*Verdict, *Severity))}")
    contract = load_pack(pack)
    try:
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
    except ValueError:
        fail(f"--as-of {as_of}: wanted a day as YYYY-MM-DD")
    try:
        with progress("Measuring") as step:
            answer = measure(
                members, providers, contract, day, counties, lambda n, of: step(f"{n} of {of}")
            )
        write(answer.rows, to)
    except (AdequacyError, OSError) as error:
        fail(str(error))
    for note in answer.notes:
        complain(note)
    rows = answer.rows
    counts = {each: (rows["verdict"] == each).sum() for each in Verdict}
    told = ", ".join(
        f"{count:,} {each.replace('_', ' ')}" for each, count in counts.items() if count
    )
    say(f"{len(rows):,} rows written to {to}: {told}")
    raise typer.Exit(1 if fail_on and fail_on in answer.told else 0)
