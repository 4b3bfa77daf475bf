"""Columns of few distinct texts: what is asked of a text is asked once, not once a row that has it.

Codes, dates, places and NPIs repeat by the thousand within a batch of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

FEWEST = 64
"""So many distinct texts are few in any batch; else at most one in :data:`SHARE` rows."""

SHARE = 8
_SAMPLE = 4_096
_TOGETHER = 1 << 18
"""Most texts of several columns, multiplied, of which those that occur together are looked for."""


@dataclass(frozen=True, eq=False)
class Few:
    """The distinct texts of a column and which of them each row has.

    ``values`` has one row a text, the last one null where a row has none: the text as
    ``sent:<name>``, the typed value as ``<name>``, and what else an edit may read. ``at`` is the
    place of each row's text there.
    """

    name: str
    values: pl.DataFrame
    at: pl.Series

    @cached_property
    def places(self) -> tuple[pl.Series, pl.Series]:
        """The distinct typed values, without null, and the place there of each row of ``values``.

        Two texts may be read as one value, and a text that cannot be read as none.
        """
        typed = self.values[self.name]
        return place_texts(typed)


def place_texts(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the distinct texts of a column, without null, and the place there of each row's."""
    texts = text.unique().drop_nulls()
    return texts, text.cast(pl.Enum(texts)).to_physical().cast(pl.UInt32)


def few_texts(text: pl.Series) -> tuple[pl.Series, pl.Series] | None:
    """Return the distinct texts, null the last of them if it occurs, and the place of each row's.

    None where they are too many to be worth it.
    """
    sample = text.head(_SAMPLE)
    if len(text) > _SAMPLE and sample.n_unique() > _SAMPLE // 2:
        return None
    # Arrow tells texts and places in one pass, where polars takes one for each.
    coded = text.to_arrow().dictionary_encode()
    if len(coded.dictionary) > max(FEWEST, len(text) // SHARE):
        return None
    texts = pl.Series(text.name, coded.dictionary, dtype=pl.String)
    at = pl.Series(text.name, coded.indices).cast(pl.UInt32)
    if not at.null_count():
        return texts, at
    return pl.concat([texts, pl.Series([None], dtype=pl.String)]), at.fill_null(len(texts))


def together(columns: Sequence[Few]) -> pl.DataFrame | None:
    """Return what occurs together in some row, one row each; None where that is too much.

    Columns that several have (what the manifest says) are taken from the first.
    """
    first, *rest = columns
    size, key = len(first.values), first.at.to_numpy()
    for each in rest:
        size *= len(each.values)
        if size > _TOGETHER:
            return None
        key = key.astype(np.int64) * len(each.values) + each.at.to_numpy()
    if not rest:
        return first.values
    seen = np.zeros(size, dtype=bool)
    seen[key] = True
    found = np.flatnonzero(seen)
    if len(found) > max(FEWEST, len(key) // SHARE):
        return None
    frames = []
    for each in reversed(columns):
        found, places = np.divmod(found, len(each.values))
        mine = each.values if each is first else each.values.select(f"sent:{each.name}", each.name)
        frames.append(mine[places])
    return pl.concat(frames, how="horizontal")
