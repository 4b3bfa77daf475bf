"""subcontracts: the delegation register, one row a subcontractor and agreement."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.addresses import point_edits, state_edits, street_edits
from rules.tables.column import STATE, ZIP, Column, Kind, given
from rules.tables.edit import (
    SUBMITTED_ON,
    Edit,
    needs,
    not_after_sending,
    not_before,
)
from rules.tables.identifiers import placeholder
from rules.tables.shape import shape_of
from rules.tables.spans import open_end

FUNCTIONS = (
    "network",
    "credentialing",
    "utilization_management",
    "claims",
    "care_management",
    "member_services",
    "provider_relations",
    "quality",
    "pharmacy",
)

COLUMNS = (
    Column("subcontractor_id", required=True, fatal=True),
    Column("name", required=True),
    Column("functions", Kind.LIST, required=True, values=FUNCTIONS),
    Column("domain", Kind.CHOICE, required=True, values=("BH", "PH", "both")),
    Column("payment", Kind.CHOICE, required=True, values=("subcapitation", "aso_fee", "ffs")),
    Column("effective", Kind.DATE, required=True),
    Column("end", Kind.DATE, required=True, may_be_empty=True),
    Column("parent_name"),
    Column("ownership_pct", Kind.NUMBER, low=0.0, high=100.0),
    Column("pmpm", Kind.NUMBER, low=0.0),
    Column("street"),
    Column("city"),
    Column("state", form=STATE),
    Column("zip", form=ZIP),
    Column("latitude", Kind.NUMBER, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, low=-180.0, high=180.0),
    Column("on_site", Kind.FLAG),
    Column("oversight_reviewed_on", Kind.DATE),
    Column("audit_clause", Kind.FLAG),
    Column("revocation_clause", Kind.FLAG),
    Column("access_standards_clause", Kind.FLAG),
    Column("quality_standards_clause", Kind.FLAG),
    Column("award_qualification_weight", Kind.NUMBER, low=0.0, high=1.0),
    Column("award_cost_weight", Kind.NUMBER, low=0.0, high=1.0),
)

_WEIGHTS = pl.col("award_qualification_weight") + pl.col("award_cost_weight")

EDITS = (
    not_before("end", "effective"),
    not_before("oversight_reviewed_on", "effective", Severity.INFO),
    not_after_sending("oversight_reviewed_on"),
    Edit(
        "effective.far_ahead",
        "effective",
        "the agreement takes effect over a year after the submission",
        "an agreement that is in force or about to be",
        pl.col("effective") <= pl.col(SUBMITTED_ON).dt.offset_by("1y"),
        severity=Severity.INFO,
    ),
    needs(
        pl.col("payment") == "subcapitation",
        "pmpm",
        "missing_on_subcapitation",
        "a sub-capitated agreement has no pmpm",
    ),
    needs(
        pl.col("ownership_pct") > 0,
        "parent_name",
        "missing_on_owned",
        "the plan's group owns a share, and no parent is named",
    ),
    Edit(
        "award_cost_weight.sum",
        "award_cost_weight",
        "the two award weights add up to more than 1",
        "weights that add up to at most 1",
        _WEIGHTS <= 1 + 1e-9,
        expected=pl.format("weights that add up to at most 1, not {}", _WEIGHTS),
    ),
    Edit(
        "on_site.unplaced",
        "on_site",
        "on_site is given without an address or a point",
        "street, or latitude and longitude, where on_site is given",
        ~given("on_site") | given("street") | given("latitude"),
    ),
    Edit(
        "award_cost_weight.below_one",
        "award_cost_weight",
        "the two award weights leave a part of the award unexplained",
        "weights that add up to 1",
        _WEIGHTS >= 1 - 1e-9,
        remedy="Check the weights against the request for proposals; a third weight is not sent.",
        severity=Severity.INFO,
        expected=pl.format("weights that add up to 1, not {}", _WEIGHTS.round(6)),
    ),
    needs(
        given("award_qualification_weight"),
        "award_cost_weight",
        "unpaired",
        "one of the two award weights is empty",
    ),
    Edit(
        "pmpm.zero",
        "pmpm",
        "a sub-capitated agreement pays nothing a member and month",
        "more than 0 for payment subcapitation",
        (pl.col("payment") != "subcapitation") | (pl.col("pmpm") != 0),
        remedy="Send the amount of the agreement.",
    ),
    Edit(
        "pmpm.on_ffs",
        "pmpm",
        "an agreement paid by the service has an amount by the head",
        "pmpm empty (or 0) for payment ffs",
        (pl.col("payment") != "ffs") | (pl.col("pmpm").fill_null(0) == 0),
        remedy="Correct payment or pmpm; for a fee beside claims payment is aso_fee.",
    ),
    Edit(
        "functions.subcapitated_no_care",
        "functions",
        "a sub-capitated subcontractor neither holds a network nor manages care or claims",
        "network, claims, care_management or utilization_management among functions",
        (pl.col("payment") != "subcapitation")
        | pl.col("functions").str.contains("network|claims|care_management|utilization|pharmacy"),
        remedy="List every function that was handed over, or correct payment.",
    ),
    Edit(
        "audit_clause.refused",
        "audit_clause",
        "the agreement does not let the state audit the subcontractor",
        "Y: the right to audit (42 CFR 438.230(c)(3))",
        pl.col("audit_clause") != "N",
        remedy="Amend the agreement, or correct the register if the clause is there.",
    ),
    Edit(
        "revocation_clause.refused",
        "revocation_clause",
        "the agreement does not provide for revocation of what was delegated",
        "Y: revocation or other remedies (42 CFR 438.230(c)(1)(iii))",
        pl.col("revocation_clause") != "N",
        remedy="Amend the agreement, or correct the register if the clause is there.",
    ),
    placeholder("name"),
    open_end("end"),
    *street_edits(),
    *state_edits(),
    *point_edits(),
)

SUBCONTRACTS = shape_of("subcontracts", __doc__, COLUMNS, ("subcontractor_id", "effective"), EDITS)
