"""Delegation: who runs what for physical and for behavioral health, and what silos show."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import parts, who_runs
from dashboards.address import write
from dashboards.data import visible
from dashboards.evidence import of_rule
from dashboards.page import Looked, Page
from dashboards.who_runs import Subcontractor
from dashboards.wording import counted, listed, tell_name, tell_verdict

RULES = ("DL01", "DL02", "DL03", "IF01")

ASKED = {
    "DL01": "Sits in a plan office",
    "DL02": "Paid in a way that is allowed",
    "DL03": "Runs only what is allowed",
}
"""What the delegation rules ask of a subcontractor, as met."""


PAYMENTS = {
    "aso_fee": "a fee for administration",
    "ffs": "fee for service",
    "subcapitation": "sub-capitation",
}
"""Ways of paying a subcontractor, in words."""


def render(looked: Looked) -> list[Any]:
    """Return who runs each function, and what the register says of each subcontractor."""
    functions = who_runs.functions(looked.findings, looked.query.plan)
    held = who_runs.subcontractors(looked.findings, looked.query.plan)
    if functions.is_empty() and not held:
        return [
            parts.notice(
                "Nothing to show",
                "This review holds no finding on functions (IF01) or on subcontractors of "
                "behavioral health (DL01, DL02, DL03).",
                "They come from the tables functions, subcontracts and plan_offices.",
            )
        ]
    shown = []
    if not functions.is_empty():
        picture = side_by_side(functions) if looked.query.plan else matrix(looked, functions)
        shown.append(parts.card("Who runs each function", picture, keys(), wide=True))
    return [
        answer(looked, functions, held),
        *shown,
        silos(held),
        *([function_table(looked, functions)] if len(functions) else []),
        clauses(looked),
    ]


def answer(looked: Looked, functions: pl.DataFrame, held: list[Subcontractor]) -> Any:
    """Say which plans run functions apart, and who runs behavioral health from where."""
    apart = functions.filter(pl.col("verdict") == "not_met")
    counts = dict(apart.group_by("plan_id").len().sort("plan_id").rows())
    totals = dict(functions.group_by("plan_id").len().rows())
    off = [one for one in held if one.verdicts.get("DL01") == "not_met"]
    words: list[Any] = []
    for plan, count in counts.items():
        told = f"{visible(plan)} runs {count} of {totals[plan]} functions apart for PH and BH"
        words.append(html.Strong(told))
        words.append("; " if plan != [*counts][-1] else ". ")
    together = [
        visible(plan) for plan in looked.shown_plans if plan in totals and plan not in counts
    ]
    if together:
        verb = "runs" if len(together) == 1 else "run"
        words.append(f"{listed(together)} {verb} every function with one operator on one system. ")
    words += [f"{where_it_sits(one)} " for one in off]
    return parts.answer(*words)


def where_it_sits(one: Subcontractor) -> str:
    """Say where an off-site subcontractor of a plan is."""
    miles = one.told.get("miles")
    far = f", {miles:,.1f} miles from the plan's nearest office" if miles is not None else ""
    return f"{visible(one.plan_id)}'s {visible(one.name)} is off site{far}."


def matrix(looked: Looked, functions: pl.DataFrame) -> Any:
    """Return the table of functions by plans: run as one, or apart."""
    verdicts = {(row["function"], row["plan_id"]): row for row in functions.iter_rows(named=True)}
    plans = [plan for plan in looked.plans if plan in set(functions["plan_id"])]
    rows = []
    for name in sorted(functions["function"].unique().to_list()):
        cells = [lanes(looked, verdicts.get((name, plan))) for plan in plans]
        rows.append([visible(tell_name(name)), *cells])
    caption = "how each plan runs each function for PH and BH"
    return parts.table(["Function", *map(visible, plans)], rows, caption, "lanes")


def lanes(looked: Looked, row: dict[str, Any] | None) -> Any:
    """Return one function of one plan as one joined mark or two."""
    if row is None:
        return parts.mark("not_applicable", "not submitted")
    words = {"met": "as one", "not_met": "apart"}.get(row["verdict"], "")
    if not words:
        return parts.mark(row["verdict"])
    drawn = html.Span(
        [html.Span("PH", className="lane ph"), html.Span("BH", className="lane bh")],
        className=f"pairing {row['verdict']}",
        **parts.aria(hidden="true"),
    )
    return dcc.Link(
        [drawn, parts.mark(row["verdict"], words)],
        href=looked.to("/delegation", plan=row["plan_id"], finding=row["finding_id"]),
        className="cell",
    )


def side_by_side(functions: pl.DataFrame) -> Any:
    """Return one plan's functions with operator and system of each side."""
    rows = []
    for row in functions.sort("verdict", "function", descending=[True, False]).iter_rows(
        named=True
    ):
        sides = [
            html.Span(
                [html.Strong(visible(row[f"{side}_operator"] or "not given")), html.Br(),
                 visible(row[f"{side}_system"] or "no system given")],
                className=f"side {side}",
            )
            for side in ("ph", "bh")
        ]  # fmt: skip
        words = {"met": "as one", "not_met": "apart"}.get(row["verdict"], "")
        rows.append(
            [visible(tell_name(row["function"])), *sides, parts.mark(row["verdict"], words)]
        )
    head = ["Function", parts.domain_mark("PH"), parts.domain_mark("BH"), "Run"]
    return parts.table(head, rows, "operator and system of each function for PH and BH", "sides")


def keys() -> Any:
    """Say what the marks mean."""
    return html.P(
        [
            parts.domain_mark("PH", "PH physical health"),
            parts.domain_mark("BH", "BH behavioral health"),
            html.Span("joined: one operator on one system; parted: operators or systems differ"),
        ],
        className="keys",
    )


def silos(held: list[Subcontractor]) -> Any:
    """Return what the register says of each subcontractor of behavioral health."""
    title = "Subcontractors of behavioral health"
    if not held:
        told = "No plan has a behavioral-health subcontractor in force in this period."
        return parts.card(title, html.P(told), wide=True)
    return parts.card(
        title, html.Div([tell_subcontractor(one) for one in held], className="pair"), wide=True
    )


def tell_subcontractor(one: Subcontractor) -> Any:
    """Return one subcontractor: what it is, what it runs, where it sits, what is at fault."""
    told = one.told
    miles = told.get("miles")
    place = visible(str(told.get("address") or "no address given"))
    if miles is not None:
        place += f"; {miles:,.1f} miles from {visible(str(told.get('office') or 'an office'))}"
    flag = visible(str(told.get("on_site_flag") or "empty"))
    paid = [PAYMENTS.get(each, each) for each in told.get("payments") or ()]
    beyond = set(told.get("beyond") or ())
    runs = [
        html.Li(
            [
                tell_name(visible(name)),
                html.Strong(" beyond what is allowed") if name in beyond else "",
            ]
        )
        for name in told.get("functions") or ()
    ]
    return html.Article(
        [
            html.H3(visible(f"{one.plan_id}: {one.name}")),
            html.P(
                [
                    parts.mark(verdict, f"{ASKED[rule]}: {'yes' if verdict == 'met' else 'no'}")
                    if verdict in ("met", "not_met")
                    else parts.mark(verdict, f"{ASKED[rule]}: {tell_verdict(verdict)[2:]}")
                    for rule, verdict in sorted(one.verdicts.items())
                ],
                className="marks",
            ),
            parts.facts(
                [
                    ("Id", visible(one.id)),
                    ("Owned by", visible(str(told.get("parent_name") or "no parent named"))),
                    ("Domain", visible(", ".join(told.get("domains") or ()) or "not given")),
                    ("Paid by", visible(listed(paid) if paid else "not given")),
                    ("Place", f"{place} (the register's on-site flag: {flag})"),
                    ("Runs", html.Ul(runs) if runs else "no functions named"),
                ]
            ),
        ],
        className="silo",
    )


COLUMNS = [
    parts.column("plan_id", "Plan", 90, pinned="left"),
    parts.column("function", "Function", 170),
    parts.column("verdict", "Verdict", 120),
    parts.column("ph_operator", "PH operator", 150),
    parts.column("ph_system", "PH system", 150),
    parts.column("bh_operator", "BH operator", 220),
    parts.column("bh_system", "BH system", 150),
]


def function_table(looked: Looked, functions: pl.DataFrame) -> Any:
    """Return every function of every plan, with operator and system of each side."""
    asked = write(looked.query.but(finding=""))
    rows = [
        row | {"verdict": tell_verdict(row["verdict"]), "function": tell_name(row["function"])}
        for row in functions.sort("verdict", "plan_id", "function", descending=[True, False, False])
        .iter_rows(named=True)
    ]  # fmt: skip
    return parts.card(
        "Operators and systems",
        parts.grid(
            "functions", COLUMNS, rows, "finding_id", "operators and systems by function",
            looked.review.id + asked,
        ),
        note=["choose a row to open it ", parts.download(f"/download/delegation.csv{asked}")],
        wide=True,
    )  # fmt: skip


def clauses(looked: Looked) -> Any:
    """Return the clauses behind the page, and how they are measured."""
    pairs = []
    for rule in RULES:
        found = of_rule(looked.findings, rule).unique("requirement_id", maintain_order=True)
        pairs += [
            (row["requirement_id"], parts.clause(row, f" ({rule} {row['rule_name']})"))
            for row in found.iter_rows(named=True)
        ]
    return parts.card(
        "The clauses, and how they were computed",
        parts.facts(pairs),
        html.P(
            "From the plan's own tables: functions for who runs what on which system, subcontracts "
            "for what is handed over, plan_offices for where the plan sits. Names are compared "
            "without regard to case and spaces; miles are straight lines. "
            f"{counted(len(looked.shown_plans), 'plan')} shown."
        ),
        wide=True,
    )


def table(looked: Looked) -> pl.DataFrame:
    """Return every function with operator and system of each side."""
    return who_runs.functions(looked.findings, looked.query.plan)


PAGE = Page(
    path="/delegation",
    name="Delegation",
    question="Who runs what for physical and for behavioral health?",
    empty="who runs each function of each plan for PH and BH, and what the delegation register "
    "says of subcontractors",
    filters=("review", "plan"),
    render=render,
    table=table,
)
