"""Hold what rows say of a place against each other: the point, the county or state, the ZIP code.

Three witnesses: where one contradicts the two others, that one is blamed, so that a row is told
once what is wrong with its place. A witness that is missing or cannot be relied on says nothing.
The distances are carvein's own defaults, chosen so that true places are acquitted (ADR 0086).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import ibis
import numpy as np
import polars as pl

from geodata.counties import shapes
from geodata.distance import Floats, great_circle_miles
from geodata.outside import county_codes, miles_outside, state_codes
from geodata.zips import zip_codes, zip_list

if TYPE_CHECKING:
    from ibis.expr.types import Table

POINT_SLACK = 1.0
"""Miles that a point may lie outside its county or state: the shapes' error is up to 0.34."""

ZIP_SLACK = 10.0
"""Miles, or the ZIP code's spread where that is more, that its center may lie outside the county:
ZIP codes cross borders. The center nearest to a true address lies up to 6.2 miles outside."""

ZIP_REACH, ZIP_SPREADS = 20.0, 2.0
"""Miles, or times the ZIP code's spread where that is more, that a point may be from its center."""

BATCH = 250_000
CLAIMS = ("latitude", "longitude", "county_fips", "state", "zip")
WORDS = (
    "point_outside_county",
    "point_outside_state",
    "zip_outside_county",
    "county_contradicted",
    "county_unknown",
    "state_other",
    "zip_unknown",
    "point_far_from_zip",
)
"""What may be wrong with a place; a column of what was wanted, null where nothing is."""


def hold_places(rows: Table, discreet: bool = False) -> Table | None:
    """Return the rows whose place is at odds with itself, with the columns :data:`WORDS` added.

    None where there is no such row, as in most submissions.

    Parameters
    ----------
    rows
        Staged rows with any of :data:`CLAIMS`; each distinct place is judged once, in batches.
    discreet
        Say nothing that would tell where the point is beyond whole miles: for members.
    """
    claims = [name for name in CLAIMS if name in rows.columns]
    distinct = rows.select(claims).distinct().cache()
    parts = [_schema(claims)]
    for first in range(0, int(distinct.count().execute()), BATCH):
        places = distinct.limit(BATCH, offset=first).to_polars()
        parts.append(judge_places(places, discreet).select(*claims, *WORDS))
    at_odds = pl.concat(parts)
    if at_odds.is_empty():
        return None
    told = ibis.memtable(at_odds.rename({name: f"_{name}" for name in claims}))
    same = [rows[name].identical_to(told[f"_{name}"]) for name in claims]
    return rows.inner_join(told, same)


def judge_places(places: pl.DataFrame, discreet: bool = False) -> pl.DataFrame:
    """Return the places that are at odds with themselves, with :data:`WORDS` added.

    Parameters
    ----------
    places
        Columns of :data:`CLAIMS`; latitude and longitude in degrees, the rest text.
    """
    absent = [pl.lit(None, pl.String).alias(name) for name in CLAIMS if name not in places.columns]
    held = places.with_columns(absent).join(_zip_facts(), on="zip", how="left")
    held = held.join(_county_facts(), on="county_fips", how="left")
    no_county = pl.col("county_fips").is_null()
    held = held.with_columns(_area=pl.coalesce("_county", pl.when(no_county).then("state")))
    north, east = _usable(held)
    area = held["_area"].fill_null("").to_numpy()
    zip_north, zip_east = _floats(held["_zip_latitude"]), _floats(held["_zip_longitude"])
    held = held.with_columns(
        _point=_series(miles_outside(area, north, east)),
        _zip=_series(miles_outside(area, zip_north, zip_east)),
        _apart=_series(great_circle_miles(north, east, zip_north, zip_east)),
    )
    # Words cost more than numbers, and few places need any.
    suspects = held.filter(
        (pl.col("_point") > POINT_SLACK)
        | (pl.col("_zip") > ZIP_SLACK)
        | (pl.col("_apart") > ZIP_REACH)
        | (pl.col("_county").is_null() & ~no_county)
        | (pl.col("_of_state") != pl.col("state"))
        | (pl.col("_zip_state").is_null() & pl.col("zip").is_not_null())
    )
    suspects = suspects.with_columns(_label=_label(suspects, discreet))
    return suspects.with_columns(**_verdicts(discreet)).filter(
        pl.any_horizontal(pl.col(name).is_not_null() for name in WORDS)
    )


def _verdicts(discreet: bool) -> dict[str, pl.Expr]:
    by_county = pl.col("_county").is_not_null()
    named = _plain(pl.col("_zip_county")).str.starts_with(_plain(pl.col("_county_name")))
    spread = pl.col("_spread")
    point_out = pl.col("_point") > POINT_SLACK
    named = (named & (pl.col("_zip_state") == pl.col("_of_state"))).fill_null(False)
    zip_out = (pl.col("_zip") > pl.max_horizontal(pl.lit(ZIP_SLACK), spread)).fill_null(False)
    zip_out &= ~named
    state_known = pl.col("state").is_in(list(state_codes().values()))
    elsewhere = state_known & (pl.col("_of_state") != pl.col("state"))
    of_other_state = (pl.col("_zip_state") != pl.col("state")).fill_null(False)
    label = pl.col("_label")
    reach = pl.max_horizontal(pl.lit(ZIP_REACH), ZIP_SPREADS * spread)
    at_odds = (point_out.fill_null(False) | zip_out) & pl.col("_area").is_not_null()
    center = pl.format("; this one's center lies {} outside", _miles("_zip", discreet))
    point = pl.format("; this one lies {} outside", _miles("_point", discreet))
    return {
        "point_outside_county": _told(
            by_county & point_out & ~zip_out, pl.format("a point in {}{}", label, point)
        ),
        "point_outside_state": _told(
            ~by_county & point_out & ~of_other_state,
            pl.format("a point in {}{}", pl.col("state"), point),
        ),
        "zip_outside_county": _told(
            by_county & zip_out & (pl.col("_point") <= POINT_SLACK).fill_null(True),
            pl.format("a ZIP code of {}{}", label, center),
        ),
        "county_contradicted": _told(
            by_county & zip_out & point_out,
            pl.format(
                "the county of the point and of the ZIP code; {} is {} from the point",
                label,
                _miles("_point", discreet),
            ),
        ),
        "county_unknown": _told(
            pl.col("county_fips").is_not_null() & pl.col("_county").is_null(),
            pl.lit("the 5 digits of a county of the Census Bureau (2016 or later)"),
        ),
        "state_other": _told(
            by_county & elsewhere,
            pl.format("{}, the state of {}", pl.col("_of_state"), label),
        ),
        "zip_unknown": _told(
            pl.col("zip").str.contains("^[0-9]{5}$") & pl.col("_zip_state").is_null(),
            pl.lit(f"a ZIP code of the list {zip_list()}"),
        ),
        "point_far_from_zip": _told(
            ~at_odds & (pl.col("_apart") > reach),
            pl.format(
                "a point within {} miles of the ZIP code's center; this one is {} from it",
                reach.round(0).cast(pl.Int64),
                _miles("_apart", discreet),
            ),
        ),
    }


def _told(faulty: pl.Expr, words: pl.Expr) -> pl.Expr:
    return pl.when(faulty).then(words)


def _miles(column: str, discreet: bool) -> pl.Expr:
    """Return miles in words: of one decimal, or (discreet) whole miles, cut."""
    if discreet:
        whole = pl.col(column).floor().cast(pl.Int64)
        return pl.format(
            "over {} {}", whole, pl.when(whole == 1).then(pl.lit("mile")).otherwise(pl.lit("miles"))
        )
    return pl.format("{} miles", pl.col(column).round(1))


def _label(held: pl.DataFrame, discreet: bool) -> pl.Series:
    """Return the claimed county in words: a report that masks keeps a code with its column."""
    form = "{} {} (county_fips)" if discreet else "{} ({})"
    county = pl.col("county_fips")
    labelled = held.select(
        pl.when(pl.col("_county_name").is_null())
        .then(county)
        .otherwise(pl.format(form, pl.col("_county_name"), county))
    )
    return labelled.to_series()


@cache
def _zip_facts() -> pl.DataFrame:
    return zip_codes().rename(
        {
            "state": "_zip_state",
            "county": "_zip_county",
            "latitude": "_zip_latitude",
            "longitude": "_zip_longitude",
            "spread": "_spread",
        }
    )


@cache
def _county_facts() -> pl.DataFrame:
    """Return every county with its name, null where the shapes do not have it, and its state."""
    counties, states = shapes(), state_codes()
    names = dict(zip(counties["fips"], counties["name"], strict=True))
    rows = [(code, code, names.get(code), states.get(code[:2])) for code in sorted(county_codes())]
    columns = ["county_fips", "_county", "_county_name", "_of_state"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _plain(name: pl.Expr) -> pl.Expr:
    """Return a name without what lists differ in: case, blanks, points, accents."""
    plain = name.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^a-z]", "")
    return pl.when(plain != "").then(plain)


def _usable(places: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return the points that are on the map; others have an edit of their own, and are NaN here."""
    north, east = _floats(places["latitude"]), _floats(places["longitude"])
    with np.errstate(invalid="ignore"):
        west = (east >= -180) & (east <= -64)
        on_map = (north >= -15) & (north <= 72) & (west | ((east >= 144) & (east <= 180)))
    return np.where(on_map, north, np.nan), np.where(on_map, east, np.nan)


def _floats(values: pl.Series) -> Floats:
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _series(miles: Floats) -> pl.Series:
    return pl.Series(miles).fill_nan(None)


def _schema(claims: list[str]) -> pl.DataFrame:
    kinds = {name: pl.Float64 if name.endswith("tude") else pl.String for name in claims}
    return pl.DataFrame(schema={**kinds, **dict.fromkeys(WORDS, pl.String)})
