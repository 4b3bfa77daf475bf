"""The providers that count on one day, by specialty, with the sites where they are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.distance import Floats, Indexes
from geodata.points import Points, clean
from rules.network.members import ADULT_AGE, Population
from rules.specialty import list_specialties

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


@dataclass(frozen=True, eq=False)
class Listed:
    """The counted rows of one specialty, each of shape (n,).

    Attributes
    ----------
    npi, place
        Codes that are equal for equal NPIs, and for equal NPI and site.
    point
        Index into the unique points.
    adult, pediatric
        Whether the row's ages include any adult, any child.
    beds
        0 where none are given.
    """

    npi: Indexes
    place: Indexes
    point: Indexes
    adult: NDArray[np.bool_]
    pediatric: NDArray[np.bool_]
    beds: Floats

    def serving(self, population: Population) -> NDArray[np.bool_]:
        """Return which rows serve a population; ``all`` is served by every row."""
        if population == "all":
            return np.ones(len(self.npi), dtype=bool)
        return self.adult if population == "adult" else self.pediatric


@dataclass(frozen=True, eq=False)
class Providers:
    """What counts, by specialty, and how many rows do not and why.

    ``left_out`` counts rows by the first reason that holds: not_under_contract, telehealth_only,
    unlocated, no_specialty. ``approximate`` counts rows placed at the centroid of their ZIP code.
    """

    points: Points
    listed: Mapping[str, Listed]
    left_out: Mapping[str, int]
    approximate: int


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
    # Who is listed under what is told before telehealth-only rows go: they are listed as well.
    listed = list_specialties(current.with_row_index("_row"))
    known = listed["_row"].n_unique()
    in_person = pl.col("telehealth").fill_null("").str.strip_chars().str.to_lowercase() != "only"
    seen = listed.filter(in_person)
    points = clean(seen["latitude"], seen["longitude"], seen["zip"])
    placed = seen.with_columns(
        pl.Series("point", points.of_row),
        pl.Series("approximate", points.approximate),
        pl.col("age_min").fill_null(0) < ADULT_AGE,
        pl.col("age_max").fill_null(ADULT_AGE) >= ADULT_AGE,
        pl.col("beds").fill_null(0).clip(lower_bound=0),
        pl.col("npi").fill_null(""),
    ).filter(pl.col("point") >= 0)
    site = pl.coalesce(pl.col("site_id").replace("", None), pl.col("point").cast(pl.String))
    coded = placed.with_columns(
        pl.col("npi").rank("dense").cast(pl.Int64).alias("npi_code"),
        pl.concat_str("npi", site, separator="\x1f").rank("dense").cast(pl.Int64).alias("place"),
    )
    return Providers(
        points=points,
        listed={
            str(slug): _listed(part)
            for (slug,), part in coded.partition_by("specialty", as_dict=True).items()
        },
        left_out={
            "not_under_contract": len(rows) - len(current),
            "telehealth_only": known - seen["_row"].n_unique(),
            "unlocated": seen["_row"].n_unique() - placed["_row"].n_unique(),
            "no_specialty": len(current) - known,
        },
        approximate=placed.filter("approximate")["_row"].n_unique(),
    )


def _under_contract(as_of: date) -> pl.Expr:
    began = pl.col("contract_effective").is_null() | (pl.col("contract_effective") <= as_of)
    lasts = pl.col("contract_end").is_null() | (pl.col("contract_end") >= as_of)
    return began & lasts


def _listed(rows: pl.DataFrame) -> Listed:
    return Listed(
        npi=rows["npi_code"].to_numpy(),
        place=rows["place"].to_numpy(),
        point=rows["point"].to_numpy(),
        adult=rows["age_max"].to_numpy(),
        pediatric=rows["age_min"].to_numpy(),
        beds=rows["beds"].cast(pl.Float64).to_numpy(),
    )
