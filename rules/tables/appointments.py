"""appointments: results of a secret-shopper or appointment survey, one row a call."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import NPI, SLUG, Column, Kind, given
from rules.tables.edit import Edit, needs, not_before
from rules.tables.shape import shape_of

COLUMNS = (
    Column("npi", required=True, fatal=True, form=NPI),
    Column("site_id", required=True),
    Column("provider_type", required=True, form=SLUG),
    Column("population", Kind.CHOICE, required=True, values=("adult", "pediatric")),
    Column(
        "appointment_type",
        Kind.CHOICE,
        required=True,
        values=("routine", "urgent", "post_discharge"),
    ),
    Column("called_on", Kind.DATE, required=True, fatal=True),
    Column("offered_on", Kind.DATE, required=True, may_be_empty=True),
    Column("reached", Kind.FLAG, required=True),
    Column("in_network", Kind.FLAG, required=True),
    Column("accepting_new", Kind.FLAG, required=True),
    Column("telehealth", Kind.FLAG, required=True),
    Column(
        "wait_unit",
        Kind.CHOICE,
        required=True,
        may_be_empty=True,
        values=("business_days", "days", "hours"),
    ),
    Column("wait", Kind.NUMBER, required=True, may_be_empty=True, low=0.0),
)

EDITS = (
    not_before("offered_on", "called_on"),
    needs(
        given("offered_on"),
        "wait",
        "missing_on_offered",
        "an appointment was offered, and its wait is empty",
        severity=Severity.MAJOR,
    ),
    needs(given("wait"), "wait_unit", "unpaired", "a wait has no unit", severity=Severity.MAJOR),
    Edit(
        "offered_on.not_reached",
        "offered_on",
        "an appointment was offered although nobody was reached",
        "offered_on only where reached is Y",
        (pl.col("reached") != "N") | ~given("offered_on"),
    ),
)

APPOINTMENTS = shape_of(
    "appointments", __doc__, COLUMNS, ("npi", "site_id", "called_on", "appointment_type"), EDITS
)
