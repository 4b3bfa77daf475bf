"""members: one row a member and enrolment span."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.addresses import point_edits
from rules.tables.column import FIPS, NPI, ZIP, Column, Kind, sent
from rules.tables.edit import (
    PERIOD_END,
    PLAN,
    Edit,
    not_after_sending,
    not_before,
)
from rules.tables.identifiers import check_digit, placeholder
from rules.tables.shape import shape_of
from rules.tables.spans import open_end

COLUMNS = (
    Column("member_id", required=True, fatal=True, private=True),
    Column("plan_id", required=True),
    Column("birth_date", Kind.DATE, required=True, private=True),
    Column("sex", Kind.CHOICE, required=True, values=("F", "M", "X", "U")),
    Column("enrolled_from", Kind.DATE, required=True, fatal=True),
    Column("enrolled_to", Kind.DATE, required=True, may_be_empty=True),
    Column("county_fips", required=True, form=FIPS),
    Column("zip", required=True, form=ZIP, private=True),
    Column("latitude", Kind.NUMBER, True, may_be_empty=True, private=True, low=-90.0, high=90.0),
    Column("longitude", Kind.NUMBER, True, may_be_empty=True, private=True, low=-180.0, high=180.0),
    Column("rate_cell"),
    Column("dual_status", Kind.CHOICE, values=("none", "partial", "full")),
    Column("smi", Kind.FLAG, private=True),
    Column("pcp_npi", form=NPI),
    Column("care_coordinator_id"),
    Column("attributed_practice_id"),
    Column("weight", Kind.NUMBER, low=0.0),
)

EDITS = (
    not_before("enrolled_to", "enrolled_from"),
    not_before("enrolled_to", "birth_date"),
    not_after_sending("birth_date", Severity.MAJOR),
    Edit(
        "birth_date.too_old",
        "birth_date",
        "the member would be over 120 years old when enrolled",
        "at most 120 years before enrolled_from",
        pl.col("birth_date").dt.offset_by("121y") > pl.col("enrolled_from"),
        expected=pl.format("at most 120 years before {}", sent("enrolled_from")),
    ),
    Edit(
        "plan_id.other_plan",
        "plan_id",
        "plan_id is not the plan of the manifest",
        "the manifest's plan_id",
        pl.col("plan_id") == pl.col(PLAN),
        severity=Severity.MAJOR,
        expected=pl.col(PLAN),
    ),
    Edit(
        "enrolled_from.after_period",
        "enrolled_from",
        "enrolled_from lies after the period",
        "a day in the period or before it",
        pl.col("enrolled_from") <= pl.col(PERIOD_END),
        severity=Severity.INFO,
        expected=pl.format("{} (end of the period) or earlier", pl.col(PERIOD_END)),
    ),
    Edit(
        "enrolled_from.before_birth",
        "enrolled_from",
        "the member was enrolled before the month of birth",
        "the month of birth or later",
        pl.col("enrolled_from") >= pl.col("birth_date").dt.month_start(),
        remedy="Correct the birth date or the enrolment; a newborn may have a parent's record.",
    ),
    Edit(
        "smi.child",
        "smi",
        "serious mental illness is said of a member under 18",
        "N until 18: a child has serious emotional disturbance (58 FR 29422)",
        (pl.col("smi") != "Y")
        | (pl.col("birth_date").dt.offset_by("18y") <= pl.col(PERIOD_END))
        | (pl.col("birth_date") > pl.col(PERIOD_END)),
        remedy="Check the flag and the birth date.",
        severity=Severity.INFO,
    ),
    check_digit("pcp_npi"),
    placeholder("member_id", Severity.MAJOR),
    open_end("enrolled_to"),
    *point_edits(),
)

MEMBERS = shape_of("members", __doc__, COLUMNS, ("member_id", "enrolled_from"), EDITS)
