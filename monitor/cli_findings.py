"""`carvein findings` and `dispose`: what a store holds, and what is said about it."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.screen import Format, fail, print_json, print_rows, say

if TYPE_CHECKING:
    from monitor.store import Store
    from rules.model import Finding, Review

DEFAULT_STORE = "sqlite:///carvein.db"

AsFormat = Annotated[Format, typer.Option("--format", help="text, or json for machines")]
StoreUrl = Annotated[str, typer.Option("--store", help="SQLAlchemy URL of the store")]
ReviewId = Annotated[str, typer.Option("--review", help="a review's id; the latest by default")]


def open_store(url: str) -> Store:
    """Open a store, or leave with exit code 2 and one line."""
    from monitor.store import Store, StoreError

    try:
        return Store(url)
    except StoreError as error:
        fail(str(error))


def find_review(store: Store, review_id: str) -> Review:
    """Return the review of that id, the latest when the id is empty, or leave with exit code 2."""
    from monitor.store import StoreError

    try:
        review = store.load(review_id) if review_id else store.latest()
    except StoreError as error:
        fail(str(error))
    if review is None:
        fail("the store holds no review yet: run `carvein review SUBMISSION --contract PACK` first")
    return review


def findings(
    review: ReviewId = "",
    plan: Annotated[str, typer.Option("--plan", help="only this plan")] = "",
    severity: Annotated[str, typer.Option("--severity", help="only this severity")] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", help="only this verdict; all for every one")
    ] = "not_met",
    rule: Annotated[str, typer.Option("--rule", help="only this rule or edit")] = "",
    store: StoreUrl = DEFAULT_STORE,
    format: AsFormat = Format.TEXT,
) -> None:
    """List the findings of a review: by default what is not met, gravest first."""
    from monitor.export.findings import in_order, record
    from monitor.store import StoreError
    from rules.model import Severity, Verdict

    _refuse_other("--verdict", verdict, ("all", *Verdict))
    _refuse_other("--severity", severity, ("", *Severity))
    opened = open_store(store)
    found = find_review(opened, review)
    try:
        every = opened.findings(
            found.id, plan=plan or None, severity=severity or None, rule=rule or None
        )
    except StoreError as error:
        fail(str(error))
    asked = [finding for finding in every if verdict in ("all", finding.verdict)]
    chosen = sorted(in_order(asked), key=lambda finding: finding.severity.rank)
    if format is Format.JSON:
        print_json([record(finding) for finding in chosen])
        return
    say(f"Review {found.id}, {found.contract_id}, {found.period}: {_count(every, chosen, verdict)}")
    said = {each.finding_id: each.state for each in opened.dispositions()}
    print_rows(
        ("finding", "plan", "severity", "rule", "subject", "what was found", "change", "said"),
        [
            (
                finding.id,
                finding.plan_id,
                finding.severity,
                finding.rule,
                finding.subject,
                finding.message,
                finding.change,
                said.get(finding.id, ""),
            )
            for finding in chosen
        ],
    )


def _refuse_other(option: str, word: str, wanted: Sequence[str]) -> None:
    if word not in wanted:
        fail(f"{option} {word}: wanted {', '.join(each for each in wanted if each)}")


def _count(every: Sequence[Finding], chosen: Sequence[Finding], verdict: str) -> str:
    """Say how many findings are listed, and how many have another verdict."""
    from rules.network.words import so_many

    others = Counter(str(finding.verdict) for finding in every) - Counter({verdict: len(every)})
    if verdict == "all" or not others:
        return so_many(len(chosen), "finding")
    apart = ", ".join(f"{count:,} {name}" for name, count in sorted(others.items()))
    return f"{so_many(len(chosen), 'finding')}; --verdict shows {apart} besides"


def dispose(
    finding: Annotated[str, typer.Argument(help="the finding's id")],
    state: Annotated[
        str,
        typer.Option("--state", help="acknowledged, disputed, corrective_action, waived or cured"),
    ],
    note: Annotated[str, typer.Option("--note", help="why, in words")],
    by: Annotated[str, typer.Option("--by", help="who says so; your user name by default")] = "",
    store: StoreUrl = DEFAULT_STORE,
    format: AsFormat = Format.TEXT,
) -> None:
    """Add what is said about a finding. It is appended; nothing is ever changed."""
    from monitor.store import StoreError

    try:
        said = open_store(store).dispose(finding, state, note, by or getpass.getuser())
    except StoreError as error:
        fail(str(error))
    if format is Format.JSON:
        print_json(asdict(said))
    else:
        say(f"{said.finding_id}: {said.state}, by {said.by} at {said.at}")
