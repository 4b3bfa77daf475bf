"""The card of waits: what share of calls were offered an appointment in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import html

from dashboards import parts
from dashboards.data import visible
from dashboards.dots import SHAPES, SIDE_COLORS, Dot, Row, dots
from dashboards.figures import BH, INK, PH
from dashboards.page import Looked
from dashboards.pages.behind import tell_interval
from dashboards.waits import waits
from dashboards.wording import percent, tell_verdict


def wait_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return the share of calls kept by kind of appointment, with what became of every call."""
    title = "Waits for an appointment"
    if found.is_empty():
        told = "No requirement of this review is about waits for an appointment (NW04)."
        return parts.card(title, html.P(told), wide=True)
    judged = found.filter(pl.col("share").is_not_null())
    stuck, idle = (
        int((found["verdict"] == name).sum()) for name in ("could_not_run", "not_applicable")
    )
    body: list[Any] = _panels(judged) if len(judged) else [html.P("No call tells a wait.")]
    body.append(
        html.Div(
            parts.grid(
                "waits",
                COLUMNS,
                wait_rows(found),
                "finding_id",
                "calls for an appointment and what became of them",
                looked.key("waits"),
                fitted=False,
            ),
            className="under",
        )
    )
    apart = [
        html.Span([parts.mark(verdict, f"{count} {words}")])
        for verdict, count, words in (
            ("could_not_run", stuck, "could not run: calls were made, and none tells a wait"),
            ("not_applicable", idle, "not applicable: no such call, or not yet in force"),
        )
        if count
    ]
    if apart:
        body.append(html.Div(apart, className="marks"))
    body.append(
        html.P(
            "A survey is a sample: the interval is Wilson's, 95 %. The column Of counts calls "
            "that reached somebody in the network who takes new patients, unless the contract says "
            "otherwise. Calls that reached nobody tell no wait and stand apart.",
            className="note",
        )
    )
    return parts.card(
        title,
        *body,
        note=["choose a row to open it ", parts.download(looked.file("serving-waits"))],
        wide=True,
    )


def _panels(judged: pl.DataFrame) -> list[Any]:
    ends = [judged["low"].min(), judged["share"].min(), judged["required"].min()]
    least = min(float(each) for each in ends if isinstance(each, float))
    low = max(least // 0.1 * 0.1, 0.0)
    panels = []
    grouped = judged.group_by("calls_for", "is_bh", "limit", maintain_order=True)
    for (calls_for, is_bh, limit), own in grouped:
        domain = "BH" if is_bh else "PH"
        rows = [
            Row(visible(row["plan_id"]), [_dot(row, SIDE_COLORS[domain])], row["required"])
            for row in own.iter_rows(named=True)
        ]
        named = str(calls_for)
        label = f"{named}: share of calls kept, with intervals, {len(rows)} plans"
        told = f"within {limit}" if limit else ""
        title = visible(named[:1].upper() + named[1:])
        panels.append(parts.panel(dots(rows, low=low, high=1.0), label, title, told, domain))
    keys = [
        (SHAPES["circle"], BH, "BH, calls kept"),
        (SHAPES["circle"], PH, "PH, calls kept"),
        ("─", INK, "95 % interval"),
        ("│", INK, "share required"),
    ]
    return [parts.panels(panels), parts.keys(keys)]


def _dot(row: Mapping[str, Any], color: str) -> Dot:
    told = f"{row['plan_id']}: {row['kept']:,} of {row['of']:,} calls, {percent(row['share'])}"
    if row["low"] is not None:
        told += f" ({tell_interval(row['low'], row['high'])})"
    return Dot(row["share"], "circle", color, told, row["low"], row["high"])


COLUMNS = [
    parts.column("plan", "Plan", 90, pinned="left"),
    parts.column("calls_for", "Calls for", 230),
    parts.column("limit", "Within", 142),
    parts.number_column("kept", "Kept", 66, ",d"),
    parts.number_column("of", "Of", 66, ",d"),
    parts.number_column("share", "Share kept", 78, ".1%"),
    parts.column("interval", "95 % interval", 126),
    parts.number_column("required", "Required", 84, ".0%"),
    parts.column("verdict", "Verdict", 130),
    parts.number_column("reached", "Reached", 80, ",d"),
    parts.number_column("not_reached", "Reached nobody", 84, ",d"),
    parts.number_column("late", "Late", 64, ",d"),
    parts.number_column("none_offered", "None offered", 80, ",d"),
    parts.number_column("out_of_network", "Not in network", 86, ",d"),
    parts.number_column("not_accepting", "Takes no new", 80, ",d"),
    parts.number_column("unconverted", "Wait not told", 80, ",d"),
    parts.number_column("by_telehealth", "By telehealth", 90, ",d"),
    parts.column("why", "Why not judged", 220),
    parts.column("requirement", "Clause", 190),
    parts.column("unverified", "Unverified", 100),
]


def wait_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows of the table, in the order of the frame."""
    fields = ["finding_id", *(column["field"] for column in COLUMNS)]
    rows = []
    for row in found.iter_rows(named=True):
        told = row | {
            "plan": row["plan_id"],
            "requirement": row["requirement_id"],
            "interval": tell_interval(row["low"], row["high"]),
            "verdict": tell_verdict(row["verdict"]),
            "unverified": "unverified" if row["unverified"] else "",
        }
        rows.append({name: told[name] for name in fields})
    return rows


def table(looked: Looked) -> pl.DataFrame:
    """Return the calls and what became of them."""
    rows = wait_rows(waits(looked.findings, looked.query.plan))
    return pl.DataFrame(rows, infer_schema_length=None)
