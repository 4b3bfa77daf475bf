"""The cards of who serves: reach as listed against as serving, and listed clinicians who do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import html

from dashboards import parts, serving
from dashboards.data import visible
from dashboards.dots import SHAPES, SIDE_COLORS, Bar, Dot, Row, bars, dots
from dashboards.figures import BH, INK, PH
from dashboards.page import Looked
from dashboards.pages.behind import most_table, shown
from dashboards.small_cells import (
    NOTE,
    SMALL_MIDDLE,
    drawn_share,
    is_small,
    tell_count,
    tell_lost,
    tell_share,
)
from dashboards.wording import counted, percent, tell_verdict

WHOLE = "behavioral_health"
"""The subject of NW07 that holds every specialty of behavioral health."""

FADES = (1.0, 0.4, 0.15, 0.0)
"""How full the parts of a bar are: served nobody, served few, through a group, served."""

PART_WORDS = (
    "served nobody",
    "served few members (limited)",
    "known through a group's lines alone",
    "served more",
)


def paper_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return members within reach as listed and as serving, by standard and plan."""
    if found.is_empty():
        return parts.card(
            "As listed against as serving",
            html.P("No requirement of this review counts reach as serving (NW08)."),
            wide=True,
        )
    plans = found.filter("of_plan")
    counties = found.filter(~pl.col("of_plan"))
    most = serving.most(looked.findings, "NW08", "most_lost", looked.query.plan)
    body: list[Any] = [*_panels(plans), _grid(looked, plans, "paper", "by plan and standard")]
    if len(counties):
        body += [
            html.H3("By county", className="part"),
            _grid(looked, counties, "paper-counties", "by county, most members lost first"),
        ]
    elif len(most):
        body += [
            html.H3("Counties with the most members lost", className="part"),
            most_table(looked, most, "within reach on paper alone"),
        ]
    in_doubt = max(plans["in_doubt"].drop_nulls(), default=0)
    doubt = (
        f" Kept as serving though no line shows it: at most {in_doubt} in a plan."
        if in_doubt
        else ""
    )
    body.append(
        html.P(
            f"Lost: members within the limit of a listed provider, and of none who serves.{doubt} "
            f"{NOTE}",
            className="note",
        )
    )
    return parts.card(
        "Within reach as listed, and of those who serve",
        *body,
        note=["choose a row to open it ", parts.download(looked.file("serving"))],
        wide=True,
    )


def _panels(plans: pl.DataFrame) -> list[Any]:
    drawn = plans.filter(pl.col("within_listed").is_not_null(), pl.col("members") > 0)
    if drawn.is_empty():
        return []
    least = [
        at
        for row in drawn.iter_rows(named=True)
        for at in [drawn_share(row["within_serving"], row["members"]), _floor(row)]
        if at is not None
    ]
    low = max(min(least) // 0.1 * 0.1, 0.0)
    panels = []
    for (standard, title), own in drawn.group_by("standard", "specialty", maintain_order=True):
        domain = "BH" if own["is_bh"][0] else "PH"
        rows = [
            Row(visible(row["plan_id"]), _dots(row, SIDE_COLORS[domain]), _floor(row), joined=True)
            for row in own.iter_rows(named=True)
        ]
        label = (
            f"{title}: share of members within reach as listed and as serving, {len(rows)} plans"
        )
        figure = dots(rows, low=low, high=1.0)
        panels.append(parts.panel(figure, label, visible(title), visible(standard), domain))
    keys = [
        (SHAPES["circle-open"], BH, "as listed"),
        (SHAPES["diamond"], BH, "as serving"),
        ("│", INK, "as serving must not be below"),
    ]
    return [parts.panels(panels), parts.keys(keys)]


def _dots(row: Mapping[str, Any], color: str) -> list[Dot]:
    found = []
    sides = (
        ("within_listed", "circle-open", "as listed"),
        ("within_serving", "diamond", "as serving"),
    )
    for name, shape, words in sides:
        at = drawn_share(row[name], row["members"])
        if at is not None:
            told = f"{row['plan_id']}: {tell_share(row[name], row['members'])} {words}"
            found.append(Dot(at, shape, color, told))
    return found


def _floor(row: Mapping[str, Any]) -> float | None:
    """Return the share as serving below which too many are lost."""
    listed = drawn_share(row["within_listed"], row["members"])
    return None if None in (listed, row["required"]) else max(listed - row["required"], 0.0)


PAPER_COLUMNS = [
    parts.column("specialty", "Specialty", 150),
    parts.column("standard", "Standard", 96),
    parts.told_column("members", "Members", 78),
    parts.told_column("unlocated", "Unlocated", 84),
    parts.told_column("within_listed", "As listed", 84),
    parts.told_column("within_serving", "As serving", 84),
    parts.told_column("lost", "Members lost", 78),
    parts.told_column("lost_share", "Share lost", 82),
    parts.number_column("required", "Allowed", 76, ".0%"),
    parts.column("verdict", "Verdict", 112),
    parts.number_column("listed", "Providers listed", 80, ",d"),
    parts.number_column("serving", "of them serving", 76, ",d"),
]


def _grid(looked: Looked, found: pl.DataFrame, name: str, label: str) -> Any:
    first = [parts.column("plan", "Plan", 82, pinned="left")]
    if name.endswith("counties"):
        first.append(parts.column("place", "County", 110))
    made = parts.grid(
        name,
        [*first, *PAPER_COLUMNS],
        paper_rows(found),
        "finding_id",
        f"members within reach as listed and as serving, {label}",
        looked.key(name),
    )
    return html.Div(made, className="under")


def paper_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows as they may be shown, those who lose most members first."""
    rows = []
    for row in found.iter_rows(named=True):
        members = row["members"]
        same = ("place", "specialty", "standard", "required", "listed", "serving")
        told = {"finding_id": row["finding_id"], "plan": row["plan_id"]}
        told |= {name: row[name] for name in same}
        told["verdict"] = tell_verdict(row["verdict"]) + (" (exception)" if row["excused"] else "")
        for name in ("members", "unlocated", "lost"):
            told[name] = SMALL_MIDDLE if is_small(row[name]) else row[name]
            told[f"{name}_told"] = tell_count(row[name])
        told["lost_told"] = tell_lost(row["lost"], row["within_listed"])
        if told["lost_told"].startswith("all but"):
            told["lost"] = row["within_listed"] - SMALL_MIDDLE
        for name, part in (
            ("within_listed", row["within_listed"]),
            ("within_serving", row["within_serving"]),
            ("lost_share", row["lost"]),
        ):
            told[name] = drawn_share(part, members)
            told[f"{name}_told"] = tell_share(part, members)
        rows.append(told)
    return sorted(rows, key=lambda row: (-(row["lost"] or 0.0), row["plan"], row["standard"] or ""))


def ghost_card(looked: Looked, found: pl.DataFrame) -> Any:
    """Return who of those listed serves nobody or few, behavioral beside physical health."""
    if found.is_empty():
        return parts.card(
            "Listed, and serving nobody",
            html.P("No requirement of this review counts them by county and specialty (NW07)."),
            wide=True,
        )
    whole = found.filter(pl.col("slug") == WHOLE, "of_plan")
    trades = found.filter(pl.col("slug") != WHOLE, "of_plan")
    counties = found.filter(~pl.col("of_plan"))
    body: list[Any] = []
    drawn = whole.filter(pl.col("counted") > 0)
    if len(drawn):
        rows = [bar for row in drawn.iter_rows(named=True) for bar in _bars(row)]
        label = f"listed clinicians of {len(drawn)} plans by how many members they served"
        body += [parts.chart(bars(rows, FADES), label), _bar_keys()]
    for name, title, own in (
        ("ghosts", "By plan and specialty", pl.concat([whole, trades])),
        ("ghosts-counties", "By county", counties),
    ):
        if len(own):
            body += [html.H3(title, className="part"), _ghost_grid(looked, name, title, own)]
    few = int((counties["verdict"] == "not_applicable").sum())
    words = f"{counted(few, 'county', 'counties')} not judged: too few are listed. " if few else ""
    window = next((each for each in found["window"] if each), "")
    span = f"Lines from {visible(window)}. " if window else ""
    body.append(
        html.P(
            f"{words}{span}Left out of the share and counted: those new under contract (New), and "
            "those whose rows or NPI are faulty (Undecided). Physical health is the yardstick: in "
            "a small plan chance alone leaves clinicians without members.",
            className="note",
        )
    )
    return parts.card(
        "Listed, and serving nobody or few",
        *body,
        note=["choose a row to open it ", parts.download(looked.file("serving-ghosts"))],
        wide=True,
    )


def _bars(row: Mapping[str, Any]) -> list[Bar]:
    """Return the bar of behavioral health and that of physical health under it."""
    plan, found = visible(row["plan_id"]), []
    for domain, end, color in (("BH", "", BH), ("PH", "_ph", PH)):
        counted_ = row[f"counted{end}"]
        if not counted_:
            continue
        figures = [row[f"{name}{end}"] or 0 for name in ("ghost", "limited", "behind", "serving")]
        told = [
            f"{plan} {domain}: {figure:,} of {counted_:,} {words}"
            for figure, words in zip(figures, PART_WORDS, strict=True)
        ]
        required = row["required"] if not end else None
        shares = [figure / counted_ for figure in figures]
        found.append(Bar(f"{plan} {domain}", color, shares, told, required))
    return found


def _bar_keys() -> Any:
    return parts.keys(
        [
            ("■", BH, "BH, served nobody"),
            ("■", PH, "PH, served nobody"),
            ("▨", INK, "hatched: served few (limited)"),
            ("□", INK, "pale: through a group's lines alone"),
            ("■", "#cbd2d9", "grey: serving"),
            ("│", INK, "largest share of BH allowed"),
        ]
    )


GHOST_COLUMNS = [
    parts.number_column("counted", "BH counted", 82, ",d"),
    parts.number_column("ghost", "Served nobody", 82, ",d"),
    parts.number_column("share", "BH share", 78, ".1%"),
    parts.number_column("share_ph", "PH share", 78, ".1%"),
    parts.number_column("required", "Allowed", 78, ".0%"),
    parts.column("verdict", "Verdict", 124),
    parts.number_column("limited", "Limited", 76, ",d"),
    parts.number_column("behind", "By group", 76, ",d"),
    parts.number_column("serving", "Serving", 78, ",d"),
    parts.number_column("new", "New", 64, ",d"),
    parts.number_column("undecided", "Undecided", 84, ",d"),
]


def _ghost_grid(looked: Looked, name: str, title: str, found: pl.DataFrame) -> Any:
    place = (
        ("place", "County", 110) if name.endswith("counties") else ("specialty", "Specialty", 176)
    )
    first = [parts.column("plan", "Plan", 82, pinned="left"), parts.column(*place)]
    made = parts.grid(
        name,
        [*first, *GHOST_COLUMNS],
        ghost_rows(found),
        "finding_id",
        f"listed behavioral-health providers and whom they served, {title.lower()}",
        looked.key(name),
    )
    return html.Div(made, className="under")


def ghost_rows(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows of providers: what is not met first, then the largest share."""
    order = {"not_met": 0, "could_not_run": 1, "met": 2, "not_applicable": 3}
    rows = []
    ranked = sorted(
        found.iter_rows(named=True),
        key=lambda row: (
            order.get(row["verdict"], 4),
            -_share(row["ghost"], row["counted"], 0.0),
            row["plan_id"],
            row["place"],
        ),
    )
    for row in ranked:
        same = ("place", "counted", "ghost", "limited", "behind", "serving")
        few = row["verdict"] == "not_applicable"
        rows.append(
            {"finding_id": row["finding_id"], "plan": row["plan_id"]}
            | {"specialty": row["specialty"].capitalize()}
            | {name: row[name] for name in (*same, "new", "undecided", "required")}
            | {"share": None if few else _share(row["ghost"], row["counted"])}
            | {"share_ph": _share(row["ghost_ph"], row["counted_ph"])}
            | {"verdict": tell_verdict(row["verdict"]) + (" (exception)" if row["excused"] else "")}
        )
    return rows


def _share(part: int | None, whole: int | None, none: Any = None) -> Any:
    return none if part is None or not whole else part / whole


def paper_table(looked: Looked) -> pl.DataFrame:
    """Return members within reach as listed and as serving, as shown."""
    return shown(paper_rows(serving.on_paper(looked.findings, looked.query.plan)))


def ghost_table(looked: Looked) -> pl.DataFrame:
    """Return providers by whom they served, counties and specialties of every plan."""
    found = serving.ghosts(looked.findings, looked.query.plan)
    rows = [
        row | {"share": percent(row["share"]), "share_ph": percent(row["share_ph"])}
        for row in ghost_rows(found)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
