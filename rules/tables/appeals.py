"""appeals: one row a grievance, appeal or fair hearing."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import DOMAINS, Column, Kind, given
from rules.tables.edit import Edit, needs, not_after_sending, not_before
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

_DAYS = (pl.col("resolved_on") - pl.col("received_on")).dt.total_days()

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
    not_after_sending("received_on"),
    Edit(
        "outcome.unresolved",
        "outcome",
        "a case without a day of resolution has an outcome",
        "outcome empty until the case is resolved",
        given("resolved_on") | ~given("outcome"),
        remedy="Send resolved_on, or take the outcome out.",
    ),
    Edit(
        "resolved_on.appeal_late",
        "resolved_on",
        "an appeal took over 44 days",
        "30 days from receipt, and 14 more where they were extended (42 CFR 438.408(b), (c))",
        (pl.col("kind") != "appeal") | (_DAYS <= 44),
        remedy="Look at the case; a state may ask for fewer days than these.",
        severity=Severity.INFO,
    ),
    Edit(
        "resolved_on.grievance_late",
        "resolved_on",
        "a grievance took over 104 days",
        "90 days from receipt, and 14 more where they were extended (42 CFR 438.408(b), (c))",
        (pl.col("kind") != "grievance") | (_DAYS <= 104),
        remedy="Look at the case; a state may ask for fewer days than these.",
        severity=Severity.INFO,
    ),
)

APPEALS = shape_of("appeals", __doc__, COLUMNS, ("appeal_id",), EDITS)
