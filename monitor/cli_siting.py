"""`carvein siting`: which additions bring the most members within a network standard."""

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


def siting(
    pack: Annotated[str, typer.Option("--pack", help="a shipped pack's id, or a pack's folder")],
    specialty: Annotated[
        str, typer.Option("--specialty", help="what is to be added, as packs name it")
    ],
    candidates: Annotated[
        Path,
        typer.Option("--candidates", help="who could be added: a file of sites, or NPPES's CSV"),
    ],
    to: Annotated[Path, typer.Option("--to", help="CSV to write; two more are put beside it")],
    members: Annotated[
        Path | None, typer.Option("--members", help="members: CSV or Parquet")
    ] = None,
    providers: Annotated[
        Path | None, typer.Option("--providers", help="providers: CSV or Parquet")
    ] = None,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", help="a submission, instead of --members and --providers"),
    ] = None,
    add: Annotated[int, typer.Option("--add", min=1, help="how many to add")] = 5,
    population: Annotated[
        str, typer.Option("--population", help="whose standard, where the pack has several")
    ] = "",
    requirement: Annotated[
        str, typer.Option("--requirement", help="id of the one requirement that is meant")
    ] = "",
    plan: Annotated[
        str, typer.Option("--plan", help="plan_id, where the files hold several plans")
    ] = "",
    counties: Annotated[
        Path | None,
        typer.Option(
            "--counties", help="population file: the Census center-of-population counties"
        ),
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            help="day of enrolment, age and contracts; default today, or a submission's last day",
        ),
    ] = "",
    roads: RoadsOption = None,
    matrix: MatrixOption = None,
    routing: RoutingOption = "",
    send_points: SendPointsOption = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="time for the exact solver")
    ] = 60,
) -> None:
    """Choose the additions that bring the most members within a time and distance standard.

    Exit 0 when the answer is written, also when there is nothing to gain; 2 when a file or the
    question cannot be used.
    """
    from geodata.travel import TravelError
    from monitor.adequacy_input import AdequacyError
    from monitor.siting import Question
    from monitor.siting import siting as choose
    from monitor.siting_answer import write_siting
    from monitor.siting_input import read_plan, read_submission
    from rules.network.words import so_many

    if submission is not None and (members is not None or providers is not None):
        fail("wanted --members and --providers, or --submission")
    if not candidates.is_file():
        fail(f"--candidates {candidates}: no such file")
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        fail(f"--as-of {as_of}: wanted a day as YYYY-MM-DD")
    contract = load_pack(pack)
    travel = source_of_minutes(roads, matrix, routing, send_points)
    try:
        with progress("Siting") as step:
            step("reading")
            if submission is not None:
                people, network, closed = read_submission(submission, plan, contract)
                day = day or closed
            elif members is not None and providers is not None:
                people, network = read_plan(members, providers, plan)
            else:
                fail("wanted --members and --providers, or --submission")
            asked = Question(
                contract,
                specialty,
                day or datetime.now(UTC).date(),
                add,
                population,
                requirement,
                counties,
                seconds,
                travel,
            )
            step("choosing")
            answer = choose(people, network, candidates, asked)
        beside = write_siting(answer, to)
    except (AdequacyError, TravelError, OSError) as error:
        fail(str(error))
    for note in answer.notes:
        complain(note)
    say(answer.verdict)
    for row in answer.additions.iter_rows(named=True):
        name = row["name"] or row["place"]
        share = f"{row['cumulative_share']:.2%}"
        say(
            f"{row['rank']}. {row['candidate']} {name}: "
            f"{so_many(row['members_gained'], 'member')} gained, {share} within"
        )
    turned = answer.counties.filter(met_before="N", met_after="Y")
    short = answer.counties.filter(met_before="N")
    say(f"counties short of the standard: {len(short)}; of them met afterwards: {len(turned)}")
    say(f"written to {to}, {beside[0].name} and {beside[1].name}")
