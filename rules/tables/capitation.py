"""capitation: what the state paid, one row a month and rate cell."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import Column, Kind
from rules.tables.edit import PERIOD_END, Edit, not_above
from rules.tables.shape import shape_of

COLUMNS = (
    Column("month", Kind.MONTH, required=True, fatal=True),
    Column("rate_cell", required=True, fatal=True),
    Column("member_months", Kind.NUMBER, required=True, low=0.0),
    Column("rate_pmpm", Kind.NUMBER, required=True, low=0.0),
    Column("bh_pmpm", Kind.NUMBER, required=True, low=0.0),
    Column("revenue", Kind.NUMBER, required=True),
)

_REVENUE = pl.col("rate_pmpm") * pl.col("member_months")

EDITS = (
    not_above("bh_pmpm", "rate_pmpm", Severity.MAJOR),
    Edit(
        "revenue.not_rate_times_months",
        "revenue",
        "revenue is not rate_pmpm times member_months",
        "rate_pmpm x member_months, to 1 % or 1 dollar",
        ((pl.col("revenue") - _REVENUE).abs() <= pl.max_horizontal(_REVENUE * 0.01, 1.0)),
        severity=Severity.MAJOR,
        expected=pl.format("{} (rate_pmpm x member_months)", _REVENUE.round(2)),
    ),
    Edit(
        "month.after_period",
        "month",
        "the month lies after the period",
        "a month in the period or before it",
        pl.col("month") <= pl.col(PERIOD_END).dt.strftime("%Y-%m"),
        expected=pl.format("{} or earlier", pl.col(PERIOD_END).dt.strftime("%Y-%m")),
    ),
)

CAPITATION = shape_of("capitation", __doc__, COLUMNS, ("month", "rate_cell"), EDITS)
