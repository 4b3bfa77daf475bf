"""Value sets: dated, replaceable code lists shipped as data files in ``rules/value_sets``.

A file names itself, its version, the day from which it is meant, and its source; ``codes`` maps a
group to its entries. An entry is a code, the beginning of codes, or a range such as
``90832-90840`` whose ends differ in their last digits only. Everything is read as text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "value_sets"


@dataclass(frozen=True)
class ValueSet:
    """A code list as read: ``codes`` maps each entry, ranges written out, to its group."""

    name: str
    title: str
    version: str
    effective: date
    source: str
    unverified: bool
    codes: Mapping[str, str]
    digest: str

    def group(self, name: str) -> tuple[str, ...]:
        """Return the entries of one group, in the file's order; empty when there is none."""
        return tuple(code for code, group in self.codes.items() if group == name)

    def of(self, code: str) -> str | None:
        """Return the group of the longest entry that ``code`` begins with, or None."""
        for length in range(len(code), 0, -1):
            if code[:length] in self.codes:
                return self.codes[code[:length]]
        return None


@cache
def value_set(name: str) -> ValueSet:
    """Return the shipped value set of that name.

    Raises
    ------
    ValueError
        When the file lacks a key, or an entry is a malformed range or stands in two groups.
    FileNotFoundError
        When there is no such value set.
    """
    return read_value_set(FOLDER / f"{name}.yaml")


def read_value_set(path: Path) -> ValueSet:
    """Read a value set from a file; raises as :func:`value_set` does."""
    told = _document(path)
    codes: dict[str, str] = {}
    for group, entries in _wanted(told, "codes", path).items():
        for code in _written_out(entries, path):
            if codes.setdefault(code, group) != group:
                raise ValueError(f"{path.name}: {code} is in {codes[code]} and in {group}")
    return ValueSet(
        name=_wanted(told, "name", path),
        title=_wanted(told, "title", path),
        version=_wanted(told, "version", path),
        effective=date.fromisoformat(_wanted(told, "effective", path)),
        source=_wanted(told, "source", path),
        unverified=told.get("unverified") == "true",
        codes=codes,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


@cache
def value_set_versions() -> Mapping[str, str]:
    """Return the version of every shipped value set, by name, in order of name.

    The version of a set that nobody has read in its source carries the mark ``(unverified)``.
    """
    documents = ((path, _document(path)) for path in sorted(FOLDER.glob("*.yaml")))
    return {_wanted(told, "name", path): _version(told, path) for path, told in documents}


def _version(told: Mapping[str, Any], path: Path) -> str:
    version = str(_wanted(told, "version", path))
    return f"{version} (unverified)" if told.get("unverified") == "true" else version


def _document(path: Path) -> Mapping[str, Any]:
    told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(told, dict):
        raise ValueError(f"{path.name}: wanted a mapping")
    return told


def _wanted(told: Mapping[str, Any], key: str, path: Path) -> Any:
    if key not in told:
        raise ValueError(f"{path.name}: no {key}")
    return told[key]


def _written_out(entries: list[str], path: Path) -> Iterator[str]:
    for entry in (part.strip() for line in entries for part in line.split(",")):
        ends = re.fullmatch(r"([A-Z]*)(\d+)([A-Z]?)-\1(\d+)\3", entry)
        if ends:
            head, first, tail, last = ends.groups()
            if len(first) != len(last) or first > last:
                raise ValueError(f"{path.name}: {entry} is no range")
            for number in range(int(first), int(last) + 1):
                yield f"{head}{number:0{len(first)}}{tail}"
        elif re.fullmatch(r"[A-Z0-9]+", entry):
            yield entry
        else:
            raise ValueError(f"{path.name}: {entry!r} is neither a code nor a range")
