"""encounters: one row a service line."""

from __future__ import annotations

from rules.tables.column import NPI, TAXONOMY, Column, Form, Kind
from rules.tables.encounter_edits import EDITS
from rules.tables.shape import shape_of
from rules.tables.x12 import X12_CHECKS

_PROCEDURE = Form(
    "^([0-9]{5}|[0-9]{4}[AFMTU]|[A-Z][0-9]{4})$",
    "5 digits; 4 digits and A, F (category II), M, T (category III) or U (proprietary); or a "
    "letter and 4 digits",
)
_MODIFIERS = Form("^[0-9A-Z]{2}(;[0-9A-Z]{2}){0,3}$", "up to 4 of 2 characters, with ; between")
_REVENUE = Form("^[0-9]{4}$", "4 digits")
_BILL_TYPE = Form("^0?[1-9][1-9][0-9A-Z]$", "3 characters, or 4 with a leading 0")
_PLACE = Form("^[0-9]{2}$", "2 digits")
_NDC = Form("^[0-9]{11}$", "11 digits")
_DRG = Form("^[0-9]{3,4}$", "3 or 4 digits")
_PATIENT_STATUS = Form("^[0-9]{2}$", "2 digits")
_ADMISSION_TYPE = Form("^[1-9]$", "1 digit, 1 to 9")
_CARC = Form("^((CO|CR|OA|PI|PR)-?)?([A-Z]{1,2})?[0-9]{1,3}$", "a claim adjustment reason code")

COLUMNS = (
    Column("encounter_id", required=True, fatal=True),
    Column("line_number", Kind.COUNT, required=True, fatal=True, low=1.0),
    Column("member_id", required=True, fatal=True, private=True),
    Column("claim_type", Kind.CHOICE, required=True, fatal=True, values=("P", "I", "R")),
    Column("service_from", Kind.DATE, required=True, fatal=True, private=True),
    Column("service_to", Kind.DATE, required=True, private=True),
    Column("billing_npi", required=True, form=NPI),
    Column("rendering_npi", required=True, may_be_empty=True, form=NPI),
    Column("billed_amount", Kind.NUMBER, required=True, low=0.0),
    Column("paid_amount", Kind.NUMBER, required=True, low=0.0),
    Column("line_status", Kind.CHOICE, required=True, fatal=True, values=("paid", "denied")),
    Column("payment_arrangement", Kind.CHOICE, required=True, values=("ffs", "subcapitated")),
    Column("submitted_on", Kind.DATE, required=True),
    Column("procedure_code", form=_PROCEDURE, private=True),
    Column("modifiers", Kind.LIST, form=_MODIFIERS),
    Column("revenue_code", form=_REVENUE),
    Column("bill_type", form=_BILL_TYPE),
    Column("place_of_service", form=_PLACE),
    Column("diagnosis_codes", Kind.DIAGNOSES, private=True),
    Column("admit_date", Kind.DATE, private=True),
    Column("discharge_date", Kind.DATE, private=True),
    Column("units", Kind.NUMBER, low=0.0),
    Column("allowed_amount", Kind.NUMBER, low=0.0),
    Column("ffs_equivalent_amount", Kind.NUMBER, low=0.0),
    Column("received_on", Kind.DATE),
    Column("adjudicated_on", Kind.DATE),
    Column("paid_on", Kind.DATE),
    Column("denial_code", form=_CARC),
    Column("subcontractor_id"),
    Column("billing_taxonomy", form=TAXONOMY),
    Column("rendering_taxonomy", form=TAXONOMY),
    Column("rendering_site_id"),
    Column("attending_npi", form=NPI),
    Column("operating_npi", form=NPI),
    Column("prescriber_npi", form=NPI),
    Column("drg", form=_DRG, private=True),
    Column("patient_status", form=_PATIENT_STATUS),
    Column("admission_type", form=_ADMISSION_TYPE),
    Column("ndc", form=_NDC, private=True),
    Column("days_supply", Kind.COUNT, low=1.0, high=366.0),
    Column("frequency", Kind.CHOICE, values=("1", "7", "8")),
    Column("original_encounter_id"),
)

KEY = ("encounter_id", "line_number")
ENCOUNTERS = shape_of("encounters", __doc__, COLUMNS, KEY, EDITS, X12_CHECKS)
