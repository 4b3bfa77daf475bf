"""capitation: what the state paid, one row a month and rate cell."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import Column, Kind
from rules.tables.edit import Edit, not_above
from rules.tables.shape import shape_of
from rules.tables.spans import month_in_reach, month_not_after_period

COLUMNS = (
    Column("month", Kind.MONTH, required=True, fatal=True),
    Column("rate_cell", required=True, fatal=True),
    Column("member_months", Kind.NUMBER, required=True, low=0.0),
    Column("rate_pmpm", Kind.NUMBER, required=True, low=0.0),
    Column("bh_pmpm", Kind.NUMBER, required=True, low=0.0),
    Column("revenue", Kind.NUMBER, required=True),
)

_REVENUE = pl.col("rate_pmpm") * pl.col("member_months")

_TOLERANCE = 0.01 * pl.col("member_months") + 1e-6

EDITS = (
    not_above("bh_pmpm", "rate_pmpm", Severity.MAJOR),
    Edit(
        "revenue.not_rate_times_months",
        "revenue",
        "revenue is not rate_pmpm times member_months",
        "rate_pmpm x member_months, to a cent a member month (to a dollar at least)",
        (pl.col("revenue") - _REVENUE).abs() <= pl.max_horizontal(_TOLERANCE, 1.0),
        remedy="Send the revenue that the rate gives; put adjustments of other months into theirs.",
        severity=Severity.MAJOR,
        expected=pl.format("{} (rate_pmpm x member_months)", _REVENUE.round(2)),
    ),
    month_not_after_period("month"),
    month_in_reach("month"),
    Edit(
        "rate_pmpm.zero",
        "rate_pmpm",
        "a rate of 0 for members who were there",
        "the gross rate a member and month",
        (pl.col("rate_pmpm") != 0) | (pl.col("member_months") == 0),
        remedy="Send the rate of the contract.",
    ),
    Edit(
        "bh_pmpm.zero",
        "bh_pmpm",
        "no part of the rate is for behavioral health",
        "the behavioral health benefit in the rate, unless the rate cell has none",
        (pl.col("bh_pmpm") != 0) | (pl.col("rate_pmpm") == 0),
        remedy="Send the part of the rate that the actuary set aside for behavioral health.",
        severity=Severity.INFO,
    ),
)

CAPITATION = shape_of("capitation", __doc__, COLUMNS, ("month", "rate_cell"), EDITS)
