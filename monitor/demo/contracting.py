"""What one plan lists of the state's providers, and what is planted in that list."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.calendars import SUBMITTED, Calendar
from monitor.demo.geography import Land, scatter
from monitor.demo.plans import Plan
from monitor.demo.trades import BEHAVIORAL_PERSONS, BY_SLUG

TAKEN_UP = 0.65
"""Share of the providers beyond those needed for distance that a plan contracts."""

SILO_SUBCONTRACTOR = "SUB-BH1"
ON_SITE_SUBCONTRACTOR = "SUB-BHN"


def contract_providers(
    pool: pl.DataFrame, land: Land, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Return the plan's providers, one row a provider and site.

    The columns are those of the providers table, and for the demo ``_trade``, ``_whole``,
    ``_first`` (a provider's main site), ``_idle`` (planted: never serves) and ``_place``.
    """
    taken = pool["_core"].to_numpy() | pool["_whole"].to_numpy()
    taken = taken | (rng.uniform(size=pool.height) < TAKEN_UP)
    listed = pool.filter(pl.Series(taken)).with_columns(_first=pl.lit(True))
    behavioral = np.isin(
        listed["_trade"].to_numpy(), [s for s, t in BY_SLUG.items() if t.behavioral]
    )
    if plan.silo:
        listed = _part_the_domains(listed)
    listed = listed.with_columns(
        _idle=pl.Series(choose_idle(listed, plan.idle, rng)),
        subcontractor_id=pl.when(pl.Series(behavioral) & plan.silo).then(
            pl.lit(SILO_SUBCONTRACTOR)
        ),
    )
    listed = pl.concat([listed, _second_sites(listed, land, rng)])
    return _agree(listed, land, calendar, plan, rng).sort("npi", "site_id")


def choose_idle(listed: pl.DataFrame, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which rows are of behavioral people who never serve, to ``share`` of all of them.

    Nobody whose center bills without naming its clinicians is chosen: whether those serve, no
    encounter can tell.
    """
    whole = listed.filter("_whole")["npi"].to_list()
    people = listed["_trade"].is_in(BEHAVIORAL_PERSONS)
    could = (people & ~listed["group_npi"].fill_null("").is_in(whole)).to_numpy()
    idle = np.zeros(listed.height, dtype=bool)
    count = round(share * int(people.sum()))
    idle[rng.choice(np.flatnonzero(could), min(count, int(could.sum())), replace=False)] = True
    return idle


def _part_the_domains(listed: pl.DataFrame) -> pl.DataFrame:
    """Give behavioral people who sit in a physical practice a site and a bill of their own."""
    physical = listed.filter(~pl.col("_trade").is_in(BEHAVIORAL_PERSONS))
    shared = pl.col("site_id").is_in(physical["site_id"].to_list())
    centers = listed.filter(pl.col("_trade") == "outpatient_behavioral_health")["npi"].to_list()
    mixed = (
        pl.col("_trade").is_in(BEHAVIORAL_PERSONS) & shared & ~pl.col("group_npi").is_in(centers)
    )
    return listed.with_columns(
        group_npi=pl.when(~mixed).then("group_npi"),
        site_id=pl.when(mixed).then(pl.col("site_id") + "-B").otherwise("site_id"),
    )


def _second_sites(listed: pl.DataFrame, land: Land, rng: np.random.Generator) -> pl.DataFrame:
    """Return a second row for one person in ten: another ZIP code of the same county."""
    people = np.flatnonzero((listed["entity_type"] == "individual").to_numpy())
    movers = people[rng.uniform(size=len(people)) < 0.10]
    place = listed["_place"].to_numpy()[movers]
    other = np.array(
        [rng.choice(np.flatnonzero(land.z_county == land.z_county[p])) for p in place],
        dtype=np.int64,
    )
    movers, other = movers[other != place], other[other != place]
    latitude, longitude = scatter(land, other, 0.25, rng)
    moved: pl.DataFrame = listed[movers]
    return moved.with_columns(
        site_id=pl.col("site_id") + "-2",
        city=pl.Series(land.z_city[other]),
        zip=pl.Series(land.z_zip[other]),
        latitude=pl.Series(latitude),
        longitude=pl.Series(longitude),
        _place=pl.Series(other),
        _first=pl.lit(False),
    )


def _agree(
    listed: pl.DataFrame, land: Land, calendar: Calendar, plan: Plan, rng: np.random.Generator
) -> pl.DataFrame:
    """Add what the plan agreed with each provider and last verified."""
    count = listed.height
    core = listed["_core"].to_numpy()
    behavioral = listed["_trade"].is_in([s for s, t in BY_SLUG.items() if t.behavioral]).to_numpy()
    began = rng.integers(240, 2400, count)
    effective = _back(calendar.first, began)
    # Before the contract began, and again within three years.
    first = (SUBMITTED - calendar.first).days + began + rng.integers(10, 90, count)
    credentialed = _back(SUBMITTED, np.minimum(first, rng.integers(60, 3 * 365 - 30, count)))
    stale = rng.uniform(size=count) < plan.stale
    verified = _back(
        SUBMITTED, np.where(stale, rng.integers(130, 420, count), rng.integers(21, 84, count))
    )
    size = rng.integers(20, 900, count)
    taking = rng.uniform(size=count) < np.where(core, 0.95, 0.8)
    limit = np.where(taking, size + rng.integers(50, 600, count), size)
    grown = ~core & ~np.isin(listed["taxonomy"].to_numpy(), ["2084P0804X", "208000000X"])
    adults = grown & (rng.uniform(size=count) < 0.25)
    children = np.isin(listed["taxonomy"].to_numpy(), ["2084P0804X", "208000000X"])
    tele = rng.uniform(size=count)
    talk = np.isin(listed["_trade"].to_numpy(), BEHAVIORAL_PERSONS)
    telehealth = np.where(
        talk & ~core & (tele < 0.06),
        "only",
        np.where(tele < np.where(talk, 0.55, 0.2), "offers", "none"),
    )
    spoken = np.array(
        [
            "English",
            "English;Spanish",
            "English;Arabic",
            "English;Vietnamese",
            "English;Spanish;Portuguese",
        ]
    )
    panel = listed["_trade"].is_in(["primary_care", "pediatrics"]).to_numpy()
    return listed.with_columns(
        contract_effective=effective,
        contract_end=pl.lit(None, dtype=pl.Date),
        accepting_new=pl.Series(np.where(taking, "Y", "N")),
        age_min=pl.Series(np.where(adults, 18, 0)),
        age_max=pl.Series(np.where(children, 20, 120)),
        telehealth=pl.Series(telehealth),
        languages=pl.Series(spoken[rng.choice(5, count, p=(0.66, 0.24, 0.03, 0.03, 0.04))]),
        accessible=pl.Series(np.where(rng.uniform(size=count) < 0.93, "Y", "N")),
        license_state=pl.lit(land.state),
        credentialed_on=credentialed,
        panel_limit=pl.when(pl.Series(panel)).then(pl.Series(limit)),
        panel_size=pl.when(pl.Series(panel)).then(pl.Series(size)),
        last_verified_on=verified,
        _stale=pl.Series(stale),
        _behavioral=pl.Series(behavioral),
    )


def _back(day: date, days: NDArray[np.int64]) -> pl.Series:
    """Return the dates so many days before a day."""
    start = (day - date(1970, 1, 1)).days
    return pl.Series(start - days).cast(pl.Int32).cast(pl.Date)
