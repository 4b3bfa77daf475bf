"""Figures of counties that are kept from one review of the same members to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import astuple, fields
from hashlib import blake2b
from typing import Any, Protocol, TypeVar

from geodata.coverage import Coverage, Limits
from geodata.travel import Estimate
from rules.network.members import Members
from rules.network.providers import Providers
from rules.network.side import Count
from rules.network.who import Who

Figure = TypeVar("Figure", Coverage, Count)


class Memory(Protocol):
    """Where figures are kept: pages (one specialty and population) of lines (one county)."""

    def recall(self, page: str) -> Mapping[str, list[Any]]:
        """Return the lines of a page; none where there is no such page, or it cannot be trusted."""

    def keep(self, page: str, lines: Mapping[str, list[Any]]) -> None:
        """Keep the lines of a page, each a list of numbers, true or false, and None."""


class Page:
    """The figures of one specialty and population, those from the memory first.

    The page is named by all that its figures depend on, but the limits: those name the lines.
    """

    def __init__(
        self, memory: Memory, members: Members, providers: Providers, specialty: str, who: Who
    ) -> None:
        self._memory = memory
        parts = (members.digest(who), providers.digest(specialty), str(who.ages))
        self.name = blake2b("\x1f".join(parts).encode(), digest_size=20).hexdigest()
        self._lines = dict(memory.recall(self.name))
        self._fresh = False

    def figure(
        self, kind: type[Figure], line: str, located: float, count: Callable[[], Figure]
    ) -> Figure:
        """Return the figure of a line, counted where it is not kept or cannot be so."""
        kept = read_figure(kind, self._lines.get(line), located)
        if kept is not None:
            return kept
        figure = count()
        self._lines[line] = list(astuple(figure))
        self._fresh = True
        return figure

    def holds(self, kind: type[Figure], line: str, located: float) -> bool:
        """Return whether a line is kept and can be these people's."""
        return read_figure(kind, self._lines.get(line), located) is not None

    def save(self) -> None:
        """Keep what was counted since."""
        if self._fresh:
            self._memory.keep(self.name, self._lines)
            self._fresh = False


def read_figure(kind: type[Figure], values: list[Any] | None, located: float) -> Figure | None:
    """Return the figure that a kept line holds, None where it is none of these people's."""
    if not isinstance(values, list) or len(values) != len(fields(kind)):
        return None
    for value in values:
        if value is None or isinstance(value, bool):
            continue
        if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
            return None
    if any(value is None for value in _never_empty(kind, values)):
        return None
    figure = kind(*values)
    if isinstance(figure, Coverage) and (
        figure.people != located or figure.within > figure.people * (1 + 1e-9)
    ):
        return None
    return figure


def _never_empty(kind: type[Figure], values: list[Any]) -> list[Any]:
    empty = ("longest_miles", "longest_minutes")
    named = zip(fields(kind), values, strict=True)
    return [value for field, value in named if field.name not in empty]


def name_line(what: str, county: str, limits: Limits) -> str | None:
    """Return the name of a line; None where a source cannot say which of its kind it is."""
    travel: Any = limits.travel
    if travel is None:
        by = "none"
    elif isinstance(travel, Estimate):
        by = repr(travel.minutes_per_mile)
    elif limits.measured_by is None:
        by = "straight"
    else:
        by = str(getattr(travel, "digest", "") or "")
    if not by:
        return None
    held = (limits.logic, limits.max_miles, limits.max_minutes, limits.choices, limits.road)
    return " ".join((what, county or "-", *map(repr, held), by))
