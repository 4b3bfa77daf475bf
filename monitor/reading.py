"""Read the files of a table in bounded batches of text, every row with its line in the file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from monitor.faults import Fault, visible
from monitor.records import RECORD_LIMIT, Damage, Frame, Offsets, frame, split_fields

BLOCK = 48 << 20
"""Bytes of a CSV file that are read at a time."""

MAX_COLUMNS = 2_000
"""Most columns that a file may have."""

DAMAGE_SCHEMA: dict[str, type[pl.DataType]] = {
    "_line": pl.Int64,
    "_reasons": pl.String,
    "_record": pl.String,
}
"""Columns of the frame that keeps records which are no rows."""

_HEADER_LIMIT = 1 << 20
_KEPT = 1 << 16
_SPACES = (b" ", b"\t", b"\v", b"\f", b"\x1c", b"\x1d", b"\x1e", b"\x1f", b"\r,")


@dataclass(frozen=True)
class Batch:
    """Rows of one file, as text.

    ``rows`` has the columns ``0``, ``1`` ... of the file in their order and ``_line``; an empty
    field is null or empty text. ``clean`` says that no text has white space around it and none is
    empty but not null. ``damaged`` keeps the records that are no rows, ``faults`` says
    what was wrong with them, and with rows that were taken all the same.
    """

    rows: pl.DataFrame
    damaged: pl.DataFrame
    faults: tuple[Fault, ...] = ()
    clean: bool = False


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


def read_header(path: Path, name: str, table: str, known: Collection[str]) -> Header:
    """Read the header of a CSV file and see whether the table's columns are in it."""
    with path.open("rb") as stream:
        data = stream.read(_HEADER_LIMIT)
    faults: list[Fault] = []

    def refuse(code: str, value: str, expected: str, text: bool = False) -> Header:
        faults.append(Fault(f"{table}.file.{code}", name, 1, "", value, expected))
        return Header((), tuple(faults), False, record, start, line, text)

    record, start, line = b"", 0, 2
    if not data.strip():
        return refuse("empty", f"{len(data)} bytes", "a header line and rows")
    if data[:4] == b"PAR1" or data[:2] in (b"PK", b"\x1f\x8b"):
        return refuse("damaged", "not CSV but a binary file", "a CSV file")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:_KEPT].split(b"\n", 1)[0]:
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
    if b"\r" in record:
        return refuse("damaged", "lines that end in CR alone", "lines that end in LF or CRLF")
    names = tuple(_decoded(part).strip() for part in split_fields(record))
    if len(names) > MAX_COLUMNS:
        return refuse("damaged", f"{len(names)} columns", f"at most {MAX_COLUMNS} columns")
    if not set(names) & set(known):
        for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            parts = {part.strip().strip('"') for part in _decoded(record).split(sign)}
            if parts & set(known):
                return refuse("delimiter", word, "commas between fields", True)
        count = f"{len(names)} names, none of them known"
        return refuse("header", count, "the table's column names in line 1", True)
    return Header(names, tuple(faults), True, record, start, line)


def name_columns(
    header: Header, table: str, file: str, known: Collection[str]
) -> tuple[dict[int, str], dict[int, str], list[Fault]]:
    """Sort a file's columns into known and unknown ones, by their number.

    An unknown column gets a name of its own that collides with none, whatever its case; of a
    column that is there twice the first counts and the others are unknown.
    """
    mine: dict[int, str] = {}
    others: dict[int, str] = {}
    faults: list[Fault] = []
    used = {name.casefold() for name in known}
    seen: set[str] = set()
    for number, name in enumerate(header.names):
        if number in header.skipped:
            continue
        if name in known and name not in seen:
            mine[number] = name
            seen.add(name)
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
        others[number] = _own_name(name, number, used)
    return mine, others, faults


def _own_name(name: str, number: int, used: set[str]) -> str:
    """Return a column name that is like ``name`` and not used yet, and mark it used."""
    own = base = visible(name).lstrip("_") or f"column_{number + 1}"
    tries = 1
    while own.casefold() in used:
        tries += 1
        own = f"{base}_{tries}"
    used.add(own.casefold())
    return own


def read_csv(path: Path, name: str, table: str, header: Header) -> Iterator[Batch]:
    """Yield the rows of a CSV file whose header is usable, in batches of about ``BLOCK`` bytes."""
    for data, found, line in _blocks(path, header):
        if found is None:
            text = _decoded(data[:_KEPT])
            found_bytes = f"over {2 * RECORD_LIMIT} bytes without a line end"
            fault = Fault(f"{table}.row.length", name, line, "", found_bytes, "a line end")
            kept = pl.DataFrame([(line, fault.code, text)], schema=DAMAGE_SCHEMA, orient="row")
            yield Batch(_no_rows(len(header.names)), kept, (fault,))
            continue
        good = found.good
        rows, odd = _rows(data, found, np.flatnonzero(good), len(header.names))
        faults = [_fault(damage, found, table, name, header.names) for damage in found.damages]
        for index, number in odd:
            value = _decoded(data[found.starts[index] : found.ends[index]])
            column = header.names[number] if number < len(header.names) else ""
            code, wanted = f"{table}.row.encoding", "UTF-8"
            fields = split_fields(data[found.starts[index] : found.ends[index]])
            value = _decoded(fields[number]) if number < len(fields) else value
            faults.append(Fault(code, name, int(found.lines[index]), column, value, wanted))
        clean = not found.quoted and data.isascii() and not any(sign in data for sign in _SPACES)
        yield Batch(rows, _damaged(data, found, table), tuple(faults), clean)


def count_records(path: Path, header: Header, reason: str) -> Iterator[Batch]:
    """Yield all records of a text file, none of which can be read as a row, as damaged."""
    for data, found, line in _blocks(path, header):
        starts, ends = (found.starts, found.ends) if found else (np.zeros(1, int), [_KEPT])
        lines = found.lines if found else np.array([line])
        texts = [_decoded(data[start:end]) for start, end in zip(starts, ends, strict=True)]
        kept = pl.DataFrame(
            {"_line": lines, "_reasons": [reason] * len(texts), "_record": texts},
            schema=DAMAGE_SCHEMA,
        )
        yield Batch(_no_rows(0), kept)


def _blocks(path: Path, header: Header) -> Iterator[tuple[bytes, Frame | None, int]]:
    """Yield bytes, the records framed in them and the line they start on.

    A line that has no end within twice ``RECORD_LIMIT`` comes with None for its frame, cut off.
    """
    line, rest = header.line, b""
    width = len(header.names)
    with path.open("rb") as stream:
        stream.seek(header.start)
        while True:
            piece = stream.read(BLOCK)
            data = rest + piece
            last = len(piece) < BLOCK
            found = frame(data, line, width, header.record, last)
            if found.consumed == 0 and not last and len(data) > 2 * RECORD_LIMIT:
                yield data[:RECORD_LIMIT], None, line
                rest = _skip_line(stream)
                line += 1
                continue
            if len(found.starts):
                yield data, found, line
            rest, line = data[found.consumed :], line + found.passed
            if last:
                return


def _skip_line(stream: BinaryIO) -> bytes:
    """Read on to the end of a line and return what was read beyond it."""
    while piece := stream.read(1 << 20):
        _, end, after = piece.partition(b"\n")
        if end:
            return after
    return b""


def _rows(
    data: bytes, found: Frame, wanted: Offsets, width: int
) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    """Return the wanted records as text columns, and place and field of those not in UTF-8."""
    if not len(wanted):
        return _no_rows(width), []
    body, odd = _body(data, found, wanted)
    names = [str(number) for number in range(width)]
    try:
        rows = pl.read_csv(
            body,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            quote_char='"' if found.quoted else None,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        rows = None
    if rows is None or rows.height != len(wanted):
        texts = [
            [_decoded(part) for part in split_fields(data[found.starts[i] : found.ends[i]])]
            for i in wanted
        ]
        rows = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row")
    return rows.with_columns(pl.Series("_line", found.lines[wanted], pl.Int64)), odd


def _body(data: bytes, found: Frame, wanted: Offsets) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the bytes of the wanted records, in UTF-8, without what stands between them."""
    starts, ends = found.starts[wanted], found.ends[wanted]
    gaps = starts[1:] - ends[:-1]
    view = np.frombuffer(data, dtype=np.uint8)
    joined = (gaps == 1) | ((gaps == 2) & (view[np.minimum(ends[:-1], len(view) - 1)] == 13))
    cuts = np.flatnonzero(~joined)
    runs = zip(
        starts[np.concatenate(([0], cuts + 1))], ends[np.concatenate((cuts, [-1]))], strict=True
    )
    body = b"\n".join(data[start:end] for start, end in runs)
    if body.isascii() or _is_utf8(body):
        return body, []
    high = np.flatnonzero(view >= 128)
    places = np.unique(np.searchsorted(starts, high, side="right") - 1)
    odd: list[tuple[int, int]] = []
    records = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    for place in places[places >= 0].tolist():
        if not _is_utf8(records[place]):
            fields = split_fields(records[place])
            number = next(n for n, part in enumerate([*fields, b"\xff"]) if not _is_utf8(part))
            odd.append((int(wanted[place]), number))
            records[place] = _decoded(records[place]).encode()
    return b"\n".join(records), odd


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes) -> str:
    """Return text from UTF-8 bytes, else from Windows-1252, else from Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _fault(damage: Damage, found: Frame, table: str, name: str, names: tuple[str, ...]) -> Fault:
    number = damage.field
    column = names[number] if number is not None and number < len(names) else ""
    line = int(found.lines[damage.index])
    return Fault(f"{table}.{damage.code}", name, line, column, damage.value, damage.expected)


def _damaged(data: bytes, found: Frame, table: str) -> pl.DataFrame:
    rows = [
        (
            int(found.lines[damage.index]),
            f"{table}.{damage.code}",
            _decoded(data[found.starts[damage.index] : found.ends[damage.index]]),
        )
        for damage in found.damages
    ]
    return pl.DataFrame(rows, schema=DAMAGE_SCHEMA, orient="row")


def _no_rows(width: int) -> pl.DataFrame:
    schema = {str(number): pl.String for number in range(width)}
    return pl.DataFrame(schema=schema | {"_line": pl.Int64})
