"""The members of one plan on one day, ready for asking how far they live from something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import polars as pl

from geodata.counties import county_of
from geodata.distance import Floats, Indexes
from geodata.points import Points, clean

Population = Literal["all", "adult", "pediatric"]
"""Adults are 18 or older on the day; a member without a birth date is in ``all`` alone."""

POPULATIONS: tuple[Population, ...] = get_args(Population)

ADULT_AGE = 18

COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "member_id": pl.String,
    "county_fips": pl.String,
    "zip": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "birth_date": pl.Date,
    "enrolled_from": pl.Date,
    "enrolled_to": pl.Date,
    "weight": pl.Float64,
}
"""What :func:`prepare_members` reads; latitude and longitude may also be text."""


@dataclass(frozen=True, eq=False)
class Group:
    """The members of one county and population, in sums of weights.

    Attributes
    ----------
    point, weight
        The located ones: index into the unique points and people there, shape (n,).
    unlocated, approximate
        People without a point, and people at the centroid of their ZIP code.
    """

    point: Indexes
    weight: Floats
    unlocated: float
    approximate: float

    @property
    def members(self) -> float:
        """All members of the group, located or not."""
        return float(self.weight.sum()) + self.unlocated


@dataclass(frozen=True, eq=False)
class Members:
    """One plan's members enrolled on a day.

    ``counties`` are those of every row of the file, so that a county whose members have all left
    still shows; "" stands for rows whose county nothing tells. ``groups`` has every population
    of every county.
    """

    points: Points
    counties: tuple[str, ...]
    groups: Mapping[tuple[str, Population], Group]


def prepare_members(rows: pl.DataFrame, as_of: date) -> Members:
    """Locate the members, find their counties and add up those enrolled on ``as_of``.

    Parameters
    ----------
    rows
        One row a member x enrolment span, with :data:`COLUMNS`. An empty enrolled_from or
        enrolled_to does not bound; an empty weight is 1; a weight below 0 counts as 0.
    as_of
        The day of enrolment and age. Both ends of a span are inside it. A member with several
        spans on that day counts once, by the one that began last.
    """
    points = clean(rows["latitude"], rows["longitude"], rows["zip"])
    located = rows.select("member_id", "birth_date", "enrolled_from", "enrolled_to", "weight")
    located = located.with_columns(
        _counties(rows["county_fips"], points).alias("county"),
        pl.Series("point", points.of_row),
        pl.Series("approximate", points.approximate),
        pl.col("weight").fill_null(1.0),
    ).with_columns(pl.when(pl.col("weight") >= 0).then(pl.col("weight")).otherwise(0.0))
    counties = tuple(sorted(located["county"].unique().to_list()))
    enrolled = _once(located.filter(_spans(as_of)))
    adult = pl.col("birth_date") <= _birthday_before(as_of)
    chosen = {
        "all": enrolled,
        "adult": enrolled.filter(adult),
        "pediatric": enrolled.filter(~adult),
    }
    groups = {
        (county, population): group
        for population in POPULATIONS
        for county, group in _groups(chosen[population], counties).items()
    }
    return Members(points=points, counties=counties, groups=groups)


def _spans(as_of: date) -> pl.Expr:
    began = pl.col("enrolled_from").is_null() | (pl.col("enrolled_from") <= as_of)
    lasts = pl.col("enrolled_to").is_null() | (pl.col("enrolled_to") >= as_of)
    return began & lasts


def _birthday_before(as_of: date) -> date:
    """Return the last birth date that is :data:`ADULT_AGE` on ``as_of``."""
    year = as_of.year - ADULT_AGE
    try:
        return as_of.replace(year=year)
    except ValueError:  # 29 February, and no leap year then
        return date(year, 2, 28)


def _counties(given: pl.Series, points: Points) -> pl.Series:
    named = given.cast(pl.String).str.strip_chars().fill_null("")
    # A text that is no county code tells no place, and must not become a finding's subject.
    fits = named.str.contains("^[0-9]{5}$")
    named = pl.select(pl.when(fits).then(named).otherwise(pl.lit(""))).to_series()
    unnamed = (named == "").to_numpy()
    if not unnamed.any():
        return named
    asked = np.unique(points.of_row[unnamed & (points.of_row >= 0)])
    by_point = np.full(len(points) + 1, "", dtype="<U5")
    by_point[asked] = county_of(points.latitude[asked], points.longitude[asked])
    found = pl.Series(by_point[points.of_row], dtype=pl.String)
    return pl.select(pl.when(pl.Series(unnamed)).then(found).otherwise(named)).to_series()


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row a member; rows without a member_id are all kept."""
    if rows["member_id"].drop_nulls().is_unique().all():
        return rows
    named = rows.filter(pl.col("member_id").is_not_null())
    latest = named.sort("enrolled_from", nulls_last=False, maintain_order=True)
    once = latest.unique("member_id", keep="last", maintain_order=True)
    return pl.concat([once, rows.filter(pl.col("member_id").is_null())])


def _groups(rows: pl.DataFrame, counties: tuple[str, ...]) -> dict[str, Group]:
    sums = rows.group_by("county").agg(
        pl.col("weight").filter(pl.col("point") < 0).sum().alias("unlocated"),
        pl.col("weight").filter(pl.col("approximate")).sum().alias("approximate"),
    )
    loose = {county: (unlocated, near) for county, unlocated, near in sums.iter_rows()}
    peopled = rows.filter((pl.col("point") >= 0) & (pl.col("weight") > 0))
    cells = peopled.group_by("county", "point").agg(pl.col("weight").sum()).sort("county", "point")
    sizes = dict(cells.group_by("county").len().iter_rows())
    point, weight = cells["point"].to_numpy(), cells["weight"].to_numpy()
    groups: dict[str, Group] = {}
    start = 0
    for county in counties:
        stop = start + sizes.get(county, 0)
        unlocated, near = loose.get(county, (0.0, 0.0))
        groups[county] = Group(point[start:stop], weight[start:stop], unlocated, near)
        start = stop
    return groups
