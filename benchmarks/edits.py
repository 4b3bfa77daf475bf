"""Twenty edits that every tool can express, for `benchmarks/peers.py`; plain data, no imports."""

from __future__ import annotations

FILLED = ("encounter_id", "member_id", "service_from", "billing_npi")

CHOICES = {
    "claim_type": ("P", "I", "R"),
    "line_status": ("paid", "denied"),
    "payment_arrangement": ("ffs", "subcapitated"),
    "frequency": ("1", "7", "8"),
}

FORMS = {
    "billing_npi": "^[12][0-9]{9}$",
    "rendering_npi": "^[12][0-9]{9}$",
    "procedure_code": "^([0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})$",
    "revenue_code": "^[0-9]{4}$",
    "bill_type": "^0?[1-9][1-9][0-9A-Z]$",
    "place_of_service": "^[0-9]{2}$",
    "ndc": "^[0-9]{11}$",
}

DATES = ("service_from", "service_to", "submitted_on")
"""A day that exists, as YYYY-MM-DD."""

NOT_NEGATIVE = "billed_amount"
ORDER = ("service_from", "service_to")
"""The second day does not lie before the first."""

CODES = (
    *(f"encounters.{name}.empty" for name in FILLED),
    *(f"encounters.{name}.value" for name in CHOICES),
    *(f"encounters.{name}.form" for name in FORMS),
    *(f"encounters.{name}.date" for name in DATES),
    f"encounters.{NOT_NEGATIVE}.range",
    f"encounters.{ORDER[1]}.before_{ORDER[0]}",
)
"""What carvein calls them."""
