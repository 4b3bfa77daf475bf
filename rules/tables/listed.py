"""Code columns held against value sets, looked up when rows are checked and not before.

A set may have been replaced by the user's own. No text of a submission becomes a Python string on
the way: a damaged Parquet file may hold bytes that are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import polars as pl

from rules.values import value_set
from rules.valueset import WHOLE, ValueSet


def listed(column: str, name: str, form: str = "") -> pl.Expr:
    """Return whether each text of a column is in a value set.

    Texts that are not of the ``form`` (a pattern) pass: another edit speaks for them.
    """

    def ask(texts: pl.Series) -> pl.Series:
        ok = _has(value_set(name), texts)
        return ok if not form or ok.all() else ok | ~texts.str.contains(form)

    return _batchwise(pl.col(column), ask)


def one_of(column: str, name: str, group: str) -> pl.Expr:
    """Return whether a text column is one of the whole codes of a group of a value set."""
    return _batchwise(pl.col(column), lambda texts: texts.is_in(value_set(name).group(group)))


def all_listed(column: str, name: str) -> pl.Expr:
    """Return whether every entry of a ``;``-joined column is in a value set, whatever its case."""
    return _batchwise(
        pl.col(column), lambda texts: texts.str.contains(_entries_of(value_set(name)))
    )


def unlisted(column: str, name: str) -> pl.Expr:
    """Return the entries of a ``;``-joined column that are in no value set, ``, `` between."""

    def ask(texts: pl.Series) -> pl.Series:
        entry = pl.element().str.strip_chars()
        strange = ~entry.str.contains(_entries_of(value_set(name)))
        parts = pl.col("").str.split(";").list.eval(entry.filter(strange))
        return texts.to_frame("").select(parts.list.join(", ")).to_series()

    return _batchwise(pl.col(column), ask, pl.String())


def started(column: str, day: str, name: str) -> pl.Expr:
    """Return whether no code of a value set is used on a ``day`` outside the dates of its entry."""

    def within(columns: Sequence[pl.Series]) -> pl.Series:
        code, on = columns
        values, ok = value_set(name), pl.repeat(True, len(code), eager=True)
        for entry, start in values.starts.items():
            ok &= ((code != entry) | (on >= start)).fill_null(True)
        for entry, end in values.ends.items():
            ok &= ((code != entry) | (on <= end)).fill_null(True)
        return ok

    return pl.map_batches(
        [pl.col(column), pl.col(day)], within, return_dtype=pl.Boolean, is_elementwise=True
    )


def group_of(column: str, name: str) -> pl.Expr:
    """Return the group of a value set that each text of a column is in, null without one."""

    def ask(texts: pl.Series) -> pl.Series:
        values = value_set(name)
        found = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
        for length, groups in _by_length(values).items():
            head = texts if values.match == WHOLE else texts.str.slice(0, length)
            group = head.replace_strict(groups, default=None, return_dtype=pl.String)
            found = found.zip_with(found.is_not_null(), group)
        return found

    return _batchwise(pl.col(column), ask, pl.String())


def _has(values: ValueSet, texts: pl.Series) -> pl.Series:
    if values.match == WHOLE:
        return texts.is_in(list(values.codes))
    ok = pl.repeat(False, len(texts), eager=True)
    for length, groups in _by_length(values).items():
        ok |= texts.str.slice(0, length).is_in(list(groups))
    return ok | texts.is_null()


def _by_length(values: ValueSet) -> Mapping[int, Mapping[str, str]]:
    """Return the entries and their groups by the entries' length, the longest first."""
    found: dict[int, dict[str, str]] = {}
    for entry, group in values.codes.items():
        found.setdefault(len(entry), {})[entry] = group
    return dict(sorted(found.items(), reverse=True))


def _entries_of(values: ValueSet) -> str:
    return _pattern(tuple(values.codes), values.match == WHOLE)


@lru_cache(maxsize=16)
def _pattern(codes: tuple[str, ...], whole: bool) -> str:
    """Return the pattern of a list whose entries are all among ``codes`` (or begin with one)."""
    one = f"(?:{'|'.join(map(re.escape, codes))}){'' if whole else '[^;]*'}"
    return rf"(?i)^\s*(?:{one})?\s*(?:;\s*(?:{one})?\s*)*$"


def _batchwise(
    column: pl.Expr,
    ask: Callable[[pl.Series], pl.Series],
    dtype: pl.DataType | type[pl.DataType] = pl.Boolean,
) -> pl.Expr:
    return column.map_batches(ask, return_dtype=dtype, is_elementwise=True)
