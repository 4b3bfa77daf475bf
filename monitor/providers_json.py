"""Read CMS's machine-readable ``providers.json``: one array, one element a provider.

The file is fed to ijson piece by piece, and nothing of it is held but the element at hand, which
is bounded in depth, size and number of values. A row stands on the line of its element: the first
element is 2, as the first row of a CSV is.

``accepting`` is asked of persons only: of facilities that do not say it, it is not missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ijson
import polars as pl

from monitor.columnar import without_damaged
from monitor.faults import Fault
from monitor.header import Header
from monitor.reading import DAMAGE_SCHEMA, Batch

PIECE = 1 << 16
MAX_SILENCE = 4 << 20
"""Most bytes that may pass without one whole value: a longer text is never held in memory."""

MAX_DEPTH = 8
MAX_VALUES = 20_000
MAX_TEXT = 1 << 20
"""Bounds of one element: levels, values, and characters of text."""

ROWS = 20_000
MAX_DIGITS = 500
_DIGITS = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))
_KEPT = 1 << 14
_SAID = re.compile(r"(lexical|parse) error: [a-zA-Z0-9 ,.:-]+")
_CUT = 60_000
_MAX_NAMES = 100

_SCALARS = ("npi", "type", "facility_name", "accepting", "gender", "phone", "last_updated_on")
_LISTS = {
    "specialty": "specialty",
    "speciality": "specialty",
    "facility_type": "facility_type",
    "languages": "languages",
}
_NAME = ("first", "middle", "suffix")
_ADDRESS = ("address", "address_2", "city", "state", "zip", "phone")
_KNOWN = {*_SCALARS, *_LISTS, "name", "plans", "address", "addresses"}

COLUMNS = (
    *_SCALARS,
    "person_name",
    "specialty",
    "facility_type",
    "languages",
    "plans",
    *(f"address.{part}" for part in _ADDRESS),
    "more",
)
"""Source columns that an element is laid flat into; ``more`` holds the keys not named here."""


ACCEPTING = "accepting_new"
"""The column of the table that ``accepting`` feeds."""


class _Odd(Exception):
    """One element is not what the specification says; what was found and what was wanted."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted


def read_json_header(path: Path, name: str, table: str) -> Header:
    """Say whether a file begins as a JSON array; its columns are always :data:`COLUMNS`."""
    with path.open("rb") as stream:
        data = stream.read(PIECE)
    faults: list[Fault] = []
    if data.startswith(b"\xef\xbb\xbf"):
        wanted = "UTF-8 without a byte order mark"
        faults.append(Fault(f"{table}.file.bom", name, 1, "", "a byte order mark", wanted))
        data = data[3:]
    text = data.strip()
    if text.startswith(b"["):
        return Header(COLUMNS, tuple(faults), True)
    code, found = ("damaged", "not a JSON array") if text else ("empty", f"{len(data)} bytes")
    wanted = "an array of providers: [{...}, ...]"
    faults.append(Fault(f"{table}.file.{code}", name, 1, "", found, wanted))
    return Header((), tuple(faults), False, text=False)


def read_json(path: Path, name: str, table: str) -> Iterator[Batch]:
    """Yield the rows of a ``providers.json``, one an address; odd elements come as damaged.

    Where the file stops being JSON, what was begun comes as one damaged record, and a fault says
    after which element: what follows cannot be counted.
    """
    reader = _Elements()
    gathered = _Gathered(name, table)
    damage: Fault | None = None
    with path.open("rb") as stream:
        if stream.read(3) != b"\xef\xbb\xbf":
            stream.seek(0)
        events = ijson.sendable_list()
        feed = ijson.basic_parse_coro(events)
        silent, tail = 0, b""
        while damage is None:
            piece = stream.read(PIECE)
            # ijson's C reader crashes the process where Python refuses a number as too long.
            if endless := _DIGITS.search(tail + piece):
                before = piece[: max(0, endless.start() - len(tail))]
                reason = _send(feed, before) if before else ""
                reason = reason or f"over {MAX_DIGITS} digits in a row"
            else:
                reason = _send(feed, piece)
            tail = piece[-MAX_DIGITS:]
            silent = 0 if len(events) else silent + len(piece)
            for kind, value in events:
                for element in reader.take(kind, value):
                    gathered.add(element)
            del events[:]
            if not reason and silent > MAX_SILENCE:
                reason = f"over {MAX_SILENCE >> 20} MiB without a whole value"
            if reason:
                damage = gathered.stop(reader, reason)
            if len(gathered.rows) >= ROWS:
                yield from gathered.batches()
            if not piece:
                break
    yield from gathered.batches()


def _send(feed: Any, piece: bytes) -> str:
    """Feed bytes to the parser (none at the end); return what is wrong with them, or nothing."""
    try:
        if piece:
            feed.send(piece)
        else:
            feed.close()
    except StopIteration:
        return ""
    except (ijson.JSONError, ValueError) as error:
        told = _SAID.search(str(error))
        return told[0] if told else "a value that cannot be read"
    return ""


Element = tuple[int, Any, _Odd | None]


@dataclass
class _Elements:
    """Builds one element at a time from the parser's events, inside the bounds."""

    number: int = 0
    begun: Any = None
    _stack: list[Any] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)
    _depth: int = 0
    _values: int = 0
    _text: int = 0
    _odd: _Odd | None = None

    def take(self, kind: str, value: Any) -> Iterator[Element]:
        """Take one event; yield the element that it ends: number, content, what is odd."""
        if kind in ("start_map", "start_array"):
            self._depth += 1
            self._start({} if kind == "start_map" else [])
        elif kind in ("end_map", "end_array"):
            self._depth -= 1
            if self._depth == 1:
                yield self.number, self.begun, self._odd
                self.begun = None
            elif self._depth > 1 and self._odd is None:
                self._stack.pop()
                self._keys.pop()
        elif self._depth == 1:
            self.number += 1
            yield self.number, value, None
        elif self._depth > 1 and self._odd is None:
            if kind == "map_key":
                self._key(value)
            else:
                self._put(value)

    def _start(self, holder: Any) -> None:
        if self._depth == 2:
            self.number += 1
            self.begun, self._stack, self._keys = holder, [holder], [""]
            self._values, self._text, self._odd = 0, 0, None
        elif self._depth > MAX_DEPTH:
            self._odd = self._odd or _Odd("nested too deep", f"at most {MAX_DEPTH} levels")
        elif self._depth > 2 and self._odd is None:
            self._put(holder)
            self._stack.append(holder)
            self._keys.append("")

    def _key(self, key: str) -> None:
        self._text += len(key)
        if key in self._stack[-1]:
            self._odd = _Odd(f"the key {key[:60]} stands twice", "each key once")
        self._keys[-1] = key

    def _put(self, value: Any) -> None:
        self._values += 1
        self._text += len(value) if isinstance(value, str) else 0
        if self._values > MAX_VALUES:
            self._odd = _Odd(f"over {MAX_VALUES:,} values", f"at most {MAX_VALUES:,}")
        elif self._text > MAX_TEXT:
            self._odd = _Odd(f"over {MAX_TEXT:,} characters", f"at most {MAX_TEXT:,}")
        elif isinstance(self._stack[-1], dict):
            self._stack[-1][self._keys[-1]] = value
        else:
            self._stack[-1].append(value)


@dataclass
class _Gathered:
    """Rows, damaged records and faults on their way into a batch."""

    name: str
    table: str
    rows: list[tuple[int, Mapping[str, str | None]]] = field(default_factory=list)
    damaged: list[tuple[int, str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def add(self, element: Element) -> None:
        """Lay an element flat, or set it aside with what is odd in it."""
        number, content, odd = element
        line = number + 1
        try:
            if odd is not None:
                raise odd
            for row in _rows(content):
                self.rows.append((line, row))
        except _Odd as fault:
            self._set_aside(line, f"{self.table}.row.element", content, fault.found, fault.wanted)
            return
        for key in content.keys() - _KNOWN - self.told:
            if len(self.told) < _MAX_NAMES:
                self.told.add(key)
                code, wanted = f"{self.table}.file.unknown_column", "a key of the specification"
                self.faults.append(Fault(code, self.name, line, key, key, wanted))

    def stop(self, reader: _Elements, reason: str) -> Fault:
        """Note that the file stops being JSON, and set aside the element that was begun."""
        line = reader.number + 1
        where = f"in element {line}" if reader.begun is not None else f"after element {line}"
        found, wanted = f"damaged {where}: {reason}", "a whole JSON array"
        if reader.begun is None:
            line += 1
        fault = Fault(f"{self.table}.file.damaged", self.name, line, "", found, wanted)
        record = _text(reader.begun)[:_KEPT] if reader.begun is not None else ""
        self.damaged.append((line, fault.code, record))
        self.faults.append(fault)
        return fault

    def batches(self) -> Iterator[Batch]:
        """Yield what was gathered, facilities that are not asked apart, and begin anew."""
        kept = pl.DataFrame(self.damaged, schema=DAMAGE_SCHEMA, orient="row")
        faults = tuple(self.faults)
        unasked = [_unasked(row) for _, row in self.rows]
        for chosen in (False, True):
            rows = [row for row, told in zip(self.rows, unasked, strict=True) if told is chosen]
            if chosen and not rows:
                break
            batch = self._batch(rows)
            yield Batch(
                batch.rows,
                pl.concat([kept, batch.damaged]),
                (*faults, *batch.faults),
                unasked=frozenset({ACCEPTING}) if chosen else frozenset(),
            )
            kept, faults = kept.clear(), ()
        self.rows, self.damaged, self.faults = [], [], []

    def _batch(self, listed: list[tuple[int, Mapping[str, str | None]]]) -> Batch:
        schema = dict.fromkeys(map(str, range(len(COLUMNS))), pl.String) | {"_line": pl.Int64}
        rows = [(*(row.get(column) for column in COLUMNS), line) for line, row in listed]
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        numbers = [str(number) for number in range(len(COLUMNS))]
        return without_damaged(frame, numbers, self.name, self.table, list(COLUMNS))

    def _set_aside(self, line: int, code: str, content: Any, found: str, wanted: str) -> None:
        self.damaged.append((line, code, _text(content)[:_KEPT]))
        self.faults.append(Fault(code, self.name, line, "", found, wanted))


def _unasked(row: Mapping[str, str | None]) -> bool:
    """Tell whether a row is of a facility that does not say whether it is accepting."""
    kind, said = ((row.get(key) or "").strip() for key in ("type", "accepting"))
    return kind.casefold() == "facility" and not said


def _rows(content: Any) -> Iterator[dict[str, str | None]]:
    """Yield one flat row for each address of an element; one without an address where none is."""
    if not isinstance(content, dict):
        raise _Odd(f"{_text(content)[:60]}", "an object, {...}, for each provider")
    row = {key: _scalar(key, content.get(key)) for key in _SCALARS}
    for key, column in _LISTS.items():
        if key in content:
            row[column] = _joined(key, content[key])
    row["person_name"] = _person(content.get("name"))
    row["plans"] = _plans(content.get("plans"))
    more = {key: value for key, value in content.items() if key not in _KNOWN}
    row["more"] = _text(more)[:_CUT] if more else None
    for address in _addresses(content) or [{}]:
        flat = {f"address.{part}": _scalar(part, address.get(part)) for part in _ADDRESS}
        yield row | flat


def _scalar(key: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise _Odd(f"{key} holds {_kind(value)}", f"text in {key}")
    return str(value)


def _joined(key: str, value: Any) -> str | None:
    if not isinstance(value, list):
        return _scalar(key, value)
    parts = [part for item in value if (part := _scalar(key, item))]
    return ";".join(part.replace(";", ",") for part in parts) or None


def _person(name: Any) -> str | None:
    """Return a person's name as last, first middle suffix."""
    if not isinstance(name, dict):
        return _scalar("name", name)
    given = [part for key in _NAME if (part := _scalar(key, name.get(key)))]
    last = _scalar("last", name.get("last"))
    return ", ".join(part for part in (last, " ".join(given)) if part) or None


def _plans(plans: Any) -> str | None:
    """Return the ids of the plans with ; between them; how many where that is too long."""
    if plans is None:
        return None
    if not isinstance(plans, list) or not all(isinstance(plan, dict) for plan in plans):
        raise _Odd(f"plans holds {_kind(plans)}", "an array of objects in plans")
    ids = [text for plan in plans if (text := _scalar("plan_id", plan.get("plan_id")))]
    joined = ";".join(dict.fromkeys(ids))
    return joined if len(joined) <= _CUT else f"{len(ids)} plans"


def _addresses(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = content.get("addresses")
    if found is None:
        found = content.get("address")
    listed = found if isinstance(found, list) else [] if found is None else [found]
    for address in listed:
        if not isinstance(address, dict):
            raise _Odd(
                f"an address is {_kind(address)}", "an object with address, city, state, zip"
            )
    return listed


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "a single value"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
