"""What a value set is, and how one is built from the mapping that its file holds.

The mapping names the set, its version, the day from which it is meant, and its source; ``codes``
maps a group to its entries. An entry is a code, the beginning of codes, or a range such as
``90832-90840`` whose ends differ in their last digits only. ``match: whole`` says that entries are
whole codes. ``dates`` may give an entry its first and last day, ``until`` the last day for which
the list as a whole speaks. Everything is read as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

BEGINNING = "beginning"
WHOLE = "whole"

_KEYS = frozenset(
    "name title version effective until source unverified match codes dates".split()  # noqa: SIM905
)
_RANGE = re.compile(r"([A-Z]*)(\d+)([A-Z]?)-\1(\d+)\3")
_ENTRY = re.compile(r"[A-Z0-9]+( [A-Z0-9]+)*")
_MOST_ENTRIES = 500_000


@dataclass(frozen=True)
class ValueSet:
    """A code list as read: ``codes`` maps each entry, ranges written out, to its group.

    ``starts`` and ``ends`` hold the first and last day of the entries that have one. ``replaced``
    is set where the user's own list stands in for a shipped one, or beside them.
    """

    name: str
    title: str
    version: str
    effective: date
    source: str
    unverified: bool
    codes: Mapping[str, str]
    digest: str
    match: str = BEGINNING
    until: date | None = None
    starts: Mapping[str, date] = field(default_factory=dict)
    ends: Mapping[str, date] = field(default_factory=dict)
    replaced: bool = False

    @property
    def marked_version(self) -> str:
        """The version, with the mark of a set that nobody has read in its source."""
        return f"{self.version} (unverified)" if self.unverified else self.version

    def group(self, name: str) -> tuple[str, ...]:
        """Return the entries of one group, in the file's order; empty when there is none."""
        return tuple(code for code, group in self.codes.items() if group == name)

    def entry(self, code: str) -> str | None:
        """Return the entry for a code: the code itself, or the longest that it begins with."""
        if self.match == WHOLE:
            return code if code in self.codes else None
        for length in range(len(code), 0, -1):
            if code[:length] in self.codes:
                return code[:length]
        return None

    def of(self, code: str) -> str | None:
        """Return the group of the longest entry that ``code`` begins with, or None."""
        entry = self.entry(code)
        return None if entry is None else self.codes[entry]

    def valid(self, code: str, day: date) -> bool:
        """Return whether the set has the code, and ``day`` lies within the dates of its entry."""
        entry = self.entry(code)
        if entry is None:
            return False
        return self.starts.get(entry, date.min) <= day <= self.ends.get(entry, date.max)

    def speaks(self, day: date) -> bool:
        """Return whether the list as a whole is meant for ``day``."""
        return self.effective <= day <= (self.until or date.max)


def build(told: Any, file: str, digest: str, replaced: bool = False) -> ValueSet:
    """Return the value set that a file's mapping holds.

    Raises
    ------
    ValueError
        When the mapping lacks a key, has one too many, or an entry is a malformed range, stands in
        two groups or is dated without being listed. The message begins with ``file``.
    """
    if not isinstance(told, Mapping):
        raise ValueError(f"{file}: wanted a mapping")
    for key in ("codes", "name", "title", "version", "effective", "source"):
        if key not in told:
            raise ValueError(f"{file}: no {key}")
    if unknown := sorted(set(map(str, told)) - _KEYS):
        raise ValueError(f"{file}: unknown key {unknown[0][:60]!r}")
    match = told.get("match", BEGINNING)
    if match not in (BEGINNING, WHOLE):
        raise ValueError(f"{file}: match is {str(match)[:60]!r}, wanted {BEGINNING} or {WHOLE}")
    codes = _codes(told["codes"], file)
    effective = _day(told["effective"], "effective", file)
    until = _day(told["until"], "until", file) if told.get("until") else None
    if until and until < effective:
        raise ValueError(f"{file}: until {until} is before effective {effective}")
    starts, ends = _dates(told.get("dates") or {}, codes, file)
    return ValueSet(
        name=_text(told, "name", file),
        title=_text(told, "title", file),
        version=_text(told, "version", file),
        effective=effective,
        source=_text(told, "source", file),
        unverified=told.get("unverified") in ("true", True),
        codes=codes,
        digest=digest,
        match=match,
        until=until,
        starts=starts,
        ends=ends,
        replaced=replaced,
    )


def _text(told: Mapping[str, Any], key: str, file: str) -> str:
    value = told[key]
    if not isinstance(value, str) or not value.strip() or len(value) > 2000:
        raise ValueError(f"{file}: {key} is no text")
    return value


def _codes(told: Any, file: str) -> dict[str, str]:
    if not isinstance(told, Mapping) or not told:
        raise ValueError(f"{file}: codes is no mapping of groups to lists")
    codes: dict[str, str] = {}
    for group, entries in told.items():
        if not isinstance(entries, list):
            raise ValueError(f"{file}: group {str(group)[:60]} is no list")
        for code in written_out(entries, file):
            if codes.setdefault(code, group) != group:
                raise ValueError(f"{file}: {code} is in {codes[code]} and in {group}")
            if len(codes) > _MOST_ENTRIES:
                raise ValueError(f"{file}: more than {_MOST_ENTRIES:,} entries")
    if not codes:
        raise ValueError(f"{file}: codes is empty")
    return codes


def _dates(
    told: Any, codes: Mapping[str, str], file: str
) -> tuple[dict[str, date], dict[str, date]]:
    if not isinstance(told, Mapping):
        raise ValueError(f"{file}: dates is no mapping of entries to start and end")
    starts: dict[str, date] = {}
    ends: dict[str, date] = {}
    for entry, given in told.items():
        if not isinstance(given, Mapping) or not given or set(given) - {"start", "end"}:
            raise ValueError(f"{file}: dates of {str(entry)[:60]}: wanted start, end or both")
        for code in written_out([str(entry)], file):
            if code not in codes:
                raise ValueError(f"{file}: {code} has dates and is in no group")
            for key, days in (("start", starts), ("end", ends)):
                if key in given:
                    days[code] = _day(given[key], f"{key} of {code}", file)
            if code in starts and code in ends and ends[code] < starts[code]:
                raise ValueError(f"{file}: {code} ends {ends[code]}, before {starts[code]}")
    return starts, ends


def _day(value: Any, key: str, file: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{file}: {key} is {str(value)[:60]!r}, wanted YYYY-MM-DD") from None


def written_out(entries: list[str], file: str) -> Iterator[str]:
    """Return every code of a list of entries, ranges written out; commas part entries."""
    for line in entries:
        if not isinstance(line, str):
            raise ValueError(f"{file}: {str(line)[:60]} is no text; put it in quotes")
        for entry in (part.strip() for part in line.split(",")):
            if ends := _RANGE.fullmatch(entry):
                head, first, tail, last = ends.groups()
                if len(first) != len(last) or first > last:
                    raise ValueError(f"{file}: {entry} is no range")
                if int(last) - int(first) > _MOST_ENTRIES:
                    raise ValueError(f"{file}: more than {_MOST_ENTRIES:,} entries")
                for number in range(int(first), int(last) + 1):
                    yield f"{head}{number:0{len(first)}}{tail}"
            elif _ENTRY.fullmatch(entry):
                yield entry
            else:
                raise ValueError(f"{file}: {entry[:60]!r} is neither a code nor a range")
