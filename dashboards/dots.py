"""Shares as dots on one line a row, with intervals and what is required; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from dashboards.figures import BH, FAINT, INK, LINE, MUTED, OTHERS, PAPER, PH, style

MH, SUD = BH, "#7b341e"
"""Mental health and substance use treatment are shades of BH; their shapes differ too."""

SHAPES = {
    "circle": "●",
    "circle-open": "○",
    "diamond": "◆",
    "diamond-open": "◇",
    "square": "■",
    "square-open": "□",
    "triangle-up": "▲",
    "line-ns": "│",
}
"""Shapes of dots by plotly's names, and as a legend in words has them."""

SIDE_COLORS = {"BH": BH, "PH": PH}

ROW_HEIGHT = 32


@dataclass(frozen=True)
class Dot:
    """One figure of a row: a share, its shape, colour and words; ``low`` to ``high`` around it."""

    at: float
    shape: str
    color: str
    told: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Row:
    """A row of dots; ``joined`` draws a line from the least to the most of them."""

    name: str
    dots: Sequence[Dot]
    required: float | None = None
    joined: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar of parts that make up a whole; ``told`` are the words of each part."""

    name: str
    color: str
    parts: Sequence[float]
    told: Sequence[str] = field(default_factory=tuple)
    required: float | None = None


def dots(rows: Sequence[Row], low: float | None = None, high: float | None = None) -> go.Figure:
    """Draw rows of shares from top to bottom on one axis.

    Parameters
    ----------
    low, high
        Ends of the axis; those that the figures need by default, 0 among them.
    """
    first, last = _ends(rows)
    start = first if low is None else low
    drawn = [_joins(rows), *_markers(rows), _required([row.required for row in rows], 16)]
    layout = _layout([row.name for row in rows], start, last if high is None else high)
    if start < 0:
        layout["shapes"] = [_zero()]
    return go.Figure(data=[trace for trace in drawn if trace["x"]], layout=layout)


def bars(rows: Sequence[Bar], lighter: Sequence[float]) -> go.Figure:
    """Draw bars from 0 to 100 %, one colour a bar, its parts from full to faint.

    Parameters
    ----------
    lighter
        Opacity of each part, the first one first; 0 is a part that is left grey.
    """
    data = [
        _part([(place, row) for place, row in enumerate(rows) if row.color == color], part, opacity)
        for part, opacity in enumerate(lighter)
        for color in dict.fromkeys(row.color for row in rows)
    ]
    data.append(_required([row.required for row in rows], 24))
    layout = _layout([row.name for row in rows], 0.0, 1.0) | {"barmode": "stack", "bargap": 0.32}
    return go.Figure(data=[trace for trace in data if trace["x"]], layout=layout)


def _part(rows: Sequence[tuple[int, Bar]], part: int, opacity: float) -> dict[str, Any]:
    """Return one part of the bars of one colour; the second part is hatched."""
    color = _mixed(rows[0][1].color, opacity)
    shares = [row.parts[part] for _, row in rows]
    marker: dict[str, Any] = {"color": color, "line": {"color": PAPER, "width": 1}}
    if part == 1:
        marker["pattern"] = {"shape": "/", "size": 5, "solidity": 0.15, "fgcolor": INK}
        marker["pattern"]["bgcolor"] = color
    return {
        "type": "bar",
        "x": shares,
        "y": [place for place, _ in rows],
        "orientation": "h",
        "marker": marker,
        "text": [f"{100 * share:.0f} %" if share >= 0.08 else "" for share in shares],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"color": PAPER if opacity > 0.9 else INK, "size": 12},
        "hovertext": [escape(row.told[part]) for _, row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def name_row(*words: str, width: int = 20) -> str:
    """Return words as the name of a row: each on lines of its own, none wider than ``width``."""
    lines = [line for word in words if word for line in wrap(word, width)]
    return "<br>".join(escape(line) for line in lines)


def _layout(names: Sequence[str], low: float, high: float) -> dict[str, Any]:
    room = 0.03 * (high - low)
    lines = max((name.count("<br>") + 1 for name in names), default=1)
    height = 38 + max(ROW_HEIGHT, 15 * lines + 8) * max(len(names), 1)
    x = {
        "range": [low - room, high + room],
        "tickformat": ".0%",
        "gridcolor": FAINT,
        "zeroline": False,
        "linecolor": LINE,
        "fixedrange": True,
        "nticks": 6,
    }
    y = {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "ticklabelstandoff": 6,
    }
    margin = {"l": 8, "r": 12, "t": 6, "b": 26}
    made = {"hovermode": "closest", "xaxis": x, "yaxis": y, "margin": margin}
    return style(height) | made


def _joins(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the lines from the least to the most of the rows that have them."""
    xs: list[float | None] = []
    ys: list[int | None] = []
    for place, row in enumerate(rows):
        ends = [dot.at for dot in row.dots]
        if row.joined and len(ends) > 1:
            xs += [min(ends), max(ends), None]
            ys += [place, place, None]
    line = {"color": OTHERS, "width": 3}
    return {"type": "scatter", "x": xs, "y": ys, "mode": "lines", "line": line, "hoverinfo": "skip"}


def _markers(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield the dots, those of one shape and colour together, with their intervals."""
    kinds = dict.fromkeys((dot.shape, dot.color) for row in rows for dot in row.dots)
    for shape, color in kinds:
        found = [
            (dot, place)
            for place, row in enumerate(rows)
            for dot in row.dots
            if (dot.shape, dot.color) == (shape, color)
        ]
        is_open = shape.endswith("-open")
        trace = {
            "type": "scatter",
            "x": [dot.at for dot, _ in found],
            "y": [place for _, place in found],
            "mode": "markers",
            "marker": {
                "symbol": shape,
                "size": 11,
                "color": color,
                "line": {"width": 2 if is_open else 1, "color": color if is_open else PAPER},
            },
            "text": [escape(dot.told) for dot, _ in found],
            "hovertemplate": "%{text}<extra></extra>",
        }
        if any(dot.low is not None for dot, _ in found):
            trace["error_x"] = {
                "type": "data",
                "symmetric": False,
                "array": [0.0 if dot.high is None else dot.high - dot.at for dot, _ in found],
                "arrayminus": [0.0 if dot.low is None else dot.at - dot.low for dot, _ in found],
                "color": color,
                "thickness": 2,
                "width": 4,
            }
        yield trace


def _required(shares: Sequence[float | None], tall: int) -> dict[str, Any]:
    """Return the strokes that mark what is required or allowed, above all else."""
    found = [(place, share) for place, share in enumerate(shares) if share is not None]
    return {
        "type": "scatter",
        "x": [share for _, share in found],
        "y": [place for place, _ in found],
        "mode": "markers",
        "marker": {"symbol": "line-ns", "size": tall, "line": {"width": 3, "color": INK}},
        "hoverinfo": "skip",
    }


def _zero() -> dict[str, Any]:
    line = {"color": MUTED, "width": 1}
    return {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _ends(rows: Iterable[Row]) -> tuple[float, float]:
    """Return the ends of an axis that holds all rows and 0, not narrower than 10 points."""
    found = [0.0]
    for row in rows:
        found += [each for each in (row.required,) if each is not None]
        for dot in row.dots:
            found += [each for each in (dot.at, dot.low, dot.high) if each is not None]
    return min(found), max(*found, min(found) + 0.1)


def _mixed(color: str, opacity: float) -> str:
    """Return a colour mixed with white; a grey where the opacity is 0."""
    if not opacity:
        return FAINT
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * opacity):02x}" for part in parts)
