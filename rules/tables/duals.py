"""duals: one row a member with Medicare and a month."""

from __future__ import annotations

import polars as pl

from rules.tables.column import Column, Kind
from rules.tables.edit import Edit
from rules.tables.shape import shape_of
from rules.tables.spans import month_in_reach, month_not_after_period

COLUMNS = (
    Column("member_id", required=True, fatal=True, private=True),
    Column("medicare_plan_id", required=True),
    Column("dsnp_contract", Kind.FLAG, required=True),
    Column("medicare_data_received", Kind.FLAG, required=True),
    Column("month", Kind.MONTH, required=True, fatal=True),
)

EDITS = (
    month_not_after_period("month"),
    month_in_reach("month"),
    Edit(
        "dsnp_contract.no_plan",
        "dsnp_contract",
        "a D-SNP contract with a member who has no Medicare Advantage plan",
        "N unless medicare_plan_id names a Medicare contract such as H1234-001",
        (pl.col("dsnp_contract") != "Y")
        | pl.col("medicare_plan_id").str.contains("(?i)^[HRSE][0-9]{4}"),
        remedy="Send the number of the Medicare contract in medicare_plan_id, or N.",
    ),
)

DUALS = shape_of("duals", __doc__, COLUMNS, ("member_id", "month"), EDITS)
