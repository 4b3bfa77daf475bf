"""The providers that count on one day, by specialty, with the sites where they are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.distance import Floats, Indexes
from geodata.points import Points, clean
from rules.network.who import Population, Who, who_of
from rules.specialty import list_specialties
from rules.values import value_set

COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "npi": pl.String,
    "taxonomy": pl.String,
    "program": pl.String,
    "site_id": pl.String,
    "zip": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "contract_effective": pl.Date,
    "contract_end": pl.Date,
    "age_min": pl.Int64,
    "age_max": pl.Int64,
    "telehealth": pl.String,
    "beds": pl.Int64,
}
"""What :func:`prepare_providers` reads; latitude and longitude may also be text."""


NO_AGE = 999
"""The oldest age of a row that names none."""


@dataclass(frozen=True, eq=False)
class Listed:
    """The counted rows of one specialty, each of shape (n,).

    Attributes
    ----------
    npi, place
        Codes that are equal for equal NPIs, and for equal NPI and site.
    point
        Index into the unique points.
    age_min, age_max
        The row's ages; 0 and :data:`NO_AGE` where it does not bound them.
    beds
        0 where none are given.
    approximate
        Whether the row's point is the centroid of its ZIP code.
    """

    npi: Indexes
    place: Indexes
    point: Indexes
    age_min: Indexes
    age_max: Indexes
    beds: Floats
    approximate: NDArray[np.bool_]

    def serving(self, people: Who | Population) -> NDArray[np.bool_]:
        """Return the rows whose ages overlap those of a population."""
        return ages_fit(self.age_min, self.age_max, who_of(people))

    def of(self, chosen: NDArray[np.bool_]) -> Listed:
        """Return some of the rows."""
        return Listed(**{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})


@dataclass(frozen=True, eq=False)
class Aside:
    """Every row of one specialty under contract, counted or not, each of shape (n,).

    ``offers`` telehealth, if only that; ``unlocated`` rows are seen in person and have no point;
    ``approximate`` ones are placed at the centroid of their ZIP code.
    """

    npi: Indexes
    age_min: Indexes
    age_max: Indexes
    offers: NDArray[np.bool_]
    unlocated: NDArray[np.bool_]
    approximate: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Aside:
        """Return some of the rows."""
        return Aside(**{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Told:
    """How the providers of one specialty are listed, in distinct NPIs.

    ``listed`` ones count, having a row that is seen in person and has a point; ``unlocated`` ones
    have rows seen in person and none with a point; ``approximate`` ones count by the centroids of
    ZIP codes alone; ``telehealth`` is offered by so many, if only that.
    """

    listed: int
    unlocated: int
    approximate: int
    telehealth: int


@dataclass(frozen=True, eq=False)
class Providers:
    """What counts, by specialty, and how many rows do not and why.

    ``left_out`` counts rows by the first reason that holds: not_under_contract, telehealth_only,
    unlocated, supervised (of no specialty, and of people who seldom bill in their own name),
    no_specialty. ``ruled_out`` counts rows that their taxonomy or program puts under a specialty,
    and another row of the same NPI takes out of it again (a psychiatrist is not also outpatient
    behavioral health); they may count for others. ``approximate`` counts rows placed at the
    centroid of their ZIP code.
    ``npis`` are the NPIs by their code, shape (number of NPIs,). ``aside`` has all rows under
    contract by specialty, those that do not count among them.
    """

    points: Points
    npis: NDArray[np.str_]
    listed: Mapping[str, Listed]
    aside: Mapping[str, Aside]
    left_out: Mapping[str, int]
    ruled_out: int
    approximate: int

    def told(self, specialty: str, people: Who | Population) -> Told:
        """Return how the providers of a specialty that serve a population are listed."""
        rows, counted = self.aside.get(specialty), self.rows(specialty)
        if rows is None:
            return Told(0, 0, 0, 0)
        who = who_of(people)
        fits = ages_fit(rows.age_min, rows.age_max, who)
        counts = counted.serving(who)
        listed = np.unique(counted.npi[counts])
        exact = counted.npi[counts & ~counted.approximate]
        return Told(
            listed=len(listed),
            unlocated=len(np.setdiff1d(rows.npi[fits & rows.unlocated], listed)),
            approximate=len(np.setdiff1d(rows.npi[fits & rows.approximate], exact)),
            telehealth=len(np.unique(rows.npi[fits & rows.offers])),
        )

    def rows(self, specialty: str) -> Listed:
        """Return the counted rows of a specialty, of which there may be none."""
        if specialty in self.listed:
            return self.listed[specialty]
        none, flags = np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
        return Listed(none, none, none, none, none, np.empty(0), flags)

    def only(self, chosen: NDArray[np.bool_]) -> Providers:
        """Return the same with some of the NPIs alone, by their code."""
        return replace(
            self,
            listed={slug: rows.of(chosen[rows.npi]) for slug, rows in self.listed.items()},
            aside={slug: rows.of(chosen[rows.npi]) for slug, rows in self.aside.items()},
        )

    def digest(self, specialty: str) -> str:
        """Return a digest of what figures of a specialty depend on: its rows, in any order."""
        digest = blake2b(digest_size=20)
        for rows in (self.listed.get(specialty), self.aside.get(specialty)):
            if rows is None:
                continue
            held = {name: getattr(rows, name) for name in rows.__dataclass_fields__}
            held["npi"] = self.npis[rows.npi]
            if isinstance(rows, Listed):
                held["north"] = self.points.latitude[rows.point]
                held["east"] = self.points.longitude[rows.point]
                del held["point"]
            frame = pl.DataFrame(held)
            names = sorted(set(frame.columns) - {"place"})
            frame = frame.sort([*names, "place"] if "place" in held else names)
            if "place" in held:
                # The codes are those of one preparation: only which rows share one counts.
                frame = frame.with_columns(pl.col("place").rle_id())
            digest.update(frame.select(sorted(held)).write_csv().encode())
        return digest.hexdigest()


def ages_fit(age_min: Indexes | float, age_max: Indexes | float, who: Who) -> NDArray[np.bool_]:
    """Return which ages, from one to the other, overlap those of a population."""
    low, high = who.ages
    fits = np.asarray(age_max) >= low
    return np.asarray(fits if high is None else fits & (np.asarray(age_min) <= high))


def prepare_providers(rows: pl.DataFrame, as_of: date) -> Providers:
    """Choose the provider rows that count on ``as_of`` and tell their specialties.

    Parameters
    ----------
    rows
        One row a provider x site x specialty, with :data:`COLUMNS`; a column ``specialty`` may
        name slugs outright, see :func:`rules.specialty.list_specialties`.
    as_of
        The day of the contract; its first and last day are inside it, an empty one does not
        bound. A row that is seen by telehealth only never counts.
    """
    current = rows.filter(_under_contract(as_of))
    points = clean(current["latitude"], current["longitude"], current["zip"])
    how = pl.col("telehealth").fill_null("").str.strip_chars().str.to_lowercase()
    told = current.with_columns(
        pl.Series("point", points.of_row),
        pl.Series("approximate", points.approximate),
        pl.col("age_min").fill_null(0),
        pl.col("age_max").fill_null(NO_AGE),
        pl.col("beds").fill_null(0).clip(lower_bound=0),
        (how != "only").alias("in_person"),
        how.is_in(["only", "offers"]).alias("offers"),
    )
    # Who is listed under what is told before telehealth-only rows go: they are listed as well.
    numbered = told.with_row_index("_row")
    listed = list_specialties(numbered).with_columns(pl.col("npi").fill_null(""))
    located = pl.col("point") >= 0
    site = pl.coalesce(pl.col("site_id").replace("", None), pl.col("point").cast(pl.String))
    coded = listed.with_columns(
        (pl.col("npi").rank("dense").cast(pl.Int64) - 1).alias("npi_code"),
        pl.concat_str("npi", site, separator="\x1f").rank("dense").cast(pl.Int64).alias("place"),
        (pl.col("in_person") & ~located).alias("unlocated"),
    )
    seen = coded.filter("in_person")
    placed = seen.filter(located)
    known, in_person = coded["_row"].n_unique(), seen["_row"].n_unique()
    without = numbered.filter(~pl.col("_row").is_in(coded["_row"].unique().implode()))
    ruled = _ruled_out(numbered, listed)
    supervised = _supervised(without.filter(~pl.col("_row").is_in(ruled.implode())))
    ruled_alone = int(without["_row"].is_in(ruled.implode()).sum())
    return Providers(
        points=points,
        npis=coded["npi"].unique().sort().to_numpy().astype(np.str_),
        listed={
            str(slug): _listed(part)
            for (slug,), part in placed.partition_by("specialty", as_dict=True).items()
        },
        aside={
            str(slug): _aside(part)
            for (slug,), part in coded.partition_by("specialty", as_dict=True).items()
        },
        left_out={
            "not_under_contract": len(rows) - len(current),
            "telehealth_only": known - in_person,
            "unlocated": in_person - placed["_row"].n_unique(),
            "supervised": supervised,
            "no_specialty": len(without) - ruled_alone - supervised,
        },
        ruled_out=len(ruled),
        approximate=placed.filter("approximate")["_row"].n_unique(),
    )


def _ruled_out(rows: pl.DataFrame, listed: pl.DataFrame) -> pl.Series:
    """Return the rows that another row of the same NPI takes out of a specialty."""
    # Without an NPI nothing rules a row out.
    alone = list_specialties(rows.with_columns(npi=pl.lit(None, pl.String)))
    return alone.join(listed, on=["_row", "specialty"], how="anti")["_row"].unique()


def _supervised(rows: pl.DataFrame) -> int:
    known = value_set("supervised_taxonomies")
    codes = rows["taxonomy"].drop_nulls()
    return sum(known.of(code.strip().upper()) is not None for code in codes)


def _under_contract(as_of: date) -> pl.Expr:
    began = pl.col("contract_effective").is_null() | (pl.col("contract_effective") <= as_of)
    lasts = pl.col("contract_end").is_null() | (pl.col("contract_end") >= as_of)
    return began & lasts


def _listed(rows: pl.DataFrame) -> Listed:
    return Listed(
        npi=rows["npi_code"].to_numpy(),
        place=rows["place"].to_numpy(),
        point=rows["point"].to_numpy(),
        age_min=rows["age_min"].to_numpy(),
        age_max=rows["age_max"].to_numpy(),
        beds=rows["beds"].cast(pl.Float64).to_numpy(),
        approximate=rows["approximate"].to_numpy(),
    )


def _aside(rows: pl.DataFrame) -> Aside:
    return Aside(
        npi=rows["npi_code"].to_numpy(),
        age_min=rows["age_min"].to_numpy(),
        age_max=rows["age_max"].to_numpy(),
        offers=rows["offers"].to_numpy(),
        unlocated=rows["unlocated"].to_numpy(),
        approximate=(rows["approximate"] & rows["in_person"]).to_numpy(),
    )
