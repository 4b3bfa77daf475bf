"""Network figures of counties in a folder, so that what did not change is not searched again.

A file holds the figures of one specialty and population: sums by county, no member and no provider.
Its name is a digest of the members as prepared, of the specialty's rows as they count, and of the
code that counts. A file that is damaged, or is none of carvein's, is not read and is told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geodata.blocks
import geodata.choices
import geodata.coverage
import geodata.distance
import geodata.lines
import geodata.matrix
import geodata.pairs
import geodata.points
import geodata.travel
import geodata.ways
import rules.network.members
import rules.network.memory
import rules.network.providers
import rules.network.reach
import rules.network.side
import rules.network.who

KIND = "carvein network figures 1"

MOST_BYTES = 64_000_000
"""A larger file is none of ours."""

_COUNTING = (
    geodata.blocks,
    geodata.choices,
    geodata.coverage,
    geodata.distance,
    geodata.lines,
    geodata.matrix,
    geodata.pairs,
    geodata.points,
    geodata.travel,
    geodata.ways,
    rules.network.members,
    rules.network.memory,
    rules.network.providers,
    rules.network.reach,
    rules.network.side,
    rules.network.who,
)
_ROADS = ("geodata.road_graph", "geodata.road_join", "geodata.road_search")
"""Modules that count as well; not imported, for most reviews have no roads."""


class FigureFolder:
    """A folder of figures, as :class:`rules.network.memory.Memory`.

    ``notes`` are lines on files that could not be read or written; each reason once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []

    def recall(self, page: str) -> Mapping[str, list[Any]]:
        """Return the lines of a page; none where there is no file, or it cannot be trusted."""
        path = self._path(page)
        try:
            if not path.exists():
                return {}
            if path.stat().st_size > MOST_BYTES:
                raise ValueError("too large")
            found = json.loads(path.read_text(encoding="utf-8"))
            lines = found["lines"]
            if found["kind"] != KIND or not isinstance(lines, dict):
                raise ValueError("another kind of file")
            if found["digest"] != _seal(path.name, lines):
                raise ValueError("not what was written")
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self._note(f"{path.name} in {self.folder} is damaged or foreign; counted anew")
            return {}
        kept: dict[str, list[Any]] = lines
        return kept

    def keep(self, page: str, lines: Mapping[str, list[Any]]) -> None:
        """Write the lines of a page; the old file stays until the new one is whole."""
        path = self._path(page)
        text = json.dumps({"kind": KIND, "lines": lines, "digest": _seal(path.name, lines)})
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError as fault:
            self._note(f"{self.folder}: figures cannot be kept: {fault.strerror}")

    def _path(self, page: str) -> Path:
        name = blake2b(f"{page}\x1f{code_version()}".encode(), digest_size=20).hexdigest()
        return self.folder / f"{name}.json"

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


@cache
def code_version() -> str:
    """Return a digest of the modules that count: a change in any of them makes old figures moot."""
    digest = blake2b(digest_size=20)
    roads = [spec.origin for name in _ROADS if (spec := find_spec(name)) is not None]
    for path in (*(module.__file__ for module in _COUNTING), *roads):
        digest.update(Path(str(path)).read_bytes())
    return digest.hexdigest()


def beside_store(url: str) -> FigureFolder | None:
    """Return the folder of figures beside a store that is a file; None for any other store."""
    _, found, path = url.partition("sqlite:///")
    if not found or not path or path == ":memory:":
        return None
    return FigureFolder(Path(f"{path}.figures"))


def _seal(name: str, lines: Mapping[str, Any]) -> str:
    held = json.dumps([KIND, name, lines], sort_keys=True)
    return blake2b(held.encode(), digest_size=20).hexdigest()
