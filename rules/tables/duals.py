"""duals: one row a member with Medicare and a month."""

from __future__ import annotations

from rules.tables.column import Column, Kind
from rules.tables.shape import shape_of

COLUMNS = (
    Column("member_id", required=True, fatal=True, private=True),
    Column("medicare_plan_id", required=True),
    Column("dsnp_contract", Kind.FLAG, required=True),
    Column("medicare_data_received", Kind.FLAG, required=True),
    Column("month", Kind.MONTH, required=True, fatal=True),
)

DUALS = shape_of("duals", __doc__, COLUMNS, ("member_id", "month"))
