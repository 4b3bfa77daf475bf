"""incentives: joint performance, one row a measure and period."""

from __future__ import annotations

import polars as pl

from rules.tables.column import Column, Form, Kind
from rules.tables.edit import Edit, not_above
from rules.tables.shape import shape_of

_PERIOD = Form("^[0-9]{4}(Q[1-4]|-(0[1-9]|1[0-2]))?$", "YYYY, YYYYQn or YYYY-MM")

COLUMNS = (
    Column("measure", required=True, fatal=True),
    Column("period", required=True, fatal=True, form=_PERIOD),
    Column("numerator", Kind.NUMBER, required=True, low=0.0),
    Column("denominator", Kind.NUMBER, required=True, low=0.0),
    Column("target", Kind.NUMBER, required=True),
    Column("pool_amount", Kind.NUMBER, required=True, low=0.0),
    Column("paid_to_ph", Kind.NUMBER, required=True, low=0.0),
    Column("paid_to_bh", Kind.NUMBER, required=True, low=0.0),
)

EDITS = (
    not_above("numerator", "denominator"),
    Edit(
        "pool_amount.overspent",
        "pool_amount",
        "more was paid out than the pool holds",
        "at least paid_to_ph + paid_to_bh",
        pl.col("paid_to_ph") + pl.col("paid_to_bh") <= pl.col("pool_amount") + 0.005,
        remedy="Correct the pool, or what was paid to the two sides.",
    ),
    Edit(
        "target.above_one",
        "target",
        "the target is above 1 although the measure is a share",
        "a share from 0 to 1",
        (pl.col("target") <= 1) | (pl.col("numerator") > pl.col("denominator")),
        remedy="Divide a target in percent by 100.",
    ),
    Edit(
        "denominator.paid_on_nothing",
        "denominator",
        "an incentive was paid on a measure that counted nobody",
        "more than 0 where anything was paid",
        (pl.col("denominator") > 0) | (pl.col("paid_to_ph") + pl.col("paid_to_bh") == 0),
        remedy="Send the measure's denominator.",
    ),
)

INCENTIVES = shape_of("incentives", __doc__, COLUMNS, ("measure", "period"), EDITS)
