"""appeals: one row a grievance, appeal or fair hearing."""

from __future__ import annotations

from rules.model import Severity
from rules.tables.column import DOMAINS, Column, Kind, given
from rules.tables.edit import needs, not_after_sending, not_before
from rules.tables.shape import shape_of

COLUMNS = (
    Column("appeal_id", required=True, fatal=True),
    Column("member_id", required=True, private=True),
    Column("domain", Kind.CHOICE, required=True, values=DOMAINS),
    Column("kind", Kind.CHOICE, required=True, values=("grievance", "appeal", "fair_hearing")),
    Column("reason", required=True, private=True),
    Column("received_on", Kind.DATE, required=True),
    Column("resolved_on", Kind.DATE, required=True, may_be_empty=True),
    Column("outcome", required=True, may_be_empty=True),
)

EDITS = (
    not_before("resolved_on", "received_on"),
    not_after_sending("resolved_on"),
    needs(
        given("resolved_on"),
        "outcome",
        "missing_on_resolved",
        "a resolved case has no outcome",
        severity=Severity.MAJOR,
    ),
)

APPEALS = shape_of("appeals", __doc__, COLUMNS, ("appeal_id",), EDITS)
