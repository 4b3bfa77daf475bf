"""Every edit of a service line that the line itself can tell."""

from __future__ import annotations

from rules.tables.encounter_amounts import AMOUNTS
from rules.tables.encounter_bills import BILLS
from rules.tables.encounter_claims import CLAIM_TYPES
from rules.tables.encounter_codes import CODES, MODIFIERS
from rules.tables.encounter_dates import DATES
from rules.tables.encounter_places import PLACES
from rules.tables.encounter_units import UNITS

EDITS = (*DATES, *AMOUNTS, *CLAIM_TYPES, *CODES, *MODIFIERS, *PLACES, *BILLS, *UNITS)
