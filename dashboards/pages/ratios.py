"""The cards of BH shares and ratios, of loss ratios and retention, and of the clauses on money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import html

from dashboards import money, parts
from dashboards.data import tell_figures, visible
from dashboards.dots import Dot, Row, dots, name_row
from dashboards.evidence import number, of_rule, rows
from dashboards.figures import BH, INK, OTHERS
from dashboards.page import Looked
from dashboards.pages.account import why
from dashboards.wording import percent, tell_verdict


def share_card(looked: Looked) -> Any:
    """Return the BH share of benefits of each plan against what the rate gave it."""
    title = "BH share of benefits"
    found = money.shares(looked.findings)
    if not found:
        return parts.card(title, html.P(why(looked, "SP06", "The BH share of benefits")))
    drawn = [Row(name_row(visible(one.plan_id)), share_dots(one, looked.query.plan), one.least)
             for one in found]  # fmt: skip
    body = [
        [
            visible(one.plan_id),
            percent(one.share),
            _ends(one.low, one.high),
            percent(one.certified),
            percent(one.least),
            parts.mark(one.verdict),
        ]
        for one in found
    ]
    head = ["Plan", "BH share", "95 % interval", "The rate gave it", "Least allowed", "Verdict"]
    return parts.card(
        title,
        parts.chart(dots(drawn), "BH share of benefits of each plan, with its 95 % interval"),
        parts.keys(
            [
                ("●", BH, "BH share, 95 % interval"),
                ("○", INK, "share that the rate gave it"),
                ("│", INK, "least allowed"),
            ]
        ),
        parts.table(head, body, "BH share of benefits by plan", "figures"),
        wide=True,
    )


def share_dots(one: money.Share, plan: str) -> list[Dot]:
    """Return the share of a plan and that of its rate; the plan shown is in the colour of BH."""
    told = f"{one.plan_id}: {percent(one.share)} ({_ends(one.low, one.high)})"
    gave = f"{one.plan_id}: the rate gave {percent(one.certified)}"
    color = BH if one.plan_id == plan else OTHERS
    return [
        Dot(one.certified, "circle-open", INK, gave),
        Dot(one.share, "circle", color, told, one.low, one.high),
    ]


def ratio_card(looked: Looked) -> Any:
    """Return the BH benefit ratio of the plan, its rate cells and regions."""
    title = "BH benefit over the BH part of the rate"
    found = money.strata(looked.findings, looked.query.plan)
    drawn = found.filter(pl.col("ratio").is_not_null())
    if drawn.is_empty():
        return parts.card(title, html.P(why(looked, "SP06", "The benefit ratio")))
    asked = of_rule(looked.findings, "SP01", plan_id=looked.query.plan)["required"].to_list()
    required = number(asked[0]) if asked else None
    drawn_rows = [
        Row(
            name_row(_stratum(row)),
            [Dot(row["ratio"], "circle", BH, _ratio_told(row), row["ratio_low"],
                 row["ratio_high"])],
            required if row["dimension"] == "plan" else None,
        )
        for row in drawn.iter_rows(named=True)
    ]  # fmt: skip
    keys = [("●", BH, "estimated, 95 % interval")]
    if required is not None:
        keys.append(("│", INK, f"{percent(required, 0)} required of the plan"))
    columns = [
        parts.column("stratum", "Rate cell, region", 130, pinned="left"),
        parts.told_column("ratio", "Ratio", 80),
        parts.column("interval", "95 % interval", 140),
        parts.number_column("share", "BH of BH and PH", 90, ".1%"),
        parts.number_column("pmpm", "$ a member a month", 100, ",.2f"),
        parts.number_column("bh_benefit", "BH benefit, $", 100),
        parts.number_column("member_months", "Member months", 90),
    ]
    return parts.card(
        title,
        parts.chart(dots(drawn_rows), "BH benefit ratio by rate cell and region, with intervals"),
        parts.keys(keys),
        parts.grid("strata", columns, strata_rows(found), "stratum", "BH benefit by stratum",
                   looked.key("strata")),
        html.P(
            "Over the months judged, completed; SP01 judges the ratio of what has arrived (page "
            "Spending). The interval is that of members drawn at random; "
            f"* marks fewer than {money.FEW_PEOPLE} members on average.",
            className="note under",
        ),
        note=parts.download(looked.file("money-strata")),
        wide=True,
    )  # fmt: skip


def strata_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row a stratum with its ratio in words."""
    same = ("ratio", "share", "pmpm", "bh_benefit", "member_months")
    return [
        {name: row[name] for name in same}
        | {"stratum": _stratum(row), "interval": _ends(row["ratio_low"], row["ratio_high"])}
        | {"ratio_told": percent(row["ratio"]) + ("*" if row["few"] else "")}
        for row in found.iter_rows(named=True)
    ]


def strata_table(looked: Looked) -> pl.DataFrame:
    """Return BH benefit by plan, rate cell and region."""
    return money.strata(looked.findings, looked.query.plan)


BESIDE = {
    "SP04": "BH medical loss ratio",
    "SP05": "Medical loss ratio",
    "SP03": "Kept by a subcontractor",
    "SP02": "Reinvested",
    "SP07": "Unspent money split",
    "SP08": "Incentives, smaller side",
    "SP09": "Practices under the fee scale",
}
"""Other rules on money in words, in the order in which they are shown."""


def rule_card(looked: Looked) -> Any:
    """Return loss ratios, retention and what else is paid, with what is required."""
    columns = [
        parts.column("title", "What", 180, pinned="left"),
        parts.column("verdict", "Verdict", 130),
        parts.column("subject", "Of", 100),
        parts.column("figures", "Figure and what is required", 390),
        parts.column("interval", "95 % interval", 150),
        parts.column("message", "In words", 420),
    ]
    made = rule_rows(looked)
    if not made:
        return parts.card("Loss ratios and retention", html.P("Not asked for by the contract."))
    return parts.card(
        "Loss ratios, retention, reinvestment and incentives",
        parts.grid("beside", columns, made, "finding_id", "other rules on money",
                   looked.key("beside")),
        note="choose a row to open it",
        wide=True,
    )  # fmt: skip


def rule_rows(looked: Looked) -> list[dict[str, Any]]:
    """Return a row a finding of the plan on SP02 to SP05 and SP07 to SP09."""
    made = []
    for rule, title in BESIDE.items():
        for row, evidence in rows(of_rule(looked.findings, rule, plan_id=looked.query.plan)):
            judged = row["verdict"] in ("met", "not_met")
            low, high = money.interval_of(evidence)
            made.append(
                {
                    "finding_id": row["finding_id"],
                    "title": title,
                    "verdict": tell_verdict(row["verdict"]),
                    "subject": "the plan" if row["subject"] == "plan" else row["subject"],
                    "figures": tell_figures(row) if judged else "",
                    "interval": _ends(low, high) if judged else "",
                    "message": row["message"],
                }
            )
    return made


def clause_card(looked: Looked) -> Any:
    """Return the clauses behind the page, and how the figures were computed."""
    asked = pl.col("rule").str.starts_with("SP")
    found = looked.findings.filter(asked, pl.col("plan_id") == looked.query.plan)
    pairs = [
        (row["requirement_id"], parts.clause(row, f" ({row['rule']} {row['rule_name']})"))
        for row in found.unique("requirement_id", maintain_order=True)
        .sort("rule", maintain_order=True)
        .iter_rows(named=True)
    ]
    return parts.card(
        "The clauses, and how they were computed",
        parts.facts(pairs),
        html.P(
            "Lines are PH, MH, SUD, LTSS or other by a dated hierarchy. Sub-capitated care is "
            "priced at FFS-equivalent; what a subcontractor keeps is no benefit (42 CFR "
            "438.8(e)(2)(v)). Months are completed by chain ladder with Mack's errors. A change "
            "is split by LMDI, whose parts sum to the whole. The verdict rests on a search for a "
            "step in use and in unit price; regions are held to 5 % false discovery. carvein's "
            "own limits are in the rule's page."
        ),
        wide=True,
    )


def _stratum(row: Mapping[str, Any]) -> str:
    named = "The plan" if row["dimension"] == "plan" else f"{row['dimension']} {row['name']}"
    return visible(f"{named[:1].upper()}{named[1:]}")


def _ratio_told(row: Mapping[str, Any]) -> str:
    ends = _ends(row["ratio_low"], row["ratio_high"])
    return f"{_stratum(row)}: {percent(row['ratio'])} ({ends})"


def _ends(low: float | None, high: float | None) -> str:
    return (
        ""
        if low is None or high is None
        else f"{percent(low)} to {percent(high)}".replace("-", "−")
    )
