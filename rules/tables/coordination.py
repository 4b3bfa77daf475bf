"""coordination: one row an event of joint care."""

from __future__ import annotations

from rules.model import Severity
from rules.tables.column import NPI, Column, Kind
from rules.tables.edit import not_after_sending, not_before
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

EDITS = (
    not_before("occurred_on", "trigger_on", Severity.MINOR),
    not_after_sending("occurred_on"),
)

COORDINATION = shape_of("coordination", __doc__, COLUMNS, ("event_id",), EDITS)
