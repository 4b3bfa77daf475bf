"""Rows of a test as the tables that rules read."""

import ibis
import polars as pl

from rules.tables import staged_schema


def table_of(name, rows):
    """Return rows in memory, with the columns that the review adds."""
    schema = {**staged_schema(name), "_plan": pl.String, "_file": pl.String, "_line": pl.Int64}
    numbered = [{"_file": f"{name}.csv", "_line": at, **row} for at, row in enumerate(rows, 2)]
    return ibis.memtable(pl.DataFrame(numbered, schema=schema).to_arrow())


def stage(engine, name, rows):
    """Return rows as a table of the engine, in place of the one before."""
    placed = [{**row, "_file": "f.csv", "_line": line} for line, row in enumerate(rows, start=2)]
    frame = pl.DataFrame(placed, schema=staged_schema(name))
    return engine.create_table(name, frame.to_arrow(), overwrite=True)
