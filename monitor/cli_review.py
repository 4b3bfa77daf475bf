"""`carvein validate`, `review` and `rejudge`: submissions in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli_findings import DEFAULT_STORE, AsFormat, StoreUrl, find_review, open_store
from monitor.cli_packs import load_pack
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
    from monitor.answer import Answer
    from monitor.desk import Refused
    from monitor.intake import Received
    from monitor.review import Reviewed, Terms
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
Keep = Annotated[bool, typer.Option("--keep", help="leave the staged files where they are")]
ShowPhi = Annotated[
    bool, typer.Option("--show-phi", help="do not mask member identifiers and dates")
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
    keep: Keep = False,
    format: AsFormat = Format.TEXT,
) -> None:
    """Check one submission against a contract and write a report: the whole path, no store.

    Exit codes: 0 accepted; 1 something at or above --fail-on is not met, or a table could not be
    read; 2 nothing could be read; 3 an internal error.
    """
    from monitor.answer import build_answer
    from monitor.export.mask import ExportError, Mask
    from monitor.export.report import write_report
    from monitor.review import review as run
    from monitor.workspace import workspace

    pack = load_pack(contract)
    mask = Mask(show_phi=show_phi, part2_basis=part2_basis)
    with workspace(keep) as folder, progress("Validating") as step:
        desk = _settle([submission], pack, folder, period, as_of, counties, fail_on)
        docs = folder / "expectations"
        reviewed = run(desk.received, desk.terms, folder, _no_earlier, docs, step)
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
            write_report(
                report,
                answer,
                reviewed.findings,
                reviewed.violations.frames(),
                mask=mask,
                submissions=reviewed.review.submissions,
                docs=docs / answer.plan_id if reviewed.plans else None,
            )
        except (ExportError, OSError) as error:
            fail(str(error))
    if format is Format.JSON:
        print_json(answer.summary() | {"notice": mask.notice})
    else:
        _print_answer(answer, reviewed.findings)
        say(f"Report: {report / 'report.html'}")
    if keep:
        say(f"Staged files: {folder}")
    raise typer.Exit(answer.exit_code)


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
    keep: Keep = False,
    format: AsFormat = Format.TEXT,
) -> None:
    """Review the submissions of several plans, store what was found and print the scorecard.

    Exit codes as in `carvein validate`: the gravest of the plans'.
    """
    from monitor.review import review as run
    from monitor.store import StoreError
    from monitor.workspace import workspace

    pack, opened = load_pack(contract), open_store(store)
    with workspace(keep) as folder, progress("Reviewing") as step:
        desk = _settle(submissions, pack, folder, period, as_of, counties, fail_on)
        for refused in desk.refused:
            complain(refused.reason)
        if not desk.received:
            fail("no submission could be reviewed; nothing was stored")
        try:
            reviewed = run(desk.received, desk.terms, folder, _earlier(opened, pack), None, step)
            step("storing")
            _keep_in(opened, reviewed)
        except StoreError as error:
            fail(str(error))
    _tell(reviewed, store, format)
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


class _Desk:
    """What is settled before the path starts."""

    def __init__(self, received: list[Received], refused: list[Refused], terms: Terms) -> None:
        self.received, self.refused, self.terms = received, refused, terms


def _settle(
    submissions: Sequence[Path],
    pack: Contract,
    folder: Path,
    period: str,
    as_of: str,
    counties: Path | None,
    fail_on: str,
) -> _Desk:
    from monitor import desk
    from monitor.review import Terms, new_review_id

    grave = severity_of(fail_on)
    received, refused = desk.take_in(submissions, pack, folder)
    try:
        day = date.fromisoformat(as_of) if as_of else datetime.now(UTC).date()
        closes = desk.settle_period(period, received, day)
        classes = desk.settle_classes(pack, counties)
    except ValueError as error:
        fail(str(error))
    for each in received:
        if not period and not each.manifest.period:
            complain(f"{each.manifest.plan_id} names no period: reviewed as {closes}; or --period")
    review_id = new_review_id(datetime.now(UTC))
    return _Desk(received, refused, Terms(review_id, pack, closes, day, classes, grave))


def severity_of(text: str) -> Severity:
    """Return the severity of that name, or leave with exit code 2."""
    from rules.model import Severity

    try:
        return Severity(text)
    except ValueError:
        fail(f"severity {text}: wanted one of {', '.join(Severity)}")


def _no_earlier(plan_id: str) -> Sequence[Finding]:
    return ()


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


def _print_answer(answer: Answer, findings: Sequence[Finding]) -> None:
    from monitor.answer import is_not_met
    from monitor.export.findings import in_order

    faults = sorted(
        (finding for finding in in_order(findings) if is_not_met(finding)),
        key=lambda finding: finding.severity.rank,
    )
    if faults:
        print_rows(
            ("severity", "rule", "subject", "what was found", "lines", "what to do"),
            [
                (each.severity, each.rule, each.subject, each.message, each.violations, each.remedy)
                for each in faults
            ],
            right=("lines",),
        )
        say("")
    say(answer.sentence)
