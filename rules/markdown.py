"""Small pieces of Markdown: tables, values, marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules.contract import cited
from rules.model import Document, Value
from rules.params import plain


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; what a cell holds cannot break it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def shown(value: Any) -> str:
    """Return a plain value as one line: mappings as ``name: value``, nothing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name}: {_inside(item)}" for name, item in value.items())
        return inner or "-"
    if isinstance(value, list):
        return ", ".join(_inside(item) for item in value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def terms(params: Any) -> str:
    """Return what a value's params set, as one line; what they leave open is left out."""
    held = plain(params) or {}
    return shown({name: item for name, item in held.items() if item not in (None, "", [], {})})


def row(
    lead: str, name: str, severity: str, value: Value, documents: Mapping[str, Document]
) -> Sequence[str]:
    """Return the cells that tell one dated value and its source."""
    return (
        lead,
        name,
        severity,
        f"{value.starts}",
        terms(value.params),
        f"{cited(value.citation, documents)}{mark(value.unverified)}",
    )


def mark(unverified: bool) -> str:
    """Return the mark of what nobody has read in its source."""
    return " **unverified**" if unverified else ""


def _inside(value: Any) -> str:
    nested = isinstance(value, (Mapping, list)) and value
    return f"({shown(value)})" if nested else shown(value)


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").replace("<", "&lt;").split())
