"""Network: who can reach a behavioral specialty, beside a physical one on the same scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import parts, reach
from dashboards.address import write
from dashboards.data import visible
from dashboards.evidence import evidence_of, of_rule
from dashboards.figures import idle_bars
from dashboards.maps import SCALE, county_map
from dashboards.page import Looked, Page
from dashboards.reach import Total
from dashboards.shapes import outlines, proportion
from dashboards.small_cells import (
    NOTE,
    SMALL_MIDDLE,
    difference,
    drawn_share,
    is_small,
    tell_count,
    tell_part,
    tell_share,
)
from dashboards.wording import counted, listed, percent, tell_name, tell_verdict


def settle(looked: Looked) -> Mapping[str, str]:
    """Choose the first plan, psychiatry and primary care where nothing is asked for."""
    measured = reach.specialties(looked.findings)
    return {
        "plan": (looked.plans or ("",))[0],
        "specialty": _preferred([one.key for one in measured if one.is_bh], "psychiatry"),
        "beside": _preferred([one.key for one in measured if not one.is_bh], "primary_care"),
        "shows": "share",
    }


def render(looked: Looked) -> list[Any]:
    """Return two maps on one scale, the counties ranked by members beyond, and idle clinicians."""
    query = looked.query
    bh = reach.counties(looked.findings, query.plan, query.specialty)
    ph = reach.counties(looked.findings, query.plan, query.beside)
    if bh.is_empty():
        told = "This review holds no county figures (NW01) of a behavioral-health specialty"
        return [
            parts.notice(
                "Nothing to map",
                f"{told} for {visible(query.plan)}.",
                "They come from a contract that has an NW01 requirement of that specialty, and "
                "from the plan's members and providers tables.",
            ),
            *idle(looked),
        ]
    titles = {one.key: one.title for one in reach.specialties(looked.findings)}
    names = (titles.get(query.specialty, ""), titles.get(query.beside, ""))
    providers = reach.provider_counts(looked.findings, query.plan, query.specialty)
    gaps = reach.gaps(bh, ph, providers)
    return [
        answer(query.plan, names, reach.total(bh), reach.total(ph)),
        maps(looked, names, bh, ph),
        gap_table(looked, names, gaps),
        clause(looked, names[0], bh),
        *idle(looked),
    ]


def answer(plan: str, names: tuple[str, str], bh: Total, ph: Total) -> Any:
    """Say how many members reach the specialty, and in how many counties too few do."""
    within, told = tell_share(bh.within, bh.members), tell_part(bh.within, bh.members)
    short = counted(bh.counties, "county", "counties")
    words: list[Any] = [
        html.Strong(
            f"{told[:1].upper()}{told[1:]} members of {visible(plan)} "
            f"({within}) are within the limit for {visible(names[0].lower())}"
        ),
        f", against {tell_share(ph.within, ph.members)} for {visible(names[1].lower())}. "
        if ph.members
        else ". ",
        f"The share required is missed in {bh.short or 'none'} of {short}",
        f", and in {ph.short or 'none'} for {visible(names[1].lower())}." if ph.counties else ".",
    ]
    stuck = bh.uncounted + ph.uncounted
    if stuck:
        words.append(f" {counted(stuck, 'county', 'counties')} could not be counted.")
    return parts.answer(*words)


def maps(looked: Looked, names: tuple[str, str], bh: pl.DataFrame, ph: pl.DataFrame) -> Any:
    """Return the two maps and the one scale they share."""
    states = tuple(sorted({fips[:2] for fips in bh["fips"] if fips[:2].isdecimal()}))
    shapes = outlines(states) if states else {}
    ratio = min(max(proportion(states), 0.8), 4.0) if states else 1.0
    shows = looked.query.shows
    farthest = pl.concat([bh["longest_miles"], ph["longest_miles"]]).max()
    most = float(farthest) if isinstance(farthest, float) else 0.0
    drawn: list[Any] = []
    for domain, name, frame in (("BH", names[0], bh), ("PH", names[1], ph)):
        if frame.is_empty():
            drawn.append(html.P("No physical specialty was measured."))
            continue
        label = f"map of {len(frame)} counties, {domain} {name}; the figures stand in the table"
        figure = county_map(frame, shapes, shows, most)
        total = reach.total(frame)
        told = f"{counted(total.short, 'county', 'counties')} below the share required"
        drawn.append(
            html.Figure(
                [
                    html.Figcaption(
                        [parts.domain_mark(domain), html.Strong(visible(name)), html.Span(told)]
                    ),
                    parts.chart(figure, label, ratio),
                ]
            )
        )
    return parts.card(
        "Miles to the farthest member, by county"
        if shows == "miles"
        else "Share of members within the limit, by county",
        html.Div(drawn, className="pair maps"),
        legend(shows, most, pl.concat([bh, ph])),
        wide=True,
    )


def legend(shows: str, most: float, both: pl.DataFrame) -> Any:
    """Return the scale of both maps, with the required shares marked on it."""
    standards = reach.standards(both)
    towards = "left" if shows == "miles" else "right"
    ramp = f"linear-gradient(to {towards}, {', '.join(SCALE)})"
    ends = ("0 miles", f"{most:,.0f} miles") if shows == "miles" else ("0 %", "100 %")
    ticks = [
        html.Span(
            html.Span(percent(share, 0)),
            className=f"tick {'below' if place % 2 else 'above'}",
            style={"left": f"{100 * share:.2f}%"},
        )
        for place, share in enumerate(() if shows == "miles" else standards)
    ]
    asked = [
        f"{percent(share, 0)} required in {listed(name for name in names if name)} counties"
        for share, names in standards.items()
        if any(names)
    ] or [f"{percent(share, 0)} required" for share in standards]
    stuck = []
    if "could_not_run" in both["verdict"]:
        stuck.append(html.Span([html.Span(className="swatch crossed"), "could not run"]))
    return html.Div(
        [
            html.Div(
                [
                    html.Span(ends[0]),
                    html.Div(ticks, className="ramp", style={"backgroundImage": ramp}),
                    html.Span(ends[1]),
                ],
                className="scale",
            ),
            html.Div(
                [
                    html.Span([html.Span(className="swatch hatched"), "not met"]),
                    html.Span([html.Span(className="swatch blank"), "no members counted"]),
                    *stuck,
                    *(html.Span(words) for words in asked),
                ],
                className="keys",
            ),
        ],
        className="legend",
    )


COLUMNS = [
    parts.column("county", "County", 98, pinned="left"),
    parts.column("county_class", "Class", 76),
    parts.told_column("members", "Members", 78),
    parts.told_column("beyond", "BH beyond", 68),
    parts.told_column("within", "BH within", 82),
    parts.told_column("required", "Required", 78),
    parts.column("verdict", "BH verdict", 130),
    parts.told_column("beyond_ph", "PH beyond", 68),
    parts.told_column("within_ph", "PH within", 82),
    parts.column("verdict_ph", "PH verdict", 130),
    parts.told_column("difference", "BH less PH", 66),
    parts.number_column("longest_miles", "Farthest, miles", 74, ",.1f"),
    parts.told_column("borderline", "Borderline", 84),
    parts.told_column("providers", "Providers, of needed", 84),
    *(parts.told_column(name, name.capitalize(), 104) for name in reach.CLASSES),
    parts.column("exception", "Exception", 110),
]
"""Columns of the gap table; a figure that must not be told sorts by the middle of its bounds."""


def gap_rows(gaps: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of the gap table as they may be shown, most members beyond first.

    Where as many are beyond for the behavioral specialty, those beyond for the physical one count.
    """
    rows = [
        {
            "finding_id": row["finding_id"],
            "county": row["county"],
            "county_class": (row["county_class"] or "unknown").replace("_", " "),
            **_count("members", row["members"]),
            **_count("beyond", row["beyond"]),
            "within": drawn_share(row["within"], row["members"]),
            "within_told": tell_share(row["within"], row["members"]),
            "required": row["required"],
            "required_told": percent(row["required"], 0),
            "verdict": tell_verdict(row["verdict"]),
            **_count("beyond_ph", _less(row["members_ph"], row["within_ph"])),
            "within_ph": drawn_share(row["within_ph"], row["members_ph"]),
            "within_ph_told": tell_share(row["within_ph"], row["members_ph"]),
            "verdict_ph": tell_verdict(row["verdict_ph"] or ""),
            **_difference(row),
            "longest_miles": row["longest_miles"],
            **_count("borderline", row["borderline"]),
            **_providers(row),
            **{
                key: value
                for name in reach.CLASSES
                for key, value in _count(name, row[name]).items()
            },
            "exception": row["exception"] or "",
        }
        for row in gaps.iter_rows(named=True)
    ]
    return sorted(
        rows,
        key=lambda row: (
            row["members"] == 0,
            -(row["beyond"] or 0),
            -(row["beyond_ph"] or 0),
            row["within"] or 0,
            row["county"],
        ),
    )


def gap_table(looked: Looked, names: tuple[str, str], gaps: pl.DataFrame) -> Any:
    """Return the counties ranked by members beyond the limit."""
    asked = write(looked.query.but(finding=""))
    label = f"counties ranked by members beyond the limit for {names[0]}"
    return parts.card(
        "Members beyond the limit, counties ranked",
        parts.grid("gaps", COLUMNS, gap_rows(gaps), "finding_id", label, looked.review.id + asked),
        html.P(
            f"{NOTE} Borderline: within by straight line, beyond at 1.3 times the miles.",
            className="note",
        ),
        note=["choose a row to open it ", parts.download(f"/download/network.csv{asked}")],
        wide=True,
    )


def clause(looked: Looked, title: str, bh: pl.DataFrame) -> Any:
    """Say what the limit is, where it stands, and how reach was computed."""
    first = pl.col("finding_id") == bh["finding_id"][0]
    row = looked.findings.row(by_predicate=first, named=True)
    rows = [
        [
            (each["county_class"] or "every class").replace("_", " "),
            visible(each["limit"]),
            percent(each["required"], 0),
        ]
        for each in reach.limits(bh).iter_rows(named=True)
    ]
    basis = next((each for each in bh["basis"] if each), "")
    travel = next((each for each in bh["travel"] if each), "")
    return parts.card(
        "The clause, and how it was computed",
        parts.facts(
            [
                ("Requirement", visible(row["requirement_id"])),
                ("Clause", parts.clause(row)),
                ("Period", visible(row["period"])),
                ("Distance", visible(f"{basis}; minutes {travel}".strip("; "))),
            ]
        ),
        parts.table(
            ["County class", "Limit", "Share required"], rows, f"limits for {title}", "figures"
        ),
        html.P(
            "Members are those enrolled on the last day of the period. A provider counts when its "
            "contract is in force on that day and it sees members in person. Members whom nothing "
            "locates are in the base and not within."
        ),
        wide=True,
    )


def idle(looked: Looked) -> list[Any]:
    """Return the card of listed clinicians who serve nobody, where NW06 was measured."""
    found = of_rule(looked.findings, "NW06", plan_id=looked.query.plan)
    if found.is_empty():
        return []
    row = found.row(0, named=True)
    told = evidence_of(row)
    by_specialty = [
        (tell_name(name), int(each["eligible"]), int(each["idle"]))
        for name, each in sorted((told.get("by_specialty") or {}).items())
    ]
    href = looked.to(
        "/findings", plan=row["plan_id"], rule="NW06", verdict="all", finding=row["finding_id"]
    )
    body: list[Any] = [html.P([parts.mark(row["verdict"]), " ", visible(row["message"])])]
    if by_specialty:
        label = f"idle and serving clinicians of {len(by_specialty)} specialties"
        body.append(parts.chart(idle_bars(by_specialty), label))
    return [
        parts.card(
            "Listed clinicians who serve nobody",
            *body,
            html.P(
                [*parts.clause(row), " ", dcc.Link("Open the finding", href=href)],
                className="note",
            ),
            wide=True,
        )
    ]


_FIELDS = tuple(column["field"] for column in COLUMNS)


def table(looked: Looked) -> pl.DataFrame:
    """Return the gap table as it is shown."""
    query = looked.query
    bh = reach.counties(looked.findings, query.plan, query.specialty)
    ph = reach.counties(looked.findings, query.plan, query.beside)
    providers = reach.provider_counts(looked.findings, query.plan, query.specialty)
    rows = gap_rows(reach.gaps(bh, ph, providers))
    shown = [
        {field: row.get(f"{field}_told", row[field]) for field in ("finding_id", *_FIELDS)}
        for row in rows
    ]
    return pl.DataFrame(shown, infer_schema_length=None)


def _count(name: str, count: float | None) -> dict[str, Any]:
    """Return a count of members and how it is told; a small one stands for all small ones."""
    return {name: SMALL_MIDDLE if is_small(count) else count, f"{name}_told": tell_count(count)}


def _less(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else whole - part


def _difference(row: Mapping[str, Any]) -> dict[str, Any]:
    points = difference((row["within"], row["members"]), (row["within_ph"], row["members_ph"]))
    return {"difference": points, "difference_told": "" if points is None else f"{points:+.1f}"}


def _providers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return providers counted and needed where NW02 counted them, else those within reach."""
    if row["counted"] is not None and row["needed"] is not None:
        told = f"{row['counted']:,.0f} of {row['needed']:,.0f}"
        return {"providers": row["counted"], "providers_told": told}
    reached = row["providers"]
    return {"providers": reached, "providers_told": "" if reached is None else f"{reached:,}"}


def _preferred(keys: list[str], wanted: str) -> str:
    return wanted if wanted in keys else (keys or [""])[0]


PAGE = Page(
    path="/network",
    name="Network",
    question="Can members reach behavioral health as they reach physical health?",
    empty="maps of the members within reach of a behavioral specialty beside a physical one, and "
    "the counties ranked by members beyond",
    filters=("review", "plan", "specialty", "beside", "shows"),
    render=render,
    table=table,
    settle=settle,
)
