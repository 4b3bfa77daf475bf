"""providers: one row a provider, site and specialty under contract."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import FIPS, NPI, STATE, TAXONOMY, ZIP, Column, Form, Kind, given
from rules.tables.edit import (
    SUBMITTED_ON,
    Edit,
    needs,
    not_above,
    not_after_sending,
    not_before,
    point_edits,
)
from rules.tables.shape import shape_of

_PHONE = Form(r"^[+0-9(][0-9() .+-]{6,19}( ?x ?[0-9]{1,6})?$", "a telephone number")

COLUMNS = (
    Column("npi", required=True, fatal=True, form=NPI),
    Column("entity_type", Kind.CHOICE, required=True, values=("individual", "facility")),
    Column("name", required=True),
    Column("taxonomy", required=True, form=TAXONOMY),
    Column("site_id", required=True),
    Column("street", required=True),
    Column("city", required=True),
    Column("state", required=True, form=STATE),
    Column("zip", required=True, form=ZIP),
    Column("latitude", Kind.NUMBER, required=True, may_be_empty=True, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, required=True, may_be_empty=True, low=-180.0, high=180.0),
    Column("county_fips", required=True, may_be_empty=True, form=FIPS),
    Column("contract_effective", Kind.DATE, required=True, fatal=True),
    Column("contract_end", Kind.DATE, required=True, may_be_empty=True),
    Column("accepting_new", Kind.FLAG, required=True),
    Column("age_min", Kind.COUNT, required=True, low=0.0, high=130.0),
    Column("age_max", Kind.COUNT, required=True, low=0.0, high=999.0),
    Column("telehealth", Kind.CHOICE, required=True, values=("none", "offers", "only")),
    Column("phone", form=_PHONE),
    Column("languages", Kind.LIST),
    Column("accessible", Kind.FLAG),
    Column("group_npi", form=NPI),
    Column("license_number"),
    Column("license_state", form=STATE),
    Column("credentialed_on", Kind.DATE),
    Column("subcontractor_id"),
    Column("panel_limit", Kind.COUNT, low=0.0),
    Column("panel_size", Kind.COUNT, low=0.0),
    Column("beds", Kind.COUNT, low=0.0),
    Column("last_verified_on", Kind.DATE),
    Column("prescriber", Kind.FLAG),
    Column("program"),
)

EDITS = (
    not_before("contract_end", "contract_effective"),
    not_above("age_min", "age_max", Severity.MAJOR),
    not_above("panel_size", "panel_limit"),
    not_after_sending("credentialed_on"),
    not_after_sending("last_verified_on", Severity.MAJOR),
    Edit(
        "beds.individual",
        "beds",
        "a person is listed with beds",
        "beds of facilities only",
        (pl.col("entity_type") != "individual") | (pl.col("beds").fill_null(0) == 0),
    ),
    Edit(
        "group_npi.self",
        "group_npi",
        "group_npi is the provider's own NPI",
        "the NPI of the group that bills, or empty",
        (pl.col("entity_type") != "individual") | (pl.col("group_npi") != pl.col("npi")),
    ),
    Edit(
        "accepting_new.panel_full",
        "accepting_new",
        "new patients are said to be taken although the panel is full",
        "N where panel_size has reached panel_limit",
        (pl.col("accepting_new") != "Y") | (pl.col("panel_size") < pl.col("panel_limit")),
    ),
    Edit(
        "last_verified_on.before_contract",
        "last_verified_on",
        "the row was last verified over a year before the contract took effect",
        "a later verification",
        pl.col("last_verified_on").dt.offset_by("1y") >= pl.col("contract_effective"),
        severity=Severity.INFO,
    ),
    Edit(
        "contract_effective.far_ahead",
        "contract_effective",
        "the contract takes effect over a year after the submission",
        "a contract that is in force or about to be",
        pl.col("contract_effective") <= pl.col(SUBMITTED_ON).dt.offset_by("1y"),
        severity=Severity.INFO,
    ),
    needs(given("license_number"), "license_state", "unpaired", "license_state is empty"),
    *point_edits(),
)

PROVIDERS = shape_of("providers", __doc__, COLUMNS, ("npi", "site_id", "taxonomy"), EDITS)
