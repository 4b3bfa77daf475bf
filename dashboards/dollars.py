"""Figures of money: dollars by month, accounts whose parts sum to a whole; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.dots import name_row
from dashboards.figures import (
    APART,
    BH,
    FAINT,
    INK,
    LINE,
    MUTED,
    OTHERS,
    PAPER,
    blank,
    name_months,
    shade_arriving,
    spread,
)
from dashboards.wording import month

LINES = {
    "rate_pmpm": ("rate", INK, "dash", 1.8),
    "bh_pmpm": ("completed", BH, "solid", 2.6),
    "bh_raw_pmpm": ("as arrived", OTHERS, "dot", 1.8),
}
"""Lines of the monthly chart by their column: words at their end, colour, dash and width."""


@dataclass(frozen=True)
class Step:
    """One bar of an account: from ``start`` to ``end`` dollars, with its words.

    ``hatched`` marks what was not spent or took away.
    """

    name: str
    start: float
    end: float
    color: str
    told: str
    hatched: bool = False


def monthly_pmpm(months: pl.DataFrame, since: str = "") -> go.Figure:
    """Draw BH dollars per member month: completed, as arrived, and the BH part of the rate.

    Parameters
    ----------
    months
        Rows of one plan of :func:`dashboards.money.by_month`.
    since
        The month from which on the money is said to have shifted, "" for none.
    """
    figure = blank(height=330, hovermode="closest")
    every = months["month"].to_list()
    top = max([0.0, *(each for name in LINES for each in months[name].drop_nulls())]) or 1.0
    shade_arriving(figure, [at for at, ripe in enumerate(months["mature"].to_list()) if not ripe])
    ends: dict[str, float] = {}
    for column, (words, color, dash, width) in LINES.items():
        _draw(figure, months, column, words, color, dash, width)
        told = (months.filter("mature") if column == "bh_pmpm" else months)[column].drop_nulls()
        if len(told):
            ends[column] = float(told[-1])
    for column, height in spread(ends, APART * 1.15 * top).items():
        words, color, _, _ = LINES[column]
        figure.add_annotation(
            xref="paper",
            x=1,
            y=height,
            text=words,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": 12, "color": MUTED if color == OTHERS else color},
        )
    if since in every:
        at = every.index(since) - 0.5
        line = {"color": INK, "width": 1.5}
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line)
        late = at > 0.6 * len(every)
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            text=escape(f"since {month(since)}"),
            showarrow=False,
            xanchor="right" if late else "left",
            xshift=-4 if late else 4,
            yanchor="top",
        )
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
        range=[0, 1.15 * top],
        tickprefix="$",
        tickformat=",.0f" if top >= 10 else ",.2f",
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=LINE,
        fixedrange=True,
    )
    figure.update_layout(margin={"l": 44, "r": 76, "t": 12, "b": 40})
    return figure


def _draw(
    figure: go.Figure,
    months: pl.DataFrame,
    column: str,
    words: str,
    color: str,
    dash: str,
    width: float,
) -> None:
    """Draw one line; months that do not count are faint, and of the completed one not joined."""
    ripe = months.filter("mature")
    own = ripe if column == "bh_pmpm" else months
    figure.add_scatter(
        x=own["month"].to_list(),
        y=own[column].to_list(),
        mode="lines+markers" if column == "bh_pmpm" else "lines",
        line={"color": color, "width": width, "dash": dash},
        marker={"size": 6},
        hovertemplate=f"%{{x}}: $%{{y:,.2f}} {words}<extra></extra>",
    )
    still = months.filter(~pl.col("mature"), pl.col(column).is_not_null())
    if column == "bh_pmpm" and len(still):
        figure.add_scatter(
            x=still["month"].to_list(),
            y=still[column].to_list(),
            mode="markers",
            marker={"size": 7, "symbol": "circle-open", "color": color, "line": {"width": 1.5}},
            opacity=0.7,
            hovertemplate=f"%{{x}}: $%{{y:,.2f}} {words}, not counted<extra></extra>",
        )


def account(steps: Sequence[Step], cents: bool = False) -> go.Figure:
    """Draw bars from top to bottom, each where the one before it ended; 0 is on the axis.

    Parameters
    ----------
    cents
        Whether the axis needs cents.
    """
    ends = [each for step in steps for each in (step.start, step.end)]
    low, high = min([0.0, *ends]), max([0.0, *ends]) or 1.0
    room = high - low
    figure = blank(height=44 + 34 * len(steps), bargap=0.3)
    names = [name_row(step.name, width=18) for step in steps]
    for at, step in enumerate(steps):
        marker: dict[str, Any] = {"color": step.color, "line": {"color": INK, "width": 0.8}}
        if step.hatched:
            marker["pattern"] = {"shape": "/", "size": 6, "solidity": 0.3, "fgcolor": step.color}
            marker["pattern"]["bgcolor"] = PAPER
        figure.add_bar(
            x=[step.end - step.start],
            base=[step.start],
            y=[at],
            orientation="h",
            marker=marker,
            hovertext=[escape(f"{step.name}: {step.told}")],
            hovertemplate="%{hovertext}<extra></extra>",
        )
        right = max(step.start, step.end)
        inside = right > low + 0.62 * room
        wide = abs(step.end - step.start) > 0.3 * room
        figure.add_annotation(
            x=right if not inside or wide else min(step.start, step.end),
            y=at,
            text=escape(step.told),
            showarrow=False,
            xanchor="right" if inside else "left",
            xshift=-5 if inside else 5,
            font={
                "size": 12,
                "color": PAPER if inside and wide and not step.hatched else INK,
            },
            bgcolor=PAPER if inside and wide and step.hatched else "rgba(0,0,0,0)",
        )
    figure.update_xaxes(
        range=[low - 0.02 * room, high + 0.02 * room],
        tickprefix="$",
        tickformat=",.2f" if cents and high < 10 else ",.0f",
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=MUTED,
        fixedrange=True,
        nticks=5,
    )
    figure.update_yaxes(
        range=[len(steps) - 0.5, -0.5],
        tickvals=list(range(len(steps))),
        ticktext=names,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
        ticklabelstandoff=6,
    )
    figure.update_layout(margin={"l": 8, "r": 10, "t": 6, "b": 26})
    return figure
