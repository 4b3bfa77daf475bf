"""What more than one page is made of: cards, marks, tables, charts, notices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
import plotly.graph_objects as go
from dash import dcc, html

from dashboards.data import visible
from dashboards.wording import GLYPHS, VERDICT_WORDS

Part = Any
"""A Dash component, text, or a list of them."""

ROW_HEIGHT = 34
MOST_ROWS = 12
"""Rows of a table that are in sight before it scrolls."""


def aria(**told: str) -> dict[str, Any]:
    """Return ``aria-`` attributes by their names."""
    return {f"aria-{name}": value for name, value in told.items()}


def card(title: str, *body: Part, note: Part = None, wide: bool = False) -> Part:
    """Return a titled part of a page."""
    head: list[Part] = [html.H2(title)]
    if note is not None:
        head.append(html.Div(note, className="note"))
    name = "card wide" if wide else "card"
    return html.Section([html.Div(head, className="card-head"), *body], className=name)


def answer(*words: Part) -> Part:
    """Return the sentence that answers the page's question."""
    return html.P([*words], className="answer")


def mark(verdict: str, words: str = "") -> Part:
    """Return a verdict as its shape and its words."""
    glyph = html.Span(GLYPHS.get(verdict, ""), className="glyph", **aria(hidden="true"))
    told = words or VERDICT_WORDS.get(verdict, verdict)
    return html.Span([glyph, html.Span(told)], className=f"mark {verdict}")


def severity_mark(severity: str) -> Part:
    """Return a severity as its word on its shade."""
    return html.Span(severity, className=f"badge {severity}")


def unverified_mark() -> Part:
    """Return the mark of a value that nobody has read in its source."""
    return html.Span(
        "unverified",
        className="unverified",
        title="nobody has read this requirement's value in its source",
    )


def clause(row: Mapping[str, Any], more: str = "") -> Part:
    """Return where a finding's requirement stands, marked where nobody has read it there."""
    told = [visible(f"{row['citation']}{more}")]
    return [*told, " ", unverified_mark()] if row["unverified"] else told


def domain_mark(domain: str, words: str = "") -> Part:
    """Return PH or BH in its own colour."""
    return html.Span(words or domain, className=f"domain {domain.casefold()}")


def chart(figure: go.Figure, label: str, ratio: float = 0.0) -> Part:
    """Return a chart that is told to a screen reader by ``label``.

    It is as high as the figure says, or as its width over ``ratio``.
    """
    graph = dcc.Graph(
        figure=figure,
        responsive=True,
        config={"displayModeBar": False, "displaylogo": False, "scrollZoom": False},
        style={"height": "100%"},
    )
    size = {"aspectRatio": f"{ratio:.3f}"} if ratio else {"height": f"{figure.layout.height}px"}
    return html.Div(graph, role="img", className="chart", style=size, **aria(label=label))


def grid(
    name: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    key: str,
    label: str,
    of: str = "",
    fitted: bool = True,
) -> Part:
    """Return a table.

    Parameters
    ----------
    name
        Which table this is, for its callbacks.
    columns
        AG Grid column definitions.
    rows
        One mapping a row; ``key`` names the column that tells rows apart.
    label
        What the table holds, for a screen reader.
    of
        What the rows depend on; a table of something else is a new table.
    fitted
        Whether the columns share the width that there is; else they keep theirs and scroll.
    """
    opens = any("finding_id" in row for row in rows)
    short = len(rows) <= MOST_ROWS
    height = 44 + ROW_HEIGHT * MOST_ROWS
    made = dag.AgGrid(
        id={"grid": name, "of": digest(of), "opens": "finding" if opens else "nothing"},
        columnDefs=[dict(column) for column in columns],
        rowData=[{field: _shown(value) for field, value in row.items()} for row in rows],
        getRowId=f"params.data.{key}",
        defaultColDef=COLUMN,
        dashGridOptions=grid_options(single=opens) | ({"domLayout": "autoHeight"} if short else {}),
        columnSize="responsiveSizeToFit" if fitted else None,
        style={"height": None if short else f"{height}px", "width": "100%"},
    )
    return named(made, label)


def named(made: Part, label: str) -> Part:
    """Return a table with its name for a screen reader."""
    return html.Div(made, role="group", **aria(label=label))


THEME = (
    "themeQuartz.withParams({fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, "
    "foregroundColor: '#1f2933', headerTextColor: '#3e4c59', headerBackgroundColor: '#f5f7fa', "
    "borderColor: '#e4e7eb', wrapperBorderRadius: 4, accentColor: '#3e4c59', "
    "rowHoverColor: '#f5f7fa', selectedRowBackgroundColor: '#e4e7eb', spacing: 6, "
    "cellHorizontalPadding: 9})"
)

COLUMN = {
    "sortable": True,
    "resizable": True,
    "wrapHeaderText": True,
    "autoHeaderHeight": True,
    "filter": False,
    "suppressMovable": True,
    "suppressHeaderMenuButton": True,
}


def grid_options(single: bool) -> dict[str, Any]:
    """Return the options that every table shares; ``single`` lets one row be chosen."""
    options: dict[str, Any] = {
        "theme": {"function": THEME},
        "rowHeight": ROW_HEIGHT,
        "headerHeight": 36,
        "animateRows": False,
        "suppressCellFocus": False,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "tooltipShowDelay": 400,
    }
    if single:
        options["rowSelection"] = {
            "mode": "singleRow",
            "checkboxes": False,
            "enableClickSelection": True,
        }
    return options


def column(field: str, header: str, width: int = 110, **more: Any) -> dict[str, Any]:
    """Return the definition of a column of text; the whole text is its tooltip."""
    return {
        "field": field,
        "headerName": header,
        "width": width,
        "minWidth": width,
        "tooltipField": field,
        **more,
    }


def number_column(field: str, header: str, width: int = 100, form: str = ",.0f") -> dict[str, Any]:
    """Return the definition of a column of figures in a d3 format; nothing stays empty."""
    figure = f"d3.format('{form.replace('%', 'f')}')(params.value{' * 100' if '%' in form else ''})"
    unit = " + ' %'" if "%" in form else ""
    shown = f"params.value == null ? '' : {figure}{unit}"
    return {
        "field": field,
        "headerName": header,
        "width": width,
        "minWidth": width,
        "type": "rightAligned",
        "valueFormatter": {"function": shown},
        "sortingOrder": ["desc", "asc"],
    }


def told_column(field: str, header: str, width: int = 100) -> dict[str, Any]:
    """Return the definition of a column that sorts by a figure and shows words for it.

    The words stand in the row under the column's name and ``_told``.
    """
    return {
        "field": field,
        "headerName": header,
        "width": width,
        "minWidth": width,
        "type": "rightAligned",
        "valueFormatter": {"function": f"params.data.{field}_told"},
        "sortingOrder": ["desc", "asc"],
    }


def keys(shown: Iterable[tuple[str, str, str]]) -> Part:
    """Return a legend: the shape, its colour and what it stands for."""
    return html.Div(
        [
            html.Span(
                [
                    html.Span(
                        shape, className="key", style={"color": color}, **aria(hidden="true")
                    ),
                    words,
                ]
            )
            for shape, color, words in shown
        ],
        className="keys",
    )


def panels(shown: Iterable[Part]) -> Part:
    """Return charts of one kind side by side, as many as there is room for."""
    return html.Div([*shown], className="pair")


def panel(figure: go.Figure, label: str, title: str, told: str = "", domain: str = "") -> Part:
    """Return one of several charts, with what it shows above it."""
    head = [html.Strong(title), html.Span(told)]
    return html.Figure(
        [
            html.Figcaption([domain_mark(domain), *head] if domain else head),
            chart(figure, label),
        ]
    )


def download(href: str, words: str = "Download CSV") -> Part:
    """Return the link that downloads a table."""
    return html.A(words, href=href, className="button")


def facts(pairs: Iterable[tuple[str, Part]]) -> Part:
    """Return names and values as a list of definitions; a table or list takes the whole width."""
    items: list[Part] = []
    for name, value in pairs:
        whole = "whole" if isinstance(value, html.Div | html.Dl) else None
        items += [html.Dt(name, className=whole), html.Dd(value, className=whole)]
    return html.Dl(items, className="facts")


def table(
    head: Sequence[Part], body: Iterable[Sequence[Part]], caption: str, name: str = ""
) -> Part:
    """Return a small fixed table; the first cell of a row is its header."""
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="unseen"),
                html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head])),
                html.Tbody(
                    [
                        html.Tr(
                            [html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])]
                        )
                        for row in body
                    ]
                ),
            ],
            className=name,
        ),
        className="scrolls",
        tabIndex=0,
        role="region",
        **aria(label=caption),
    )


def notice(title: str, *words: Part) -> Part:
    """Return a message that stands where a page's content would."""
    return html.Section(
        [html.H2(title), *(html.P(word) for word in words)], className="card notice"
    )


def skeleton() -> Part:
    """Return what stands in for a page while it is on its way."""
    bones = [html.Div(className=f"bone {size}") for size in ("line", "line short", "box", "box")]
    return html.Div(bones, className="skeleton", role="status", **aria(label="loading"))


def digest(text: str) -> str:
    """Return a short name for a longer one, safe in a component's id."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value
