"""What a service line of each claim type has, and what it has not."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import given
from rules.tables.edit import Edit, needs
from rules.tables.encounter_lines import INPATIENT, INSTITUTIONAL, PHARMACY, PROFESSIONAL

_REBATED = ~PHARMACY & pl.col("procedure_code").str.contains("^J[0-9]{4}$")
"""Drugs given by a provider: HCPCS J codes."""

CLAIM_TYPES = (
    needs(
        PROFESSIONAL,
        "rendering_npi",
        "missing_on_professional",
        "a professional line has no rendering_npi",
        severity=Severity.MAJOR,
    ),
    needs(
        PROFESSIONAL,
        "procedure_code",
        "missing_on_professional",
        "a professional line has no procedure_code",
    ),
    needs(
        PROFESSIONAL,
        "place_of_service",
        "missing_on_professional",
        "a professional line has no place_of_service",
    ),
    needs(
        INSTITUTIONAL,
        "bill_type",
        "missing_on_institutional",
        "an institutional line has no bill_type",
    ),
    needs(
        INSTITUTIONAL,
        "revenue_code",
        "missing_on_institutional",
        "an institutional line has no revenue_code",
    ),
    needs(PHARMACY, "ndc", "missing_on_pharmacy", "a pharmacy line has no ndc"),
    needs(PHARMACY, "days_supply", "missing_on_pharmacy", "a pharmacy line has no days_supply"),
    needs(
        PROFESSIONAL | INSTITUTIONAL,
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
        ~PROFESSIONAL | ~given("bill_type"),
    ),
    Edit(
        "revenue_code.on_professional",
        "revenue_code",
        "a professional line has a revenue code",
        "revenue_code on institutional lines only",
        ~PROFESSIONAL | ~given("revenue_code"),
        remedy="Correct claim_type, or take the code out.",
    ),
    Edit(
        "bill_type.on_pharmacy",
        "bill_type",
        "a pharmacy line has a bill_type",
        "bill_type on institutional lines only",
        ~PHARMACY | ~given("bill_type"),
        remedy="Correct claim_type, or take bill_type out.",
    ),
    Edit(
        "procedure_code.on_pharmacy",
        "procedure_code",
        "a pharmacy line has a procedure",
        "the drug in ndc, and no procedure_code",
        ~PHARMACY | ~given("procedure_code"),
        remedy="Correct claim_type, or send the service on a line of its own.",
        severity=Severity.INFO,
    ),
    Edit(
        "place_of_service.on_institutional",
        "place_of_service",
        "an institutional line has a place of service",
        "bill_type alone, which tells the place",
        ~INSTITUTIONAL | ~given("place_of_service"),
        remedy="Take place_of_service out.",
        severity=Severity.INFO,
    ),
    Edit(
        "drg.not_inpatient",
        "drg",
        "a line that is no stay has a DRG",
        "drg on lines of type of bill 011x, 018x or 021x only",
        INPATIENT | ~given("drg") | (INSTITUTIONAL & ~given("bill_type")),
        remedy="Correct bill_type, or take the DRG out.",
        severity=Severity.INFO,
    ),
    needs(
        _REBATED,
        "ndc",
        "missing_on_drug",
        "a drug given by a provider has no NDC (42 CFR 447.520)",
    ),
    needs(
        PHARMACY,
        "prescriber_npi",
        "missing_on_pharmacy",
        "a pharmacy line names no prescriber",
    ),
    needs(
        INPATIENT,
        "attending_npi",
        "missing_on_stay",
        "a line of a stay names no attending provider",
    ),
    needs(INPATIENT, "admit_date", "missing_on_stay", "a line of a stay has no admit_date"),
    needs(
        INPATIENT,
        "patient_status",
        "missing_on_stay",
        "a line of a stay has no patient_status",
    ),
    needs(
        INPATIENT,
        "admission_type",
        "missing_on_stay",
        "a line of a stay has no admission_type",
    ),
)
