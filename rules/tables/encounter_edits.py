"""What has to agree within one service line: dates, amounts, claim type, versions."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import given, sent
from rules.tables.edit import (
    PERIOD_END,
    Edit,
    needs,
    not_above,
    not_after_sending,
    not_before,
)

_PROFESSIONAL = pl.col("claim_type") == "P"
_INSTITUTIONAL = pl.col("claim_type") == "I"
_PHARMACY = pl.col("claim_type") == "R"
_DENIED = pl.col("line_status") == "denied"
_SUBCAPITATED = pl.col("payment_arrangement") == "subcapitated"
_REPEATS = pl.col("frequency").is_in(["7", "8"])

DATES = (
    not_before("service_to", "service_from"),
    not_before("discharge_date", "admit_date"),
    not_before("service_to", "admit_date", Severity.MINOR),
    not_before("received_on", "service_to", Severity.MINOR),
    not_before("adjudicated_on", "service_to", Severity.MINOR),
    not_before("paid_on", "adjudicated_on", Severity.MINOR),
    not_before("submitted_on", "service_to"),
    not_before("submitted_on", "adjudicated_on", Severity.MINOR),
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
        _PHARMACY | ~given("days_supply"),
        severity=Severity.INFO,
    ),
)

AMOUNTS = (
    Edit(
        "paid_amount.on_denied",
        "paid_amount",
        "a denied line was paid",
        "0 on a denied line",
        ~_DENIED | (pl.col("paid_amount") == 0),
        severity=Severity.MAJOR,
        expected=pl.lit("0 on a denied line"),
    ),
    not_above("paid_amount", "billed_amount"),
    not_above("allowed_amount", "billed_amount"),
    not_above("paid_amount", "allowed_amount"),
    needs(
        _SUBCAPITATED & ~_DENIED,
        "ffs_equivalent_amount",
        "missing_on_subcapitated",
        "a sub-capitated line has no FFS equivalent",
        severity=Severity.MAJOR,
    ),
    Edit(
        "ffs_equivalent_amount.zero",
        "ffs_equivalent_amount",
        "a sub-capitated line that was not denied has an FFS equivalent of 0",
        "the plan's schedule price",
        ~_SUBCAPITATED | _DENIED | (pl.col("ffs_equivalent_amount") != 0),
    ),
    needs(
        _SUBCAPITATED,
        "subcontractor_id",
        "missing_on_subcapitated",
        "a sub-capitated line names no subcontractor",
        severity=Severity.MAJOR,
    ),
    needs(_DENIED, "denial_code", "missing_on_denied", "a denied line has no denial_code"),
)

CLAIM_TYPES = (
    needs(
        _PROFESSIONAL,
        "rendering_npi",
        "missing_on_professional",
        "a professional line has no rendering_npi",
        severity=Severity.MAJOR,
    ),
    needs(
        _PROFESSIONAL,
        "procedure_code",
        "missing_on_professional",
        "a professional line has no procedure_code",
    ),
    needs(
        _PROFESSIONAL,
        "place_of_service",
        "missing_on_professional",
        "a professional line has no place_of_service",
    ),
    needs(
        _INSTITUTIONAL,
        "bill_type",
        "missing_on_institutional",
        "an institutional line has no bill_type",
    ),
    needs(
        _INSTITUTIONAL,
        "revenue_code",
        "missing_on_institutional",
        "an institutional line has no revenue_code",
    ),
    needs(_PHARMACY, "ndc", "missing_on_pharmacy", "a pharmacy line has no ndc"),
    needs(_PHARMACY, "days_supply", "missing_on_pharmacy", "a pharmacy line has no days_supply"),
    needs(
        _PROFESSIONAL | _INSTITUTIONAL,
        "diagnosis_codes",
        "missing_on_medical",
        "a medical line has no diagnosis",
        severity=Severity.MAJOR,
    ),
    Edit(
        "bill_type.on_professional",
        "bill_type",
        "a professional line has a bill_type",
        "bill_type on institutional lines only",
        ~_PROFESSIONAL | ~given("bill_type"),
    ),
)

CODES = (
    Edit(
        "diagnosis_codes.dotted",
        "diagnosis_codes",
        "diagnosis codes come with a dot",
        "ICD-10-CM codes without the dot (dotted ones are taken)",
        ~sent("diagnosis_codes").str.contains(".", literal=True),
        severity=Severity.INFO,
    ),
    Edit(
        "diagnosis_codes.too_many",
        "diagnosis_codes",
        "more than 25 diagnosis codes",
        "at most 25 codes",
        pl.col("diagnosis_codes").str.count_matches(";", literal=True) < 25,
    ),
    Edit(
        "original_encounter_id.missing_on_repeat",
        "original_encounter_id",
        "a replacement or void names no original",
        "original_encounter_id where frequency is 7 or 8",
        ~_REPEATS | given("original_encounter_id"),
        severity=Severity.MAJOR,
    ),
    Edit(
        "original_encounter_id.self",
        "original_encounter_id",
        "a replacement or void names itself as its original",
        "another encounter_id",
        ~_REPEATS | (pl.col("original_encounter_id") != pl.col("encounter_id")),
        severity=Severity.MAJOR,
    ),
    Edit(
        "original_encounter_id.on_original",
        "original_encounter_id",
        "an original names an original",
        "original_encounter_id only where frequency is 7 or 8",
        (pl.col("frequency") != "1") | ~given("original_encounter_id"),
    ),
)

EDITS = DATES + AMOUNTS + CLAIM_TYPES + CODES
