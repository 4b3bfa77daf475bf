"""Before the rows of an X12 file: whether it is one, and how late its services are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from monitor.faults import Fault
from monitor.header import Header
from monitor.x12.envelope import element
from monitor.x12.feed import Feed, is_gzip, swells
from monitor.x12.pieces import Pieces, looks_like_x12
from monitor.x12.reader import take_apart
from monitor.x12.rows import COLUMNS
from monitor.x12.versions import looks_like_ncpdp
from rules.tables.x12 import READ, TABLE

_WINDOW = 1 << 20
_BOM = "\xef\xbb\xbf"


def open_x12(path: Path, name: str, known: tuple[str, ...]) -> Header:
    """Return the columns of an X12 file; unusable where it is none, or unpacks beyond bounds.

    ``known`` are names of the table's columns: a file that has one of them in its first line is
    CSV.
    """

    def refuse(code: str, value: str, expected: str, text: bool = False) -> Header:
        fault = Fault(f"{TABLE}.{code}", name, 1, "", value, expected)
        return Header((), (fault,), False, b"", 0, 1, text)

    packed = is_gzip(path)
    if packed and swells(path):
        return refuse("x12.gzip", "over 100 times its size", "at most 100 times its size")
    with Feed(path) as feed:
        head = feed.peek(_WINDOW)
        damage = feed.damage
    data = head.encode("latin-1")
    faults: tuple[Fault, ...] = ()
    if head.startswith(_BOM):
        told = ("a byte order mark", "X12 without a byte order mark")
        faults = (Fault(f"{TABLE}.file.bom", name, 1, "", *told),)
        head = head[len(_BOM) :]
    if not head.strip():
        if damage:
            return refuse("x12.gzip", damage, "a whole gzip file")
        return refuse("file.empty", f"{len(data)} bytes", "an interchange, from ISA to IEA")
    if looks_like_x12(head):
        return Header(COLUMNS, faults, True)
    if looks_like_ncpdp(data):
        return refuse("x12.not_x12", "an NCPDP file", f"{READ}; NCPDP is not read")
    first = {part.strip().strip('"') for part in head.splitlines()[0].replace(";", ",").split(",")}
    if first & set(known):
        wanted = "an interchange from ISA on; name a CSV file .csv"
        return refuse("x12.not_x12", "a CSV header", wanted, not packed)
    binary = "\0" in head[: 1 << 16]
    return refuse("x12.not_x12", "no ISA", "an interchange, from ISA to IEA", not binary | packed)


def latest_day(path: Path) -> date | None:
    """Return the latest day of service in an X12 file, None where it cannot be told."""
    latest = ""
    with Feed(path) as feed:
        pieces = Pieces(feed)
        for code, text in pieces:
            if not code and text.startswith("DTP"):
                segment = take_apart(text, pieces)
                day = element(segment, 3)[:8]
                if element(segment, 1) in ("472", "434") and len(day) == 8 and day > latest:
                    latest = day if _is_day(day) else latest
    return date(int(latest[:4]), int(latest[4:6]), int(latest[6:])) if latest else None


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
