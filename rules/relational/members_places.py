"""members: whether the point lies in the county, and the ZIP code touches it.

Nothing of the member's point or ZIP code is told but whole miles.
"""

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
    tell_places,
    zip_outside_county,
    zip_unknown,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

EDITS: tuple[RelationalEdit, ...] = (
    point_outside_county("members"),
    zip_outside_county("members"),
    county_contradicted("members"),
    county_unknown("members"),
    zip_unknown("members"),
    point_far_from_zip("members"),
)


def faulty(filing: Filing) -> Table:
    """Return the rows whose point, ZIP code or county contradicts the others."""
    return tell_places(filing.tables["members"], EDITS, discreet=True)


def seen(filing: Filing) -> dict[str, int]:
    """Return how many rows have what each edit compares."""
    return looked_at(filing.tables["members"], EDITS)


COMPARISON = Comparison("members_places", "members", ("members",), EDITS, faulty, seen)
