"""Rows that repeat the key of an earlier row, and where that one stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table


def find_repeats(rows: Table, keys: Sequence[str]) -> Table | None:
    """Return every row whose key an earlier row has, with ``_first``: where the first one stands.

    None where no key repeats, as in most tables.

    Parameters
    ----------
    rows
        Staged rows with ``_file`` and ``_line``, by which they are in order.
    keys
        Columns; a row that lacks one of them is asked for nothing.
    """
    full = rows.filter([rows[key].notnull() for key in keys])
    kept = keep_groups(full, keys, full.count() > 1)
    if kept is None:
        return None
    window = ibis.window(group_by=list(keys), order_by=["_file", "_line"])
    place = kept._file + " line " + kept._line.cast("string")
    numbered = kept.mutate(_nth=ibis.row_number().over(window), _first=place.first().over(window))
    return numbered.filter(numbered._nth > 0)


def keep_groups(rows: Table, keys: Sequence[str], having: Any) -> Table | None:
    """Return the rows of the groups for which ``having`` holds, None where there is no such group.

    The groups are read at once: they are few, and what is told of them need not be planned where
    there are none.
    """
    groups = rows.group_by(*keys).having(having).agg(_rows=rows.count()).drop("_rows").to_polars()
    return None if groups.is_empty() else rows.semi_join(ibis.memtable(groups), list(keys))
