"""Findings: everything that a review found, filtered; one of them opened; the rest downloaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import polars as pl
from dash import dcc, html

from dashboards import parts
from dashboards.address import EVERY, Query, write
from dashboards.data import SEVERITIES, VERDICTS, rule_in_words, visible
from dashboards.detail import message_of
from dashboards.evidence import evidence_of
from dashboards.page import Looked, Page
from dashboards.wording import VERDICT_WORDS, counted, listed, tell_verdict

BLOCK = 100
"""Rows that the table fetches at a time."""

MOST_RULES = 6
"""Rules that the picture shows."""

GRID = "findings"


def settle(looked: Looked) -> Mapping[str, str]:
    """Ask for what is not met where no verdict is asked for."""
    return {"verdict": "not_met"}


def chosen(findings: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Return the findings that the filters ask for, gravest first."""
    equal = {
        "plan_id": query.plan,
        "area": query.area,
        "rule": query.rule,
        "severity": query.severity,
        "verdict": "" if query.verdict == EVERY else query.verdict,
        "change": query.change,
    }
    asked = [pl.col(name) == value for name, value in equal.items() if value]
    if query.text:
        words = query.text.casefold()
        told = pl.concat_str(
            "message", "subject", "requirement_id", "rule", "rule_name", separator="\n"
        )
        asked.append(told.str.to_lowercase().str.contains(words, literal=True))
    found = findings.filter(*asked) if asked else findings
    return found.sort(
        _rank("verdict", VERDICTS),
        _rank("severity", SEVERITIES),
        "plan_id",
        "requirement_id",
        "rule",
        "subject",
        maintain_order=True,
    )


def render(looked: Looked) -> list[Any]:
    """Return how many findings are asked for, by rule, and the table of them."""
    found = chosen(looked.findings, looked.query)
    asked = write(looked.query.but(finding=""))
    if found.is_empty():
        return [
            parts.answer(html.Strong("No finding fits these filters.")),
            parts.notice(
                "Nothing to show",
                dcc.Link("Show everything that is not met", href=looked.to("/findings")),
                dcc.Link("Show every finding", href=looked.to("/findings", verdict=EVERY)),
            ),
        ]
    return [
        answer(looked, found),
        parts.card("By rule", by_rule(looked, found), wide=True),
        parts.card(
            f"{counted(len(found), 'finding')}, gravest first",
            table_of(looked, asked, len(found)),
            note=[
                "choose a row to open it ",
                parts.download(f"/download/findings.csv{asked}", f"Download {len(found):,} as CSV"),
            ],
            wide=True,
        ),
        parts.card(
            "What this rests on",
            html.P(
                "Every finding carries the clause that it rests on and the figures behind it: open "
                "it. Small counts of members are shown as 1-10 here; the download holds what the "
                "store holds, the columns of findings.csv, so keep it as you keep the store."
            ),
            wide=True,
        ),
    ]


def answer(looked: Looked, found: pl.DataFrame) -> Any:
    """Say how many findings are asked for, by severity."""
    counts = dict(found.group_by("severity").len().rows())
    told = listed(f"{counts[name]:,} {name}" for name in SEVERITIES if counts.get(name))
    verdicts = found["verdict"].unique().to_list()
    words = VERDICT_WORDS[verdicts[0]] if len(verdicts) == 1 else "of every verdict"
    verb = "is" if len(found) == 1 else "are"
    strong = (
        f"{counted(len(found), 'finding')} {verb} {words}"
        if len(verdicts) == 1
        else f"{counted(len(found), 'finding')} {words}"
    )
    plans = listed(visible(plan) for plan in sorted(found["plan_id"].unique().to_list()))
    return parts.answer(html.Strong(strong), f" in {looked.review.period} for {plans}: {told}.")


def by_rule(looked: Looked, found: pl.DataFrame) -> Any:
    """Return the rules with most findings as bars from zero, each a link."""
    counts = found.group_by("rule", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("rule_name", "layer").first()
    )
    counts = counts.sort("count", "rule", descending=[True, False])
    most = counts["count"].to_list()[0]
    bars = []
    for row in counts.head(MOST_RULES).iter_rows(named=True):
        told = (
            row["rule"]
            if row["layer"] == "shape"
            else f"{row['rule']} {rule_in_words(row['rule_name'])}"
        )
        query = looked.query.but(rule=row["rule"], finding="")
        bar = html.Span(className="bar", style={"width": f"{100 * row['count'] / most:.1f}%"})
        bars.append(
            html.Li(
                dcc.Link(
                    [
                        html.Span(visible(told), className="bar-name"),
                        html.Span(bar, className="bar-room", **parts.aria(hidden="true")),
                        html.Span(f"{row['count']:,}", className="bar-count"),
                    ],
                    href=f"/findings{write(query)}",
                )
            )
        )
    more = len(counts) - MOST_RULES
    rest = [html.P(f"and {counted(more, 'more rule')}", className="note")] if more > 0 else []
    return html.Div([html.Ul(bars, className="bars"), *rest])


COLUMNS = [
    parts.column("severity", "Severity", 84),
    parts.column("verdict", "Verdict", 106),
    parts.column("plan_id", "Plan", 84),
    parts.column("rule", "Rule or edit", 150),
    parts.column("subject", "Subject", 112),
    parts.column("message", "What was found", 420, flex=1, minWidth=260, sortable=False),
    parts.column("area", "Area", 96),
    parts.column("change", "Change", 84),
    parts.column("said", "Disposition", 104, sortable=False),
]


def table_of(looked: Looked, asked: str, rows: int) -> Any:
    """Return the table that fetches its rows as it is scrolled."""
    height = 56 + parts.ROW_HEIGHT * max(3, min(rows, 15))
    options = parts.grid_options(single=True) | {
        "cacheBlockSize": BLOCK,
        "maxBlocksInCache": 20,
        "infiniteInitialRowCount": 1,
    }
    made = dag.AgGrid(
        id={"grid": GRID, "of": parts.digest(looked.review.id + asked), "opens": "finding"},
        columnDefs=COLUMNS,
        defaultColDef=parts.COLUMN,
        rowModelType="infinite",
        getRowId="params.data.finding_id",
        dashGridOptions=options,
        style={"height": f"{height}px", "width": "100%"},
    )
    return parts.named(made, "findings")


def fetch(
    looked: Looked, start: int, end: int, sort: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """Return some rows of the table, as its request asks for them.

    Parameters
    ----------
    start, end
        The first row, counted from 0, and the one after the last.
    sort
        ``colId`` and ``sort`` (asc or desc) of each column to sort by, the first foremost.
    """
    found = chosen(looked.findings, looked.query)
    ranked = {"severity": SEVERITIES, "verdict": VERDICTS}
    for each in reversed(sort):
        name = each.get("colId", "")
        if name in found.columns:
            key = _rank(name, ranked[name]) if name in ranked else pl.col(name)
            found = found.sort(key, descending=each.get("sort") == "desc", maintain_order=True)
    said = {one.finding_id: one.state.replace("_", " ") for one in looked.archive.said()}
    rows = []
    for row in found.slice(start, max(end - start, 0)).iter_rows(named=True):
        shown = {column["field"]: row.get(column["field"], "") for column in COLUMNS}
        shown["message"] = message_of(row, evidence_of(row))
        if row["unverified"]:
            shown["message"] = f"[unverified] {shown['message']}"
        shown["verdict"] = tell_verdict(row["verdict"])
        shown["said"] = said.get(row["finding_id"], "")
        told = {name: visible(str(value or "")) for name, value in shown.items()}
        rows.append(told | {"finding_id": row["finding_id"]})
    return {"rowData": rows, "rowCount": len(found)}


def table(looked: Looked) -> pl.DataFrame:
    """Return the findings asked for, as the store has them."""
    return chosen(looked.findings, looked.query)


def _rank(name: str, order: Sequence[str]) -> pl.Expr:
    places = {word: place for place, word in enumerate(order)}
    return pl.col(name).replace_strict(places, default=len(order), return_dtype=pl.Int64)


PAGE = Page(
    path="/findings",
    name="Findings",
    question="What was found, where, and on which clause does it rest?",
    empty="every finding of the review, filterable, with its evidence and citation",
    filters=("review", "plan", "area", "rule", "severity", "verdict", "change", "text"),
    render=render,
    table=table,
    settle=settle,
)
