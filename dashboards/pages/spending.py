"""Spending: whether the behavioral part of the rate is spent on behavioral benefits."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import html

from dashboards import months, parts
from dashboards.address import write
from dashboards.data import visible
from dashboards.evidence import of_rule
from dashboards.figures import monthly_lines
from dashboards.page import Looked, Page
from dashboards.wording import listed, percent, span, tell_verdict


def render(looked: Looked) -> list[Any]:
    """Return benefit ratio and BH share by month, the months behind them, and the clause."""
    plan = looked.query.plan
    ratios = months.ratios(looked.findings, plan)
    if ratios.is_empty():
        return [
            parts.notice(
                "Nothing to show",
                "This review holds no finding on behavioral-health spending (SP01).",
                "It comes from the tables encounters and capitation.",
            )
        ]
    every = months.by_month(looked.findings)
    shown = [plan] if plan else stand_out(ratios)
    own = every.filter(pl.col("plan_id") == plan) if plan else every
    return [
        answer(ratios),
        *pictures(every, shown, required_of(ratios)),
        judged(looked, ratios),
        month_table(looked, own),
        clause(looked, ratios),
    ]


def stand_out(ratios: pl.DataFrame) -> list[str]:
    """Return the plans that are not met; all when none is."""
    short = ratios.filter(pl.col("verdict") == "not_met")["plan_id"].to_list()
    return short or ratios["plan_id"].to_list()


def required_of(ratios: pl.DataFrame) -> float | None:
    """Return the ratio required, None where plans are held to different ones or to none."""
    asked = ratios["required"].drop_nulls().unique().to_list()
    return float(asked[0]) if len(asked) == 1 else None


def answer(ratios: pl.DataFrame) -> Any:
    """Say which plans spend less than is required."""
    words: list[Any] = []
    for row in ratios.filter(pl.col("verdict") == "not_met").iter_rows(named=True):
        when = span(row["window_start"], row["window_end"])
        spent = f"{visible(row['plan_id'])} spent {percent(row['ratio'])} of its BH rate"
        asked = f"{percent(row['required'])} is required. "
        words.append(html.Strong(f"{spent} on BH benefits from {when}; {asked}"))
    met = ratios.filter(pl.col("verdict") == "met")
    if len(met):
        each = listed(
            f"{visible(plan)} {percent(ratio)}"
            for plan, ratio in met.select("plan_id", "ratio").rows()
        )
        lead = (
            "At or above what is required" if words else "Every plan shown spent what is required"
        )
        words.append(f"{lead}: {each}. ")
    for row in ratios.filter(~pl.col("verdict").is_in(["met", "not_met"])).iter_rows(named=True):
        words.append(f"{visible(row['plan_id'])}: {visible(row['message'])} ")
    return parts.answer(*words)


def pictures(every: pl.DataFrame, shown: list[str], required: float | None) -> list[Any]:
    """Return the two charts by month."""
    if every.is_empty():
        return []
    note = "each line is a plan" if every["plan_id"].n_unique() > 1 else ""
    asked = "" if required is None else f"level line: {percent(required, 0)} required"
    return [
        parts.card(
            "BH benefit over the BH part of the rate, by month",
            parts.chart(
                monthly_lines(every, "ratio", shown, required),
                "BH benefit ratio by month; every figure stands in the table below",
            ),
            note="; ".join(filter(None, (note, asked))),
        ),
        parts.card(
            "BH share of benefits, BH / (BH + PH), by month",
            parts.chart(
                monthly_lines(every, "bh_share", shown),
                "BH share of benefits by month; every figure stands in the table below",
            ),
            note=note,
        ),
    ]


JUDGED = [
    parts.column("plan_id", "Plan", 100, pinned="left"),
    parts.column("verdict", "Verdict", 130),
    parts.number_column("ratio", "Ratio", 90, ".1%"),
    parts.number_column("required", "Required", 100, ".1%"),
    parts.number_column("bh_benefit", "BH benefit, $", 120),
    parts.number_column("bh_rate", "BH part of rate, $", 140),
    parts.number_column("bh_share", "BH share", 100, ".1%"),
    parts.column("window", "Months judged", 250),
]


def judged(looked: Looked, ratios: pl.DataFrame) -> Any:
    """Return the table of plans over the months that are judged."""
    rows = []
    for row in ratios.iter_rows(named=True):
        benefit, physical = row["bh_benefit"], row["ph_benefit"]
        both = None if None in (benefit, physical) else benefit + physical
        rows.append(
            {
                "finding_id": row["finding_id"],
                "plan_id": row["plan_id"],
                "verdict": tell_verdict(row["verdict"]),
                "ratio": row["ratio"],
                "required": row["required"],
                "bh_benefit": benefit,
                "bh_rate": row["bh_rate"],
                "bh_share": benefit / both if both else None,
                "window": f"{row['window_start'] or ''} to {row['window_end'] or ''}"
                + (f", {row['basis']}" if row["basis"] else ""),
            }
        )
    label = "BH benefit ratio of each plan over the months judged"
    return parts.card(
        "Over the months judged",
        parts.grid(
            "judged", JUDGED, rows, "finding_id", label, looked.review.id + looked.query.plan
        ),
        note="choose a row to open it",
        wide=True,
    )


MONTHS = [
    parts.column("plan_id", "Plan", 100, pinned="left"),
    parts.column("month", "Month", 96),
    parts.number_column("bh_benefit", "BH benefit, $", 120),
    parts.number_column("bh_rate", "BH part of rate, $", 140),
    parts.number_column("ratio", "Ratio", 90, ".1%"),
    parts.number_column("ph_benefit", "PH benefit, $", 120),
    parts.number_column("bh_share", "BH share", 96, ".1%"),
    parts.number_column("member_months", "Member months", 126),
    parts.column("standing", "Standing", 150),
]


def month_table(looked: Looked, own: pl.DataFrame) -> Any:
    """Return the months behind the charts."""
    asked = write(looked.query.but(finding=""))
    rows = [row | {"key": f"{row['plan_id']}/{row['month']}"} for row in table(looked).to_dicts()]
    return parts.card(
        "By month",
        parts.grid(
            "months", MONTHS, rows, "key", "BH and PH benefit by month", looked.review.id + asked
        ),
        note=parts.download(f"/download/spending.csv{asked}"),
        wide=True,
    )


def table(looked: Looked) -> pl.DataFrame:
    """Return the months of each plan, with what each month counts for."""
    mature, counts = pl.col("mature"), pl.col("counts")
    return (
        months.by_month(looked.findings, looked.query.plan)
        .with_columns(
            standing=pl.when(counts)
            .then(pl.lit("judged"))
            .when(mature)
            .then(pl.lit("earlier"))
            .otherwise(pl.lit("still arriving"))
        )
        .select(*(column["field"] for column in MONTHS))
    )


def clause(looked: Looked, ratios: pl.DataFrame) -> Any:
    """Say where the ratio stands, and how it was computed; reinvestment beside it."""
    found = of_rule(looked.findings, "SP01", plan_id=looked.query.plan)
    pairs = [
        (row["requirement_id"], parts.clause(row))
        for row in found.unique("requirement_id", maintain_order=True).iter_rows(named=True)
    ]
    beside = of_rule(looked.findings, "SP02", plan_id=looked.query.plan)
    told = [
        html.Li([parts.mark(row["verdict"]), " ", visible(row["message"])])
        for row in beside.iter_rows(named=True)
    ]
    return parts.card(
        "The clause, and how it was computed",
        parts.facts(pairs),
        html.P(
            "BH benefit: BH lines of final encounters, at the amount paid, or at the plan's "
            "schedule price where a subcontractor is paid by capitation. BH part of the rate: "
            "bh_pmpm times member months. Months after the last mature one are still arriving and "
            "are not judged. A month alone is noisy: only the months judged together count."
        ),
        *([html.H3("Reinvestment"), html.Ul(told, className="said")] if told else []),
        wide=True,
    )


PAGE = Page(
    path="/spending",
    name="Spending",
    question="Is the behavioral-health part of the rate spent on behavioral health?",
    empty="the BH benefit ratio and the BH share of each plan by month",
    filters=("review", "plan"),
    render=render,
    table=table,
)
