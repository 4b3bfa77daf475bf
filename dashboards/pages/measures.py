"""Measures: HEDIS-like rates of behavioral-health care by plan, with edition and interval."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import html

from dashboards import measures, parts
from dashboards.data import visible
from dashboards.dots import Dot, Row, dots, name_row
from dashboards.figures import BH, INK
from dashboards.measures import CERTIFIED
from dashboards.page import Looked, Page
from dashboards.small_cells import NOTE
from dashboards.wording import counted, listed, percent, tell_verdict

RANK = {"not_met": 0, "met": 1, "could_not_run": 2}
"""Verdicts in the order of the table, others last."""

MOST_PANELS = 8
"""Plans whose rates are drawn side by side; the table holds them all."""


def render(looked: Looked) -> list[Any]:
    """Return the rates that are judged, the table of all, what was not judged, and the clauses."""
    found = measures.measures(looked.findings, looked.query.plan)
    if found.is_empty():
        return [
            parts.notice(
                "Nothing to show",
                "This review holds no finding on measures of care (QM01 to QM13).",
                "They come from a contract that has requirements of these rules, and from the "
                "plan's encounters, members and providers tables.",
            )
        ]
    return [
        answer(found),
        picture(found),
        table_card(looked, found),
        untold_card(looked, found),
        clauses(looked, found),
    ]


def answer(found: pl.DataFrame) -> Any:
    """Say which rates are below what is required, and how many were not judged."""
    judged = found.filter(pl.col("verdict").is_in(["met", "not_met"]))
    short = judged.filter(pl.col("verdict") == "not_met")
    words: list[Any] = []
    if len(short):
        each = listed(
            visible(f"{row['plan_id']} {row['code']}{_of(row)} ({row['rate']})")
            for row in short.head(6).iter_rows(named=True)
        )
        more = f" and {len(short) - 6} more" if len(short) > 6 else ""
        words.append(html.Strong(f"{len(short)} of {counted(len(judged), 'rate')} judged "
                                 f"{'is' if len(short) == 1 else 'are'} below what is required: "
                                 f"{each}{more}. "))  # fmt: skip
    elif len(judged):
        words.append(
            html.Strong(f"No rate is below what is required, of {len(judged)} that were judged. ")
        )
    else:
        words.append(html.Strong("No rate could be judged. "))
    few = int((found["verdict"] == "not_applicable").sum())
    stuck = int((found["verdict"] == "could_not_run").sum())
    if few:
        verb = "counts" if few == 1 else "count"
        words.append(f"{counted(few, 'rate')} {verb} too few or nobody to judge. ")
    if stuck:
        words.append(f"{counted(stuck, 'rate')} could not be counted. ")
    words.append(f"{CERTIFIED}.")
    return parts.answer(*words)


def picture(found: pl.DataFrame) -> Any:
    """Return the judged rates of each plan with their intervals and what is required."""
    title = "Rates that are judged"
    drawn = found.filter(pl.col("at").is_not_null())
    if drawn.is_empty():
        told = "No rate is judged, or each would tell a small count: see the tables below."
        return parts.card(title, html.P(told), wide=True)
    plans = drawn["plan_id"].unique().sort().to_list()
    panels = [
        parts.panel(
            rate_figure(drawn.filter(pl.col("plan_id") == plan)),
            f"rates of {visible(plan)} with 95 % intervals; the table below has the figures",
            visible(plan),
        )
        for plan in plans[:MOST_PANELS]
    ]
    body: list[Any] = [parts.panels(panels)]
    if len(plans) > MOST_PANELS:
        body.append(html.P(f"Drawn are the first {MOST_PANELS} plans; the table has all "
                           f"{len(plans)}.", className="note"))  # fmt: skip
    keys = [("●", BH, "rate, 95 % interval (Wilson)"), ("│", INK, "required")]
    return parts.card(title, *body, parts.keys(keys), note=CERTIFIED, wide=True)


def rate_figure(own: pl.DataFrame) -> Any:
    """Draw the rates of one plan."""
    return dots(
        [
            Row(
                name_row(f"{row['code']}{_of(row)}", width=22),
                [Dot(row["at"], "circle", BH, _told(row), row["low"], row["high"])],
                row["required"],
            )
            for row in own.iter_rows(named=True)
        ],
        low=0.0,
        high=1.0,
    )


def _of(row: dict[str, Any]) -> str:
    return f" {row['rate_of']}" if row["rate_of"] else ""


def _told(row: dict[str, Any]) -> str:
    return (
        f"{row['name']}{_of(row)}: {row['rate']} ({row['numerator']} of {row['denominator']}; "
        f"{row['interval']})"
    )


COLUMNS = [
    parts.column("code", "Measure", 84, pinned="left"),
    parts.column("rate_of", "Rate", 92),
    parts.column("plan_id", "Plan", 90),
    parts.column("verdict", "Verdict", 130),
    parts.told_column("numerator", "Numerator", 96),
    parts.told_column("denominator", "Denominator", 106),
    parts.told_column("rate", "Rate, %", 84),
    parts.column("interval", "95 % interval", 134),
    parts.number_column("required", "Required", 84, ".1%"),
    parts.column("edition", "Edition", 92),
    parts.column("name", "Name", 270),
]


def table_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return every rate of every plan."""
    return parts.card(
        "Every measure",
        parts.grid("measures", COLUMNS, rate_rows(found), "finding_id",
                   "measures of care by plan", looked.key("measures")),
        html.P(
            f"{NOTE} Rates of fewer events than the contract asks for are shown and not judged.",
            className="note",
        ),
        note=["choose a row to open it ", parts.download(looked.file("measures"))],
        wide=True,
    )  # fmt: skip


def rate_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row a rate, judged ones first; a hidden count sorts as the least."""
    made = []
    judged = pl.col("verdict").replace_strict(RANK, default=3, return_dtype=pl.Int64)
    for row in found.sort(judged, maintain_order=True).iter_rows(named=True):
        same = ("finding_id", "code", "rate_of", "plan_id", "interval", "required", "edition")
        told = {name: row[name] for name in (*same, "name")}
        for name in ("numerator", "denominator", "rate"):
            told[name] = _sorts_as(row[name])
            told[f"{name}_told"] = row[name]
        made.append(told | {"verdict": tell_verdict(row["verdict"])})
    return made


def _sorts_as(text: str) -> float | None:
    figure = text.rstrip(" %*").replace(",", "")
    try:
        return float(figure)
    except ValueError:
        return 0.0 if text else None


def table(looked: Looked) -> pl.DataFrame:
    """Return every rate as the page tells it."""
    found = measures.measures(looked.findings, looked.query.plan)
    return found.drop("finding_id", "at", "low", "high")


def untold_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return what was not judged, and why, told once where plans share the reason."""
    left = found.filter(~pl.col("verdict").is_in(["met", "not_met"]))
    title = "Not judged"
    if left.is_empty():
        return parts.card(title, html.P("Every rate is judged."), wide=True)
    same = ("rule", "code", "rate_of", "verdict", "why")
    put = left.group_by(*same, maintain_order=True).agg(plans=pl.col("plan_id"))
    rows = [
        {
            "key": f"{at}",
            "code": f"{row['code']}{_of(row)}",
            "plans": ", ".join(row["plans"]),
            "verdict": tell_verdict(row["verdict"]),
            "why": row["why"],
        }
        for at, row in enumerate(put.iter_rows(named=True))
    ]
    columns = [
        parts.column("code", "Measure", 130, pinned="left"),
        parts.column("verdict", "Verdict", 140),
        parts.column("plans", "Plans", 200),
        parts.column("why", "Why", 420),
    ]
    return parts.card(
        title,
        parts.grid("not-judged", columns, rows, "key", "measures that were not judged",
                   looked.key("not-judged")),
        wide=True,
    )  # fmt: skip


def clauses(looked: Looked, found: pl.DataFrame) -> Any:
    """Return clauses, editions, and what is public stand-in or unverified."""
    asked = looked.findings.filter(pl.col("rule").is_in(list(measures.NAMES)))
    pairs = [
        (row["requirement_id"], parts.clause(row, f" ({row['rule']} {row['rule_name']})"))
        for row in asked.unique("requirement_id", maintain_order=True)
        .sort("rule", maintain_order=True)
        .iter_rows(named=True)
    ]
    defined = found.filter(pl.col("edition") != "").unique(["code", "edition"], maintain_order=True)
    body = [
        [
            visible(f"{row['code']} {row['edition']}"),
            visible(row["label"]),
            visible(row["year"]),
            visible(row["retired"]) or "no",
            visible(row["unverified_figures"]) or "none",
        ]
        for row in defined.iter_rows(named=True)
    ]
    head = ["Definition", "Standing", "Measurement year", "Retired", "Unverified figures"]
    stand_in = " Value sets are public stand-ins; load licensed ones with carvein values update."
    floors = {f"{row['code']}{_of(row)} {percent(row['required'])}"
              for row in found.iter_rows(named=True) if row["required"] is not None}  # fmt: skip
    return parts.card(
        "Definitions and clauses",
        parts.table(head, body, "definitions by edition", "figures roomy") if body else "",
        html.P(
            f"{CERTIFIED}; measures that are carvein's own say so.{stand_in} Intervals are "
            "Wilson's. Left out of a denominator, and how many for each reason, stands in the "
            f"finding. Least rates are the contract's: {visible(listed(sorted(floors)))}."
            if floors
            else f"{CERTIFIED}; measures that are carvein's own say so.{stand_in}"
        ),
        parts.facts(pairs),
        wide=True,
    )


PAGE = Page(
    path="/measures",
    name="Measures",
    question="Do members with behavioral-health needs get the care that is due?",
    empty="HEDIS-like measures of each plan (not NCQA-certified), with edition, rate and interval",
    filters=("review", "plan"),
    render=render,
    table=table,
)
