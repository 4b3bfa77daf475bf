"""ZIP codes: where each one's center is, how far it may reach, and which county it names.

All from the ``zipcodes`` package, whose list has no date but its version.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import numpy as np
import polars as pl
import zipcodes

from geodata.distance import Sites

NEIGHBORS = 5


def zip_list() -> str:
    """Return the name and version of the list, for messages."""
    return f"zipcodes {version('zipcodes')}"


@cache
def zip_codes() -> pl.DataFrame:
    """Return every ZIP code, one row each, sorted by it.

    Returns
    -------
    Columns zip, state (postal code), county (the one that the list names, as it names it; a ZIP
    code may lie in several), latitude and longitude of its center, and ``spread``: miles from the
    center to the center of its fifth neighbor. Latitude, longitude and spread are null where there
    is no center to rely on: post-office boxes, single receivers, the military, retired codes.

    Notes
    -----
    ``spread`` tells how far a ZIP code may reach. Of 9,639 peopled block groups of Tennessee and
    Massachusetts (2020) every one lies within 1.5 times the spread of the center nearest to it.
    """
    listed = pl.DataFrame(
        [
            (
                str(row["zip_code"]),
                str(row["state"]),
                str(row["county"] or ""),
                float(row["lat"] or 0),
                float(row["long"] or 0),
                bool(row["active"]) and row["zip_code_type"] == "STANDARD",
            )
            for row in zipcodes.list_all()  # type: ignore[no-untyped-call]
        ],
        schema=["zip", "state", "county", "latitude", "longitude", "_lived_in"],
        orient="row",
    ).sort("zip")
    placed = pl.col("_lived_in") & ((pl.col("latitude") != 0) | (pl.col("longitude") != 0))
    listed = listed.with_columns(
        pl.when(placed).then(name).name.keep() for name in ("latitude", "longitude")
    )
    centers = listed.filter(pl.col("latitude").is_not_null())
    north, east = centers["latitude"].to_numpy(), centers["longitude"].to_numpy()
    miles, _ = Sites(north, east).nearest(north, east, NEIGHBORS + 1)
    spread = centers.select("zip", spread=pl.Series(np.ascontiguousarray(miles[:, -1])))
    return listed.drop("_lived_in").join(spread, on="zip", how="left", maintain_order="left")
