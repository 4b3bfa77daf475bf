"""Read ``submission.yaml``: a narrow dialect of YAML, every fault named by its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from monitor.faults import Fault, visible
from rules.model import Period
from rules.tables import ENVELOPE, TABLES

NAME = "submission.yaml"
MAX_BYTES = 1 << 20
"""Largest manifest that is read."""

_MAX_DEPTH = 10
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = ("plan_id", "contract_id", "period", "submitted_on", "certification", "tables")
_CERTIFICATION = ("name", "title", "certified_on")
_TABLE = ("file", "sha256", "rows", "layout")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")

Path = tuple[str, ...]


@dataclass(frozen=True)
class TableEntry:
    """What the manifest says of one table: names of its files, their digests, all their rows.

    ``layouts`` names the layout of its files: none, one for all of them, or one a file.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...] = ()
    rows: int | None = None
    line: int = 0
    layouts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What the plan says of its submission. Text is empty and a day None where it is not said.

    ``plan_named`` is false where ``plan_id`` is not the plan's own word but the folder's name.
    """

    plan_id: str
    contract_id: str = ""
    period: str = ""
    submitted_on: date | None = None
    certification_name: str = ""
    certification_title: str = ""
    certified_on: date | None = None
    has_manifest: bool = False
    tables: Mapping[str, TableEntry] = field(default_factory=dict)
    unreadable: bool = False
    plan_named: bool = False

    @property
    def certification(self) -> str:
        """Who certified, in what office and when, as one text; empty where nobody did."""
        day = str(self.certified_on) if self.certified_on else ""
        parts = (self.certification_name, self.certification_title, day)
        return ", ".join(part for part in parts if part)

    @property
    def period_end(self) -> date | None:
        """Last day of the period, None where the manifest does not name one."""
        return Period.parse(self.period).end if self.period else None


class ManifestError(Exception):
    """The manifest cannot be read at all; ``line`` says where (0 when it is the whole file)."""

    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"{NAME} line {line}: {reason}" if line else f"{NAME}: {reason}")


def read_manifest(data: bytes, plan_id: str) -> tuple[Manifest, tuple[Fault, ...]]:
    """Return the manifest in ``data`` and its faults; what is faulty is left out.

    Parameters
    ----------
    data
        Content of the file.
    plan_id
        Stands in where the manifest names no plan.

    Raises
    ------
    ManifestError
        When it is not YAML, too large, or uses aliases, tags or repeated keys.
    """
    reader = _Reader(*_parse(data))
    return reader.manifest(plan_id), tuple(reader.faults)


class _Reader:
    """Picks the known keys out of a manifest's tree and keeps a fault for each that is wrong."""

    def __init__(self, tree: Any, lines: Mapping[Path, int]) -> None:
        self.lines = lines
        self.faults: list[Fault] = []
        self.tree = tree if isinstance(tree, dict) else {}
        if not isinstance(tree, dict):
            raise ManifestError(1, "wanted a mapping with plan_id, contract_id, period, tables")

    def manifest(self, plan_id: str) -> Manifest:
        for key in ("plan_id", "contract_id", "period", "submitted_on", "tables"):
            if not self.tree.get(key):
                self.fault("manifest.key_missing", (key,), "", f"{key} in {NAME}")
        self.unknown((), _KEYS)
        self.unknown(("certification",), _CERTIFICATION)
        named = self.identifier("plan_id")
        return Manifest(
            named or plan_id,
            self.identifier("contract_id"),
            self.period(),
            self.day(("submitted_on",)),
            visible(self.text(("certification", "name"))),
            visible(self.text(("certification", "title"))),
            self.day(("certification", "certified_on")),
            True,
            tables=dict(self.tables()),
            plan_named=bool(named),
        )

    def fault(self, code: str, path: Path, value: str, expected: str) -> None:
        line = next(
            (self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 1
        )
        full = code if code.split(".")[0] in TABLES else f"{ENVELOPE}.{code}"
        self.faults.append(Fault(full, NAME, line, ".".join(path), value, expected))

    def unknown(self, path: Path, known: tuple[str, ...]) -> None:
        for key in self.mapping(path):
            if key not in known:
                wanted = f"one of {', '.join(known)}"
                self.fault("manifest.key_unknown", (*path, key), key, wanted)

    def at(self, path: Path) -> Any:
        value: Any = self.tree
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def mapping(self, path: Path) -> dict[str, Any]:
        value = self.at(path)
        if value and not isinstance(value, dict):
            self.fault("manifest.value", path, str(value), "keys with values")
        return value if isinstance(value, dict) else {}

    def text(self, path: Path) -> str:
        value = self.at(path)
        if isinstance(value, dict | list):
            self.fault("manifest.value", path, str(value), "one text")
            return ""
        return str(value or "").strip()

    def identifier(self, key: str) -> str:
        text = self.text((key,))
        if text and not _IDENTIFIER.fullmatch(text):
            wanted = "1 to 64 letters, digits, hyphens, dots or underscores"
            self.fault("manifest.value", (key,), text, wanted)
            return ""
        return text

    def period(self) -> str:
        text = self.text(("period",))
        try:
            return str(Period.parse(text)) if text else ""
        except ValueError:
            self.fault("manifest.value", ("period",), text, "YYYY, YYYYQn or YYYY-MM")
            return ""

    def day(self, path: Path) -> date | None:
        text = self.text(path)
        if not text:
            return None
        try:
            return date.fromisoformat(text) if len(text) == 10 else _refuse(text)
        except ValueError:
            self.fault("manifest.value", path, text, "a day as YYYY-MM-DD")
            return None

    def tables(self) -> Iterator[tuple[str, TableEntry]]:
        for name in self.mapping(("tables",)):
            path = ("tables", name)
            if name not in TABLES:
                self.fault("manifest.table_unknown", path, name, "a table of the interface")
                continue
            self.unknown(path, _TABLE)
            files = self.texts((*path, "file"))
            if not files:
                self.fault(f"{name}.file.missing", path, "", "file: with at least one name")
            digests = self.texts((*path, "sha256"))
            if digests and len(digests) != len(files):
                wanted = "one digest a file"
                self.fault("manifest.value", (*path, "sha256"), str(len(digests)), wanted)
                digests = ()
            for digest in digests:
                if not _SHA256.fullmatch(digest):
                    wanted = "64 hexadecimal digits"
                    self.fault("manifest.value", (*path, "sha256"), digest, wanted)
            layouts = self.texts((*path, "layout"))
            if len(layouts) > 1 and len(layouts) != len(files):
                wanted = "one layout for every file, or one a file"
                self.fault("manifest.value", (*path, "layout"), str(len(layouts)), wanted)
            rows = self.count((*path, "rows"))
            yield name, TableEntry(files, digests, rows, self.lines[path], layouts)

    def texts(self, path: Path) -> tuple[str, ...]:
        value = self.at(path)
        entries = value if isinstance(value, list) else [value] if value else []
        if any(not isinstance(entry, str) for entry in entries):
            self.fault("manifest.value", path, str(value), "a name, or a list of names")
        return tuple(entry for entry in entries if isinstance(entry, str))

    def count(self, path: Path) -> int | None:
        text = self.text(path)
        if re.fullmatch("[0-9]{1,15}", text):
            return int(text)
        if text:
            self.fault("manifest.value", path, text, "a whole number")
        return None


def _refuse(text: str) -> date:
    raise ValueError(text)


def _parse(data: bytes) -> tuple[Any, dict[Path, int]]:
    """Return the tree of a YAML document, all scalars as text, and the line of every path.

    Built from the parser's events, so nothing is constructed, resolved or expanded.
    """
    if len(data) > MAX_BYTES:
        raise ManifestError(0, f"{len(data)} bytes; wanted at most {MAX_BYTES}")
    lines: dict[Path, int] = {}
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[Any] = [None]
    path: list[str] = []
    try:
        text = data.decode("utf-8-sig")
        event: Any
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ManifestError(line, "an alias or anchor; wanted plain values")
            if getattr(event, "tag", None) not in (None, "!"):
                raise ManifestError(line, f"a tag {event.tag}; wanted plain values")
            if isinstance(event, yaml.DocumentStartEvent) and root:
                raise ManifestError(line, "a second document; wanted one")
            if isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                keys.pop()
                if path:
                    path.pop()
                continue
            opens = isinstance(event, yaml.CollectionStartEvent)
            if not opens and not isinstance(event, yaml.ScalarEvent):
                continue
            value: Any = _value(event)
            top = stack[-1]
            if isinstance(top, dict) and keys[-1] is None:
                if opens:
                    raise ManifestError(line, "a key that is not text")
                if value in top:
                    raise ManifestError(line, f"the key {value!r} stands twice")
                keys[-1] = value
                lines[(*path[1:], value)] = line
                continue
            if isinstance(top, dict):
                top[keys[-1]] = value
                step, keys[-1] = keys[-1], None
            else:
                top.append(value)
                step = str(len(top) - 1)
            if opens:
                if len(stack) > _MAX_DEPTH:
                    raise ManifestError(line, f"more than {_MAX_DEPTH} levels")
                stack.append(value)
                keys.append(None)
                path.append(step)
    except UnicodeDecodeError as error:
        raise ManifestError(data[: error.start].count(b"\n") + 1, "not UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ManifestError(mark.line + 1 if mark else 0, f"not YAML: {reason}") from error
    if not root:
        raise ManifestError(0, "empty")
    return root[0], lines


def _value(event: Any) -> Any:
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    plain = event.style not in ("'", '"', "|", ">")
    return "" if plain and event.value in ("~", "null", "Null", "NULL") else event.value
