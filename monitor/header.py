"""The names of a file's columns: read them, and sort them into known and unknown ones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from monitor.faults import Fault, visible
from monitor.records import decoded, frame, split_fields

MAX_COLUMNS = 2_000
"""Most columns that a file may have."""

_HEADER_LIMIT = 1 << 20
_MAGIC = (b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x7fELF", b"%PDF")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class Header:
    """The names of a file's columns, and what is wrong with them.

    ``usable`` is false when no row can be read; ``start`` and ``line`` say where the rows of a CSV
    begin, ``text`` whether its lines can be counted at least. ``skipped`` are the numbers of the
    columns of a Parquet file whose type has no text form, ``announced`` its number of rows.
    """

    names: tuple[str, ...]
    faults: tuple[Fault, ...]
    usable: bool
    record: bytes = b""
    start: int = 0
    line: int = 2
    text: bool = True
    skipped: frozenset[int] = frozenset()
    announced: int = 0


def read_header(
    path: Path,
    name: str,
    table: str,
    known: Collection[str],
    alike: Callable[[str], str] = str,
) -> Header:
    """Read the header of a CSV file and see whether the table's columns are in it.

    Names are the same when what ``alike`` makes of them is.
    """
    wanted_names = {alike(column) for column in known}
    with path.open("rb") as stream:
        data = stream.read(_HEADER_LIMIT)
    faults: list[Fault] = []

    def refuse(code: str, value: str, expected: str, text: bool = False) -> Header:
        faults.append(Fault(f"{table}.file.{code}", name, 1, "", value, expected))
        return Header((), tuple(faults), False, record, start, line, text)

    record, start, line = b"", 0, 2
    if not data.strip():
        return refuse("empty", f"{len(data)} bytes", "a header line and rows")
    if data.startswith(_MAGIC):
        return refuse("damaged", "not CSV but a binary file", "a CSV file")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[: 1 << 16].split(b"\n", 1)[0]:
        return refuse("damaged", "UTF-16, or not text", "a CSV file in UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        wanted = "UTF-8 without a byte order mark"
        faults.append(Fault(f"{table}.file.bom", name, 1, "", "a byte order mark", wanted))
        start = 3
    body = data[start:]
    blank = len(body) - len(body.lstrip(b"\r\n"))
    body, start = body[blank:], start + blank
    found = frame(body, 1, 0, b"", len(data) < _HEADER_LIMIT)
    if not len(found.starts) or any(
        damage.index == 0 and damage.code == "row.quotes" for damage in found.damages
    ):
        return refuse("damaged", "no header line that can be read", "a header line of names")
    record = body[: found.ends[0]]
    following = int(found.starts[1]) if len(found.starts) > 1 else found.consumed
    line = data[: start + following].count(b"\n") + 1
    start += following
    if b"\r" in record and _CONTROL.search(record):
        return refuse("damaged", "not CSV but a binary file", "a CSV file")
    if b"\r" in record:
        return refuse("damaged", "lines that end in CR alone", "lines that end in LF or CRLF")
    names = tuple(decoded(part).strip() for part in split_fields(record))
    if len(names) > MAX_COLUMNS:
        return refuse("damaged", f"{len(names)} columns", f"at most {MAX_COLUMNS} columns", True)
    if not {alike(column) for column in names} & wanted_names:
        for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            parts = {alike(part.strip().strip('"')) for part in decoded(record).split(sign)}
            if parts & wanted_names:
                return refuse("delimiter", word, "commas between fields", True)
        count = f"{len(names)} name{'s' * (len(names) != 1)}, none of them known"
        return refuse("header", count, "the table's column names in line 1", True)
    return Header(names, tuple(faults), True, record, start, line)


def name_columns(
    header: Header, table: str, file: str, known: Collection[str]
) -> tuple[dict[int, str], dict[int, str], list[Fault]]:
    """Sort a file's columns into known and unknown ones, by their number.

    A name in other letters (see :func:`plain`) is taken for the column and told, unless the column
    is there under its own name too. An unknown column gets a name of its own that collides with
    none, whatever its case; of a column that is there twice the first counts and the others are
    unknown.
    """
    mine: dict[int, str] = {}
    others: dict[int, str] = {}
    faults: list[Fault] = []
    used = {name.casefold() for name in known}
    seen: set[str] = set()
    written = set(header.names)
    for number, name in enumerate(header.names):
        if number in header.skipped:
            continue
        meant = name if name in known or plain(name) in written else plain(name)
        if meant in known and meant not in seen:
            mine[number] = meant
            seen |= {name, meant}
            if meant != name:
                faults.append(Fault(f"{table}.file.header_case", file, 1, meant, name, meant))
            continue
        if name in seen:
            code, wanted = f"{table}.file.duplicate_column", "each column once"
            faults.append(Fault(code, file, 1, name, f"{name} (column {number + 1})", wanted))
        else:
            near = difflib.get_close_matches(name[:100].lower(), known, 1)
            wanted = f"{near[0]}, if that is meant" if near else "a column of the interface"
            shown = name or f"column {number + 1} has no name"
            faults.append(Fault(f"{table}.file.unknown_column", file, 1, name, shown, wanted))
        seen.add(name)
        others[number] = own_name(name, number, used)
    return mine, others, faults


def plain(name: str) -> str:
    """Return a column's name in small letters, with underscores for blanks and hyphens."""
    return name[:100].lower().replace(" ", "_").replace("-", "_")


def own_name(name: str, number: int, used: set[str]) -> str:
    """Return a column name that is like ``name`` and not used yet, and mark it used."""
    # To polars * names every column, and ^...$ each that fits.
    own = base = visible(name).lstrip("_*^") or f"column_{number + 1}"
    tries = 1
    while own.casefold() in used:
        tries += 1
        own = f"{base}_{tries}"
    used.add(own.casefold())
    return own
