"""The edits of places, made for each table that has a point, a ZIP code, a county or a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import ibis

from rules.relational.edit import RelationalEdit, Told, tell
from rules.relational.ids import nothing
from rules.relational.places import POINT_SLACK, ZIP_REACH, ZIP_SLACK, hold_places
from rules.tables import TABLES

if TYPE_CHECKING:
    from ibis.expr.types import Table

POINT = ("latitude", "longitude")

COMPARED: Mapping[str, tuple[str, ...]] = {
    "latitude.outside_county": (*POINT, "county_fips"),
    "latitude.outside_state": (*POINT, "state"),
    "latitude.far_from_zip": (*POINT, "zip"),
    "zip.outside_county": ("zip", "county_fips"),
    "zip.unknown": ("zip",),
    "county_fips.contradicted": (*POINT, "county_fips", "zip"),
    "county_fips.unknown": ("county_fips",),
    "state.not_of_county": ("state", "county_fips"),
}
"""The columns that a row must have filled for an edit to look at it."""

_WORDS = {
    "latitude.outside_county": "point_outside_county",
    "latitude.outside_state": "point_outside_state",
    "latitude.far_from_zip": "point_far_from_zip",
    "zip.outside_county": "zip_outside_county",
    "zip.unknown": "zip_unknown",
    "county_fips.contradicted": "county_contradicted",
    "county_fips.unknown": "county_unknown",
    "state.not_of_county": "state_other",
}


def point_outside_county(table: str) -> RelationalEdit:
    """Return the edit that a point lies in the county that the row claims."""
    return RelationalEdit(
        table,
        "latitude.outside_county",
        "latitude",
        f"the point lies over {POINT_SLACK:g} mile outside the county",
        "a point in the county of county_fips",
        "Geocode the address anew, or correct county_fips.",
    )


def point_outside_state(table: str) -> RelationalEdit:
    """Return the edit that a point lies in the state of the address."""
    return RelationalEdit(
        table,
        "latitude.outside_state",
        "latitude",
        f"the point lies over {POINT_SLACK:g} mile outside the state",
        "a point in the state of the address",
        "Geocode the address anew, or correct the state.",
    )


def point_far_from_zip(table: str) -> RelationalEdit:
    """Return the edit that a point lies about where its ZIP code is."""
    return RelationalEdit(
        table,
        "latitude.far_from_zip",
        "latitude",
        f"the point lies over {ZIP_REACH:g} miles from the ZIP code's center, "
        "further than the ZIP code can reach",
        "a point near the ZIP code's center",
        "Geocode the address anew, or correct the ZIP code.",
    )


def zip_outside_county(table: str) -> RelationalEdit:
    """Return the edit that a ZIP code may touch the county that the row claims."""
    return RelationalEdit(
        table,
        "zip.outside_county",
        "zip",
        f"the ZIP code's center lies over {ZIP_SLACK:g} miles outside the county",
        "a ZIP code that touches the county of county_fips",
        "Correct the ZIP code or county_fips.",
    )


def zip_unknown(table: str) -> RelationalEdit:
    """Return the edit that a ZIP code is known."""
    return RelationalEdit(
        table,
        "zip.unknown",
        "zip",
        "the ZIP code is not in the list of ZIP codes",
        "a ZIP code of the list",
        "Correct the ZIP code; if the Postal Service added it lately, nothing.",
    )


def county_contradicted(table: str) -> RelationalEdit:
    """Return the edit that point and ZIP code do not both contradict the county."""
    return RelationalEdit(
        table,
        "county_fips.contradicted",
        "county_fips",
        "neither the point nor the ZIP code is in the county",
        "the county of the point and of the ZIP code",
        "Correct county_fips.",
    )


def county_unknown(table: str) -> RelationalEdit:
    """Return the edit that a county is known."""
    return RelationalEdit(
        table,
        "county_fips.unknown",
        "county_fips",
        "no county has this code",
        "a county's FIPS code",
        "Send the 5 digits of state and county, leading zero included.",
    )


def state_not_of_county(table: str) -> RelationalEdit:
    """Return the edit that the county lies in the state of the address."""
    return RelationalEdit(
        table,
        "state.not_of_county",
        "state",
        "the county lies in another state",
        "the state of county_fips",
        "Correct the state or county_fips.",
    )


def tell_places(table: Table, edits: Sequence[RelationalEdit], discreet: bool = False) -> Table:
    """Return the rows whose place is at odds with itself, one row a row and edit."""
    name = edits[0].table
    claims = {column for edit in edits for column in COMPARED[edit.code]}
    claims |= {"zip"} & set(table.columns)
    kept = dict.fromkeys(("_file", "_line", *TABLES[name].key, *sorted(claims)))
    rows = hold_places(table.select(*kept), discreet)
    if rows is None:
        return nothing()
    return tell(
        rows,
        [
            Told(edit, rows[words].notnull(), _value(rows, edit.field), rows[words])
            for edit in edits
            for words in [_WORDS[edit.code]]
        ],
    )


def looked_at(table: Table, edits: Sequence[RelationalEdit]) -> dict[str, int]:
    """Return how many rows have what each edit compares, by full code."""
    filled = {
        edit.full_code: ibis.and_(*(table[name].notnull() for name in COMPARED[edit.code]))
        .sum()
        .fill_null(0)
        for edit in edits
    }
    counted = table.aggregate(**filled).to_pyarrow().to_pylist()[0]
    return {code: int(rows) for code, rows in counted.items()}


def _value(rows: Table, field: str) -> ibis.Value:
    if field != "latitude":
        return rows[field]
    return rows.latitude.cast("string") + ", " + rows.longitude.cast("string")
