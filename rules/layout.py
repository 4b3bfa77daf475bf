"""Layouts: how a file of another shape feeds the columns of one table. Data, never code.

A layout is a YAML file that names, for each column of a table, the source columns that feed it
and what is done to their text, from a closed set of steps. Shipped layouts lie in
``rules/layouts``; a user may bring a folder of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rules.entries import Entry
from rules.feed import Feed, read_feed
from rules.packfile import MAX_BYTES, PackError, Problem, parse
from rules.tables import TABLES

FOLDER = Path(__file__).parent / "layouts"
FORMATS = ("csv", "json")
OWN = "carvein"
"""The name that stands for the public interface itself."""

MAY_BE_ABSENT = frozenset({("providers", "contract_effective")})
"""Fatal columns that a layout may leave out: every rule reads an empty one as no limit."""

MAX_FILES = 200
"""Most layouts that are read from one folder."""


class LayoutError(PackError):
    """A layout is refused; ``problems`` holds every reason found."""


@dataclass(frozen=True)
class Layout:
    """How the files of one table come in another shape.

    ``feeds`` maps columns of the table to what feeds them; ``cannot_carry`` the columns that
    nothing in the source can feed to the reason. ``format`` is csv (Parquet too) or json.
    ``unverified`` says that nobody has read the source's own text.
    """

    id: str
    title: str
    table: str
    format: str
    source: str
    unverified: bool
    feeds: Mapping[str, Feed]
    cannot_carry: Mapping[str, str]
    notes: tuple[str, ...] = ()
    shipped: bool = field(default=True, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of a source column, older and newer spellings, in the layout's order."""
        found = (
            name for feed in self.feeds.values() for spellings in feed.names for name in spellings
        )
        return tuple(dict.fromkeys(found))

    def with_facts(self, facts: Mapping[str, str]) -> Layout:
        """Return the layout with what the manifest says in place of ``manifest:`` feeds.

        A fact that the manifest does not state cannot be carried.
        """
        feeds: dict[str, Feed] = {}
        cannot = dict(self.cannot_carry)
        for column, feed in self.feeds.items():
            if feed.how != "manifest":
                feeds[column] = feed
            elif facts.get(feed.text):
                feeds[column] = replace(feed, how="constant", text=facts[feed.text])
            else:
                cannot[column] = f"the manifest states no {feed.text}"
        return replace(self, feeds=feeds, cannot_carry=cannot)


def alike(name: str) -> str:
    """Return a source column's name as it is compared: letters and digits only, small."""
    return re.sub(r"[\W_]+", "", name.casefold()) or name.strip()


@cache
def shipped_layouts() -> Mapping[str, Layout]:
    """Return every shipped layout by id.

    Raises
    ------
    LayoutError
        When one is refused.
    """
    return MappingProxyType(_read_folder(FOLDER, shipped=True))


def available_layouts(folder: Path | None = None) -> Mapping[str, Layout]:
    """Return the shipped layouts and those of a user's folder, by id.

    Raises
    ------
    LayoutError
        With every problem, each by file, key and reason, when the folder cannot be read, holds no
        layout, or one of its layouts is refused or takes the id of a shipped one.
    """
    if folder is None:
        return shipped_layouts()
    own = _read_folder(folder, shipped=False)
    taken = sorted(set(own) & set(shipped_layouts()))
    if taken:
        raise LayoutError(
            [Problem(f"{name}.yaml", "id", "a shipped layout has this id") for name in taken]
        )
    return MappingProxyType({**shipped_layouts(), **own})


def _read_folder(folder: Path, shipped: bool) -> dict[str, Layout]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise LayoutError([Problem(str(folder), "", reason)]) from error
    if not paths or len(paths) > MAX_FILES:
        reason = f"{len(paths)} layouts (*.yaml); wanted 1 to {MAX_FILES}"
        raise LayoutError([Problem(str(folder), "", reason)])
    read: dict[str, Layout] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            layout = read_layout(path, shipped)
        except LayoutError as error:
            problems += error.problems
            continue
        read[layout.id] = layout
    if problems:
        raise LayoutError(problems)
    return read


def read_layout(path: Path, shipped: bool = False) -> Layout:
    """Read one layout.

    Raises
    ------
    LayoutError
        With every problem by file, key and reason.
    """
    problems: list[Problem] = []
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise LayoutError([Problem(path.name, "", reason)]) from error
    content = parse(data, path.name, problems)
    if not isinstance(content, dict):
        problems = problems or [Problem(path.name, "", "wanted a mapping with id, table, columns")]
        raise LayoutError(problems)
    layout = _layout(Entry(content, path.name, "", problems), path.stem, shipped)
    if problems:
        raise LayoutError(problems)
    return layout


def _layout(entry: Entry, stem: str, shipped: bool) -> Layout:
    layout_id = entry.slug("id")
    if layout_id and layout_id != stem:
        entry.refuse("id", f"found {layout_id}, wanted {stem}, as the file is named")
    if layout_id == OWN:
        entry.refuse("id", f"{OWN} stands for the public interface itself")
    table = entry.choice("table", tuple(TABLES))
    format = entry.choice("format", FORMATS, "csv")
    if format == "json" and table != "providers":
        entry.refuse("format", "JSON is read for providers only")
    columns = entry.entry("columns", "missing; wanted a mapping of columns to what feeds them")
    feeds = _feeds(columns, table) if columns else {}
    cannot = entry.pairs("cannot_carry")
    _refuse_gaps(entry, table, feeds, cannot)
    read = Layout(
        id=layout_id,
        title=entry.text("title"),
        table=table,
        format=format,
        source=entry.text("source"),
        unverified=entry.flag("unverified", False),
        feeds=feeds,
        cannot_carry=cannot,
        notes=entry.texts("notes"),
        shipped=shipped,
    )
    entry.close()
    return read


def _feeds(columns: Entry, table: str) -> dict[str, Feed]:
    feeds: dict[str, Feed] = {}
    for column in columns.content:
        if column not in TABLES[table].by_name:
            columns.refuse(column, f"no column of {table}")
            continue
        entry = columns.entry(column)
        if entry is not None:
            feeds[column] = read_feed(entry)
    return feeds


def _refuse_gaps(
    entry: Entry, table: str, feeds: Mapping[str, Feed], cannot: Mapping[str, str]
) -> None:
    """Refuse a layout that is silent about a required column, or leaves out one rows need."""
    shape = TABLES[table]
    for column in cannot:
        key = f"cannot_carry.{column}"
        if column not in shape.by_name:
            entry.refuse(key, f"no column of {table}")
        elif column in feeds:
            entry.refuse(key, "is fed under columns too; wanted one or the other")
        elif shape.by_name[column].fatal and (table, column) not in MAY_BE_ABSENT:
            entry.refuse(key, f"no row of {table} can be used without it")
    for column in shape.required:
        if column not in feeds and column not in cannot:
            wanted = "feed it under columns, or say under cannot_carry why nothing can"
            entry.refuse(f"columns.{column}", f"required and not mentioned; {wanted}")
