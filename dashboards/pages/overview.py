"""Overview: which plans keep the contract, and where they do not."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import parts, standing
from dashboards.address import write
from dashboards.data import SEVERITIES, rule_in_words, visible
from dashboards.figures import severity_bars
from dashboards.page import Looked, Page
from dashboards.standing import Cell
from dashboards.wording import counted, listed


def render(looked: Looked) -> list[Any]:
    """Return the scorecard, what is not met by severity and change, and by requirement."""
    found = _of_plan(looked)
    counts = standing.by_severity(found)
    return [
        answer(looked, found),
        parts.card("Plans by area", scorecard(looked, found), wide=True),
        parts.card(
            "Not met, by severity",
            parts.chart(
                severity_bars(counts, looked.shown_plans),
                "findings that are not met, one bar a plan, its parts by severity; the figures "
                "stand in the table beside it",
            ),
        ),
        parts.card("By severity and change", changes(found), note=tell_change(found)),
        requirements(looked, found),
        basis(looked, found),
    ]


def answer(looked: Looked, found: pl.DataFrame) -> Any:
    """Say which plans have something critical that is not met."""
    critical = standing.not_met(found).filter(pl.col("severity") == "critical")
    areas = {
        plan: sorted(critical.filter(pl.col("plan_id") == plan)["area"].unique().to_list())
        for plan in looked.shown_plans
    }
    struck = [plan for plan in looked.shown_plans if areas[plan]]
    clear = [plan for plan in looked.shown_plans if not areas[plan]]
    words: list[Any] = []
    if struck:
        told = listed(f"{visible(plan)} ({listed(areas[plan])})" for plan in struck)
        verb = "has" if len(struck) == 1 else "have"
        words.append(html.Strong(f"{len(struck)} of {counted(len(areas), 'plan')} {verb} "))
        words.append(html.Strong("a critical finding that is not met: "))
        words.append(f"{told}. ")
        if clear:
            words.append(
                f"{listed(map(visible, clear))} {'has' if len(clear) == 1 else 'have'} none."
            )
    else:
        words.append(html.Strong("No plan has a critical finding that is not met. "))
        words.append(f"{counted(len(standing.not_met(found)), 'finding')} below that are not met.")
    return parts.answer(*words)


def scorecard(looked: Looked, found: pl.DataFrame) -> Any:
    """Return the table of areas by plans; each cell leads to its findings."""
    cells = standing.scorecard(found)
    plans = looked.shown_plans
    rows = []
    for area in standing.areas(found):
        row: list[Any] = [area]
        row += [tell_cell(looked, area, plan, cells.get((area, plan))) for plan in plans]
        rows.append(row)
    caption = "the gravest finding of each area of each plan"
    return parts.table(["Area", *map(visible, plans)], rows, caption, "scorecard")


def tell_cell(looked: Looked, area: str, plan: str, cell: Cell | None) -> Any:
    """Return what one area of one plan says, as a link to its findings."""
    if cell is None:
        return parts.mark("not_applicable", "nothing asked")
    words = {
        "not_met": f"{cell.count:,} {cell.severity} not met",
        "could_not_run": f"{cell.count:,} could not run",
        "met": f"all {cell.met:,} met" if 1 < cell.met == cell.total else f"{cell.met:,} met",
    }.get(cell.verdict, "")
    shown = [parts.mark(cell.verdict, words)]
    if cell.beside:
        shown.append(parts.mark("could_not_run", f"{cell.beside:,} could not run"))
    idle = cell.total - cell.met
    if cell.verdict == "met" and idle:
        shown.append(html.Span(f"{idle:,} not applicable", className="counts"))
    if cell.verdict == "could_not_run" and cell.met:
        shown.append(html.Span(f"{cell.met:,} met", className="counts"))
    verdict = "" if cell.verdict == "not_met" else cell.verdict
    href = looked.to("/findings", plan=plan, area=area, verdict=verdict)
    return dcc.Link(shown, href=href, className="cell")


def changes(found: pl.DataFrame) -> Any:
    """Return the table of severities by change, for not met now and resolved since."""
    counts = standing.by_change(found)
    rows = [
        [
            parts.severity_mark(severity),
            *(f"{counts.get((severity, change), 0):,}" for change in standing.CHANGES),
        ]
        for severity in SEVERITIES
    ]
    rows.append(
        [
            html.Strong("All"),
            *(
                html.Strong(f"{sum(counts.get((each, change), 0) for each in SEVERITIES):,}")
                for change in standing.CHANGES
            ),
        ]
    )
    head = ["Severity", "New", "Persisting", "Resolved"]
    return parts.table(head, rows, "findings by severity and change", "figures")


def tell_change(found: pl.DataFrame) -> str:
    """Say what change is measured against."""
    if set(found["change"].unique().to_list()) & {"persisting", "resolved"}:
        return "against the latest earlier review of the same contract and plan"
    return "no earlier review told of any fault, so all that is not met is new"


COLUMNS = [
    parts.column("severity", "Severity", 84),
    parts.column("plan_id", "Plan", 84),
    parts.column("area", "Area", 96),
    parts.column("requirement_id", "Requirement", 150),
    parts.column("rule", "Rule or edit", 220),
    parts.column("rule_name", "What it looks for", 240),
    parts.number_column("findings", "Findings", 84),
    parts.number_column("lines", "Faulty lines", 84),
    parts.column("change", "Change", 90),
]


def requirements(looked: Looked, found: pl.DataFrame) -> Any:
    """Return the table of what is not met by requirement and rule."""
    frame = standing.by_requirement(found)
    body = (
        parts.grid(
            "requirements",
            COLUMNS,
            [
                row
                | {"rule_name": rule_in_words(row["rule_name"])}
                | (
                    {"requirement_id": f"{row['requirement_id']} (unverified)"}
                    if row["unverified"]
                    else {}
                )
                for row in frame.drop("message").to_dicts()
            ],
            "finding_id",
            "requirements that are not met",
            looked.review.id + write(looked.query.but(finding="")),
        )
        if len(frame)
        else html.P("Every requirement is met.")
    )
    return parts.card(
        "Requirements not met",
        body,
        note=[
            "choose a row to open its first finding ",
            parts.download(f"/download/overview.csv{write(looked.query.but(finding=''))}"),
        ],
        wide=True,
    )


def basis(looked: Looked, found: pl.DataFrame) -> Any:
    """Say which review this is, and what its findings rest on."""
    review = looked.review
    tables = looked.archive.tables(review.id)
    staged = sum(each["staged"] for plan in tables.values() for each in plan.values())
    held = sum(each["quarantined"] for plan in tables.values() for each in plan.values())
    unverified = int(found["unverified"].sum())
    told: list[tuple[str, Any]] = [
        ("Review", html.Code(review.id)),
        ("Contract", visible(f"{review.contract_id}, period {review.period}")),
        ("As of", review.as_of.isoformat()),
        ("Rows read", f"{staged:,} staged, {held:,} in quarantine"),
        ("Pack", html.Code(review.pack_digest[:12])),
        ("Made by", f"carvein {visible(review.code_version)}, {visible(review.engine)}"),
    ]
    if review.rejudges:
        told.append(("Judges again", html.Code(visible(review.rejudges))))
    if unverified:
        told.append(
            (
                "Unverified",
                f"{counted(unverified, 'finding')} rest on a value that nobody has read in its "
                "source; each says so",
            )
        )
    return parts.card(
        "What this rests on, and how it was computed",
        parts.facts(told),
        html.P(
            "Each cell of the scorecard says how many findings of the gravest severity are not "
            "met; else how many could not run; else how many are met, or that nothing applied. "
            "What could not run is never counted as met. The clause behind a finding stands with "
            "it: choose a row above, or follow a cell."
        ),
        wide=True,
    )


def table(looked: Looked) -> pl.DataFrame:
    """Return what is not met by requirement and rule."""
    return standing.by_requirement(_of_plan(looked)).drop("message")


def _of_plan(looked: Looked) -> pl.DataFrame:
    plan = looked.query.plan
    return looked.findings.filter(pl.col("plan_id") == plan) if plan else looked.findings


PAGE = Page(
    path="/",
    name="Overview",
    question="Which plans keep the contract, and where do they not?",
    empty="the scorecard of plans by areas, and what is not met by severity and change",
    filters=("review", "plan"),
    render=render,
    table=table,
)
