"""How the command line speaks: results on standard output, progress and errors on the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

BAD_INPUT = 2


class Format(StrEnum):
    """How a command prints its result."""

    TEXT = "text"
    JSON = "json"


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Print one error line (or a few, one a problem) and leave with ``code``."""
    complain(message or "failed")
    raise typer.Exit(code)


def visible(text: str) -> str:
    """Return the text with control characters shown, so no submitted text drives a terminal."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )


def say(text: str) -> None:
    """Print a line to standard output."""
    typer.echo(visible(text))


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON; what JSON does not know is written as text."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def print_rows(
    columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()
) -> None:
    """Print a table; the columns named in ``right`` are aligned to the right.

    On a terminal rich draws it to the terminal's width. Elsewhere each row is one line of
    tab-separated text under a header line, whole, so that other programs can read it.
    """
    cells = [[visible("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in [list(columns), *cells]:
            typer.echo("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one a line, the names padded to one width."""
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        say(f"{name:<{width}}  {value}")


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the step under way and the time it has taken, on a terminal only.

    Yields a function that takes the name of the next step.
    """
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda step: bar.update(task, description=visible(f"{title}: {step}"))


def complain(message: str) -> None:
    """Print a line to standard error and go on."""
    for line in message.splitlines():
        typer.echo(f"carvein: {visible(line)}", err=True)
