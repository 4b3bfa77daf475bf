"""From text to typed values: the rows of a batch as the edits read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from monitor.manifest import Manifest
from rules.tables import TableShape
from rules.tables.column import Kind, parse
from rules.tables.edit import PERIOD_END, PLAN, SUBMITTED_ON
from rules.tables.few import Few, few_texts

_AS_SENT = (Kind.TEXT,)


@dataclass(frozen=True, eq=False)
class Typed:
    """Rows under check.

    ``frame`` has text as sent (``sent:<name>``) and typed values (``<name>``) side by side, with
    what the manifest says; ``few`` its columns of few distinct texts. For each of these
    ``at:<name>`` is the place of a row's text, so that it goes where the row goes.
    """

    frame: pl.DataFrame
    few: Mapping[str, Few]


def typed(text: pl.DataFrame, shape: TableShape, manifest: Manifest) -> Typed:
    """Read the text of a batch (see :func:`monitor.sources.text_of`) as its table's columns."""
    named = manifest.plan_id if manifest.plan_named else None
    beside = (
        pl.lit(named, pl.String).alias(PLAN),
        pl.lit(manifest.period_end, pl.Date).alias(PERIOD_END),
        pl.lit(manifest.submitted_on, pl.Date).alias(SUBMITTED_ON),
    )
    absent = [c.name for c in shape.columns if f"sent:{c.name}" not in text.columns]
    few: dict[str, Few] = {}
    read: list[pl.Expr | pl.Series] = []
    for column in shape.columns:
        name = column.name
        found = None if name in absent else few_texts(text[f"sent:{name}"])
        if found is None:
            read.append(parse(column))
            continue
        texts, at = found
        values = texts.alias(f"sent:{name}").to_frame().with_columns(parse(column), *beside)
        few[name] = Few(name, values, at)
        read.append(at.alias(f"at:{name}"))
        read.append(parse(column) if column.kind in _AS_SENT else values[name][at])
    frame = text.with_columns(
        *(pl.lit(None, pl.String).alias(f"sent:{name}") for name in absent), *beside
    ).with_columns(read)
    return Typed(frame, few)


def coded(rows: pl.DataFrame, few: Few) -> pl.Series:
    """Return the typed text of some of the rows as an Enum, which Parquet keeps as it is."""
    texts, places = few.places
    return places[rows[f"at:{few.name}"]].cat.to(pl.Enum(texts)).alias(few.name)
