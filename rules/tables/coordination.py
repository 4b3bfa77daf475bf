"""coordination: one row an event of joint care."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import NPI, Column, Kind, given
from rules.tables.edit import Edit, needs, not_after_sending, not_before
from rules.tables.identifiers import check_digit
from rules.tables.shape import shape_of

KINDS = (
    "stratification",
    "screening",
    "integrated_care_plan",
    "admission_notice",
    "medication_review",
    "care_conference",
    "social_needs",
    "referral",
    "referral_closed",
    "outreach",
    "locus",
)

COLUMNS = (
    Column("event_id", required=True, fatal=True),
    Column("member_id", required=True, private=True),
    Column("kind", Kind.CHOICE, required=True, values=KINDS),
    Column("occurred_on", Kind.DATE, required=True, private=True),
    Column(
        "actor",
        Kind.CHOICE,
        required=True,
        values=("plan", "ph_provider", "bh_provider", "subcontractor", "joint"),
    ),
    Column("trigger_on", Kind.DATE, private=True),
    Column("tool", private=True),
    Column("value", Kind.NUMBER, private=True),
    Column("actor_npi", form=NPI),
)

_SCORES = {
    "PHQ2": (0, 6),
    "PHQ9": (0, 27),
    "PHQA": (0, 27),
    "GAD2": (0, 6),
    "GAD7": (0, 21),
    "AUDIT": (0, 40),
    "AUDITC": (0, 12),
    "DAST10": (0, 10),
    "EPDS": (0, 30),
    "LOCUS": (1, 35),
}
"""Lowest and highest sum of instruments whose items and points are published; LOCUS may be told
as its level, 1 to 6, or as its sum, 7 to 35."""

_TOOL = pl.col("tool").str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
_LOWEST = _TOOL.replace_strict({tool: low for tool, (low, _) in _SCORES.items()}, default=None)
_HIGHEST = _TOOL.replace_strict({tool: high for tool, (_, high) in _SCORES.items()}, default=None)

EDITS = (
    not_before("occurred_on", "trigger_on", Severity.MINOR),
    not_after_sending("occurred_on"),
    Edit(
        "value.beyond_tool",
        "value",
        "a score that the instrument cannot give",
        "a sum within the instrument's points (PHQ-9 0 to 27, GAD-7 0 to 21, AUDIT 0 to 40 ...)",
        pl.col("value").is_between(_LOWEST, _HIGHEST),
        remedy="Correct the score, or name the instrument that it comes from.",
    ),
    Edit(
        "value.without_tool",
        "value",
        "a score without its instrument",
        "the instrument in tool where value is given",
        ~given("value") | given("tool"),
        remedy="Name the instrument.",
    ),
    needs(
        pl.col("kind") == "admission_notice",
        "trigger_on",
        "missing_on_notice",
        "a notice of an admission does not say when the admission was",
        severity=Severity.INFO,
    ),
    needs(
        pl.col("actor").is_in(["ph_provider", "bh_provider"]),
        "actor_npi",
        "missing_on_provider",
        "a provider acted, and the provider's NPI is empty",
        severity=Severity.INFO,
    ),
    check_digit("actor_npi"),
)

COORDINATION = shape_of("coordination", __doc__, COLUMNS, ("event_id",), EDITS)
