"""Code columns: what is sent in them, and whether a code is among those of a value set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis
import polars as pl

from rules.filing import Filing


def sent_codes(filing: Filing, column: str) -> pl.Series:
    """Return the distinct texts of a column of the encounters, read once for the filing."""
    found: pl.Series = filing.once(f"sent {column}", lambda filing: _distinct(filing, column))
    return found


def _distinct(filing: Filing, column: str) -> pl.Series:
    texts: pl.DataFrame = filing.tables["encounters"].select(column).distinct().to_polars()
    return texts[column].drop_nulls()


def begins_with_any(column: Any, codes: Iterable[str]) -> Any:
    """Return whether the text column begins with one of ``codes``; False where it is null."""
    heads: dict[int, list[str]] = {}
    for code in codes:
        heads.setdefault(len(code), []).append(code)
    found = ibis.literal(False)
    for length, entries in heads.items():
        found |= column.substr(0, length).isin(entries)
    return found.fill_null(False)


def lists_any(column: Any, codes: Iterable[str]) -> Any:
    """Return whether a ``;``-joined list holds one of ``codes``; False where it is null."""
    wanted = "|".join(codes)
    return column.re_search(rf"(^|;)\s*({wanted})\s*(;|$)").fill_null(False)
