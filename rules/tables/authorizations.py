"""authorizations: one row a decision on a service asked for."""

from __future__ import annotations

from rules.tables.column import DOMAINS, Column, Kind
from rules.tables.edit import not_after_sending, not_before
from rules.tables.shape import shape_of

COLUMNS = (
    Column("auth_id", required=True, fatal=True),
    Column("member_id", required=True, private=True),
    Column("domain", Kind.CHOICE, required=True, values=DOMAINS),
    Column("service", required=True, private=True),
    Column("requested_on", Kind.DATE, required=True, private=True),
    Column("decided_on", Kind.DATE, required=True, private=True),
    Column("decision", Kind.CHOICE, required=True, values=("approved", "partial", "denied")),
    Column("urgent", Kind.FLAG, required=True),
    Column("reviewer_entity", required=True),
    Column("criteria_set", required=True),
)

EDITS = (not_before("decided_on", "requested_on"), not_after_sending("decided_on"))

AUTHORIZATIONS = shape_of("authorizations", __doc__, COLUMNS, ("auth_id",), EDITS)
