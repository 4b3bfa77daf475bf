"""The frame that stays while pages change: header, navigation, filters, places for content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboards import parts
from dashboards.address import Query, link
from dashboards.figures import FONT, INK
from dashboards.filters import ANY, LABELS
from dashboards.page import Page

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    {%favicon%}
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>{%config%}{%scripts%}{%renderer%}</footer>
  </body>
</html>
"""

NAVBAR = {"width": 196, "breakpoint": "sm", "collapsed": {"mobile": True}}

CHOSEN = tuple(name for name in LABELS if name != "text")
"""Filters that are chosen from a list."""


def build_frame(pages: Sequence[Page]) -> Any:
    """Return the layout; every page is drawn into it."""
    return dmc.MantineProvider(
        [
            html.A("Skip to content", href="#content", className="skip"),
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="shown"),
            dcc.Store(id="title"),
            html.Div(id="announce", role="status", className="unseen"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(
                        [
                            dmc.Burger(
                                id="burger",
                                opened=False,
                                size="sm",
                                hiddenFrom="sm",
                                **parts.aria(label="navigation"),
                            ),
                            html.Span("carvein", className="brand"),
                            html.Span(id="about", className="about"),
                        ],
                        className="header",
                    ),
                    dmc.AppShellNavbar(
                        navigation(pages, "", Query()), id="nav", **parts.aria(label="pages")
                    ),
                    dmc.AppShellMain(html.Div(_main(), id="content", tabIndex=-1)),
                ],
                id="shell",
                header={"height": 48},
                navbar=NAVBAR,
                padding=0,
            ),
        ],
        theme={
            "fontFamily": FONT,
            "primaryColor": "dark",
            "black": INK,
            "defaultRadius": "sm",
            "respectReducedMotion": True,
        },
        forceColorScheme="light",
    )


def _main() -> list[Any]:
    return [
        html.Div(
            [html.H1("carvein", id="heading", tabIndex=-1), html.P(id="question")],
            className="head",
        ),
        html.Div(
            [*map(_choice_of, CHOSEN), _words()],
            className="filters",
            role="group",
            **parts.aria(label="filters"),
        ),
        html.Div(
            [
                html.Div(parts.skeleton(), id="body", className="body"),
                html.Div(id="detail", className="detail"),
            ],
            id="page",
            className="page",
        ),
    ]


def _choice_of(name: str) -> Any:
    select = dmc.Select(
        id=f"filter-{name}",
        label=LABELS[name],
        placeholder=ANY.get(name, ""),
        data=[],
        clearable=name in ANY,
        allowDeselect=False,
        searchable=True,
        limit=80,
        size="xs",
        nothingFoundMessage="nothing of that name",
        comboboxProps={"withinPortal": True},
    )
    return html.Div(select, id=f"room-{name}", hidden=True, className=f"room {name}")


def _words() -> Any:
    field = dmc.TextInput(
        id="filter-text", label=LABELS["text"], placeholder=ANY["text"], debounce=500, size="xs"
    )
    return html.Div(field, id="room-text", hidden=True, className="room text")


def navigation(pages: Sequence[Page], path: str, query: Query) -> list[Any]:
    """Return the links to all pages, on the same review and plan; the present one is marked."""
    kept = Query(review=query.review, plan=query.plan)
    links = []
    for page in pages:
        current = {"aria-current": "page"} if page.path == path else {}
        links.append(
            dmc.NavLink(
                label=page.name,
                href=link(page.path, kept),
                active=page.path == path,
                className="nav-link",
                color="dark",
                variant="light",
                **current,
            )
        )
    return links


def fold(opened: bool) -> dict[str, Any]:
    """Return the navigation's settings: on a phone it is there only while it is opened."""
    return NAVBAR | {"collapsed": {"mobile": not opened}}
