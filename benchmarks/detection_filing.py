"""A simulated world as the rule sees it: a filing with staged tables in an engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from detection_worlds import SENT

from rules.model import Contract, Filing, Period
from rules.tables import TABLES, staged_schema

SYSTEM = {"_plan": pl.String, "_file": pl.String, "_line": pl.Int64}


def as_filing(tables: dict[str, pl.DataFrame], period: str = "2026Q1", sent: date = SENT) -> Filing:
    """Return a filing of the tables, each with every column of the public interface."""
    import ibis

    engine = ibis.duckdb.connect()
    engine.raw_sql("SET threads = 1")
    staged: dict[str, Any] = {}
    for name, frame in tables.items():
        schema = {**staged_schema(name), **SYSTEM}
        numbered = frame.with_row_index("_line", offset=2).with_columns(
            _plan=pl.lit("PLAN"), _file=pl.lit(f"{name}.csv")
        )
        columns = [
            (pl.col(column) if column in numbered.columns else pl.lit(None))
            .cast(kind)
            .alias(column)
            for column, kind in schema.items()
        ]
        staged[name] = engine.create_table(name, numbered.select(columns).to_arrow())
    staged["submission"] = engine.create_table(
        "submission", pl.DataFrame({"plan_id": ["PLAN"], "submitted_on": [sent]}).to_arrow()
    )
    contract = Contract(
        id="world",
        title="A simulated world",
        program="simulated",
        model="mco",
        state="TN",
        plans=("PLAN",),
        starts=date(2020, 1, 1),
        ends=None,
        extends=(),
        documents={},
        requirements=(),
        runout_months=3,
    )
    return Filing(
        review_id="world",
        plan_id="PLAN",
        contract=contract,
        period=Period.parse(period),
        as_of=sent,
        tables=staged,
    )


assert {"members", "encounters", "capitation", "ledger"} <= set(TABLES)
