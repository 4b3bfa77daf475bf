"""providers: whether the point lies in the county or state, and the ZIP code touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit
from rules.relational.place_edits import (
    county_contradicted,
    county_unknown,
    looked_at,
    point_far_from_zip,
    point_outside_county,
    point_outside_state,
    state_not_of_county,
    tell_places,
    zip_outside_county,
    zip_unknown,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

EDITS: tuple[RelationalEdit, ...] = (
    point_outside_county("providers"),
    point_outside_state("providers"),
    zip_outside_county("providers"),
    county_contradicted("providers"),
    county_unknown("providers"),
    state_not_of_county("providers"),
    zip_unknown("providers"),
    point_far_from_zip("providers"),
)


def faulty(filing: Filing) -> Table:
    """Return the rows whose point, ZIP code, county or state contradicts the others."""
    return tell_places(filing.tables["providers"], EDITS)


def seen(filing: Filing) -> dict[str, int]:
    """Return how many rows have what each edit compares."""
    return looked_at(filing.tables["providers"], EDITS)


COMPARISON = Comparison("providers_places", "providers", ("providers",), EDITS, faulty, seen)
