"""plan_offices: where the plan itself works."""

from __future__ import annotations

from rules.tables.addresses import point_edits, state_edits, street_edits
from rules.tables.column import STATE, ZIP, Column, Kind
from rules.tables.shape import shape_of

COLUMNS = (
    Column("office_id", required=True, fatal=True),
    Column("street", required=True),
    Column("city", required=True),
    Column("state", required=True, form=STATE),
    Column("zip", required=True, form=ZIP),
    Column("latitude", Kind.NUMBER, required=True, may_be_empty=True, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, required=True, may_be_empty=True, low=-180.0, high=180.0),
)

EDITS = (*street_edits(), *state_edits(), *point_edits())

PLAN_OFFICES = shape_of("plan_offices", __doc__, COLUMNS, ("office_id",), EDITS)
