"""What a page is, and what it is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from dashboards.address import Query, link
from dashboards.data import Archive, Review


@dataclass(frozen=True)
class Looked:
    """One review as one page looks at it. ``query`` has the page's defaults filled in."""

    archive: Archive
    review: Review
    findings: pl.DataFrame
    query: Query

    @property
    def plans(self) -> tuple[str, ...]:
        """The plans that were reviewed, in order."""
        return tuple(sorted(self.review.plans))

    @property
    def shown_plans(self) -> tuple[str, ...]:
        """The plan that is asked for, or all."""
        return (self.query.plan,) if self.query.plan else self.plans

    def to(self, path: str, **asked: str) -> str:
        """Return the address of a page on the same review, with these filters alone."""
        return link(path, Query(review=self.query.review).but(**asked))

    def file(self, name: str) -> str:
        """Return the address of a table as a file, for the filters that hold."""
        return link(f"/download/{name}.csv", self.query.but(finding=""))

    def key(self, name: str) -> str:
        """Return what the rows of a table depend on: review and filters."""
        return f"{name} {self.review.id} {link('', self.query.but(finding=''))}"


@dataclass(frozen=True)
class Page:
    """One page.

    ``filters`` names those that stand above it, in order. ``empty`` says what would be here
    while the store holds no review. ``settle`` fills in what the page asks for by itself.
    ``render`` returns the page's parts, ``table`` the rows of its main table for download, and
    ``more`` those of its other tables by name.
    """

    path: str
    name: str
    question: str
    empty: str
    filters: tuple[str, ...]
    render: Callable[[Looked], list[Any]]
    table: Callable[[Looked], pl.DataFrame]
    settle: Callable[[Looked], Mapping[str, str]] = lambda looked: {}
    more: Mapping[str, Callable[[Looked], pl.DataFrame]] = field(default_factory=dict)

    def settled(self, looked: Looked) -> Looked:
        """Return what is looked at with the page's defaults where nothing is asked for."""
        lacking = {
            name: value
            for name, value in self.settle(looked).items()
            if not getattr(looked.query, name)
        }
        return replace(looked, query=looked.query.but(**lacking))
