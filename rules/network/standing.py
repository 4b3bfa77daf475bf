"""Where the counted providers of each specialty stand: their own county, not whom they reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import polars as pl

from geodata.counties import row_counties
from geodata.points import clean
from rules.model import Filing
from rules.network.who import Who
from rules.specialty import list_specialties

Counts = Literal["providers", "sites", "beds"]
"""Distinct NPIs; distinct pairs of NPI and site; or the beds of such sites."""

_COLUMNS = (
    *("npi", "taxonomy", "program", "site_id", "county_fips", "zip", "latitude", "longitude"),
    *("contract_effective", "contract_end", "age_min", "age_max", "telehealth", "beds"),
)


@dataclass(frozen=True)
class Stood:
    """Who stands in some counties: distinct NPIs, their sites, and the beds of these."""

    providers: int
    sites: int
    beds: float

    def figure(self, counts: Counts) -> float:
        """Return the one that a requirement counts."""
        return float({"providers": self.providers, "sites": self.sites, "beds": self.beds}[counts])


@dataclass(frozen=True, eq=False)
class Standing:
    """The counted rows: ``npi``, ``site``, ``specialty``, ``county``, ages and ``beds``.

    ``county`` is the one that the row names, else that of its point or its ZIP code's centroid;
    "" where nothing tells it.
    """

    rows: pl.DataFrame

    def count(self, specialty: str, people: Who, counties: Collection[str] | None) -> Stood:
        """Count those of a specialty whose ages overlap the population's, in some counties.

        ``counties`` None stands for everywhere, the unknown county included. A site that is
        listed twice brings its larger figure of beds.
        """
        low, high = people.ages
        chosen = self.rows.filter(
            pl.col("specialty") == specialty, (pl.col("age_max") >= low).fill_null(True)
        )
        if high is not None:
            chosen = chosen.filter((pl.col("age_min") <= high).fill_null(True))
        if counties is not None:
            chosen = chosen.filter(pl.col("county").is_in(list(counties)))
        places = chosen.group_by("npi", "site").agg(pl.col("beds").max())
        beds = float(places["beds"].sum())
        return Stood(places["npi"].n_unique(), places.height, beds)


def standing(filing: Filing) -> Standing:
    """Return who stands where on the last day of the period; ask through ``once``.

    A row counts when its contract is in force on that day and it is not seen by telehealth only.
    Rows without an NPI are one provider, as nothing tells them apart.
    """
    day = filing.period.end
    rows: pl.DataFrame = filing.tables["providers"].select(*_COLUMNS).to_polars()
    remote = pl.col("telehealth").fill_null("").str.strip_chars().str.to_lowercase() == "only"
    current = rows.filter(
        (pl.col("contract_effective") <= day).fill_null(True),
        (pl.col("contract_end") >= day).fill_null(True),
    )
    points = clean(current["latitude"], current["longitude"], current["zip"])
    county = row_counties(current["county_fips"], points)
    at = pl.Series("_point", points.of_row).cast(pl.String)
    placed = current.with_columns(
        at,
        county=county,
        npi=pl.col("npi").fill_null(""),
        beds=pl.col("beds").fill_null(0).clip(lower_bound=0).cast(pl.Float64),
    ).with_columns(site=pl.coalesce(pl.col("site_id").replace("", None), pl.col("_point")))
    # Who is listed under what is told before telehealth-only rows go: they are listed as well.
    listed = list_specialties(placed).filter(~remote)
    columns = ("npi", "site", "specialty", "county", "age_min", "age_max", "beds")
    return Standing(listed.select(columns))
