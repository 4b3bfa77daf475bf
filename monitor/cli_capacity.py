"""`carvein capacity`: how many providers' places members can count on, by floating catchment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.screen import complain, fail, progress, say

if TYPE_CHECKING:
    from geodata.catchment import Bands

BANDS = "10:1,20:0.68,30:0.22"


def capacity(
    members: Annotated[Path, typer.Option("--members", help="members: CSV or Parquet")],
    providers: Annotated[Path, typer.Option("--providers", help="providers: CSV or Parquet")],
    specialty: Annotated[
        list[str], typer.Option("--specialty", help="a specialty's slug; give several for several")
    ],
    to: Annotated[Path, typer.Option("--to", help="CSV to write")],
    encounters: Annotated[
        Path | None, typer.Option("--encounters", help="encounters, for --supply served")
    ] = None,
    supply: Annotated[
        str,
        typer.Option(
            "--supply",
            help="places of a provider: panel (panel_limit), open (less panel_size), or served "
            "(the members it served in 12 months)",
        ),
    ] = "panel",
    bands: Annotated[
        str,
        typer.Option("--bands", help="miles and what a place within them weighs; carvein's own"),
    ] = BANDS,
    population: Annotated[
        str, typer.Option("--population", help="all, adult, pediatric, smi or dual")
    ] = "all",
    plan: Annotated[
        str, typer.Option("--plan", help="plan_id, where the files hold several plans")
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", help="day of enrolment, age and contracts; default today")
    ] = "",
) -> None:
    """Share providers' places among the members around them, by county and specialty.

    The enhanced two-step floating catchment: 20 places per 1,000 say that a member can count on
    0.02 of a place, nearer sites weighing more. Exit 0 when the answer is written; 2 when a file
    or the question cannot be used.
    """
    from monitor.adequacy import write
    from monitor.adequacy_input import AdequacyError
    from monitor.capacity import Asked
    from monitor.capacity import capacity as measure
    from rules.network.words import so_many, title

    if supply not in ("panel", "open", "served"):
        fail(f"--supply {supply}: wanted panel, open or served")
    if population not in ("all", "adult", "pediatric", "smi", "dual"):
        fail(f"--population {population}: wanted all, adult, pediatric, smi or dual")
    try:
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
    except ValueError:
        fail(f"--as-of {as_of}: wanted a day as YYYY-MM-DD")
    try:
        asked = Asked(
            specialties=tuple(dict.fromkeys(specialty)),
            bands=read_bands(bands),
            supply=supply,  # type: ignore[arg-type]
            population=population,  # type: ignore[arg-type]
            plan_id=plan,
        )
        with progress("Sharing places") as step:
            step("reading")
            answer = measure(members, providers, encounters, asked, day)
        write(answer.rows, to)
    except (AdequacyError, OSError) as error:
        fail(str(error))
    for note in answer.notes:
        complain(note)
    for row in answer.rows.filter(answer.rows["county_fips"] == "all").iter_rows(named=True):
        places = row["places_per_1000"]
        told = "no located member" if places is None else f"{places:,.1f} places per 1,000 members"
        without = so_many(row["without_any"], "member")
        say(f"{title(row['specialty'])}: {told}, {without} without any")
    say(f"{so_many(len(answer.rows), 'row')} written to {to}")


def read_bands(text: str) -> Bands:
    """Read ``10:1,20:0.68``; a fault ends the command."""
    from geodata.catchment import Bands

    try:
        pairs = [tuple(map(float, part.split(":"))) for part in text.split(",")]
        limits, weights = zip(*((limit, weight) for limit, weight in pairs), strict=True)
        return Bands(limits, weights)
    except ValueError as fault:
        told = str(fault) if "limits" in str(fault) or "weights" in str(fault) else ""
        fail(f"--bands {text[:60]}: {told or f'wanted miles:weight, e.g. {BANDS}'}")
