"""The directory by specialty and county, and what the encounters tell of each provider in it."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from geodata.counties import row_counties
from geodata.points import clean
from rules.model import Filing
from rules.network import serving
from rules.specialty import list_specialties, specialties
from rules.values import value_set

Entities = Literal["all", "individual", "facility"]

SELDOM = "seldom_bills"

STATES = ("ghost", "limited", "serving", "behind", "new", "undecided", SELDOM)
"""What is told of a provider: served nobody; fewer members than asked; enough. Known only through
lines that its group bills without a clinician; too new under contract; beyond telling; or a person
of a trade that seldom bills in its own name (``supervised_taxonomies``)."""

COUNTED = ("ghost", "limited", "serving", "behind")
"""Who is in the denominator of a ghost rate."""

_COLUMNS = (
    *("npi", "entity_type", "taxonomy", "program", "site_id", "county_fips"),
    *("zip", "latitude", "longitude", "contract_effective", "contract_end", "_file", "_line"),
)


def listings(filing: Filing, entities: Entities) -> pl.DataFrame:
    """Return the provider rows under contract on the last day of the period, by specialty.

    Returns
    -------
    polars.DataFrame
        One row a provider row x specialty: ``npi``, ``site_id``, ``specialty``, ``domain`` (BH or
        PH), ``county`` (that of the row, else of its point, else ""), ``supervised`` (whether
        it is a person's whose trade seldom bills in its own name), ``_file`` and ``_line``.
    """
    rows: pl.DataFrame = filing.tables["providers"].select(*_COLUMNS).to_polars()
    day = filing.period.end
    rows = rows.filter(
        pl.col("npi").is_not_null(),
        (pl.col("contract_effective") <= day).fill_null(True),
        (pl.col("contract_end") >= day).fill_null(True),
        pl.lit(entities == "all") | (pl.col("entity_type") == entities),
    )
    supervised = (pl.col("entity_type") == "individual") & _supervised(rows["taxonomy"])
    domains = {slug: held.domain for slug, held in specialties().items()}
    points = clean(rows["latitude"], rows["longitude"], rows["zip"])
    county = row_counties(rows["county_fips"], points)
    listed = list_specialties(rows.with_columns(county.alias("county"), supervised=supervised))
    return listed.select(
        *("npi", "site_id", "specialty", "county", "supervised", "_file", "_line"),
        domain=pl.col("specialty").replace_strict(domains, return_dtype=pl.String),
    )


def with_state(listed: pl.DataFrame, told: pl.DataFrame, limited_below: int) -> pl.DataFrame:
    """Add ``state``, one of :data:`STATES`, from :func:`rules.network.serving.listed_npis`."""
    none = pl.col("members") == 0
    state = (
        pl.when(~pl.col("settled"))
        .then(pl.lit("new"))
        .when(none & serving.shown_idle())
        .then(pl.lit("ghost"))
        .when(none & pl.col("behind"))
        .then(pl.lit("behind"))
        .when(none)
        .then(pl.lit("undecided"))
        .when(pl.col("members") < limited_below)
        .then(pl.lit("limited"))
        .otherwise(pl.lit("serving"))
    )
    known = told.select("npi", state=state)
    stated = listed.join(known, on="npi", how="left", maintain_order="left")
    seldom = pl.when("supervised").then(pl.lit(SELDOM))
    return stated.with_columns(state=seldom.otherwise("state"))


def tally(listed: pl.DataFrame, *by: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Count distinct providers by state in each group, ``counted`` and the ``share`` of ghosts.

    A provider with several rows in a group counts once there, and as one who seldom bills only
    where each of the rows says so. A group of such people alone is left out. ``share`` is None
    where nobody counts.
    """
    once = listed.sort("supervised").unique([*by, "npi"], keep="first", maintain_order=True)
    counts = [(pl.col("state") == state).sum().alias(state) for state in STATES]
    groups = once.group_by(by).agg(*counts) if by else once.select(*counts)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in groups.sort(by).iter_rows(named=True) if by else groups.iter_rows(named=True):
        cell = {state: row[state] for state in STATES}
        if by and cell[SELDOM] == sum(cell.values()):
            continue
        counted = sum(cell[state] for state in COUNTED)
        share = cell["ghost"] / counted if counted else None
        found[tuple(row[name] for name in by)] = {"counted": counted, **cell, "share": share}
    return found


NOBODY: dict[str, Any] = {"counted": 0, **dict.fromkeys(STATES, 0), "share": None}
"""What :func:`tally` would say of a group without a provider."""


def _supervised(taxonomies: pl.Series) -> pl.Expr:
    known = value_set("supervised_taxonomies")
    found = [code for code in taxonomies.unique().drop_nulls() if known.of(code.upper())]
    return pl.col("taxonomy").is_in(found).fill_null(False)
