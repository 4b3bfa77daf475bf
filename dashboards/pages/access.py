"""Access: every network standard by plan, and behavioral health beside primary care."""

from __future__ import annotations

from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import apart, parts, reach, serving
from dashboards.data import visible
from dashboards.page import Looked, Page
from dashboards.pages import behind
from dashboards.small_cells import NOTE, SMALL_MIDDLE, is_small, tell_count, tell_gap
from dashboards.wording import counted, listed, percent


def render(looked: Looked) -> list[Any]:
    """Return standards by plan, the gap, exceptions, and who stands apart."""
    found = apart.standards(looked.findings, looked.query.plan)
    if found.is_empty():
        return [
            parts.notice(
                "No network standard",
                "This review holds no finding on the network.",
                "They come from a contract that has requirements of the rules NW01 to NW09, and "
                "from the plan's members, providers, encounters and appointments tables.",
            )
        ]
    return [
        answer(looked, found),
        standards_card(looked, found),
        behind.gap_card(looked),
        exceptions_card(looked),
        apart_card(looked),
    ]


def answer(looked: Looked, found: pl.DataFrame) -> Any:
    """Say which plans miss a standard, where the gap is widest, and what else stands out."""
    faulty = sorted(set(found.filter(pl.col("not_met") > 0)["plan_id"]))
    stuck = int(found["could_not_run"].sum())
    plans = len(looked.shown_plans)
    if plans == 1:
        missed = int((found["not_met"] > 0).sum())
        head = (
            f"{looked.shown_plans[0]} misses {missed} of {counted(len(found), 'network standard')}"
            if faulty
            else f"{looked.shown_plans[0]} misses no network standard that could be judged"
        )
    else:
        head = f"{len(faulty)} of {plans} plans miss a network standard"
        head += f": {listed(faulty)}" if faulty else ""
    words: list[Any] = [html.Strong(visible(f"{head}.")), *_gap_words(looked)]
    if stuck:
        words.append(f" {counted(stuck, 'figure')} could not be counted.")
    return parts.answer(*words)


def _gap_words(looked: Looked) -> list[str]:
    gaps = serving.gaps(looked.findings, looked.query.plan)
    plans = gaps.filter("of_plan", pl.col("behind").is_not_null())
    if plans.is_empty():
        return []
    widest = plans.with_columns(gap=pl.col("behind") / pl.col("members")).sort(
        "gap", "plan_id", descending=[True, False]
    )
    row = widest.row(0, named=True)
    told = tell_gap(row["care"], row["other"], row["members"])
    if row["behind"] <= 0:
        of = "any plan" if len(plans) > 1 else str(row["plan_id"])
        words = f" As serving, behavioral health is not behind primary care at {of}."
        return [visible(words), *_own_words(plans)]
    most = ", the most of all plans," if len(plans) > 1 else ""
    return [
        visible(
            f" As serving, behavioral health is {told} points behind primary care at "
            f"{row['plan_id']}{most} and {percent(row['required'], 0)[:-2]} are allowed."
        ),
        *_own_words(plans),
    ]


def _own_words(plans: pl.DataFrame) -> list[str]:
    """Say where the contract's own limits show a gap wider than the one allowed."""
    wide = plans.filter(pl.col("behind_own") / pl.col("members") > pl.col("required"))
    told = [
        f"{row['plan_id']} by {tell_gap(row['care_own'], row['other_own'], row['members'])}"
        for row in wide.sort("plan_id").iter_rows(named=True)
    ]
    return [
        visible(f" Under the contract's own limits it is behind at {listed(told)} points.")
    ] * bool(told)


def standards_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return each rule by plan: what is not met, could not run, is met or does not apply."""
    summed = apart.by_rule(found)
    cells = {(row["rule"], row["plan_id"]): row for row in summed.iter_rows(named=True)}
    titles = dict(summed.select("rule", "title").rows())
    rows = []
    for rule in sorted(titles):
        own = found.filter(pl.col("rule") == rule)
        count, unread = (
            len(set(frame["requirement_id"])) for frame in (own, own.filter("unverified"))
        )
        told = f"{rule}, {counted(count, 'standard')}"
        name: list[Any] = [html.Span(visible(titles[rule])), html.Span(told, className="counts")]
        if unread:
            name += [f"{unread} ", parts.unverified_mark()]
        shown = [_cell(looked, cells.get((rule, plan)), plan) for plan in looked.shown_plans]
        rows.append([name, *shown])
    return parts.card(
        "Every network standard, by plan",
        parts.table(
            ["Standard", *map(visible, looked.shown_plans)], rows, "standards by plan", "scorecard"
        ),
        html.P(
            [
                "A cell counts findings: one a county and specialty, one a plan, one an area. What "
                "could not run is never counted as met.",
            ],
            className="note",
        ),
        note=["follow a cell to its findings ", parts.download(looked.file("access"))],
        wide=True,
    )


def _cell(looked: Looked, row: dict[str, Any] | None, plan: str) -> Any:
    if row is None:
        return html.Span("not asked", className="note")
    total = sum(row[verdict] for verdict in apart.VERDICTS)
    gravest = next(verdict for verdict in apart.VERDICTS if row[verdict])
    words = {
        "not_met": f"{row['not_met']:,} of {total:,} not met",
        "could_not_run": f"{row['could_not_run']:,} of {total:,} could not run",
        "met": "met" if total == 1 else f"all {row['met']:,} met",
        "not_applicable": "not applicable",
    }
    if gravest == "met" and row["not_applicable"]:
        words["met"] = f"{row['met']:,} met"
    beside = [
        f"{row[verdict]:,} {said}"
        for verdict, said in (
            ("could_not_run", "could not run"),
            ("not_applicable", "not applicable"),
        )
        if row[verdict] and verdict != gravest
    ]
    if row["excused"]:
        beside.insert(0, f"{row['excused']:,} under an exception")
    href = looked.to("/findings", plan=plan, rule=row["rule"], verdict=gravest)
    return dcc.Link(
        [
            parts.mark(gravest, words[gravest]),
            *([html.Span(", ".join(beside), className="counts")] if beside else []),
        ],
        href=href,
        className="cell stacked",
    )


def exceptions_card(looked: Looked) -> Any:
    """Return what is not met under an exception of the contract, with where it stands."""
    found = apart.exceptions(looked.findings, looked.query.plan)
    if found.is_empty():
        return parts.card(
            "Exceptions",
            html.P("The contract grants none for what is not met in this review."),
            wide=True,
        )
    rows = []
    for row in found.iter_rows(named=True):
        href = looked.to(
            "/findings", plan=row["plan_id"], rule=row["rule"], finding=row["finding_id"]
        )
        standing = "holds" if row["holds"] else "ended"
        until = f", until {row['until']}" if row["until"] else ", with no end"
        mark = [" ", parts.unverified_mark()] if row["unverified"] else []
        rows.append(
            [
                dcc.Link(visible(row["id"] or ""), href=href),
                visible(row["plan_id"]),
                visible(f"{row['requirement_id']} {row['specialty'] or ''}".strip()),
                visible(row["area"]),
                parts.mark(row["verdict"]),
                f"{standing}{until}",
                "" if row["providers_in_area"] is None else f"{row['providers_in_area']:,}",
                visible(row["reason"] or ""),
                [visible(row["citation"] or ""), *mark],
            ]
        )
    heads = ["Exception", "Plan", "Standard", "Area", "Verdict", "Standing"]
    return parts.card(
        "Exceptions: shown, and still not met",
        parts.table(
            [*heads, "Providers in the area", "Reason", "Where it stands"],
            rows,
            f"{len(rows)} findings under an exception",
            "wraps",
        ),
        html.P(
            "An exception lowers how grave a finding is, not what was found: the members are as "
            "far away as before (42 CFR 438.68(d)).",
            className="note",
        ),
        wide=True,
    )


WIDTHS = {"unlocated": 84, "approximate": 104, "undecided": 90, "outside": 76}

APART_COLUMNS = [
    parts.column("plan", "Plan", 80, pinned="left"),
    parts.number_column("standards", "Standards", 84, ",d"),
    parts.column("specialty", "Specialties", 120),
    parts.column("who", "People", 84),
    parts.told_column("members", "Members", 76),
    *(parts.told_column(name, name.capitalize(), WIDTHS.get(name, 94)) for name in reach.CLASSES),
    parts.number_column("providers_unlocated", "Providers unlocated", 86, ",d"),
    parts.number_column("providers_approximate", "Providers approximate", 96, ",d"),
]
"""Columns of the table of those apart; standards with the same figures are one row."""


def apart_card(looked: Looked) -> Any:
    """Return members and providers that nothing locates, or whom no road reaches, by standard."""
    found = _classes(looked)
    if found.is_empty():
        told = "No standard of time and distance was measured in this review (NW01)."
        return parts.card("Who stands apart", html.P(told), wide=True)
    sources = sorted(
        {part for each in found["travel"].drop_nulls() for part in each.split("; ") if part}
    )
    basis = sorted({each for each in found["basis"].drop_nulls() if each})
    return parts.card(
        "Who stands apart: members and providers nothing places exactly",
        parts.facts(
            [
                ("Minutes from", visible(listed(sources) or "no source: no limit in minutes")),
                ("Distance", visible("; ".join(basis))),
            ]
        ),
        parts.grid(
            "apart",
            APART_COLUMNS,
            apart_rows(apart.alike(found)),
            "row",
            "members of a class of their own by plan and standard",
            looked.key("apart"),
        ),
        html.P(
            "Unlocated: nothing gives a point; in the base, and not within. Approximate: at the "
            "middle of a ZIP area. Unreachable, unsnapped, outside: no road leads there, none is "
            "near, or the point is beyond the map of roads. Undecided: the source of minutes does "
            f"not tell. {NOTE}",
            className="note",
        ),
        note=parts.download(looked.file("access-apart")),
        wide=True,
    )


def _classes(looked: Looked) -> pl.DataFrame:
    # Every county of every standard is read for it, which takes longer than all else.
    found = looked.archive.once(looked.review.id, "classes", apart.classes)
    plan = looked.query.plan
    return found.filter(pl.col("plan_id") == plan) if plan else found


def apart_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return members apart as they may be shown."""
    rows = []
    for place, row in enumerate(found.iter_rows(named=True)):
        same = ("specialty", "standards", "requirement_id", "who", "travel", *apart.LISTED)
        told: dict[str, Any] = {"row": str(place), "plan": row["plan_id"]}
        told |= {name: row[name] for name in same if name in row}
        for name in ("members", *reach.CLASSES):
            told[name] = SMALL_MIDDLE if is_small(row[name]) else row[name]
            told[f"{name}_told"] = tell_count(row[name])
        rows.append(told)
    return rows


def apart_table(looked: Looked) -> pl.DataFrame:
    """Return members and providers apart, as shown."""
    rows = apart_rows(_classes(looked))
    return behind.shown([{name: row[name] for name in row if name != "row"} for row in rows])


def table(looked: Looked) -> pl.DataFrame:
    """Return every network standard by plan with its findings by verdict."""
    return apart.standards(looked.findings, looked.query.plan)


PAGE = Page(
    path="/access",
    name="Access",
    question="Is behavioral health within reach as primary care is?",
    empty="every network standard by plan, the gap between behavioral health and primary care, "
    "exceptions, and the members whom nothing locates",
    filters=("review", "plan"),
    render=render,
    table=table,
    more={"gap": behind.table, "apart": apart_table},
)
