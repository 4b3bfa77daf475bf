"""The members of one plan on one day, ready for asking how far they live from something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.blocks import Blocks, make_blocks, order_by_place
from geodata.counties import row_counties
from geodata.distance import Floats, Indexes
from geodata.points import Points, clean
from rules.network.who import Population, Who, who_of

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
    "sex": pl.String,
    "smi": pl.String,
    "dual_status": pl.String,
}
"""What :func:`prepare_members` reads; latitude and longitude may also be text."""


@dataclass(frozen=True, eq=False)
class Group:
    """The members of one county and population, in sums of weights.

    Attributes
    ----------
    point, weight
        The homes in the county, of whatever population: index into the unique points, and people
        of this population there (perhaps 0), shape (n,).
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
class Census:
    """The members of one population, county by county.

    ``weight`` are the people at each home, shape (homes,); the others by county, in sums.
    """

    weight: Floats
    unlocated: Floats
    approximate: Floats


class Members:
    """One plan's members enrolled on a day.

    Attributes
    ----------
    counties
        Those of every row of the file, so that a county whose members have all left still shows;
        "" stands for rows whose county nothing tells.
    home
        The homes: index into the unique points, shape (homes,), county by county in that order and
        neighbours near each other. A point in two counties is two homes.
    untold
        The columns of :data:`COLUMNS` that no enrolled member has a value in, where there are any.
    """

    def __init__(
        self, points: Points, counties: tuple[str, ...], rows: pl.DataFrame, as_of: date
    ) -> None:
        self.points = points
        self.counties = counties
        self.untold = frozenset(
            name for name in rows.columns if len(rows) and rows[name].null_count() == len(rows)
        )
        self._as_of = as_of
        self._rows = rows.drop("member_id", "enrolled_from", "enrolled_to", "county", "point")
        self._place = {county: at for at, county in enumerate(counties)}
        place = pl.DataFrame({"county": counties, "place": range(len(counties))}, _PLACES)
        self._county = rows.join(place, on="county", maintain_order="left")["place"].to_numpy()
        self._settle(rows["point"].to_numpy())

    def _settle(self, point: Indexes) -> None:
        """Give each home its number, and each row its home, -1 for none."""
        located = point >= 0
        many = max(len(self.points), 1)
        pairs, of_row = np.unique(
            self._county[located] * many + point[located], return_inverse=True
        )
        county, home = pairs // many, pairs % many
        order = order_by_place(county, self.points.latitude[home], self.points.longitude[home])
        self.home: Indexes = home[order]
        self._home_county: Indexes = county[order]
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        self._home_of_row = np.full(len(point), -1, dtype=np.int64)
        self._home_of_row[located] = rank[of_row]
        self._first = np.searchsorted(self._home_county, np.arange(len(self.counties) + 1))
        self._censuses: dict[Who, Census] = {}

    @cached_property
    def blocks(self) -> Blocks:
        """The homes in blocks, the counties being the parts."""
        return make_blocks(
            len(self.counties),
            self._home_county,
            self.points.latitude[self.home],
            self.points.longitude[self.home],
        )

    def place(self, county: str) -> int:
        """Return the number of a county among :attr:`counties`."""
        return self._place[county]

    def homes_of(self, county: str) -> slice:
        """Return which of the homes lie in a county."""
        place = self._place[county]
        return slice(int(self._first[place]), int(self._first[place + 1]))

    def census(self, people: Who | Population) -> Census:
        """Return the members of a population."""
        who = who_of(people)
        if who not in self._censuses:
            self._censuses[who] = self._count(who)
        return self._censuses[who]

    def group(self, county: str, people: Who | Population) -> Group:
        """Return the members of a county and population."""
        census, homes, place = self.census(people), self.homes_of(county), self._place[county]
        return Group(
            self.home[homes],
            census.weight[homes],
            float(census.unlocated[place]),
            float(census.approximate[place]),
        )

    def _count(self, who: Who) -> Census:
        meant = self._rows.select(_is(who, self._as_of).fill_null(False).alias("meant"))["meant"]
        chosen = _mask(meant, len(self._rows))
        weight = np.where(chosen, self._rows["weight"].to_numpy(), 0.0)
        home, counties = self._home_of_row, len(self.counties)
        located = home >= 0
        near = self._rows["approximate"].to_numpy() & located

        def by_county(rows: NDArray[np.bool_]) -> Floats:
            return _sums(self._county[rows], weight[rows], counties)

        return Census(
            weight=_sums(home[located], weight[located], len(self.home)),
            unlocated=by_county(~located),
            approximate=by_county(near),
        )

    def digest(self, people: Who | Population) -> str:
        """Return a digest of what figures of a population depend on: homes, weights, counties."""
        census, points = self.census(people), self.points
        digest = blake2b(digest_size=20)
        parts = (points.latitude[self.home], points.longitude[self.home], self._first)
        for array in (*parts, census.weight, census.unlocated, census.approximate):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update("\x1f".join((who_of(people).key, *self.counties)).encode())
        return digest.hexdigest()


def _sums(code: Indexes, weight: Floats, codes: int) -> Floats:
    return np.asarray(np.bincount(code, weight, minlength=codes), dtype=np.float64)


_PLACES = {"county": pl.String, "place": pl.Int64}


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
    located = rows.select(
        *("member_id", "birth_date", "enrolled_from", "enrolled_to", "weight"),
        *("sex", "smi", "dual_status"),
    )
    located = located.with_columns(
        row_counties(rows["county_fips"], points).alias("county"),
        pl.Series("point", points.of_row),
        pl.Series("approximate", points.approximate),
        pl.col("weight").fill_null(1.0),
    ).with_columns(pl.when(pl.col("weight") >= 0).then(pl.col("weight")).otherwise(0.0))
    counties = tuple(sorted(located["county"].unique().to_list()))
    return Members(points, counties, _once(located.filter(_spans(as_of))), as_of)


def _is(who: Who, as_of: date) -> pl.Expr:
    """Return who is meant; a member without the datum that tells is not."""
    low, high = who.ages
    meant = [pl.lit(True)]
    if low:
        meant.append(pl.col("birth_date") <= _years_before(as_of, low))
    if high is not None:
        meant.append(pl.col("birth_date") > _years_before(as_of, high + 1))
    if who.sex:
        meant.append(pl.col("sex") == who.sex)
    if who.population == "smi":
        meant.append(pl.col("smi") == "Y")
    if who.population == "dual":
        meant.append(pl.col("dual_status").is_in(["partial", "full"]))
    return pl.all_horizontal(meant)


def _mask(meant: pl.Series, rows: int) -> NDArray[np.bool_]:
    """Return which rows are meant; an expression of literals alone is one row long."""
    mask: NDArray[np.bool_] = meant.to_numpy()
    return mask if len(mask) == rows else np.full(rows, bool(mask.all()))


def _spans(as_of: date) -> pl.Expr:
    began = pl.col("enrolled_from").is_null() | (pl.col("enrolled_from") <= as_of)
    lasts = pl.col("enrolled_to").is_null() | (pl.col("enrolled_to") >= as_of)
    return began & lasts


def _years_before(as_of: date, age: int) -> date:
    """Return the last birth date of those who are ``age`` or older on ``as_of``."""
    year = max(as_of.year - age, 1)
    try:
        return as_of.replace(year=year)
    except ValueError:  # 29 February, and no leap year then
        return date(year, 2, 28)


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row a member; rows without a member_id are all kept."""
    if rows["member_id"].drop_nulls().is_unique().all():
        return rows
    named = rows.filter(pl.col("member_id").is_not_null())
    latest = named.sort("enrolled_from", nulls_last=False, maintain_order=True)
    once = latest.unique("member_id", keep="last", maintain_order=True)
    return pl.concat([once, rows.filter(pl.col("member_id").is_null())])
