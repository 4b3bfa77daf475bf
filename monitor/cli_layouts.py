"""`carvein layouts`: the shapes of files that are read beside the public interface."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.screen import Format, fail, print_fields, print_json, print_rows, say

if TYPE_CHECKING:
    from rules.feed import Feed
    from rules.layout import Layout

layouts = typer.Typer(
    no_args_is_help=True, help="Files of another shape: list and show the layouts that read them."
)

AsFormat = Annotated[Format, typer.Option("--format", help="text, or json for machines")]
Own = Annotated[Path | None, typer.Option("--layouts", help="folder of your own layouts")]


@layouts.command("list")
def list_layouts(layouts: Own = None, format: AsFormat = Format.TEXT) -> None:
    """List the layouts that a manifest may name; exit 2 where one of yours is refused."""
    found = _available(layouts)
    rows = [
        (each.id, each.table, each.format, each.title, "unverified" if each.unverified else "")
        for each in found.values()
    ]
    names = ("layout", "table", "format", "title", "mark")
    if format is Format.JSON:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    print_rows(names, rows)


@layouts.command("show")
def show_layout(
    layout: Annotated[str, typer.Argument(help="a layout's id")],
    layouts: Own = None,
    format: AsFormat = Format.TEXT,
) -> None:
    """Show what feeds each column in a layout, and what it cannot carry."""
    found = _available(layouts)
    if layout not in found:
        fail(f"no layout {layout}; there are {', '.join(found)}")
    each = found[layout]
    head = {
        "id": each.id,
        "title": each.title,
        "table": each.table,
        "format": each.format,
        "source": each.source,
        "unverified": each.unverified,
        "notes": list(each.notes),
    }
    feeds = {column: _told(feed) for column, feed in each.feeds.items()}
    if format is Format.JSON:
        print_json(head | {"columns": feeds, "cannot_carry": dict(each.cannot_carry)})
        return
    print_fields(head | {"notes": " ".join(each.notes)})
    say("")
    print_rows(
        ("column", "comes from", "why"),
        [(column, told, each.feeds[column].note) for column, told in feeds.items()],
    )
    if each.cannot_carry:
        say("\nWhat it cannot carry:")
        print_rows(("column", "why"), list(each.cannot_carry.items()))


def _available(folder: Path | None) -> Mapping[str, Layout]:
    from rules.layout import LayoutError, available_layouts

    try:
        return available_layouts(folder)
    except LayoutError as error:
        fail(str(error))


def _told(feed: Feed) -> str:
    """Tell a feed in a line: ``Zip Code / Zip; pad_zeros 5, zip5``."""
    names = [" / ".join(spellings) for spellings in feed.names]
    source = {
        "from": "".join(names),
        "first_of": f"first of {', '.join(names)}",
        "join": f"{', '.join(names)} joined with {feed.text!r}",
        "constant": f"always {feed.text}",
        "manifest": f"{feed.text} of the manifest",
    }[feed.how]
    steps = []
    for step, argument in feed.steps.items():
        if isinstance(argument, dict):
            words = ", ".join(f"{word} is {value}" for word, value in argument.items())
            steps.append(f"{step} ({words})")
        elif isinstance(argument, tuple):
            steps.append(f"{step} {' or '.join(argument)}")
        else:
            steps.append(step if argument is True else f"{step} {argument}")
    return "; ".join([source, ", ".join(steps)]) if steps else source
