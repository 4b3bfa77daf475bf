"""The tables are those of the public interface: names, order, types, codes."""

import re

import polars as pl
import pytest

from rules.model import Layer, Severity
from rules.registry import rules
from rules.tables import ENVELOPE_CHECKS, TABLES, staged_schema

# The public interface, written out again: required columns, then optional ones after the bar.
INTERFACE = {
    "members": "member_id plan_id birth_date sex enrolled_from enrolled_to county_fips zip "
    "latitude longitude | rate_cell dual_status smi pcp_npi care_coordinator_id "
    "attributed_practice_id weight",
    "providers": "npi entity_type name taxonomy site_id street city state zip latitude longitude "
    "county_fips contract_effective contract_end accepting_new age_min age_max telehealth | phone "
    "languages accessible group_npi license_number license_state credentialed_on subcontractor_id "
    "panel_limit panel_size beds last_verified_on prescriber program",
    "encounters": "encounter_id line_number member_id claim_type service_from service_to "
    "billing_npi rendering_npi billed_amount paid_amount line_status payment_arrangement "
    "submitted_on | "
    "procedure_code modifiers revenue_code bill_type place_of_service diagnosis_codes admit_date "
    "discharge_date units allowed_amount ffs_equivalent_amount received_on adjudicated_on paid_on "
    "denial_code subcontractor_id billing_taxonomy rendering_taxonomy rendering_site_id "
    "attending_npi operating_npi prescriber_npi drg patient_status admission_type ndc days_supply "
    "frequency original_encounter_id",
    "subcontracts": "subcontractor_id name functions domain payment effective end | parent_name "
    "ownership_pct pmpm street city state zip latitude longitude on_site oversight_reviewed_on "
    "audit_clause revocation_clause access_standards_clause quality_standards_clause "
    "award_qualification_weight award_cost_weight",
    "plan_offices": "office_id street city state zip latitude longitude |",
    "capitation": "month rate_cell member_months rate_pmpm bh_pmpm revenue |",
    "ledger": "entry_id incurred_month paid_month kind domain payee_type payee_id amount | note",
    "appointments": "npi site_id provider_type population appointment_type called_on offered_on "
    "reached in_network accepting_new telehealth wait_unit wait |",
    "authorizations": "auth_id member_id domain service requested_on decided_on decision urgent "
    "reviewer_entity criteria_set |",
    "appeals": "appeal_id member_id domain kind reason received_on resolved_on outcome |",
    "coordination": "event_id member_id kind occurred_on actor | trigger_on tool value actor_npi",
    "functions": "function domain operator system evidence |",
    "practices": "practice_id name latitude longitude county_fips | network_id pcmh_recognition "
    "integration_level reverse_integration bh_staff_fte psychiatrist bh_coordinator care_team_fte "
    "attributed_members",
    "payment_models": "arrangement_id payee_id category includes_ph includes_bh payments "
    "quality_linked |",
    "incentives": "measure period numerator denominator target pool_amount paid_to_ph paid_to_bh |",
    "agreements": "agreement_id kind parties domain effective end | last_exchange_on",
    "duals": "member_id medicare_plan_id dsnp_contract medicare_data_received month |",
}
# Required columns that may be empty: those that the interface names, and what is empty with them.
MAY_BE_EMPTY = {
    ("members", "enrolled_to"),
    ("members", "latitude"),
    ("members", "longitude"),
    ("providers", "latitude"),
    ("providers", "longitude"),
    ("providers", "contract_end"),
    ("providers", "county_fips"),
    ("encounters", "rendering_npi"),
    ("subcontracts", "end"),
    ("plan_offices", "latitude"),
    ("plan_offices", "longitude"),
    ("practices", "latitude"),
    ("practices", "longitude"),
    ("appointments", "offered_on"),
    ("appointments", "wait"),
    ("appointments", "wait_unit"),
    ("appeals", "resolved_on"),
    ("appeals", "outcome"),
}
PRIVATE = {
    "members": "member_id birth_date zip latitude longitude smi",
    "encounters": "member_id service_from service_to procedure_code diagnosis_codes admit_date "
    "discharge_date drg ndc",
    "authorizations": "member_id service requested_on decided_on",
    "appeals": "member_id reason",
    "coordination": "member_id occurred_on trigger_on tool value",
    "duals": "member_id",
}


def test_tables_and_columns_are_those_of_the_interface():
    told = {
        name: " ".join(c.name for c in shape.columns if c.required)
        + " | "
        + " ".join(c.name for c in shape.columns if not c.required)
        for name, shape in TABLES.items()
    }
    assert {name: text.strip() for name, text in told.items()} == INTERFACE
    assert list(told) == list(INTERFACE)


def test_only_the_stated_columns_may_be_empty():
    found = {
        (name, column.name)
        for name, shape in TABLES.items()
        for column in shape.columns
        if column.required and column.may_be_empty
    }
    assert found == MAY_BE_EMPTY


def test_private_columns():
    found = {name: shape.private for name, shape in TABLES.items() if shape.private}
    assert found == {name: set(columns.split()) for name, columns in PRIVATE.items()}


def test_staged_types():
    encounters = staged_schema("encounters")
    assert list(encounters)[-3:] == ["_plan", "_file", "_line"]
    types = {
        "encounter_id": pl.String,
        "line_number": pl.Int64,
        "service_from": pl.Date,
        "paid_amount": pl.Float64,
        "units": pl.Float64,
        "days_supply": pl.Int64,
        "diagnosis_codes": pl.String,
        "_line": pl.Int64,
    }
    assert {name: encounters[name] for name in types} == types
    assert staged_schema("capitation")["month"] == pl.String
    assert staged_schema("capitation")["member_months"] == pl.Float64
    assert staged_schema("members")["smi"] == pl.String
    assert {staged_schema("providers")[name] for name in ("age_min", "beds", "panel_size")} == {
        pl.Int64
    }
    with pytest.raises(KeyError):
        staged_schema("people")


def test_codes_are_unique_stable_and_unlike_rule_codes():
    checks = [check for shape in TABLES.values() for check in shape.checks.items()]
    checks += list(ENVELOPE_CHECKS.items())
    codes = [code for code, _ in checks]
    assert len(set(codes)) == len(codes)
    assert all(code == check.code for code, check in checks)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_0-9]+\.[a-z_0-9]+", code) for code in codes)
    assert not set(codes) & set(rules())
    assert all(code.split(".")[0] == check.table for code, check in checks)


def test_every_check_says_what_was_found_and_what_was_wanted():
    for shape in TABLES.values():
        for check in shape.checks.values():
            assert (check.at_least, check.at_most, check.layer) == (None, 0.0, Layer.SHAPE)
            told = check.message.format(numerator=3.0, denominator=1200.0)
            start = f"3 of 1,200 {check.unit} of {shape.name}: {check.name}; wanted "
            assert told.startswith(start)
            assert told.endswith(".")
            assert check.remedy.endswith(".")
            assert check.severity is not Severity.CRITICAL
            assert not check.fatal or check.severity is Severity.MAJOR
            assert ("quarantined" in told) is check.fatal


def test_the_message_of_one_edit():
    check = TABLES["encounters"].checks["encounters.service_to.before_service_from"]
    assert (check.message.format(numerator=2.0, denominator=10.0), check.remedy) == (
        "2 of 10 rows of encounters: service_to lies before service_from; wanted service_from or "
        "later.",
        "Correct service_to or service_from, whichever the source record shows to be wrong.",
    )


def test_there_are_edits_worth_having():
    core = ("members", "providers", "encounters", "subcontracts", "plan_offices", "capitation")
    own = {
        code
        for name in (*core, "ledger")
        for code, edit in TABLES[name].edits.items()
        if len(edit.reads) > 1
    }
    every = [code for shape in TABLES.values() for code in shape.edits]
    assert len(own) >= 50
    assert len(every) >= 120
