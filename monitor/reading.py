"""Read the files of a table in bounded batches of text, every row with its line in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from monitor.faults import Fault
from monitor.header import Header
from monitor.records import (
    RECORD_LIMIT,
    Damage,
    Frame,
    Offsets,
    decoded,
    frame,
    is_utf8,
    split_fields,
)

BLOCK = 32 << 20
"""Bytes of a CSV file that are read at a time; memory follows it, not the size of the file."""

FIRST_BLOCK = 4 << 20
"""Bytes that are read first: what comes of them is judged while the rest is read."""

DAMAGE_SCHEMA: dict[str, type[pl.DataType]] = {
    "_line": pl.Int64,
    "_reasons": pl.String,
    "_record": pl.String,
}
"""Columns of the frame that keeps records which are no rows."""

_KEPT = 1 << 16
_LINE_ENDS = (b"\n", b"\r\n", b"")
_SPACES = (b" ", b"\t", b"\v", b"\f", b"\x1c", b"\x1d", b"\x1e", b"\x1f")


@dataclass(frozen=True)
class Batch:
    """Rows of one file, as text.

    ``rows`` has the columns ``0``, ``1`` ... of the file in their order and ``_line``; an empty
    field is null or empty text. ``clean`` says that no text has white space around it and none is
    empty but not null. ``damaged`` keeps the records that are no rows, ``faults`` says
    what was wrong with them, and with rows that were taken all the same. ``unasked`` names columns
    of the table that the file's own specification does not ask of these rows.
    """

    rows: pl.DataFrame
    damaged: pl.DataFrame
    faults: tuple[Fault, ...] = ()
    clean: bool = False
    unasked: frozenset[str] = frozenset()


def read_csv(path: Path, name: str, table: str, header: Header) -> Iterator[Batch]:
    """Yield the rows of a CSV file whose header is usable, in batches of about ``BLOCK`` bytes."""
    for data, found, line in _blocks(path, header):
        if found is None:
            text = decoded(data[:_KEPT])
            found_bytes = f"over {2 * RECORD_LIMIT >> 20} MiB without a line end"
            fault = Fault(f"{table}.row.length", name, line, "", found_bytes, "a line end")
            kept = pl.DataFrame([(line, fault.code, text)], schema=DAMAGE_SCHEMA, orient="row")
            yield Batch(_no_rows(len(header.names)), kept, (fault,))
            continue
        good = found.good
        rows, odd = _rows(data, found, np.flatnonzero(good), len(header.names))
        faults = [_fault(damage, found, table, name, header.names) for damage in found.damages]
        for index, number in odd:
            value = decoded(data[found.starts[index] : found.ends[index]])
            column = header.names[number] if number < len(header.names) else ""
            code, wanted = f"{table}.row.encoding", "UTF-8"
            fields = split_fields(data[found.starts[index] : found.ends[index]])
            value = decoded(fields[number]) if number < len(fields) else value
            faults.append(Fault(code, name, int(found.lines[index]), column, value, wanted))
        clean = not found.quoted and data.isascii() and not _has_spaces(data)
        yield Batch(rows, _damaged(data, found, table), tuple(faults), clean)


def count_records(path: Path, header: Header, reason: str) -> Iterator[Batch]:
    """Yield all records of a text file, none of which can be read as a row, as damaged."""
    for data, found, line in _blocks(path, header):
        starts, ends = (found.starts, found.ends) if found else (np.zeros(1, int), [_KEPT])
        lines = found.lines if found else np.array([line])
        texts = [decoded(data[start:end]) for start, end in zip(starts, ends, strict=True)]
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
    width, size = len(header.names), min(FIRST_BLOCK, BLOCK)
    with path.open("rb") as stream:
        stream.seek(header.start)
        while True:
            piece = stream.read(size)
            last = len(piece) < size
            size = BLOCK
            # Data that end with a line are parsed as they are, without a copy.
            whole = len(piece) if last else piece.rfind(b"\n") + 1 or len(piece)
            data = rest + memoryview(piece)[:whole]
            found = frame(data, line, width, header.record, last)
            if found.consumed == 0 and not last and len(data) > 2 * RECORD_LIMIT:
                yield data[:RECORD_LIMIT], None, line
                rest = _skip_line(stream)
                line += 1
                continue
            if len(found.starts):
                yield data, found, line
            rest, line = data[found.consumed :] + piece[whole:], line + found.passed
            if last:
                return


def _has_spaces(data: bytes) -> bool:
    """Return whether a field may have white space around it; a CR belongs to its line end."""
    # A single byte is found at ten times the speed of two.
    return any(sign in data for sign in _SPACES) or (b"\r" in data and b"\r," in data)


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
            [decoded(part) for part in split_fields(data[found.starts[i] : found.ends[i]])]
            for i in wanted
        ]
        rows = pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String), orient="row")
    return rows.rechunk().with_columns(pl.Series("_line", found.lines[wanted], pl.Int64)), odd


def _body(data: bytes, found: Frame, wanted: Offsets) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the bytes of the wanted records, in UTF-8, without what stands between them."""
    starts, ends = found.starts[wanted], found.ends[wanted]
    gaps = starts[1:] - ends[:-1]
    view = np.frombuffer(data, dtype=np.uint8)
    joined = (gaps == 1) | ((gaps == 2) & (view[np.minimum(ends[:-1], len(view) - 1)] == 13))
    cuts = np.flatnonzero(~joined)
    body = data
    if len(cuts) or starts[0] or data[ends[-1] :] not in _LINE_ENDS:
        runs = zip(
            starts[np.concatenate(([0], cuts + 1))], ends[np.concatenate((cuts, [-1]))], strict=True
        )
        body = b"\n".join(data[start:end] for start, end in runs)
    if body.isascii() or is_utf8(body):
        return body, []
    high = np.flatnonzero(view >= 128)
    places = np.unique(np.searchsorted(starts, high, side="right") - 1)
    odd: list[tuple[int, int]] = []
    records = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    for place in places[places >= 0].tolist():
        if not is_utf8(records[place]):
            fields = split_fields(records[place])
            number = next(n for n, part in enumerate([*fields, b"\xff"]) if not is_utf8(part))
            odd.append((int(wanted[place]), number))
            records[place] = decoded(records[place]).encode()
    return b"\n".join(records), odd


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
            decoded(data[found.starts[damage.index] : found.ends[damage.index]]),
        )
        for damage in found.damages
    ]
    return pl.DataFrame(rows, schema=DAMAGE_SCHEMA, orient="row")


def _no_rows(width: int) -> pl.DataFrame:
    schema = {str(number): pl.String for number in range(width)}
    return pl.DataFrame(schema=schema | {"_line": pl.Int64})
