"""Coordinates in; clean unique points out, with what was dropped and why.

A row without a usable point gets the centroid of its ZIP code, where that is known, and is then
*approximate*; the rest is *unlocated*. Centroids come from the ``zipcodes`` package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import polars as pl
import zipcodes
from numpy.typing import NDArray

from geodata.distance import Floats, Indexes

REASONS = ("missing", "not_a_number", "out_of_range", "zero_zero", "off_the_map")
"""Why a row's own coordinates cannot be used: empty; text, NaN or infinite; beyond 90 or 180
degrees; both zero, which is a default in the Gulf of Guinea and not an address; or outside the
United States and their territories, as swapped or unsigned coordinates are."""


@dataclass(frozen=True, eq=False)
class Points:
    """Unique points, and which of them each input row has.

    Attributes
    ----------
    latitude, longitude
        Decimal degrees of the unique points, shape (u,), sorted by latitude, then longitude.
    of_row
        Index into the unique points, shape (n,); -1 where the row is unlocated.
    approximate
        Whether the row's point is the centroid of its ZIP code, shape (n,).
    dropped
        Rows whose own coordinates were not used, by reason of :data:`REASONS`. Those that a ZIP
        code then located are counted here too.
    """

    latitude: Floats
    longitude: Floats
    of_row: Indexes
    approximate: NDArray[np.bool_]
    dropped: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.latitude)

    @property
    def unlocated(self) -> int:
        """Number of rows without a point."""
        return int(np.count_nonzero(self.of_row < 0))


def clean(latitude: pl.Series, longitude: pl.Series, zip_code: pl.Series | None = None) -> Points:
    """Clean coordinates and number the unique points.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees as numbers or text, one entry a row.
    zip_code
        Five-digit ZIP codes as text (ZIP+4 is cut), one entry a row; None when there are none.
    """
    north, north_given = _numbers(latitude)
    east, east_given = _numbers(longitude)
    missing = ~(north_given & east_given)
    wordless = ~missing & ~(np.isfinite(north) & np.isfinite(east))
    with np.errstate(invalid="ignore"):
        outside = ~missing & ~wordless & ((np.abs(north) > 90) | (np.abs(east) > 180))
    nowhere = ~missing & ~wordless & (north == 0) & (east == 0)
    placed = ~(missing | wordless | outside | nowhere)
    abroad = placed & ~_on_the_map(north, east)
    unusable = ~placed | abroad
    counts = (np.count_nonzero(mask) for mask in (missing, wordless, outside, nowhere, abroad))
    north, east = north.copy(), east.copy()
    north[unusable] = east[unusable] = np.nan
    if zip_code is not None and unusable.any():
        north[unusable], east[unusable] = _centroids(zip_code.filter(pl.Series(unusable)))
    located = ~np.isnan(north)
    keys, inverse = np.unique(north[located] + 1j * east[located], return_inverse=True)
    of_row = np.full(len(north), -1, dtype=np.int64)
    of_row[located] = inverse
    return Points(
        latitude=np.ascontiguousarray(keys.real),
        longitude=np.ascontiguousarray(keys.imag),
        of_row=of_row,
        approximate=unusable & located,
        dropped=MappingProxyType(dict(zip(REASONS, map(int, counts), strict=True))),
    )


def _on_the_map(north: Floats, east: Floats) -> NDArray[np.bool_]:
    """Return whether points may lie in the United States or a territory: a box, not a border."""
    with np.errstate(invalid="ignore"):
        west = ((east >= -180) & (east <= -64)) | ((east >= 144) & (east <= 180))
        inside: NDArray[np.bool_] = (north >= -15) & (north <= 72) & west
    return inside


@cache
def zip_centroids() -> Mapping[str, tuple[float, float]]:
    """Return latitude and longitude by five-digit ZIP code; codes without a place are left out."""
    placed = (
        (row["zip_code"], float(row["lat"] or 0), float(row["long"] or 0))
        for row in zipcodes.list_all()  # type: ignore[no-untyped-call]
    )
    return MappingProxyType({code: (lat, long) for code, lat, long in placed if lat or long})


def _numbers(given: pl.Series) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the series as floats (NaN where it holds none) and whether each row holds anything."""
    if given.dtype == pl.String:
        text = given.str.strip_chars()
        filled = (text.fill_null("") != "").to_numpy()
        numbers = text.cast(pl.Float64, strict=False)
    else:
        filled = given.is_not_null().to_numpy()
        numbers = given.cast(pl.Float64)
    return numbers.fill_null(float("nan")).to_numpy(), filled


def _centroids(zip_code: pl.Series) -> tuple[Floats, Floats]:
    codes = zip_code.cast(pl.String).str.strip_chars().str.slice(0, 5).rename("zip").to_frame()
    known = zip_centroids()
    found = codes.unique().drop_nulls().filter(pl.col("zip").is_in(list(known)))
    places = [known[code] for code in found["zip"].to_list()]
    table = found.with_columns(
        pl.Series("north", [place[0] for place in places], dtype=pl.Float64),
        pl.Series("east", [place[1] for place in places], dtype=pl.Float64),
    )
    placed = codes.join(table, on="zip", how="left", maintain_order="left")
    empty = float("nan")
    return placed["north"].fill_null(empty).to_numpy(), placed["east"].fill_null(empty).to_numpy()
