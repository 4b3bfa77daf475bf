"""Put values into cells of a sheet's XML and leave every other byte as it is.

An XML library would write the whole sheet anew; here the parser only says where a cell begins and
ends, and those bytes alone are replaced.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from monitor.export.naaar_reading import SheetError, parse

__all__ = ["SheetError", "Value", "column_number", "fill", "serial"]

Value = str | int | float | date

LINE = 14.0
"""Points of a line of text in CMS's font."""

HIGHEST = 409.0
"""Points of the highest row that Excel takes."""

DEFAULT_WIDTH = 9.0
"""Characters in a line of a column that tells no width."""

_EPOCH = date(1899, 12, 30)
_HEIGHT = re.compile(rb"""\sht\s*=\s*(?:"[^"]*"|'[^']*')""")
_TYPE = re.compile(rb"""\st\s*=\s*(?:"[^"]*"|'[^']*')""")
_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class _Place:
    """Where a cell, or a row's start tag, stands in the bytes: ``start`` to ``end``."""

    start: int
    end: int
    name: str
    attributes: Mapping[str, str]
    formula: bool = False


_Edit = tuple[int, int, bytes]


@dataclass(frozen=True)
class _Found:
    cells: dict[str, _Place] = field(default_factory=dict)
    rows: dict[str, _Place] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    results: list[_Edit] = field(default_factory=list)


def fill(xml: bytes, values: Mapping[str, Value], lines: Mapping[str, int] | None = None) -> bytes:
    """Return the sheet with the values in its cells, each in the style that the cell has.

    Where a text is longer than its row is high the row is made higher: the sheets are protected,
    and nobody could do it by hand. The results of formulas as last stored are taken out, for they
    are those of the empty form; the formulas stay.

    Parameters
    ----------
    values
        By cell (``E12``) text, a number or a day. Text goes in as an inline string: it is text
        whatever it begins with.
    lines
        By row the lines that a formula's text will take there.

    Raises
    ------
    SheetError
        When the XML is not well formed, declares a document type or another encoding than UTF-8,
        lacks one of the cells, has one twice, or has a formula in one.
    """
    found = _find(xml, frozenset(values))
    lacking = sorted(set(values) - set(found.cells))
    if lacking:
        raise SheetError(f"it has no cell {', '.join(lacking[:5])}")
    edits = list(found.results)
    for name, value in values.items():
        place = found.cells[name]
        if place.formula:
            raise SheetError(f"cell {name} holds a formula")
        edits.append((place.start, place.end, _cell(place, value)))
    edits += _higher_rows(xml, found, values, lines or {})
    done, at = bytearray(), 0
    for start, end, piece in sorted(edits):
        done += xml[at:start]
        done += piece
        at = end
    return bytes(done + xml[at:])


def serial(day: date) -> int:
    """Return a day as spreadsheets count it: days since 30 December 1899."""
    return (day - _EPOCH).days


def _cell(place: _Place, value: Value) -> bytes:
    prefix = place.name.rpartition("c")[0]
    kept = "".join(
        f' {name}="{escape(text, {chr(34): "&quot;"})}"'
        for name, text in place.attributes.items()
        if name != "t"
    )
    if isinstance(value, str):
        shown = escape(_CODED.sub("_x005F_", _ILLEGAL.sub("\ufffd", value)))
        inside = f'<{prefix}is><{prefix}t xml:space="preserve">{shown}</{prefix}t></{prefix}is>'
        kept += ' t="inlineStr"'
    else:
        number = serial(value) if isinstance(value, date) else value
        inside = f"<{prefix}v>{number!r}</{prefix}v>"
    return f"<{place.name}{kept}>{inside}</{place.name}>".encode()


def _higher_rows(
    xml: bytes, found: _Found, values: Mapping[str, Value], given: Mapping[str, int]
) -> Iterator[_Edit]:
    """Yield the rows' start tags with the height that the longest of their new texts needs."""
    needed = {row: count * LINE + 2 for row, count in given.items()}
    for name, value in values.items():
        if isinstance(value, str):
            letters, row = _parted(name)
            width = max(found.widths.get(column_number(letters), DEFAULT_WIDTH) - 1, 1)
            lines = sum(math.ceil(max(len(line), 1) / width) for line in value.split("\n"))
            needed[row] = max(needed.get(row, 0), lines * LINE + 2)
    for row, height in needed.items():
        place = found.rows.get(row)
        if place is None or float(place.attributes.get("ht", 0)) >= height:
            continue
        tag = _HEIGHT.sub(b"", xml[place.start : place.end])
        opening = b"<" + place.name.encode()
        told = f' ht="{min(height, HIGHEST):g}"'.encode()
        yield place.start, place.end, opening + told + tag[len(opening) :]


def column_number(letters: str) -> int:
    """Return a column's number, from 1, from its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _parted(cell: str) -> tuple[str, str]:
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return cell[: len(cell) - len(row)], row


def _find(xml: bytes, wanted: frozenset[str]) -> _Found:
    """Return where the wanted cells, every row and every formula's result stand."""
    parser = expat.ParserCreate()
    found = _Found()
    inside: list[dict[str, Any]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        kind, at = name.rpartition(":")[2], parser.CurrentByteIndex
        if kind == "row":
            float(attributes.get("ht", 0))
            here = _Place(at, _tag_end(xml, at), name, attributes)
            found.rows[attributes.get("r", "")] = here
        elif kind == "col":
            for column in range(
                max(int(attributes["min"]), 1), min(int(attributes["max"]), 512) + 1
            ):
                found.widths[column] = float(attributes.get("width", DEFAULT_WIDTH))
        elif kind == "c":
            inside.append({"at": at, "name": name, "told": attributes, "formula": False, "v": None})
        elif inside and kind == "f":
            inside[-1]["formula"] = True
        elif inside and kind == "v":
            inside[-1]["v"] = at

    def end(name: str) -> None:
        if not inside:
            return
        kind, here = name.rpartition(":")[2], parser.CurrentByteIndex
        # For an empty element the parser stands behind it, for any other before its end tag.
        after = _tag_end(xml, here) if xml.startswith(b"</" + name.encode(), here) else here
        if kind == "v":
            inside[-1]["result"] = (inside[-1]["v"], after, b"")
        if kind != "c":
            return
        cell = inside.pop()
        told = cell["told"]
        if cell["formula"]:
            found.results.extend([cell["result"]] if "result" in cell else [])
            tag = xml[cell["at"] : _tag_end(xml, cell["at"])]
            if kept := _TYPE.search(tag):
                found.results.append((cell["at"] + kept.start(), cell["at"] + kept.end(), b""))
        if told.get("r") in wanted:
            if told["r"] in found.cells:
                raise SheetError(f"it has cell {told['r']} twice")
            found.cells[told["r"]] = _Place(cell["at"], after, name, told, cell["formula"])

    try:
        parse(xml, parser, start, end)
    except SheetError:
        raise
    except (KeyError, ValueError) as error:
        raise SheetError(f"its columns or rows are broken: {error}") from error
    return found


def _tag_end(xml: bytes, at: int) -> int:
    """Return where the tag that begins at ``at`` ends; ``>`` may stand in quotes."""
    found = _TAG.match(xml, at)
    return found.end() if found else at
