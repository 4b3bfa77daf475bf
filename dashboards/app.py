"""The dashboard: its pages, its frame, and the callbacks that follow the URL."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

# plotly looks pandas up while it draws and while it writes JSON: half imported by one thread, it
# fails in another, so it is there before the first request.
import pandas  # noqa: F401
from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update
from flask import Flask, Response, abort, request

from dashboards import address
from dashboards.address import Query
from dashboards.data import Archive, StoreError, write_findings, write_table
from dashboards.filters import LABELS
from dashboards.frame import CHOSEN, INDEX, build_frame, fold, navigation
from dashboards.guard import guard
from dashboards.page import Page
from dashboards.pages import (
    access,
    delegation,
    findings,
    measures,
    money,
    network,
    overview,
    separation,
    serving,
    spending,
)
from dashboards.view import View, find_page, from_filters, look, show, trouble

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    network.PAGE,
    access.PAGE,
    serving.PAGE,
    delegation.PAGE,
    separation.PAGE,
    spending.PAGE,
    money.PAGE,
    measures.PAGE,
    findings.PAGE,
)
"""The pages in the order of the navigation."""

LOG = logging.getLogger("dashboards")

Values = Mapping[str, str | None]

OPENING = {"grid": ALL, "of": ALL, "opens": "finding"}
"""Tables whose rows are findings."""

ROWS = {"grid": findings.GRID, "of": MATCH, "opens": "finding"}
"""The table that fetches its rows."""

TITLE = """function (title) {
  if (!title || document.title === title) { return; }
  const first = !window.carveinTitled;
  window.carveinTitled = true;
  document.title = title;
  if (!first) {
    window.scrollTo(0, 0);
    document.getElementById("heading").focus({preventScroll: true});
  }
}"""
"""Names the page, and takes the keyboard to its heading when another page comes."""

REVEAL = """function (opened) {
  if (!opened || !opened.length || window.innerWidth >= 1200) { return; }
  const look = function (left) {
    const head = document.getElementById("finding-head");
    if (head) { head.scrollIntoView({block: "start"}); head.focus({preventScroll: true}); }
    else if (left) { setTimeout(look, 80, left - 1); }
  };
  setTimeout(look, 80, 50);
}"""
"""Brings an opened finding into sight where it does not stand beside the table."""


def create_app(store_url: str) -> Dash:
    """Return the dashboard of a store.

    Raises
    ------
    StoreError
        When the URL cannot be used, or what it names is no store of this version.
    """
    archive = Archive(store_url)
    app = Dash(
        "dashboards",
        title="carvein",
        update_title="",
        index_string=INDEX,
        suppress_callback_exceptions=True,
        serve_locally=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.layout = build_frame(PAGES)

    @app.callback(
        output={
            "search": Output("url", "search"),
            "content": Output("body", "children"),
            "detail": Output("detail", "children"),
            "page": Output("page", "className"),
            "shown": Output("shown", "data"),
            "title": Output("title", "data"),
            "heading": Output("heading", "children"),
            "question": Output("question", "children"),
            "about": Output("about", "children"),
            "announce": Output("announce", "children"),
            "nav": Output("nav", "children"),
            "opened": Output("burger", "opened"),
            "values": {name: Output(f"filter-{name}", "value") for name in LABELS},
            "choices": {name: Output(f"filter-{name}", "data") for name in CHOSEN},
            "hidden": {name: Output(f"room-{name}", "hidden") for name in LABELS},
        },
        inputs={
            "path": Input("url", "pathname"),
            "search": Input("url", "search"),
            "values": {name: Input(f"filter-{name}", "value") for name in LABELS},
            "shown": State("shown", "data"),
        },
    )
    def follow(path: str, search: str, values: Values, shown: dict[str, str] | None) -> Any:
        by_filter = str(ctx.triggered_id or "").startswith("filter-")
        return answer(archive, path, search, values if by_filter else None, shown)

    @app.callback(
        Output(ROWS, "getRowsResponse"),
        Input(ROWS, "getRowsRequest"),
        State("url", "search"),
    )
    def fetch(asked: dict[str, Any] | None, search: str) -> Any:
        return fetch_rows(archive, asked, address.read(search))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input(OPENING, "cellClicked"),
        Input(OPENING, "selectedRows"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose(clicked: Any, selected: Any, search: str) -> Any:
        finding = finding_of([each["value"] for each in ctx.triggered])
        query = address.read(search)
        if not finding or finding == query.finding:
            return no_update
        return address.write(query.but(finding=finding))

    @app.callback(Output("shell", "navbar"), Output("nav", "className"), Input("burger", "opened"))
    def fold_navigation(opened: bool) -> tuple[dict[str, Any], str]:
        return fold(bool(opened)), "nav opened" if opened else "nav"

    in_browser: Any = app.clientside_callback
    in_browser(TITLE, Input("title", "data"))
    in_browser(REVEAL, Input("detail", "children"))
    _offer_downloads(app, archive)
    guard(app.server, app.csp_hashes())
    app.server.extensions["archive"] = archive
    return app


def warm(app: Dash) -> None:
    """Make every page once, so that the latest review is read before it is asked for."""
    archive = app.server.extensions["archive"]
    for page in PAGES:
        _safely(archive, page, page.path, Query(), None)


def answer(
    archive: Archive, path: str, search: str, values: Values | None, shown: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return the outputs for a URL, or for controls that were changed on it.

    Parameters
    ----------
    values
        What the controls show when one of them was changed, None when the URL speaks.
    shown
        What stands in the frame already: a page that has not changed is not drawn again.
    """
    page, query = find_page(PAGES, path), address.read(search)
    view = _safely(archive, page, path, query, values)
    here = view.query
    names = page.filters if page and view.values else ()
    what = {
        "body": address.link(page.path if page else "", here.but(finding="")),
        "choices": f"{page.path if page else ''} {view.values.get('review', '')}",
    }
    known = shown or {}
    same = what["body"] == known.get("body") and values is None
    same_choices = what["choices"] == known.get("choices")
    return {
        "search": no_update if values is None else address.write(here),
        "content": no_update if same else view.content,
        "detail": view.detail,
        "page": "page with-detail" if view.detail else "page",
        "shown": what,
        "title": view.title,
        "heading": view.heading,
        "question": view.question,
        "about": view.about,
        "announce": view.announce,
        "nav": navigation(PAGES, page.path if page else "", here),
        "opened": False,
        "values": {
            name: view.values.get(name) or ("" if name == "text" else None) for name in LABELS
        },
        "choices": {
            name: no_update if same_choices else list(view.choices.get(name, ())) for name in CHOSEN
        },
        "hidden": {name: name not in names for name in LABELS},
    }


def _safely(
    archive: Archive, page: Page | None, path: str, query: Query, values: Values | None
) -> View:
    """Return what is shown; trouble is told in plain words, its detail goes to the log."""
    try:
        if page and values is not None and (looked := look(archive, page, query)):
            query = from_filters(values, page, looked)
        return show(archive, PAGES, path, query)
    except StoreError as error:
        LOG.error("%s", error)
        return trouble(
            page,
            "The store cannot be read",
            str(error),
            "Mend that, then load this page again.",
        )
    except Exception:
        LOG.exception("page %s", path)
        return trouble(
            page,
            "This page could not be made",
            "The fault is ours, not yours. What happened is written where the dashboard was "
            "started.",
            "Another page or another filter may work; please report it.",
        )


def fetch_rows(archive: Archive, asked: Mapping[str, Any] | None, query: Query) -> Any:
    """Return the rows of the findings table that its request asks for."""
    try:
        looked = look(archive, findings.PAGE, query) if asked else None
    except StoreError as error:
        LOG.error("%s", error)
        return {"rowData": [], "rowCount": 0}
    if not asked or looked is None:
        return no_update
    start, end = int(asked.get("startRow") or 0), int(asked.get("endRow") or findings.BLOCK)
    return findings.fetch(looked, start, min(end, start + 1000), asked.get("sortModel") or ())


def finding_of(values: Sequence[Any]) -> str:
    """Return the finding that a table's row stands for, "" when no row was chosen."""
    for value in values:
        if isinstance(value, dict) and value.get("rowId"):
            return str(value["rowId"])
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return str(value[0].get("finding_id", ""))
    return ""


def _offer_downloads(app: Dash, archive: Archive) -> None:
    """Serve the tables of each page as files, for the filters in the URL."""
    server: Flask = app.server

    @server.get("/download/<name>.csv")
    def download(name: str) -> Response:
        named, _, table = name.partition("-")
        page = find_page(PAGES, "/" if named == "overview" else f"/{named}")
        query = address.read(request.query_string.decode(errors="replace"))
        try:
            looked = look(archive, page, query) if page else None
        except StoreError as error:
            LOG.error("%s", error)
            abort(503, "the store cannot be read")
        if page is None or looked is None or (table and table not in page.more):
            abort(404, "no such table")
        frame = page.more[table](looked) if table else page.table(looked)
        return Response(
            write_findings(frame.iter_rows(named=True))
            if page is findings.PAGE
            else write_table(frame),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
