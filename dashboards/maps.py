"""Counties to maps; pure. A map is filled outlines: no tiles, no projection, no WebGL."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl
from plotly.colors import sample_colorscale

from dashboards.figures import INK, OTHERS, blank
from dashboards.shapes import Ring
from dashboards.small_cells import drawn_share, tell_count, tell_share
from dashboards.wording import VERDICT_WORDS, percent

SCALE = ["#2a1a4a", "#4a3a78", "#7466a5", "#a59bc9", "#d3cde6", "#f3f1f8"]
"""The one sequential scale: dark is far from served, pale is served."""

UNCOUNTED = "#ffffff"

STEPS = 200
_SHADES = sample_colorscale(SCALE, [step / STEPS for step in range(STEPS + 1)])


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
        ``share`` of members within, 0 to 1; or ``miles`` to the farthest member.
    most
        Miles at the far end of the scale of ``miles``, the same for maps that stand together.

    Returns
    -------
    One filled trace a county; what is not met is hatched and has a heavy border, drawn last;
    what could not run is crossed.
    """
    known = {row["fips"]: row for row in counties.iter_rows(named=True)}
    figure = blank(height=None, hovermode="closest")
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True, scaleanchor="x", scaleratio=1)
    # As plain mappings: each is checked once, not once alone and again in the figure.
    drawn: list[dict[str, Any]] = []
    for fips in sorted(outlines, key=lambda fips: (is_short(known.get(fips)), fips)):
        row = known.get(fips)
        shade, short = shade_of(row, shows, most), is_short(row)
        shape = "/" if short else "x" if is_stuck(row) else ""
        pattern = {
            "shape": shape,
            "size": 6,
            "solidity": 0.3,
            "fgopacity": 0.9,
            "fgcolor": INK if short else OTHERS,
        }
        drawn.append(
            {
                "type": "scatter",
                "x": outlines[fips][0],
                "y": outlines[fips][1],
                "mode": "lines",
                "fill": "toself",
                "fillcolor": shade,
                "line": {"color": INK if short else OTHERS, "width": 2.2 if short else 0.6},
                "hoveron": "fills",
                "hoverinfo": "text",
                "text": hover(fips, row),
                "name": fips,
                **({"fillpattern": pattern} if shape else {}),
            }
        )
    return go.Figure(data=drawn, layout=figure.layout)


def is_short(row: Mapping[str, Any] | None) -> bool:
    """Whether a county falls short of the required share."""
    return row is not None and row["verdict"] == "not_met"


def is_stuck(row: Mapping[str, Any] | None) -> bool:
    """Whether a county could not be counted, which is neither met nor not met."""
    return row is not None and row["verdict"] == "could_not_run"


def shade_of(row: Mapping[str, Any] | None, shows: str, most: float) -> str:
    """Return a county's colour; white where nothing was counted."""
    if row is None:
        return UNCOUNTED
    place = drawn_share(row["within"], row["members"])
    if shows == "miles":
        miles = row["longest_miles"]
        place = None if miles is None else 1.0 - (min(miles / most, 1.0) if most else 0.0)
    return UNCOUNTED if place is None else str(_SHADES[round(place * STEPS)])


def hover(fips: str, row: Mapping[str, Any] | None) -> str:
    """Return what a county says under the pointer."""
    if row is None:
        return f"{fips}: no members counted"
    name = f"<b>{escape(row['county'])}</b>"
    verdict = VERDICT_WORDS.get(row["verdict"], row["verdict"])
    if row["within"] is None:
        return f"{name}<br>{verdict}"
    miles = row["longest_miles"]
    farthest = "" if miles is None else f"<br>farthest member {miles:.1f} miles"
    return (
        f"{name}, {tell_count(row['members'])} members<br>"
        f"{tell_share(row['within'], row['members'])} within; "
        f"{percent(row['required'], 0)} required: {verdict}{farthest}"
    )
