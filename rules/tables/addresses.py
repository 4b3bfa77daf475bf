"""Edits of places: points, streets, states and ZIP codes."""

from __future__ import annotations

import polars as pl

from rules.tables.column import given, sent
from rules.tables.edit import Edit
from rules.tables.identifiers import placeholder
from rules.tables.listed import group_of
from rules.values import value_set

_LATITUDE, _LONGITUDE = pl.col("latitude"), pl.col("longitude")
_ZERO = (_LATITUDE == 0) & (_LONGITUDE == 0)
_SWAPPED = _LATITUDE.is_between(-180, -64) & _LONGITUDE.is_between(15, 72)
_UNSIGNED = _LATITUDE.is_between(15, 72) & _LONGITUDE.is_between(64, 125)
_PO_BOX = r"(?i)^\W*((p\.?\s*o\.?|post\s*office)\s*(box|drawer|bx)|box)\W*(no\.?|number)?\W*[0-9]"


def point_edits() -> tuple[Edit, ...]:
    """Return the edits of a point: both coordinates or none, and a place that can be meant."""
    inside = _LATITUDE.is_between(-15.0, 72.0) & (
        _LONGITUDE.is_between(-180.0, -64.0) | _LONGITUDE.is_between(144.0, 180.0)
    )
    unreadable = ~_LATITUDE.is_between(-90, 90) | ~_LONGITUDE.is_between(-180, 180)
    whole = (_LATITUDE % 1 == 0) & (_LONGITUDE % 1 == 0)
    again = "Geocode the address again, or leave both coordinates empty."
    return (
        Edit(
            "longitude.unpaired",
            "longitude",
            "one of latitude and longitude is empty",
            "both or neither",
            given("latitude") == given("longitude"),
            remedy=again,
        ),
        Edit(
            "latitude.off_the_map",
            "latitude",
            "the point lies outside the United States and its territories",
            "latitude -15 to 72 with longitude -180 to -64 or 144 to 180",
            inside | unreadable | _ZERO | _SWAPPED | _UNSIGNED,
            remedy=again,
            expected=pl.format("a point in the United States, not ({}, {})", _LATITUDE, _LONGITUDE),
        ),
        Edit(
            "latitude.zero",
            "latitude",
            "the point is 0, 0: a filler, and a place in the Gulf of Guinea",
            "a point, or both coordinates empty",
            ~_ZERO,
            remedy=again,
        ),
        Edit(
            "latitude.swapped",
            "latitude",
            "latitude and longitude have changed places",
            "the latitude (15 to 72 in the United States) in latitude",
            ~_SWAPPED,
            remedy="Exchange the two columns.",
        ),
        Edit(
            "longitude.unsigned",
            "longitude",
            "the minus sign of a western longitude is missing",
            "a negative longitude west of Greenwich",
            ~_UNSIGNED,
            remedy="Put the minus sign before the longitude.",
        ),
        Edit(
            "latitude.whole_degrees",
            "latitude",
            "the point is rounded to whole degrees, which is up to 50 miles off",
            "at least three decimals",
            ~whole | _ZERO,
            remedy=again,
        ),
    )


def street_edits() -> tuple[Edit, ...]:
    """Return the edits of a street: an address where somebody can go."""
    return (
        Edit(
            "street.po_box",
            "street",
            "the street is a post office box",
            "the street address of the place itself",
            ~sent("street").str.contains(_PO_BOX),
            remedy="Send the street address; members cannot be seen in a post office box.",
        ),
        placeholder("street"),
        placeholder("city"),
    )


def state_edits() -> tuple[Edit, ...]:
    """Return the edits of a state and of the ZIP code that has to lie in it."""
    state, of_zip = pl.col("state"), group_of("zip", "zip_prefixes")
    return (
        known_state("state"),
        Edit(
            "zip.other_state",
            "zip",
            "the ZIP code is one of another state",
            "a ZIP code of the state",
            (state == of_zip) | ~_is_state("state") | ~sent("zip").str.contains("^[0-9]{5}$"),
            remedy="Correct the ZIP code or the state; the first three digits tell the state.",
            expected=pl.format("a ZIP code of {}; {} is one of {}", state, sent("zip"), of_zip),
        ),
    )


def known_state(column: str) -> Edit:
    """Return the edit that a state is one of the states and territories of the United States."""
    return Edit(
        f"{column}.unknown",
        column,
        f"{column} is no state or territory of the United States",
        "the postal abbreviation of a state or territory",
        _is_state(column) | ~sent(column).str.contains("^[A-Z]{2}$"),
        remedy=f"Send {column} as the two letters that the postal service uses.",
    )


def _is_state(column: str) -> pl.Expr:
    """Return whether a text is the abbreviation of a state or territory."""

    def ask(texts: pl.Series) -> pl.Series:
        return texts.is_in(sorted(set(value_set("zip_prefixes").codes.values())))

    return pl.col(column).map_batches(ask, return_dtype=pl.Boolean, is_elementwise=True)
