"""Whether the ids that rows name exist elsewhere, told from the distinct ids on both sides.

Most submissions name nobody unknown: then no row is looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.model import VIOLATION_COLUMNS, Filing
from rules.relational.edit import set_aside_ids

if TYPE_CHECKING:
    from ibis.expr.types import Table


def ids_of(filing: Filing, table: str, column: str) -> pl.Series:
    """Return the distinct ids of a table, those of its quarantined rows among them, no nulls."""
    ids: pl.Series = filing.once(
        f"ids_{table}_{column}", lambda held: _read_ids(held, table, column)
    )
    return ids


def _read_ids(filing: Filing, table: str, column: str) -> pl.Series:
    ids = distinct(filing.tables[table], column)
    hidden = set_aside_ids(filing, table, column)
    return ids if hidden is None else pl.concat([ids, distinct(hidden, column)])


def distinct(rows: Table, column: str) -> pl.Series:
    """Return the distinct values of a column, without null."""
    read: pl.DataFrame = rows.select(column).distinct().to_polars()
    return read[column].drop_nulls()


def naming_unknown(rows: Table, column: str, *known: pl.Series) -> Table | None:
    """Return the rows that name an id which is in none of ``known``; None where no row does."""
    asked = distinct(rows, column)
    unknown = asked.filter(~asked.is_in(pl.concat(known).implode()))
    if unknown.is_empty():
        return None
    return rows.semi_join(ibis.memtable(unknown.rename("_unknown").to_frame()), _same(rows, column))


def _same(rows: Table, column: str) -> Any:
    return [(rows[column], "_unknown")]


def nothing() -> Table:
    """Return no violation."""
    kinds = dict.fromkeys(("code", *VIOLATION_COLUMNS), "string") | {"line": "int64"}
    return ibis.memtable(pl.DataFrame(schema=dict.fromkeys(kinds, pl.String)), schema=kinds)


def joined(parts: Sequence[Table | None]) -> Table:
    """Return the violations of every part that has any."""
    found = [part for part in parts if part is not None]
    if not found:
        return nothing()
    return found[0] if len(found) == 1 else ibis.union(*found)
