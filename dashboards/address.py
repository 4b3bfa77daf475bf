"""What the URL asks for: filters as a query string, read and written in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qs, urlencode

LONGEST = 200
"""Characters of a filter's value that are read; nothing that a store holds by name is longer."""

EVERY = "all"
"""The value of ``verdict`` that asks for every verdict."""


@dataclass(frozen=True)
class Query:
    """Filters by their names in the URL; "" is not asked for.

    ``specialty`` and ``beside`` are the behavioral and the physical specialty of the network
    page, ``finding`` the finding that is open, ``text`` what a finding's words must hold.
    """

    review: str = ""
    plan: str = ""
    specialty: str = ""
    beside: str = ""
    shows: str = ""
    area: str = ""
    rule: str = ""
    severity: str = ""
    verdict: str = ""
    change: str = ""
    text: str = ""
    finding: str = ""

    def but(self, **changed: str) -> Query:
        """Return the query with some filters set anew."""
        return replace(self, **changed)


NAMES = tuple(field.name for field in fields(Query))


def read(search: str | None) -> Query:
    """Read a query string; names that are not filters are left out, of a repeated one the first."""
    given = parse_qs((search or "").removeprefix("?"), errors="replace")
    return Query(**{name: given[name][0].strip()[:LONGEST] for name in NAMES if name in given})


def write(query: Query) -> str:
    """Return the query string, "" when nothing is asked for."""
    asked = {name: getattr(query, name) for name in NAMES if getattr(query, name)}
    return f"?{urlencode(asked)}" if asked else ""


def link(path: str, query: Query) -> str:
    """Return the address of a page with its filters."""
    return f"{path}{write(query)}"
