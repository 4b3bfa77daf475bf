"""appointments: results of a secret-shopper or appointment survey, one row a call."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import NPI, SLUG, Column, Kind, given
from rules.tables.edit import Edit, needs, not_after_sending, not_before
from rules.tables.identifiers import check_digit
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

_CALLED, _OFFERED, _WAIT = pl.col("called_on"), pl.col("offered_on"), pl.col("wait")
_DAYS = (_OFFERED - _CALLED).dt.total_days()
_WEEKDAYS = pl.business_day_count(_CALLED, _OFFERED)
_HOLIDAYS = 3 + _DAYS // 30
"""Weekdays in a wait that may be holidays: up to three close together, then one a month."""
_AGREES = (
    pl.when(pl.col("wait_unit") == "days")
    .then((_WAIT - _DAYS).abs() <= 1)
    .when(pl.col("wait_unit") == "business_days")
    .then(_WAIT.is_between(_WEEKDAYS - _HOLIDAYS, _WEEKDAYS + 1))
    .when(pl.col("wait_unit") == "hours")
    .then(_WAIT.is_between((_DAYS - 1) * 24, (_DAYS + 1) * 24))
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
        remedy="Correct reached, or take the appointment out.",
    ),
    Edit(
        "wait.disagrees",
        "wait",
        "the wait disagrees with the days of the call and of the appointment",
        "the time from called_on to offered_on in the unit of wait_unit",
        (_DAYS < 0) | _AGREES,
        remedy="Correct the wait, its unit, or one of the two days.",
        expected=pl.format("the time from {} to {} ({} days)", _CALLED, _OFFERED, _DAYS),
    ),
    Edit(
        "wait.without_offer",
        "wait",
        "a wait although no appointment was offered",
        "wait empty where offered_on is empty",
        given("offered_on") | ~given("wait"),
        remedy="Send offered_on, or take the wait out.",
    ),
    Edit(
        "offered_on.closed_practice",
        "offered_on",
        "an appointment was offered by a practice that takes no new patients",
        "accepting_new Y where a new patient was offered an appointment",
        (pl.col("accepting_new") != "N") | ~given("offered_on"),
        remedy="Correct accepting_new; whoever offers a new patient a time accepts new patients.",
        severity=Severity.INFO,
    ),
    not_after_sending("called_on"),
    check_digit("npi"),
)

APPOINTMENTS = shape_of(
    "appointments", __doc__, COLUMNS, ("npi", "site_id", "called_on", "appointment_type"), EDITS
)
