"""Frames to figures; pure. PH is blue and BH is orange everywhere, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.wording import month, percent

PH, BH = "#2b6cb0", "#c05621"
INK, MUTED, LINE, PAPER = "#1f2933", "#52606d", "#cbd2d9", "#ffffff"
FAINT = "#e4e7eb"
OTHERS = "#7b8794"

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

SEVERITY_SHADES = {"critical": INK, "major": "#627282", "minor": "#b3bdc7", "info": FAINT}
"""One grey ramp, gravest darkest; the word stands beside it."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

LEGEND = {"traceorder": "normal", "entrywidthmode": "pixels"}

APART = 0.062
"""Least distance of two labels, in parts of the axis."""


def blank(height: int | None = 300, **layout: Any) -> go.Figure:
    """Return an empty figure in the dashboard's style."""
    return go.Figure(layout=style(height) | layout)


def style(height: int | None) -> dict[str, Any]:
    """Return the layout that every figure starts from."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": INK},
        "showlegend": False,
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": MUTED, "font": {"color": INK, "size": 12}},
        "dragmode": False,
    }


def monthly_lines(
    months: pl.DataFrame,
    column: str,
    shown: Sequence[str],
    required: float | None = None,
) -> go.Figure:
    """Draw a share by month, one line a plan, named at its end.

    Parameters
    ----------
    months
        Rows of :func:`dashboards.months.by_month`.
    column
        ``ratio`` or ``bh_share``.
    shown
        Plans that are drawn in the colour of BH; the others are grey and thin.
    required
        The share that the contract requires, drawn as a line.

    Returns
    -------
    A figure whose months that are not mature are shaded and say ``still arriving``.
    """
    figure = blank(height=320, hovermode="closest")
    every = sorted(months["month"].unique().to_list())
    highest = months[column].max()
    top = 1.12 * max(float(highest) if isinstance(highest, float) else 0.0, required or 0.0, 0.1)
    ripe = str(months.filter("mature")["month"].max() or "")
    shade_arriving(figure, [place for place, each in enumerate(every) if each > ripe])
    if required is not None:
        _mark_required(figure, required)
    plans = sorted(months["plan_id"].unique().to_list(), key=lambda plan: (plan in shown, plan))
    ends = {}
    for plan in plans:
        own = months.filter(pl.col("plan_id") == plan).sort("month")
        dash = DASHES[[*shown].index(plan) % len(DASHES)] if plan in shown else "solid"
        _draw_plan(figure, own, column, plan in shown, dash)
        told = own.filter(pl.col(column).is_not_null())
        if len(told):
            ends[plan] = float(told[column][-1])
    asked = "" if required is None else percent(required, 0)
    if required is not None:
        ends[asked] = required
    for plan, height in spread(ends, APART * top).items():
        figure.add_annotation(
            xref="paper",
            x=1,
            y=height,
            text=escape(plan),
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": 12, "color": INK if plan == asked else BH if plan in shown else MUTED},
        )
    longest = max(map(len, [*plans, asked]), default=0)
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=every,
        tickvals=every[::3],
        ticktext=name_months(every[::3]),
        range=[-0.5, len(every) - 0.5],
        showgrid=False,
        fixedrange=True,
        linecolor=LINE,
        tickangle=0,
    )
    figure.update_yaxes(
        range=[0, top],
        tickformat=".0%",
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=LINE,
        fixedrange=True,
    )
    figure.update_layout(margin={"l": 44, "r": 16 + 8 * min(longest, 14), "t": 12, "b": 40})
    return figure


def name_months(months: Sequence[str]) -> list[str]:
    """Return names of months on an axis; the year stands under the first of each."""
    told, year = [], ""
    for each in map(month, months):
        told.append(each[:-5] if each[-4:] == year else f"{each[:-5]}<br>{each[-4:]}")
        year = each[-4:]
    return told


def spread(heights: Mapping[str, float], apart: float) -> dict[str, float]:
    """Return the heights of labels, moved no more than is needed to stand ``apart``."""
    order = sorted(heights, key=lambda name: (heights[name], name))
    placed: dict[str, float] = {}
    for name in order:
        lowest = placed[order[len(placed) - 1]] + apart if placed else heights[name]
        placed[name] = max(heights[name], lowest)
    return placed


def severity_bars(counts: Mapping[tuple[str, str], int], plans: Sequence[str]) -> go.Figure:
    """Draw what is not met as one bar a plan, from zero, its parts by severity.

    Parameters
    ----------
    counts
        By (plan, severity) the findings that are not met.
    plans
        Plans from top to bottom.
    """
    figure = blank(height=80 + 34 * len(plans), barmode="stack", bargap=0.35)
    for severity, shade in SEVERITY_SHADES.items():
        figures = [counts.get((plan, severity), 0) for plan in plans]
        figure.add_bar(
            y=[escape(plan) for plan in plans],
            x=figures,
            name=severity,
            orientation="h",
            marker={"color": shade, "line": {"color": MUTED, "width": 0.8}},
            text=[str(count) if count else "" for count in figures],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": PAPER if severity in ("critical", "major") else INK},
            hovertemplate=f"%{{y}}: %{{x}} {severity} not met<extra></extra>",
        )
    figure.update_xaxes(
        rangemode="tozero", gridcolor=FAINT, zerolinecolor=LINE, fixedrange=True, tickformat=",d",
        title={"text": "findings", "standoff": 4},
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticklabelstandoff=6)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "entrywidth": 52,
            **LEGEND,
        },
        margin={"l": 8, "r": 8, "t": 30, "b": 40},
    )
    return figure


def idle_bars(by_specialty: Sequence[tuple[str, int, int]]) -> go.Figure:
    """Draw clinicians by specialty, from zero: those idle, and the rest of those eligible.

    Parameters
    ----------
    by_specialty
        Title, eligible and idle clinicians of each specialty, from top to bottom.
    """
    titles = [escape(title) for title, _, _ in by_specialty]
    figure = blank(height=72 + 30 * len(titles), barmode="stack", bargap=0.4)
    for name, figures, color, ink in (
        ("on no final line", [idle for _, _, idle in by_specialty], BH, PAPER),
        ("serving", [eligible - idle for _, eligible, idle in by_specialty], FAINT, INK),
    ):
        figure.add_bar(
            y=titles,
            x=figures,
            name=name,
            orientation="h",
            marker={"color": color},
            text=[str(count) if count else "" for count in figures],
            textposition="inside",
            textangle=0,
            constraintext="none",
            insidetextanchor="middle",
            textfont={"color": ink},
            hovertemplate=f"%{{y}}: %{{x}} {name}<extra></extra>",
        )
    figure.update_xaxes(
        rangemode="tozero", gridcolor=FAINT, fixedrange=True,
        title={"text": "clinicians", "standoff": 4},
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", fixedrange=True, ticklabelstandoff=6)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "entrywidth": 110,
            **LEGEND,
        },
        margin={"l": 8, "r": 8, "t": 28, "b": 40},
    )
    return figure


def shade_arriving(figure: go.Figure, places: Sequence[int]) -> None:
    """Shade the months whose encounters have not all come yet."""
    if not places:
        return
    figure.add_shape(
        type="rect",
        x0=places[0] - 0.5,
        x1=places[-1] + 0.5,
        y0=0,
        y1=1,
        yref="paper",
        layer="below",
        fillcolor=FAINT,
        line={"width": 0},
    )
    figure.add_annotation(
        x=(places[0] + places[-1]) / 2,
        y=0,
        yref="paper",
        text="still<br>arriving",
        showarrow=False,
        yanchor="bottom",
        yshift=4,
        font={"size": 12, "color": MUTED},
    )


def _mark_required(figure: go.Figure, required: float) -> None:
    line = {"color": INK, "width": 1.5, "dash": "dash"}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=required, y1=required, line=line)


def _draw_plan(
    figure: go.Figure, own: pl.DataFrame, column: str, stands_out: bool, dash: str
) -> None:
    """Draw a plan's line: as it is while mature, faint and dotted after."""
    name, months = escape(own["plan_id"][0]), own["month"].to_list()
    figures, mature = own[column].to_list(), own["mature"].to_list()
    ripe = sum(bool(each) for each in mature)
    parts = [(0, ripe, dash, 1.0, "")]
    if ripe < len(months):
        parts.append((max(ripe - 1, 0), len(months), "dot", 0.6, ", still arriving"))
    for start, end, kind, opacity, note in parts:
        figure.add_scatter(
            x=months[start:end],
            y=figures[start:end],
            mode="lines+markers" if stands_out and not note else "lines",
            name=name,
            line={
                "color": BH if stands_out else OTHERS,
                "width": 2.4 if stands_out else 1.3,
                "dash": kind,
            },
            marker={"size": 5},
            opacity=opacity,
            hovertemplate=f"%{{x}}: %{{y:.1%}}{note}<extra>{name}</extra>",
        )
