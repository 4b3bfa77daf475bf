"""`carvein validate`, `review` and `rejudge`: submissions in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli_findings import DEFAULT_STORE, AsFormat, StoreUrl, find_review, open_store
from monitor.cli_packs import load_pack
from monitor.cli_travel import (
    MatrixOption,
    RoadsOption,
    RoutingOption,
    SendPointsOption,
    source_of_minutes,
)
from monitor.screen import (
    BAD_INPUT,
    Format,
    complain,
    fail,
    print_json,
    print_rows,
    progress,
    say,
)

if TYPE_CHECKING:
    from monitor.desk import Beside, Desk
    from monitor.review import Reviewed
    from monitor.store import Store
    from rules.model import Contract, Finding, Severity

Pack = Annotated[str, typer.Option("--contract", help="a shipped pack's id, or a pack's folder")]
PeriodText = Annotated[
    str, typer.Option("--period", help="YYYY, YYYYQn or YYYY-MM; the submission's by default")
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on", help="exit 1 when this is not met, or graver: critical, major, minor, info"
    ),
]
Counties = Annotated[
    Path | None,
    typer.Option("--counties", help="population file: the Census center-of-population counties"),
]
AsOf = Annotated[str, typer.Option("--as-of", help="day of the review, YYYY-MM-DD; default today")]
NppesPath = Annotated[
    Path | None,
    typer.Option("--nppes", help="NPPES monthly file (.csv, or the .zip), to check providers by"),
]
LayoutsPath = Annotated[
    Path | None,
    typer.Option("--layouts", help="folder of your own layouts that a manifest may name"),
]
Keep = Annotated[bool, typer.Option("--keep", help="leave the staged files where they are")]
ShowPhi = Annotated[
    bool, typer.Option("--show-phi", help="do not mask member identifiers and dates")
]
Limit = Annotated[
    int, typer.Option("--limit", min=0, help="lines to list of each cause; 0 lists every one")
]
Against = Annotated[
    Path | None,
    typer.Option("--against", help="an earlier report: say what is new, persists, is resolved"),
]
Part2Basis = Annotated[
    str, typer.Option("--part2-basis", help="legal basis under 42 CFR Part 2, with --show-phi")
]


def validate(
    submission: Annotated[
        Path, typer.Argument(help="a submission's folder, or a .zip of one", readable=False)
    ],
    contract: Pack,
    report: Annotated[
        Path, typer.Option("--report", help="folder to write the report into")
    ] = Path("carvein-report"),
    period: PeriodText = "",
    fail_on: FailOn = "major",
    counties: Counties = None,
    as_of: AsOf = "",
    show_phi: ShowPhi = False,
    part2_basis: Part2Basis = "",
    nppes: NppesPath = None,
    layouts: LayoutsPath = None,
    roads: RoadsOption = None,
    matrix: MatrixOption = None,
    routing: RoutingOption = "",
    send_points: SendPointsOption = False,
    keep: Keep = False,
    limit: Limit = 0,
    against: Against = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Check one submission against a contract and write a report: the whole path, no store.

    Exit codes: 0 accepted; 1 something at or above --fail-on is not met, or a table could not be
    read; 2 nothing could be read; 3 an internal error.
    """
    from geodata.travel import TravelError
    from monitor.answer import build_answer
    from monitor.desk import Beside
    from monitor.export.against import AgainstError, read_earlier
    from monitor.export.mask import ExportError, Mask
    from monitor.export.report import write_report
    from monitor.nppes import NppesError
    from monitor.printout import print_report
    from monitor.review import review as run
    from monitor.workspace import label, workspace

    pack = load_pack(contract)
    mask = Mask(show_phi=show_phi, part2_basis=part2_basis)
    travel = source_of_minutes(roads, matrix, routing, send_points)
    with workspace(keep) as folder, progress("Validating") as step:
        try:
            earlier = read_earlier(against) if against else None
            beside = Beside(counties, nppes, layouts, travel)
            desk = _settle([submission], pack, folder, period, as_of, beside, fail_on)
            if earlier and desk.received:
                earlier.fits(desk.received[0].manifest.plan_id, pack.id)
        except AgainstError as error:
            fail(str(error))
        before = earlier.findings if earlier else ()
        docs = folder / "expectations"
        try:
            reviewed = run(desk.received, desk.terms, folder, lambda plan: before, docs, step)
        except (NppesError, TravelError) as error:
            fail(str(error))
        label(folder, reviewed.review.id, pack.bh_definition)
        if reviewed.plans:
            answer = reviewed.answers[0]
        else:
            refused = desk.refused[0]
            answer = build_answer(
                plan_id=refused.plan_id,
                contract_id=pack.id,
                period=refused.period,
                tables={},
                findings=(),
                contract=pack,
                trouble=refused.reason,
                pack_digest=pack.digest,
            )
        step("writing the report")
        try:
            written = write_report(
                report,
                answer,
                reviewed.findings,
                reviewed.violations,
                mask=mask,
                submissions=reviewed.review.submissions,
                docs=docs / answer.plan_id if reviewed.plans else None,
                limit=limit,
                earlier=earlier if reviewed.plans else None,
            )
        except (ExportError, OSError) as error:
            fail(str(error))
    if format is Format.JSON:
        print_json(written.answer.summary() | {"notice": mask.notice})
    else:
        print_report(written, reviewed.findings)
        # Nothing was there to read, so nobody looks for a folder that was made all the same.
        where = report if reviewed.plans else report.absolute()
        say(f"Report: {where / 'report.html'}")
    if keep:
        complain(f"staged files of review {reviewed.review.id} are kept in {folder}")
    raise typer.Exit(written.answer.exit_code)


def review(
    submissions: Annotated[
        list[Path],
        typer.Argument(
            help="submissions of one contract and period: folders or zips", readable=False
        ),
    ],
    contract: Pack,
    period: PeriodText = "",
    store: StoreUrl = DEFAULT_STORE,
    fail_on: FailOn = "major",
    counties: Counties = None,
    as_of: AsOf = "",
    nppes: NppesPath = None,
    layouts: LayoutsPath = None,
    roads: RoadsOption = None,
    matrix: MatrixOption = None,
    routing: RoutingOption = "",
    send_points: SendPointsOption = False,
    keep: Keep = False,
    format: AsFormat = Format.TEXT,
) -> None:
    """Review the submissions of several plans, store what was found and print the scorecard.

    Exit codes as in `carvein validate`: the gravest of the plans'.
    """
    from geodata.travel import TravelError
    from monitor.adequacy_cache import beside_store
    from monitor.desk import Beside
    from monitor.nppes import NppesError
    from monitor.review import review as run
    from monitor.store import StoreError
    from monitor.workspace import label, workspace

    pack, opened = load_pack(contract), open_store(store)
    memory = beside_store(store)
    travel = source_of_minutes(roads, matrix, routing, send_points)
    with workspace(keep) as folder, progress("Reviewing") as step:
        beside = Beside(counties, nppes, layouts, travel, memory)
        desk = _settle(submissions, pack, folder, period, as_of, beside, fail_on)
        for refused in desk.refused:
            complain(refused.reason)
        if not desk.received:
            fail("no submission could be reviewed; nothing was stored")
        try:
            reviewed = run(desk.received, desk.terms, folder, _earlier(opened, pack), None, step)
            label(folder, reviewed.review.id, pack.bh_definition)
            step("storing")
            _keep_in(opened, reviewed)
        except (NppesError, StoreError, TravelError) as error:
            fail(str(error))
    for note in memory.notes if memory else ():
        complain(note)
    _tell(reviewed, store, format)
    if keep:
        complain(f"staged files of review {reviewed.review.id} are kept in {folder}")
    raise typer.Exit(max(_exit_code(reviewed), BAD_INPUT if desk.refused else 0))


def rejudge(
    review: Annotated[str, typer.Argument(help="the review's id, or latest")],
    contract: Pack,
    store: StoreUrl = DEFAULT_STORE,
    format: AsFormat = Format.TEXT,
) -> None:
    """Judge a stored review again under an amended pack, from its measures, without the data."""
    from monitor.rejudge import RejudgeError
    from monitor.rejudge import rejudge as judge_again
    from monitor.review import new_review_id
    from monitor.store import StoreError
    from monitor.violations import ViolationFolder
    from monitor.workspace import workspace

    pack, opened = load_pack(contract), open_store(store)
    found = find_review(opened, "" if review == "latest" else review)
    with workspace() as folder, progress("Judging again") as step:
        try:
            lines = ViolationFolder(folder / "violations")
            reviewed = judge_again(opened, found, pack, new_review_id(datetime.now(UTC)), lines)
            step("storing")
            _keep_in(opened, reviewed)
        except (RejudgeError, StoreError) as error:
            fail(str(error))
    _tell(reviewed, store, format)
    raise typer.Exit(_exit_code(reviewed))


def _settle(
    submissions: Sequence[Path],
    pack: Contract,
    folder: Path,
    period: str,
    as_of: str,
    beside: Beside,
    fail_on: str,
) -> Desk:
    from monitor.desk import settle

    try:
        desk = settle(
            submissions,
            pack,
            folder,
            period=period,
            as_of=as_of,
            beside=beside,
            fail_on=severity_of(fail_on),
        )
    except ValueError as error:
        fail(str(error))
    for plan in desk.unnamed:
        complain(f"{plan} names no period: reviewed as {desk.terms.period}; or --period")
    return desk


def severity_of(text: str) -> Severity:
    """Return the severity of that name, or leave with exit code 2."""
    from rules.model import Severity

    try:
        return Severity(text)
    except ValueError:
        fail(f"severity {text}: wanted one of {', '.join(Severity)}")


def _earlier(store: Store, pack: Contract) -> Callable[[str], Sequence[Finding]]:
    """Give a plan's findings in the latest review of the contract that it was part of."""
    reviews = [each for each in store.reviews() if each.contract_id == pack.id]

    def findings_of(plan_id: str) -> Sequence[Finding]:
        latest = next((each for each in reviews if plan_id in each.plans), None)
        return store.findings(latest.id, plan=plan_id) if latest else ()

    return findings_of


def _keep_in(store: Store, reviewed: Reviewed) -> None:
    store.append(
        reviewed.review,
        reviewed.measures,
        reviewed.findings,
        reviewed.violations.frames(),
        {answer.plan_id: answer.tables for answer in reviewed.answers},
        [answer.summary() for answer in reviewed.answers],
    )


def _exit_code(reviewed: Reviewed) -> int:
    return max(answer.exit_code for answer in reviewed.answers)


def _tell(reviewed: Reviewed, store: str, format: Format) -> None:
    from monitor.scorecard import scorecard

    if format is Format.JSON:
        print_json(
            {
                "review_id": reviewed.review.id,
                "contract_id": reviewed.review.contract_id,
                "period": reviewed.review.period,
                "exit_code": _exit_code(reviewed),
                "plans": [answer.summary() for answer in reviewed.answers],
            }
        )
        return
    card = scorecard(reviewed.findings)
    plans = [answer.plan_id for answer in reviewed.answers]
    print_rows(
        ("area", *plans),
        [(area, *(card[area].get(plan, "-") for plan in plans)) for area in card],
    )
    say("")
    for answer in reviewed.answers:
        say(answer.sentence)
    say(f"\nReview {reviewed.review.id} is in {store}")
    say(f"Next: carvein findings --store {store}")
    say(f"      carvein dashboard --store {store}")
