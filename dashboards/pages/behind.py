"""The card of the gap: behavioral health beside primary care, by plan and by county."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import parts, serving
from dashboards.data import visible
from dashboards.dots import MH, SHAPES, SUD, Dot, Row, dots, name_row
from dashboards.figures import BH, INK, PH
from dashboards.page import Looked
from dashboards.small_cells import (
    NOTE,
    SMALL_MIDDLE,
    drawn_gap,
    drawn_share,
    is_small,
    tell_count,
    tell_gap,
    tell_share,
)
from dashboards.wording import counted, percent, tell_verdict

MOST_DRAWN = 12
"""Counties of a chart; the table has all."""

KINDS = (
    ("care", "circle", PH, "primary care"),
    ("mental", "diamond", MH, "outpatient mental health"),
    ("substance", "square", SUD, "outpatient substance use treatment"),
)

NETWORKS = (
    ("_listed", "circle-open", BH, "as listed"),
    ("", "diamond", BH, "as serving"),
    ("_own", "square-open", INK, "as serving, under the contract's own limits"),
)


def gap_card(looked: Looked) -> Any:
    """Return the gap of each plan, of each county where it is judged, and what it rests on."""
    found = serving.gaps(looked.findings, looked.query.plan)
    if found.is_empty():
        return parts.card(
            "Behavioral health behind primary care",
            html.P("No requirement of this review holds them against each other (NW09)."),
            wide=True,
        )
    plans = found.filter("of_plan")
    return parts.card(
        "Behavioral health behind primary care, by plan",
        _plans(looked, plans),
        *_counties(looked, found.filter(~pl.col("of_plan"))),
        *_clause(plans),
        note=["choose a row to open it ", parts.download(looked.file("access-gap"))],
        wide=True,
    )


def _plans(looked: Looked, plans: pl.DataFrame) -> Any:
    drawn = [
        Row(visible(row["plan_id"]), _gap_dots(row), row["required"])
        for row in plans.iter_rows(named=True)
        if row["behind"] is not None
    ]
    label = f"access gap of {len(drawn)} plans, points by which behavioral health is behind"
    shown: list[Any] = []
    if drawn:
        shown = [
            html.P(
                "Share of members within reach of primary care, less that within reach of the "
                "behavioral care that is farther behind: the access-gap index.",
                className="note",
            ),
            parts.chart(dots(drawn), label),
            parts.keys(
                [
                    *_keys(NETWORKS),
                    ("│", INK, "largest gap allowed"),
                    *([("─", BH, "95 % interval")] if plans["low"].is_not_null().any() else []),
                ]
            ),
        ]
    table = parts.grid("gap", PLAN_COLUMNS, gap_rows(plans), "finding_id", label, looked.key("gap"))
    return html.Div([*shown, html.Div(table, className="under")])


def _gap_dots(row: Mapping[str, Any]) -> list[Dot]:
    found = []
    for end, shape, color, words in NETWORKS:
        ends = (row[f"care{end}"], row[f"other{end}"], row["members"])
        at = drawn_gap(*ends)
        if at is None:
            continue
        told = f"{row['plan_id']}: {tell_gap(*ends)} points, {words}"
        low, high = (row["low"], row["high"]) if not end else (None, None)
        found.append(Dot(at, shape, color, told, low, high))
    return found


def _counties(looked: Looked, counties: pl.DataFrame) -> list[Any]:
    """Return the counties that are judged by themselves, else those that the plans name."""
    if counties.is_empty():
        return _named(looked)
    judged = counties.filter(
        pl.col("behind").is_not_null(),
        pl.col("members") > 0,
        pl.col("verdict") != "not_applicable",
    )
    # Where one yardstick shows no gap, the contract's own limits may.
    end = "" if judged.filter(pl.col("behind") > 0).height else "_own"
    panels = [
        made
        for plan in sorted(judged["plan_id"].unique())
        if (made := _panel(judged.filter(pl.col("plan_id") == plan), str(plan), end)) is not None
    ]
    kinds = [each for each in KINDS if judged[f"{each[0]}{end}"].is_not_null().any()]
    few = counties.filter(verdict="not_applicable")
    words = (
        f"{counted(len(few), 'county', 'counties')} not judged: too few members. "
        if len(few)
        else ""
    )
    return [
        html.H3(
            "By county, as serving" + (" under the contract's own limits" if end else ""),
            className="part",
        ),
        *([parts.panels(panels), parts.keys(_keys(kinds))] if panels else []),
        html.Div(
            parts.grid(
                "gap-counties",
                COUNTY_COLUMNS,
                county_rows(counties),
                "finding_id",
                f"gap of {len(counties)} counties, the widest first",
                looked.key("counties"),
            ),
            className="under",
        ),
        html.P(f"{words}{NOTE}", className="note"),
    ]


def _panel(own: pl.DataFrame, plan: str, end: str) -> Any:
    """Return the widest gaps of a plan's counties, None where there is none."""
    told = own.filter(pl.col(f"behind{end}") > 0).sort("place")
    if told.is_empty():
        return None
    drawn = [
        Row(name_row(row["place"], width=14), _share_dots(row, end), joined=True)
        for row in told.iter_rows(named=True)
    ]
    # By what is drawn: the order must not tell what the dots do not.
    drawn = sorted(drawn, key=_width, reverse=True)[:MOST_DRAWN]
    label = f"{plan}: share of members within reach in {len(drawn)} counties"
    named = f"{len(drawn)} widest gaps of {counted(len(own), 'county', 'counties')}"
    low = min([dot.at for row in drawn for dot in row.dots] or [0.0])
    figure = dots(drawn, low=max(low // 0.1 * 0.1, 0.0), high=1.0)
    return parts.panel(figure, label, visible(plan), named)


def _width(row: Row) -> float:
    return max(dot.at for dot in row.dots) - min(dot.at for dot in row.dots)


def _named(looked: Looked) -> list[Any]:
    most = serving.most(looked.findings, "NW09", "most_behind", looked.query.plan)
    head = html.H3("By county", className="part")
    told = html.P(
        [
            "This contract judges the plan as a whole; findings name the ten counties with the "
            "most members behind. ",
            dcc.Link(
                "Both specialties by county", href=looked.to("/network", plan=looked.query.plan)
            ),
            ".",
        ],
        className="note",
    )
    if most.is_empty():
        return [head, told, html.P("In no county is a member behind.")]
    return [head, told, most_table(looked, most, "behind primary care")]


def most_table(looked: Looked, most: pl.DataFrame, words: str) -> Any:
    """Return the counties that findings name, by plan, as far as members may be told."""
    has_standard = bool(most["specialty"].is_not_null().any())
    heads = ["Plan", *(["Specialty"] if has_standard else []), "Counties, members"]
    grouped = most.group_by("plan_id", "finding_id", "specialty", maintain_order=True)
    rows = []
    for (plan, finding, specialty), own in grouped:
        named = [f"{each['place']} {tell_count(each['members'])}" for each in own.to_dicts()]
        href = looked.to("/findings", verdict="all", plan=str(plan), finding=str(finding))
        rows.append(
            [
                dcc.Link(visible(plan), href=href),
                *([visible(specialty or "")] if has_standard else []),
                visible(", ".join(named)),
            ]
        )
    rows.sort(key=lambda row: [str(getattr(cell, "children", cell)) for cell in row])
    return parts.table(heads, rows, f"counties with the most members {words}")


def _share_dots(row: Mapping[str, Any], end: str) -> list[Dot]:
    found = []
    for kind, shape, color, words in KINDS:
        at = drawn_share(row[f"{kind}{end}"], row["members"])
        if at is not None:
            share = tell_share(row[f"{kind}{end}"], row["members"])
            found.append(Dot(at, shape, color, f"{row['place']}: {share} {words}"))
    return found


def _clause(plans: pl.DataFrame) -> list[Any]:
    """Say under which limit the gap is counted, and of whom."""
    told = plans.filter(pl.col("yardstick").is_not_null())
    if told.is_empty():
        return []
    row = told.row(0, named=True)
    return [
        html.P(
            [
                f"One yardstick for all three: {visible(row['yardstick'])}. As serving: providers "
                f"who served {row['serving_members']} or more members of the plan. As listed: "
                "everyone under contract. No interval where every member is counted. Clause ",
                visible(row["requirement_id"]),
                *([" ", parts.unverified_mark()] if row["unverified"] else []),
                ".",
            ],
            className="note",
        )
    ]


SERVING = [
    parts.told_column("care", "Primary care", 92),
    parts.told_column("mental", "Mental health", 88),
    parts.told_column("substance", "Substance use", 98),
]

PLAN_COLUMNS = [
    parts.column("plan", "Plan", 92, pinned="left"),
    parts.told_column("members", "Members", 90),
    {
        "headerName": "As serving, within",
        "children": [*SERVING, parts.told_column("behind", "Behind, points", 84)],
    },
    parts.number_column("required", "Allowed", 80, ".0%"),
    parts.column("verdict", "Verdict", 118),
    parts.column("interval", "95 % interval", 112),
    {
        "headerName": "As listed",
        "children": [parts.told_column("behind_listed", "Behind, points", 84)],
    },
    {
        "headerName": "Own limits, as serving",
        "children": [
            parts.told_column("care_own", "Primary care", 88),
            parts.told_column("behind_own", "Behind, points", 88),
        ],
    },
]

COUNTY_COLUMNS = [
    parts.column("place", "County", 110, pinned="left"),
    parts.column("plan", "Plan", 90),
    parts.told_column("members", "Members", 84),
    *SERVING,
    parts.told_column("behind", "Behind, points", 84),
    parts.told_column("behind_listed", "As listed, points", 92),
    parts.told_column("behind_own", "Own limits, points", 94),
    parts.number_column("required", "Allowed", 80, ".0%"),
    parts.column("verdict", "Verdict", 130),
]


def gap_rows(plans: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one row a plan as it may be shown, the widest gap first."""
    rows = [_row(row) for row in plans.iter_rows(named=True)]
    return sorted(rows, key=lambda row: (-(row["behind"] or 0.0), row["plan"]))


def county_rows(counties: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one row a county as it may be shown: judged ones first, the widest gap first."""
    rows = [_row(row) | {"place": row["place"]} for row in counties.iter_rows(named=True)]
    last = tell_verdict("not_applicable")
    return sorted(
        rows,
        key=lambda row: (
            row["verdict"] == last,
            -(row["behind"] or 0.0),
            -(row["behind_own"] or 0.0),
            row["place"],
        ),
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    members = row["members"]
    told: dict[str, Any] = {
        "finding_id": row["finding_id"],
        "plan": row["plan_id"],
        "members": SMALL_MIDDLE if is_small(members) else members,
        "members_told": tell_count(members),
        "required": row["required"],
        "verdict": tell_verdict(row["verdict"]) + (" (exception)" if row["excused"] else ""),
        "interval": tell_interval(row["low"], row["high"])
        or ("" if row["behind"] is None else "all counted"),
    }
    for end in serving.SIDES:
        for kind in serving.CARE:
            told[f"{kind}{end}"] = drawn_share(row[f"{kind}{end}"], members)
            told[f"{kind}{end}_told"] = tell_share(row[f"{kind}{end}"], members)
        told[f"behind{end}"] = drawn_gap(row[f"care{end}"], row[f"other{end}"], members)
        told[f"behind{end}_told"] = tell_gap(row[f"care{end}"], row[f"other{end}"], members)
    return told


def tell_interval(low: float | None, high: float | None) -> str:
    """Return an interval of shares in points, "" where there is none."""
    return "" if low is None or high is None else f"{percent(low)[:-2]} to {percent(high)}"


def table(looked: Looked) -> pl.DataFrame:
    """Return the gap of plans and counties as it is shown."""
    found = serving.gaps(looked.findings, looked.query.plan)
    both = [*found.filter("of_plan").iter_rows(named=True)]
    rows = [_row(row) | {"place": row["place"]} for row in both]
    rows += county_rows(found.filter(~pl.col("of_plan")))
    return shown(rows)


def shown(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows of a grid as a table of the words that it shows."""
    told = [
        {
            name: row.get(f"{name}_told", value)
            for name, value in row.items()
            if not name.endswith("_told")
        }
        for row in rows
    ]
    return pl.DataFrame(told, infer_schema_length=None)


def _keys(shapes: Any) -> list[tuple[str, str, str]]:
    return [(SHAPES[shape], color, words) for _, shape, color, words in shapes]
