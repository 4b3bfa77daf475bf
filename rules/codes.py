"""Code columns as ibis expressions: which group of a value set a code is in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis

from rules.values import ValueSet


def group_of(column: Any, values: ValueSet) -> Any:
    """Return the group of the longest entry that the text column begins with, else null.

    Parameters
    ----------
    column : ibis.expr.types.StringValue
        Codes, or lists of which only the first code is meant.
    values : ValueSet
        The value set to look in.

    Returns
    -------
    ibis.expr.types.StringValue
        Group names.
    """
    branches = []
    for length in sorted({len(code) for code in values.codes}, reverse=True):
        head = column.substr(0, length)
        entries: dict[str, list[str]] = {}
        for code, group in values.codes.items():
            if len(code) == length:
                entries.setdefault(group, []).append(code)
        branches += [(head.isin(codes), ibis.literal(group)) for group, codes in entries.items()]
    return ibis.cases(*branches, else_=ibis.null(str))


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
