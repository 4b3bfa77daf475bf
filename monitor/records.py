"""Frame CSV bytes into records: where each starts, on which line, and which are damaged.

Clean bytes are framed with numpy; only lines with a quote in a stretch whose quoting is not clean
are looked at one by one. A quoted field that is not closed costs its own line, not the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FIELD_LIMIT = 1 << 16
"""Longest field that is taken, in bytes."""

RECORD_LIMIT = 16 << 20
"""Longest stretch, in bytes, in which the end of a quoted field is looked for."""

LINE_LIMIT = 1_000
"""Most lines that one record may span."""

_FIELD = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\n]*+)'
_RECORD = re.compile(rb"%b(?:,%b)*+\r?(?:\n|\Z)" % (_FIELD, _FIELD))
_UNFINISHED = re.compile(rb'%b(?:,%b)*+(?:"[^"]*+(?:""[^"]*+)*+)?\r?' % (_FIELD, _FIELD))
_FIELDS = re.compile(rb"(?:\A|,)(%b)" % _FIELD)

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Damage:
    """One record that cannot become a row: a code of a row check, and what was found.

    ``index`` is its place among the frame's records; ``field`` the number of the field that is
    blamed (from 0), or None.
    """

    index: int
    code: str
    value: str
    expected: str
    field: int | None = None


@dataclass(frozen=True)
class Frame:
    """The records found in a stretch of bytes.

    ``starts`` and ``ends`` are offsets, ends without the line end; ``lines`` is the line of the
    file that a record starts on. ``damages`` name those that are no rows, at most one a record.
    ``consumed`` bytes and ``passed`` lines are done with; the rest waits for more bytes.
    """

    starts: Offsets
    ends: Offsets
    lines: Offsets
    damages: tuple[Damage, ...]
    consumed: int
    passed: int
    quoted: bool

    @property
    def good(self) -> Marks:
        """True for the records that are rows."""
        marks = np.ones(len(self.starts), dtype=bool)
        marks[[damage.index for damage in self.damages]] = False
        return marks


def frame(data: bytes, line: int, width: int, header: bytes, last: bool) -> Frame:
    """Frame the complete records at the start of ``data``; blank lines are none.

    Parameters
    ----------
    data
        Bytes that start with a record.
    line
        Line of the file that they start on, the header being 1.
    width
        Number of fields of the header, 0 when fields are not to be counted.
    header
        The header record, without its line end: a record equal to it is damage.
    last
        Whether the file ends with ``data``.
    """
    view = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(view == 10)
    if last and data and not data.endswith(b"\n"):
        breaks = np.append(breaks, len(data))
    quotes = np.flatnonzero(view == 34) if b'"' in data else np.empty(0, dtype=np.int64)
    firsts, finals, bad = _spans(data, view, breaks, quotes, last)
    heads = np.concatenate((np.zeros(1, dtype=np.int64), breaks + 1))
    starts, ends = heads[firsts], breaks[finals]
    consumed = min(int(ends[-1]) + 1, len(data)) if len(ends) else 0
    passed = int(finals[-1]) + 1 if len(ends) else 0
    if len(ends):
        ends = ends - ((ends > starts) & (view[np.maximum(ends, 1) - 1] == 13))
    filled = ends > starts
    starts, ends, lines, bad = starts[filled], ends[filled], firsts[filled] + line, bad[filled]
    damages = _damages(data, view, (starts, ends), quotes, bad, width, header)
    return Frame(starts, ends, lines, damages, consumed, passed, bool(len(quotes)))


def split_fields(record: bytes) -> list[bytes]:
    """Return the fields of one well-formed record, without their quotes."""
    fields = [found[1] for found in _FIELDS.finditer(record)]
    return [
        field[1:-1].replace(b'""', b'"') if field.startswith(b'"') else field for field in fields
    ]


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def decoded(data: bytes) -> str:
    """Return text from UTF-8 bytes, else from Windows-1252, else from Latin-1."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _spans(
    data: bytes, view: Bytes, breaks: Offsets, quotes: Offsets, last: bool
) -> tuple[Offsets, Offsets, Marks]:
    """Return the first and the last physical line of each record, and which are ill quoted."""
    every = np.arange(len(breaks), dtype=np.int64)
    if not len(quotes):
        return every, every, np.zeros(len(every), dtype=bool)
    if _well_quoted(view, quotes) and not (last and len(quotes) % 2):
        finals = every[np.searchsorted(quotes, breaks) % 2 == 0]
        firsts = np.concatenate((every[:1], finals[:-1] + 1))[: len(finals)]
        tail = len(data) - (int(breaks[finals[-1]]) + 1 if len(finals) else 0)
        longest = int((finals - firsts).max()) if len(finals) else 0
        if tail <= RECORD_LIMIT and longest < LINE_LIMIT:
            return firsts, finals, np.zeros(len(finals), dtype=bool)
    return _spans_line_by_line(data, breaks, quotes, last)


def _well_quoted(view: Bytes, quotes: Offsets) -> bool:
    """Return whether quotes open only where a field starts and close only where it ends."""
    opening, closing = quotes[0::2], quotes[1::2]
    before = view[np.maximum(opening, 1) - 1]
    after = view[np.minimum(closing + 1, len(view) - 1)]
    opens = (opening == 0) | np.isin(before, (44, 10, 34))
    closes = (closing == len(view) - 1) | np.isin(after, (44, 10, 13, 34))
    return bool(opens.all() and closes.all())


def _spans_line_by_line(
    data: bytes, breaks: Offsets, quotes: Offsets, last: bool
) -> tuple[Offsets, Offsets, Marks]:
    """Find records where quoting is not clean: a line each, unless a well-formed one is longer."""
    heads = np.concatenate((np.zeros(1, dtype=np.int64), breaks + 1))
    first = np.ones(len(breaks), dtype=bool)
    bad = np.zeros(len(breaks), dtype=bool)
    finals = np.arange(len(breaks), dtype=np.int64)
    quoted = np.unique(np.searchsorted(breaks, quotes))
    done, stop = 0, len(breaks)
    for number in quoted[quoted < len(breaks)].tolist():
        if number < done:
            continue
        start = int(heads[number])
        found = _RECORD.match(data, start, min(len(data), start + RECORD_LIMIT))
        end = found.end() if found else start
        closed = end > start and (data[end - 1] == 10 or (last and end == len(data)))
        done = number + 1
        if closed:
            done = int(np.searchsorted(breaks, end - 1)) + 1
        elif not last and len(data) - start < RECORD_LIMIT:
            unfinished = _UNFINISHED.match(data, start)
            if unfinished and unfinished.end() == len(data):
                stop = number
                break
        if not closed or done - number > LINE_LIMIT:
            bad[number] = True
            done = number + 1
        first[number + 1 : done] = False
        finals[number] = done - 1
    firsts = np.flatnonzero(first[:stop])
    return firsts, finals[firsts], bad[firsts]


def _damages(
    data: bytes,
    view: Bytes,
    records: tuple[Offsets, Offsets],
    quotes: Offsets,
    bad: Marks,
    width: int,
    header: bytes,
) -> tuple[Damage, ...]:
    """Return what is wrong with the records, at most one damage each, the gravest first."""
    starts, ends = records
    found: dict[int, Damage] = {}
    for index in np.flatnonzero(bad).tolist():
        wanted = "quotes around whole fields, and doubled inside"
        found[index] = Damage(index, "row.quotes", "a quote out of place", wanted)
    nuls = np.flatnonzero(view == 0) if b"\0" in data else np.empty(0, dtype=np.int64)
    for index in np.unique(_place(starts, ends, nuls)).tolist():
        found.setdefault(index, Damage(index, "row.nul", "a NUL character", "no NUL character"))
    for index in np.flatnonzero(ends - starts > FIELD_LIMIT).tolist():
        if index not in found and (damage := _too_long(data[starts[index] : ends[index]], index)):
            found[index] = damage
    for index in np.flatnonzero(ends - starts == len(header)).tolist():
        if data[starts[index] : ends[index]] == header:
            wanted = "one header line, at the top"
            found.setdefault(index, Damage(index, "row.header_again", "the header", wanted))
    if bad.any():
        quotes = quotes[~bad[_place(starts, ends, quotes, everywhere=True)]]
    if not width:
        return tuple(found[index] for index in sorted(found))
    fields = _count_fields(view, starts, ends, quotes, width)
    for index in np.flatnonzero(fields != width).tolist():
        value = f"{fields[index]} field{'s' if fields[index] != 1 else ''}"
        found.setdefault(index, Damage(index, "row.fields", value, f"{width} fields"))
    return tuple(found[index] for index in sorted(found))


def _place(starts: Offsets, ends: Offsets, places: Offsets, everywhere: bool = False) -> Offsets:
    """Return the number of the record that holds each place (or comes before, ``everywhere``)."""
    if not len(starts) or not len(places):
        return np.empty(0, dtype=np.int64)
    index = np.maximum(np.searchsorted(starts, places, side="right") - 1, 0)
    return index if everywhere else index[(places >= starts[index]) & (places < ends[index])]


def _too_long(record: bytes, index: int) -> Damage | None:
    for number, found in enumerate(_FIELDS.finditer(record)):
        size = found.end(1) - found.start(1)
        if size > FIELD_LIMIT:
            text = found[1].decode("utf-8", "replace")
            return Damage(index, "row.length", text, f"at most {FIELD_LIMIT >> 10} KiB", number)
    return None


def _count_fields(
    view: Bytes, starts: Offsets, ends: Offsets, quotes: Offsets, width: int
) -> Offsets:
    """Return how many fields each record has; commas inside quotes part nothing."""
    commas = np.flatnonzero(view[: ends[-1]] == 44) if len(ends) else ends
    if len(quotes):
        commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    if width > 1 and len(commas) == (width - 1) * len(starts):
        rows = commas.reshape(len(starts), width - 1)
        if (rows[:, 0] >= starts).all() and (rows[:, -1] < ends).all():
            return np.full(len(starts), width, dtype=np.int64)
    return np.searchsorted(commas, ends) - np.searchsorted(commas, starts) + 1
