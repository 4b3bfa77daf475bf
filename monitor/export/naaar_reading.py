"""Read a workbook's XML: texts of cells, shared strings, lists that cells are chosen from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat


class SheetError(ValueError):
    """The XML is none that can be edited; the text says why."""


def parse(xml: bytes, parser: Any, start: Any, end: Any) -> None:
    """Run the parser over XML that nobody vouches for."""

    def refuse_type(*_: object) -> None:
        raise SheetError("it declares a document type")

    def check_encoding(_version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "UTF-8").upper() not in ("UTF-8", "US-ASCII"):
            raise SheetError(f"its encoding is {encoding}; wanted UTF-8")

    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SheetError("its encoding is UTF-16; wanted UTF-8")
    parser.StartDoctypeDeclHandler = refuse_type
    parser.XmlDeclHandler = check_encoding
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise SheetError(f"its XML is broken: {error}") from error


@dataclass(frozen=True)
class Validation:
    """A list that cells must be chosen from; ``strict`` when the program refuses what is not."""

    cells: str
    source: str
    strict: bool


def read_cells(xml: bytes, shared: Iterable[str]) -> dict[str, str]:
    """Return the text of every cell that holds text; formulas count by the result last stored."""
    strings, found = tuple(shared), dict[str, str]()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    now: dict[str, Any] = {"cell": None, "kind": "", "in": False, "text": []}

    def start(name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            now.update(cell=attributes.get("r"), kind=attributes.get("t", "n"), text=[])
        now["in"] = kind in ("v", "t")

    def end(name: str) -> None:
        kind = name.rpartition(":")[2]
        now["in"] = False
        if kind != "c" or now["cell"] is None:
            return
        text = "".join(now["text"])
        if now["kind"] == "s" and text.isdigit() and int(text) < len(strings):
            found[now["cell"]] = strings[int(text)]
        elif now["kind"] in ("str", "inlineStr"):
            found[now["cell"]] = text
        now["cell"] = None

    def take(text: str) -> None:
        if now["in"]:
            now["text"].append(text)

    parser.CharacterDataHandler = take
    parse(xml, parser, start, end)
    return found


def read_strings(xml: bytes) -> tuple[str, ...]:
    """Return the workbook's shared strings in their order; phonetic readings left out."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    strings: list[list[str]] = []
    within: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        within.append(name.rpartition(":")[2])
        if within[-1] == "si":
            strings.append([])

    def end(_: str) -> None:
        within.pop()

    def take(text: str) -> None:
        if within and within[-1] == "t" and "rPh" not in within and strings:
            strings[-1].append(text)

    parser.CharacterDataHandler = take
    parse(xml, parser, start, end)
    return tuple("".join(pieces) for pieces in strings)


def read_validations(xml: bytes) -> tuple[Validation, ...]:
    """Return the validations of a sheet that are lists, those in Excel's own extension too."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    found: list[Validation] = []
    now: dict[str, Any] = {"open": False}
    within: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        within.append(name.rpartition(":")[2])
        if within[-1] == "dataValidation":
            now.update(
                open=attributes.get("type") == "list",
                strict=attributes.get("showErrorMessage") in ("1", "true"),
                cells=attributes.get("sqref", ""),
                source="",
            )

    def end(_: str) -> None:
        if within.pop() == "dataValidation" and now["open"]:
            found.append(Validation(now["cells"].strip(), now["source"].strip(), now["strict"]))
            now["open"] = False

    def take(text: str) -> None:
        if now["open"] and "formula1" in within:
            now["source"] += text
        elif now["open"] and within[-1] == "sqref":
            now["cells"] += text

    parser.CharacterDataHandler = take
    parse(xml, parser, start, end)
    return tuple(found)
