"""Fill CMS's workbook: the template's parts are copied, and of its sheets only cells are changed.

Validations, conditional formats, protection, formulas and styles stay byte for byte: the sheets'
XML is edited in place (see :mod:`monitor.export.naaar_sheet`). Of every formula the result that CMS
stored is taken out, and the workbook is marked, so that any program works it out on opening.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from monitor.archive import Unreadable, unpack
from monitor.export import naaar_items as items
from monitor.export.mask import ExportError
from monitor.export.naaar_reading import (
    SheetError,
    parse,
    read_cells,
    read_strings,
    read_validations,
)
from monitor.export.naaar_sheet import Value, column_number, fill

Cells = Mapping[str, Mapping[str, Value]]
"""What goes into a workbook: by the sheet's name, by cell."""

MAX_FILE = 32 << 20
MAX_PART = 64 << 20
"""Bytes of a template, and of one of its parts unpacked; CMS's have 0.5 MB and 2 MB."""

_WORKBOOK = "xl/workbook.xml"
_CALCULATE = re.compile(rb"<((?:\w+:)?)calcPr\b([^>]*?)(/?)>")
_ON_LOAD = re.compile(rb"""\sfullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')""")
_RANGE = re.compile(r"'?([^'!]+)'?!\$([A-Z]+)\$(\d+)(?::\$([A-Z]+)\$(\d+))?")


@dataclass(frozen=True)
class Template:
    """CMS's workbook, read and known to be one that carvein can fill.

    ``parts`` is every part by name in the order of the file, ``sheets`` the part of each sheet.
    """

    path: Path
    parts: Mapping[str, bytes]
    sheets: Mapping[str, str]
    strings: tuple[str, ...]
    version: str = ""
    _texts: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def cells(self, sheet: str) -> dict[str, str]:
        """Return the texts of a sheet's cells, which are read once."""
        if sheet not in self._texts:
            self._texts[sheet] = read_cells(self.parts[self.sheets[sheet]], self.strings)
        return self._texts[sheet]


def read_template(path: Path) -> Template:
    """Read the user's workbook.

    Raises
    ------
    ExportError
        When it is no workbook, is damaged or hostile, or is not CMS's NAAAR workbook laid out as
        carvein knows it.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ExportError(f"{path}: cannot be read: {error.strerror}") from error
    if size > MAX_FILE:
        raise ExportError(f"{path}: {size:,} bytes; a NAAAR workbook has at most {MAX_FILE:,}")
    parts = _parts(path)
    try:
        sheets = _sheets(parts)
        strings = read_strings(parts.get("xl/sharedStrings.xml", b"<sst/>"))
        template = Template(path, parts, sheets, strings)
        return _known(template)
    except SheetError as error:
        raise ExportError(f"{path}: {error}") from error


def write_workbook(template: Template, cells: Cells, to: Path) -> None:
    """Write the template with the cells filled, in one step: all of it or nothing.

    Raises
    ------
    ExportError
        When a set value is none of the workbook's own list, or the file cannot be written.
    """
    changed: dict[str, bytes] = {}
    for sheet, name in template.sheets.items():
        values = cells.get(sheet, {})
        _check_lists(template, sheet, values)
        try:
            lines = items.HEADING if sheet in items.TABS_III and values else None
            changed[name] = fill(template.parts[name], values, lines)
        except SheetError as error:
            raise ExportError(f"{template.path}: sheet {sheet}: {error}") from error
    changed[_WORKBOOK] = _calculate_on_load(template.parts[_WORKBOOK])
    try:
        _write(template, changed, to)
    except OSError as error:
        raise ExportError(f"{to}: cannot be written: {error.strerror}") from error


def _write(template: Template, changed: Mapping[str, bytes], to: Path) -> None:
    part = to.with_name(f".{to.name}-{os.getpid()}.part")
    try:
        with part.open("xb") as sink, zipfile.ZipFile(sink, "w") as archive:
            for entry, data in template.parts.items():
                head = zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0))
                head.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(head, changed.get(entry, data))
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _parts(path: Path) -> dict[str, bytes]:
    """Return every part of the zip; names that climb, bombs and broken zips are refused."""
    with tempfile.TemporaryDirectory(prefix="carvein-naaar-") as scratch:
        folder = Path(scratch) / "parts"
        try:
            unpack(path, folder)
            with zipfile.ZipFile(path) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        except (Unreadable, zipfile.BadZipFile, OSError) as error:
            raise ExportError(f"{path}: no Excel workbook: {error}") from error
        parts = {}
        for name in names:
            part = folder.joinpath(*name.split("/"))
            if part.stat().st_size > MAX_PART:
                raise ExportError(f"{path}: {name} unpacks to over {MAX_PART:,} bytes")
            parts[name] = part.read_bytes()
    if _WORKBOOK not in parts:
        raise ExportError(f"{path}: no Excel workbook: it has no {_WORKBOOK}")
    return parts


def _sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def take_sheet(name: str, attributes: dict[str, Any]) -> None:
        if name.rpartition(":")[2] == "sheet":
            told = [text for key, text in attributes.items() if key.endswith(":id")]
            ids[attributes.get("name", "")] = told[0] if told else ""

    def take_target(name: str, attributes: dict[str, Any]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    parse(parts[_WORKBOOK], expat.ParserCreate(), take_sheet, None)
    relations = parts.get("xl/_rels/workbook.xml.rels", b"<none/>")
    parse(relations, expat.ParserCreate(), take_target, None)
    found = {}
    for sheet, number in ids.items():
        part = posixpath.normpath(posixpath.join("/xl", targets.get(number, "?"))).lstrip("/")
        if part in parts:
            found[sheet] = part
    return found


def _known(template: Template) -> Template:
    """Return the template with its version, when it is laid out as the items say."""
    wanted = _layout()
    lacking = [sheet for sheet in wanted if sheet not in template.sheets]
    if items.START in template.sheets:
        version = template.cells(items.START).get(items.VERSION_CELL, "").strip()
        version = version.removeprefix("Version").strip()
    else:
        version = ""
    told = f"{template.path}: version {version or 'not told'}"
    if lacking:
        raise ExportError(
            f"{told}: it has no sheet {lacking[0]!r}; wanted CMS's NAAAR workbook, version "
            f"{items.VERSION}"
        )
    for sheet, cells in wanted.items():
        found = template.cells(sheet)
        for cell, label in cells.items():
            here = " ".join(found.get(cell, "").split())
            if here != " ".join(label.split()):
                raise ExportError(
                    f"{told}: sheet {sheet!r} has {here[:80]!r} in {cell}, wanted {label!r}: "
                    f"carvein fills version {items.VERSION}"
                )
    return replace(template, version=version)


def _layout() -> dict[str, dict[str, str]]:
    """Return the label that each row must have, by sheet and cell."""
    first = {f"B{each.row}": each.label for each in (*items.PROGRAM, *items.SCENARIO)}
    first |= {f"A{each.row}": each.number for each in items.SCENARIO}
    first |= {f"B{items.FIRST_PLAN_ROW + at}": f"Plan {at + 1}" for at in range(items.PLANS)}
    first |= {f"B{items.FIRST_TYPE_ROW + at}": kind for at, kind in enumerate(items.TYPES)}
    for method, row in {**items.METHODS, **items.METHODS_LEFT}.items():
        first |= {f"B{row}": method, f"B{row + 2}": "Plans using this method"}
    second = {f"A{each.row}": each.number for each in items.STANDARD}
    second |= {f"B{each.row}": each.label for each in items.STANDARD}
    third = {
        f"A{each.row}": each.number
        for each in (items.ASSURANCE, *items.NON_COMPLIANCE, *items.result_items())
    }
    third |= {f"B{each.row}": each.label for each in items.result_items()}
    plans = {items.tab_iii(number): third for number in range(1, items.PLANS + 1)}
    available = {f"A{each.row}": each.number for each in items.AVAILABILITY}
    return {items.TAB_I: first, items.TAB_II: second, **plans, items.TAB_B: available}


def _calculate_on_load(xml: bytes) -> bytes:
    """Mark the workbook so that its formulas are worked out when it is opened."""
    found = _CALCULATE.search(xml)
    if found is None:
        closing = re.search(rb"</((?:\w+:)?)definedNames>", xml)
        if closing is None:
            raise ExportError("the workbook has no place for its calculation settings")
        tag = b"<" + closing[1] + b'calcPr fullCalcOnLoad="1"/>'
        return xml[: closing.end()] + tag + xml[closing.end() :]
    kept = _ON_LOAD.sub(b"", found[2])
    tag = b"<" + found[1] + b"calcPr" + kept + b' fullCalcOnLoad="1"' + found[3] + b">"
    return xml[: found.start()] + tag + xml[found.end() :]


def _check_lists(template: Template, sheet: str, values: Mapping[str, Value]) -> None:
    """Refuse a set value that the workbook's own list does not have.

    Only lists of plain texts are held against: those of formulas are lists to choose several from,
    which change with what stands in the cell.
    """
    for validation in read_validations(template.parts[template.sheets[sheet]]):
        if not validation.strict:
            continue
        asked = [cell for cell in values if _inside(cell, validation.cells)]
        chosen = _listed(template, validation.source) if asked else ()
        for cell in asked if chosen else ():
            if values[cell] not in chosen:
                raise ExportError(
                    f"{template.path}: sheet {sheet}: {cell} takes one of "
                    f"{', '.join(chosen)}; found {values[cell]!r}"
                )


def _listed(template: Template, source: str) -> tuple[str, ...]:
    """Return the plain texts of a list's cells; none when one of them is a formula."""
    found = _RANGE.fullmatch(source)
    if not found or found[1] not in template.sheets or (found[4] or found[2]) != found[2]:
        return ()
    xml = template.parts[template.sheets[found[1]]]
    rows = range(int(found[3]), int(found[5] or found[3]) + 1)
    names = [f"{found[2]}{row}" for row in rows]
    if any(_is_formula(xml, name) for name in names):
        return ()
    cells = template.cells(found[1])
    return tuple(cells[name] for name in names if name in cells)


def _is_formula(xml: bytes, cell: str) -> bool:
    start = xml.find(b' r="' + cell.encode() + b'"')
    end = xml.find(b"</c>", start)
    empty = xml.find(b"/>", start)
    if start < 0 or end < 0 or 0 <= empty < xml.find(b">", start):
        return False
    return b"<f" in xml[start:end]


def _inside(cell: str, ranges: str) -> bool:
    column, row = _coordinates(cell)
    for part in ranges.split():
        first, _, last = part.partition(":")
        left, top = _coordinates(first)
        right, bottom = _coordinates(last or first)
        if left <= column <= right and top <= row <= bottom:
            return True
    return False


def _coordinates(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    return column_number(letters), int(cell[len(letters) :] or 0)


def column_name(number: int) -> str:
    """Return a column's letters from its number, from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
