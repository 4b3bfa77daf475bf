"""From a URL to what is seen: plain functions, no Dash callback in sight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from dash import dcc, html

from dashboards import detail, filters, parts
from dashboards.address import Query, link
from dashboards.data import Archive, StoreError, visible
from dashboards.filters import Choice
from dashboards.page import Looked, Page


@dataclass(frozen=True)
class View:
    """What a URL shows. ``query`` is what was asked, ``values`` what the filters show for it."""

    title: str
    heading: str
    question: str
    content: list[Any]
    query: Query = field(default_factory=Query)
    detail: list[Any] = field(default_factory=list)
    values: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    about: str = ""
    announce: str = ""


def find_page(pages: Sequence[Page], path: str | None) -> Page | None:
    """Return the page of a path, None where there is none."""
    wanted = (path or "/").rstrip("/") or "/"
    return next((page for page in pages if page.path == wanted), None)


def look(archive: Archive, page: Page, query: Query) -> Looked | None:
    """Return the review that is asked for as the page looks at it; None when there is none.

    Raises
    ------
    StoreError
        When the store cannot be read.
    """
    reviews = archive.reviews()
    wanted = query.review or (reviews[0].id if reviews else "")
    review = next((one for one in reviews if one.id == wanted), None)
    if review is None:
        return None
    return page.settled(Looked(archive, review, archive.findings(review.id), query))


def show(archive: Archive, pages: Sequence[Page], path: str | None, query: Query) -> View:
    """Return what a URL shows.

    Raises
    ------
    StoreError
        When the store cannot be read.
    """
    page = find_page(pages, path)
    if page is None:
        return _no_page(pages, path or "")
    reviews = archive.reviews()
    if not reviews:
        return _no_review(archive, page)
    looked = look(archive, page, query)
    if looked is None:
        return _unknown_review(page, query, reviews[0].id)
    open_to = filters.choices(looked.findings, looked.review, reviews)
    faults = filters.faults(query, open_to, page.filters)
    values = {name: getattr(looked.query, name) for name in page.filters}
    values["review"] = looked.review.id
    opened, announce = _open(looked, page, query)
    return View(
        title=f"{page.name} · {looked.review.contract_id} {looked.review.period} · carvein",
        heading=page.name,
        question=page.question,
        content=_unknown(page, query, faults) if faults else page.render(looked),
        query=query,
        detail=opened,
        values=values,
        choices={name: open_to[name] for name in page.filters if name in open_to},
        about=visible(f"{looked.review.contract_id} · {looked.review.period}"),
        announce=announce,
    )


def from_filters(values: Mapping[str, str | None], page: Page, looked: Looked) -> Query:
    """Return the query that the controls of a page ask for; its own defaults stay unsaid."""
    asked = {name: values.get(name) or "" for name in page.filters}
    if asked.get("review") == looked.archive.reviews()[0].id:
        asked["review"] = ""
    bare = Looked(looked.archive, looked.review, looked.findings, Query())
    for name, usual in page.settle(bare).items():
        if asked.get(name) == usual:
            asked[name] = ""
    return Query(**asked)


def trouble(page: Page | None, title: str, *words: str) -> View:
    """Return a page that says what happened and what to do."""
    heading = page.name if page else "carvein"
    return View(f"{title} · carvein", heading, "", [parts.notice(title, *words)])


def _open(looked: Looked, page: Page, query: Query) -> tuple[list[Any], str]:
    """Return the finding that is open, and what to tell a screen reader about it."""
    if not query.finding:
        return [], ""
    found = looked.findings.filter(pl.col("finding_id") == query.finding)
    close = link(page.path, query.but(finding=""))
    if found.is_empty():
        told = f"No finding {visible(query.finding)} in this review."
        back = dcc.Link("Close", href=close)
        return [parts.notice("No such finding", told, "Another review may hold it.", back)], told
    row = found.row(0, named=True)
    opened = detail.render(looked, row, close)
    return opened, f"Finding of {row['plan_id']} on {row['rule']} is open"


def _no_page(pages: Sequence[Page], path: str) -> View:
    links = [html.Li(dcc.Link(page.name, href=page.path)) for page in pages]
    told = f"There is no page {visible(path)}. These are there:"
    return View(
        "No such page · carvein", "No such page", "", [parts.notice("", told, html.Ul(links))]
    )


def _no_review(archive: Archive, page: Page) -> View:
    command = f"carvein review SUBMISSION --contract PACK --store {archive.url}"
    return View(
        title=f"{page.name} · no review yet · carvein",
        heading=page.name,
        question=page.question,
        content=[
            parts.notice(
                "No review yet",
                f"Here would be {page.empty}.",
                html.Span(["This command fills it: ", html.Code(visible(command))]),
            )
        ],
    )


def _unknown_review(page: Page, query: Query, latest: str) -> View:
    told = f"The store holds no review {visible(query.review)}; the latest is {latest}."
    back = dcc.Link("Show the latest review", href=page.path)
    return View(
        title="No such review · carvein",
        heading=page.name,
        question=page.question,
        content=[parts.notice("No such review", told, back)],
        query=query,
    )


def _unknown(page: Page, query: Query, faults: Sequence[str]) -> list[Any]:
    back = dcc.Link(
        "Show the page without filters", href=link(page.path, Query(review=query.review))
    )
    return [parts.notice("Nothing of that name", *faults, back)]


__all__ = ["StoreError", "View", "find_page", "from_filters", "look", "show", "trouble"]
