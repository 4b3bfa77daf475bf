"""Frames to figures; pure. PH is blue and BH is orange everywhere, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl
from plotly.colors import sample_colorscale

from dashboards.small_cells import drawn_share, tell_count, tell_share
from dashboards.shapes import Ring
from dashboards.wording import VERDICT_WORDS, month, percent

PH, BH = "#2b6cb0", "#c05621"
INK, MUTED, LINE, PAPER = "#1f2933", "#52606d", "#cbd2d9", "#ffffff"
OTHERS = "#9aa5b1"

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

SHARES = ["#2a1a4a", "#4a3a78", "#7466a5", "#a59bc9", "#d3cde6", "#f3f1f8"]
"""The one sequential scale: dark is far from served, pale is served. From 0 to 100 %."""

SEVERITY_SHADES = {"critical": INK, "major": "#627282", "minor": "#b3bdc7", "info": "#e4e7eb"}

UNCOUNTED = "#ffffff"

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def blank(height: int = 300, **layout: Any) -> go.Figure:
    """Return an empty figure in the dashboard's style."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": INK},
        showlegend=False,
        hoverlabel={"bgcolor": PAPER, "bordercolor": MUTED, "font": {"color": INK, "size": 12}},
        dragmode=False,
        **layout,
    )
    return figure


def county_map(
    counties: pl.DataFrame,
    outlines: Mapping[str, Ring],
    shows: str = "share",
    most: float = 0.0,
) -> go.Figure:
    """Draw one specialty's counties.

    Parameters
    ----------
    counties
        Rows of :data:`dashboards.reach.REACH`.
    outlines
        By county FIPS its rings; a county without a row is left white.
    shows
        ``share`` of members within, 0 to 1; or ``miles`` of the farthest member.
    most
        Miles at the far end of the scale of ``miles``, the same for maps that stand together.

    Returns
    -------
    One filled trace a county; what is not met is hatched and has a heavy border, drawn last.
    """
    known = {row["fips"]: row for row in counties.iter_rows(named=True)}
    figure = blank(height=230, hovermode="closest")
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x", scaleratio=1)
    order = sorted(outlines, key=lambda fips: _is_short(known.get(fips)))
    for fips in order:
        row = known.get(fips)
        xs, ys = outlines[fips]
        short = _is_short(row)
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            fill="toself",
            fillcolor=_shade(row, shows, most),
            fillpattern={
                "shape": "/" if short else "",
                "size": 6,
                "solidity": 0.25,
                "fgcolor": INK,
                "bgcolor": _shade(row, shows, most),
            },
            line={"color": INK if short else OTHERS, "width": 2.2 if short else 0.6},
            hoveron="fills",
            hoverinfo="text",
            text=_hover(fips, row),
            name=fips,
        )
    return figure


def _is_short(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row["verdict"] == "not_met"


def _shade(row: Mapping[str, Any] | None, shows: str, most: float) -> str:
    if row is None:
        return UNCOUNTED
    if shows == "miles":
        miles = row["longest_miles"]
        place = None if miles is None else 1 - min(miles / most, 1) if most else 1.0
    else:
        place = drawn_share(row["within"], row["members"])
    return UNCOUNTED if place is None else str(sample_colorscale(SHARES, [place])[0])


def _hover(fips: str, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return f"{fips}: no members counted"
    verdict = VERDICT_WORDS.get(row["verdict"], row["verdict"])
    if row["within"] is None:
        return f"<b>{row['county']}</b><br>{verdict}"
    miles = row["longest_miles"]
    farthest = "" if miles is None else f"<br>farthest member {miles:.1f} miles"
    return (
        f"<b>{row['county']}</b> ({tell_count(row['members'])} members)<br>"
        f"{tell_share(row['within'], row['members'])} within, "
        f"{percent(row['required'], 0)} required: {verdict}{farthest}"
    )


def monthly_lines(
    months: pl.DataFrame,
    column: str,
    shown: Sequence[str],
    required: float | None = None,
    top: float | None = None,
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
    top
        Upper end of the axis, a share; fitted when None.
    """
    figure = blank(height=320, hovermode="x unified" if len(shown) < 2 else "closest")
    every = sorted(months["month"].unique().to_list())
    ripe = months.filter("mature")["month"].max()
    if top is None:
        top = max([months[column].max() or 0.0, required or 0.0, 0.1]) * 1.12
    _shade_arriving(figure, every, str(ripe or ""), top)
    if required is not None:
        figure.add_shape(
            type="line", xref="paper", x0=0, x1=1, y0=required, y1=required,
            line={"color": INK, "width": 1.5, "dash": "dash"},
        )  # fmt: skip
        figure.add_annotation(
            xref="paper", x=0, y=required, text=f"{percent(required, 0)} required",
            showarrow=False, xanchor="left", yanchor="top", font={"size": 12, "color": INK},
        )  # fmt: skip
    plans = sorted(months["plan_id"].unique().to_list(), key=lambda plan: plan in shown)
    ends = _ends(months, column, plans)
    for place, plan in enumerate(plans):
        stands_out = plan in shown
        own = months.filter(pl.col("plan_id") == plan).sort("month")
        dash = DASHES[[*shown].index(plan) % len(DASHES)] if stands_out else "solid"
        _draw_plan(figure, own, column, plan, stands_out, dash)
        if plan in ends:
            last, height = ends[plan]
            figure.add_annotation(
                x=last, y=height, text=_plain(plan), showarrow=False, xanchor="left", xshift=6,
                yshift=_clear(place, plans, ends, top), font={"size": 12, "color": BH if stands_out else MUTED},
            )  # fmt: skip
    figure.update_xaxes(
        type="category", categoryorder="array", categoryarray=every, showgrid=False,
        tickvals=every[::3], ticktext=[month(each) for each in every[::3]],
        range=[-0.5, len(every) + 1.2], fixedrange=True, linecolor=LINE,
    )  # fmt: skip
    figure.update_yaxes(
        range=[0, top], tickformat=".0%", gridcolor="#e4e7eb", zeroline=True, zerolinecolor=LINE,
        fixedrange=True,
    )  # fmt: skip
    figure.update_layout(margin={"l": 44, "r": 12, "t": 12, "b": 28})
    return figure


def _shade_arriving(figure: go.Figure, every: Sequence[str], ripe: str, top: float) -> None:
    """Shade the months whose encounters have not all come yet."""
    unripe = [place for place, each in enumerate(every) if each > ripe]
    if not unripe:
        return
    figure.add_shape(
        type="rect", x0=unripe[0] - 0.5, x1=unripe[-1] + 0.5, y0=0, y1=top, layer="below",
        fillcolor="#e4e7eb", opacity=0.75, line={"width": 0},
    )  # fmt: skip
    figure.add_annotation(
        x=(unripe[0] + unripe[-1]) / 2, y=0, text="still<br>arriving", showarrow=False,
        yanchor="bottom", yshift=4, font={"size": 11, "color": "#3e4c59"},
    )  # fmt: skip


def _draw_plan(
    figure: go.Figure, own: pl.DataFrame, column: str, plan: str, stands_out: bool, dash: str
) -> None:
    """Draw a plan's line: solid while mature, faint and dotted after."""
    ripe = own.filter("mature")
    unripe = pl.concat([ripe.tail(1), own.filter(~pl.col("mature"))])
    for part, kind in ((ripe, dash), (unripe, "dot")):
        if part.is_empty() or (part is unripe and len(unripe) < 2):
            continue
        figure.add_scatter(
            x=part["month"].to_list(),
            y=part[column].to_list(),
            mode="lines+markers" if stands_out and part is ripe else "lines",
            name=_plain(plan),
            line={"color": BH if stands_out else OTHERS, "width": 2.4 if stands_out else 1.3, "dash": kind},
            marker={"size": 5},
            opacity=1 if part is ripe else 0.55,
            hovertemplate="%{y:.1%}" if part is ripe else "%{y:.1%}, still arriving",
        )


def _ends(months: pl.DataFrame, column: str, plans: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Return where each plan's line ends."""
    ends = {}
    for plan in plans:
        own = months.filter((pl.col("plan_id") == plan) & pl.col(column).is_not_null()).sort("month")
        if len(own):
            ends[plan] = (own["month"][-1], float(own[column][-1]))
    return ends


def _clear(place: int, plans: Sequence[str], ends: Mapping[str, tuple[str, float]], top: float) -> float:
    """Return pixels to move a label by, so that labels of lines that end together stay apart."""
    raise NotImplementedError
