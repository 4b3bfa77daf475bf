"""One thin rural county: a corner of the state from which primary care has gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from monitor.demo.geography import Land, miles, on_sphere
from monitor.demo.trades import BY_SLUG

TRADES_GONE = ("primary_care", "pediatrics")

MARGIN = 2.0
"""Miles beyond the standard that are emptied."""

LEAST_SHARE = 0.3
"""Share of the county's people who are to be left beyond the standard, at least."""


@dataclass(frozen=True)
class ThinCounty:
    """The county and the ZIP code around which nobody of these trades is left within ``miles``."""

    county: int
    place: int
    miles: float


def choose_thin_county(providers: pl.DataFrame, land: Land) -> ThinCounty:
    """Return the rural (or, where there is none, micro) county that is thinned with least harm.

    Every ZIP code of such a county is tried: primary care is taken away around it, and the people
    of other counties who are then beyond their own standard are counted. Among those that harm
    fewest, the county with the most people is taken.
    """
    care = _care(providers)
    sites = on_sphere(*(providers[name].to_numpy()[care] for name in ("latitude", "longitude")))
    homes = on_sphere(land.z_latitude, land.z_longitude)
    apart = miles(np.sqrt(np.maximum(2 - 2 * homes @ sites.T, 0)))
    allowed = np.array(BY_SLUG["primary_care"].reach)[land.z_tier]
    before = apart.min(axis=1) > allowed
    people = np.bincount(land.z_county, land.z_people, len(land.c_fips))
    lived_in = land.c_tier[people > 0]
    ranks: list[tuple[float, float, int]] = []
    for place in np.flatnonzero(land.z_tier == lived_in.max()):
        county = land.z_county[place]
        far = apart[:, apart[place] > allowed[place] + MARGIN]
        beyond = (far.min(axis=1) if far.shape[1] else np.inf) > allowed
        mine = land.z_county == county
        if land.z_people[mine & beyond].sum() >= LEAST_SHARE * people[county]:
            harm = float(land.z_people[beyond & ~before & ~mine].sum())
            ranks.append((round(harm, 3), -float(people[county]), int(place)))
    place = min(ranks)[2]
    return ThinCounty(int(land.z_county[place]), place, float(allowed[place]) + MARGIN)


def empty_county(
    providers: pl.DataFrame, land: Land, thin: ThinCounty
) -> pl.DataFrame:
    """Return the providers without the gone trades within reach of the thin place."""
    point = on_sphere(land.z_latitude[[thin.place]], land.z_longitude[[thin.place]])
    sites = on_sphere(providers["latitude"].to_numpy(), providers["longitude"].to_numpy())
    near = miles(cKDTree(point).query(sites)[0]) <= thin.miles
    return providers.filter(pl.Series(~(near & _care(providers))))


def _care(providers: pl.DataFrame) -> NDArray[np.bool_]:
    return providers["_trade"].is_in(TRADES_GONE).to_numpy()
