"""The type of bill of an institutional line, its revenue codes, stay and status."""

from __future__ import annotations

import polars as pl

from rules.tables.column import given, sent
from rules.tables.edit import Edit
from rules.tables.encounter_lines import INPATIENT, INSTITUTIONAL
from rules.tables.listed import listed

_BILL, _REVENUE, _STATUS = (
    pl.col("bill_type"),
    pl.col("revenue_code"),
    pl.col("patient_status"),
)
_INTERIM = INPATIENT & _BILL.str.contains("[23]$")
_FINAL = INPATIENT & _BILL.str.contains("[14]$")
_BILLED_AS = (
    pl.when(_BILL.str.ends_with("7"))
    .then(pl.lit("7"))
    .when(_BILL.str.ends_with("8"))
    .then(pl.lit("8"))
    .when(_BILL.str.contains("[1-5]$"))
    .then(pl.lit("1"))
)

BILLS = (
    Edit(
        "bill_type.facility",
        "bill_type",
        "the type of bill names no kind of facility",
        "1 to 4 or 6 to 8 in the first place (after a leading 0)",
        ~_BILL.str.contains("^0?[59][0-9A-Z]{2}$"),
        remedy="Send the type of bill as it was billed.",
    ),
    Edit(
        "bill_type.other_frequency",
        "bill_type",
        "the last digit of the type of bill disagrees with frequency",
        "7 for a replacement, 8 for a void, 1 to 5 for an original",
        ~INSTITUTIONAL | (pl.col("frequency") == _BILLED_AS),
        remedy="Correct the one that is wrong: final versions are computed from frequency.",
        expected=pl.format("a type of bill for frequency {}", sent("frequency")),
    ),
    Edit(
        "revenue_code.unknown",
        "revenue_code",
        "a revenue code in a range that is not assigned",
        "a revenue code of the UB-04",
        listed("revenue_code", "revenue_codes", form="^[0-9]{4}$"),
        remedy="Send the four-digit code as it was billed.",
    ),
    Edit(
        "revenue_code.total_line",
        "revenue_code",
        "the total of the claim is sent as a service line",
        "service lines only, without 0001",
        _REVENUE != "0001",
        remedy="Leave 0001 out: whoever adds up lines counts every amount of the claim twice.",
    ),
    Edit(
        "revenue_code.room_outpatient",
        "revenue_code",
        "room and board on an outpatient bill",
        "a type of bill of a stay where the revenue code is 0100 to 0219",
        ~_BILL.str.contains("^0?(13|14|7)") | ~_REVENUE.str.contains("^0(1[0-9]|20|21)[0-9]$"),
        remedy="Correct bill_type or the revenue code.",
    ),
    Edit(
        "discharge_date.on_interim",
        "discharge_date",
        "an interim bill has a discharge",
        "no discharge_date on type of bill 0xx2 or 0xx3",
        ~_INTERIM | ~given("discharge_date"),
        remedy="Bill the end of the stay as 0xx4, or take the discharge out.",
    ),
    Edit(
        "discharge_date.missing_on_final",
        "discharge_date",
        "a bill through discharge has no discharge",
        "discharge_date on type of bill 0xx1 or 0xx4, unless the patient is still there (30)",
        ~_FINAL | given("discharge_date") | (_STATUS == "30").fill_null(False),
        remedy="Send the day of discharge, or the status of a patient who is still there.",
    ),
    Edit(
        "discharge_date.still_patient",
        "discharge_date",
        "a patient who is still there was discharged",
        "no discharge_date with patient_status 30",
        (_STATUS != "30") | ~given("discharge_date"),
        remedy="Correct patient_status or discharge_date.",
    ),
    Edit(
        "patient_status.interim",
        "patient_status",
        "an interim bill for a patient who has left",
        "30 (still a patient) on type of bill 0xx2 or 0xx3",
        ~_INTERIM | (_STATUS == "30"),
        remedy="Correct patient_status or bill_type.",
    ),
    Edit(
        "patient_status.unknown",
        "patient_status",
        "a patient status that is not assigned",
        "a patient discharge status of the UB-04",
        listed("patient_status", "patient_statuses", form="^[0-9]{2}$"),
        remedy="Send the status as it was billed.",
    ),
    Edit(
        "admission_type.reserved",
        "admission_type",
        "an admission type that is not assigned",
        "1 to 5 or 9",
        ~pl.col("admission_type").is_in(["6", "7", "8"]),
        remedy="Send the admission type as it was billed.",
    ),
)
