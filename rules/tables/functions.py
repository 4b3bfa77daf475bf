"""functions: who runs what, one row a plan function and domain."""

from __future__ import annotations

from rules.tables.column import Column, Kind
from rules.tables.identifiers import placeholder
from rules.tables.shape import shape_of

FUNCTIONS = (
    "call_center",
    "member_manual",
    "member_forms",
    "appointment_self_service",
    "care_plan_tracking",
    "grievances_appeals",
    "provider_call_line",
    "provider_record_update",
    "prior_authorization_portal",
    "provider_contact",
    "credentialing_form",
    "network_requirements",
    "quality_metrics",
    "documentation_standards",
    "claims_system",
    "analytics_suite",
    "care_management_platform",
    "call_center_platform",
)

COLUMNS = (
    Column("function", Kind.CHOICE, required=True, fatal=True, values=FUNCTIONS),
    Column("domain", Kind.CHOICE, required=True, fatal=True, values=("PH", "BH")),
    Column("operator", required=True),
    Column("system", required=True),
    Column("evidence", required=True),
)

EDITS = (placeholder("operator"), placeholder("system"), placeholder("evidence"))

PLAN_FUNCTIONS = shape_of("functions", __doc__, COLUMNS, ("function", "domain"), EDITS)
