"""The days of one service line: service, stay, receipt, adjudication, payment, submission."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import given, sent
from rules.tables.edit import PERIOD_END, Edit, not_after_sending, not_before
from rules.tables.encounter_lines import DAYS, INPATIENT, PHARMACY, PROFESSIONAL

DATES = (
    not_before("service_to", "service_from"),
    not_before("discharge_date", "admit_date"),
    not_before("service_to", "admit_date", Severity.MINOR),
    not_before("received_on", "service_to", Severity.MINOR),
    not_before("adjudicated_on", "service_to", Severity.MINOR),
    not_before("adjudicated_on", "received_on", Severity.MINOR),
    not_before("paid_on", "adjudicated_on", Severity.MINOR),
    not_before("submitted_on", "service_to"),
    not_before("submitted_on", "adjudicated_on", Severity.MINOR),
    not_before("submitted_on", "paid_on", Severity.MINOR),
    Edit(
        "submitted_on.before_received_on",
        "submitted_on",
        "the line was submitted before the plan received the claim",
        "received_on or later",
        given("adjudicated_on") | (pl.col("submitted_on") >= pl.col("received_on")),
        remedy="Correct one of the two days: a claim is received, adjudicated, paid, submitted.",
        expected=pl.format("{} (received_on) or later", sent("received_on")),
    ),
    not_after_sending("submitted_on"),
    Edit(
        "service_from.after_period",
        "service_from",
        "the service lies after the period",
        "a day in the period or before it",
        pl.col("service_from") <= pl.col(PERIOD_END),
        expected=pl.format("{} (end of the period) or earlier", pl.col(PERIOD_END)),
    ),
    Edit(
        "service_from.too_old",
        "service_from",
        "the service lies more than 36 months before the period's end",
        "a day within 36 months before the period's end",
        pl.col("service_from") > pl.col(PERIOD_END).dt.offset_by("-36mo"),
        expected=pl.format("after {}", pl.col(PERIOD_END).dt.offset_by("-36mo")),
    ),
    Edit(
        "discharge_date.without_admit",
        "discharge_date",
        "a discharge without an admission",
        "admit_date where there is a discharge_date",
        ~given("discharge_date") | given("admit_date"),
    ),
    Edit(
        "days_supply.not_pharmacy",
        "days_supply",
        "days_supply on a line that is not pharmacy",
        "days_supply on pharmacy lines only",
        PHARMACY | ~given("days_supply"),
        severity=Severity.INFO,
    ),
    Edit(
        "service_from.before_admission",
        "service_from",
        "a service of a stay lies more than 3 days before the admission",
        "admit_date, or one of the 3 days before it that a hospital bills with the stay",
        ~INPATIENT | (pl.col("service_from") >= pl.col("admit_date").dt.offset_by("-3d")),
        remedy="Bill services before the admission on a claim of their own, or correct a day.",
    ),
    Edit(
        "service_to.after_discharge_date",
        "service_to",
        "a service of a stay lies after the discharge",
        "discharge_date or earlier",
        ~INPATIENT | (pl.col("service_to") <= pl.col("discharge_date")),
        remedy="Correct one of the two days.",
    ),
    Edit(
        "service_to.long_span",
        "service_to",
        "the line spans more than a month, or more than a year of a stay",
        "at most 31 days on a professional line and 366 on an institutional one",
        PHARMACY | (pl.when(PROFESSIONAL).then(DAYS <= 31).otherwise(DAYS <= 366)),
        remedy="Split the line, or correct one of the two days.",
    ),
    Edit(
        "service_to.pharmacy_span",
        "service_to",
        "a prescription was filled on more than one day",
        "the day of the fill in service_from and in service_to",
        ~PHARMACY | (pl.col("service_to") <= pl.col("service_from")),
        remedy="Send the day of the fill; how long it lasts stands in days_supply.",
        severity=Severity.INFO,
    ),
)
