"""practices, subcontracts and plan_offices: whether the point lies where the row says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit
from rules.relational.place_edits import (
    county_unknown,
    looked_at,
    point_outside_county,
    point_outside_state,
    tell_places,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table


def _comparison(table: str, *edits: RelationalEdit) -> Comparison:
    def faulty(filing: Filing) -> Table:
        return tell_places(filing.tables[table], edits)

    def seen(filing: Filing) -> dict[str, int]:
        return looked_at(filing.tables[table], edits)

    return Comparison(f"{table}_places", table, (table,), edits, faulty, seen)


COMPARISONS = (
    _comparison("practices", point_outside_county("practices"), county_unknown("practices")),
    _comparison("subcontracts", point_outside_state("subcontracts")),
    _comparison("plan_offices", point_outside_state("plan_offices")),
)
