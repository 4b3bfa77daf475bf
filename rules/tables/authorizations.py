"""authorizations: one row a decision on a service asked for."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import DOMAINS, Column, Kind
from rules.tables.edit import Edit, not_after_sending, not_before
from rules.tables.identifiers import placeholder
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

_DAYS = (pl.col("decided_on") - pl.col("requested_on")).dt.total_days()

EDITS = (
    not_before("decided_on", "requested_on"),
    not_after_sending("decided_on"),
    Edit(
        "decided_on.urgent_late",
        "decided_on",
        "an urgent request was decided after more than 3 days",
        "72 hours from the request, unless they were extended (42 CFR 438.210(d)(2))",
        (pl.col("urgent") != "Y") | (_DAYS <= 3),
        remedy="Look at the case; days alone do not tell whether the time was extended.",
        severity=Severity.INFO,
    ),
    Edit(
        "decided_on.standard_late",
        "decided_on",
        "a request was decided after more than 28 days",
        "14 days from the request, and 14 more where they were extended (42 CFR 438.210(d)(1)); "
        "7 and 14 for rating periods from 2026",
        (pl.col("urgent") != "N") | (_DAYS <= 28),
        remedy="Look at the case; a state may ask for fewer days than these.",
        severity=Severity.INFO,
    ),
    placeholder("criteria_set"),
    placeholder("reviewer_entity"),
)

AUTHORIZATIONS = shape_of("authorizations", __doc__, COLUMNS, ("auth_id",), EDITS)
