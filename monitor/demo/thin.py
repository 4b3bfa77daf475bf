"""One thin rural county: a corner of the state from which primary care has gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from monitor.demo.geography import Land, miles, on_sphere
from monitor.demo.members import Members
from monitor.demo.trades import BY_SLUG

TRADES_GONE = ("primary_care", "pediatrics")

MARGIN = 0.5
"""Miles beyond the standard that are emptied."""

LEAST_SHARE, FEWEST_BEYOND = 0.3, 2
"""Share and number of the county's members who are to be left beyond the standard, at least."""

SAFE_SHARE = 0.93
"""Share of every other county's members who are to have someone within their standard."""

HARM = 4.0
"""How much a person of another county who is left beyond the standard weighs against one of it."""


@dataclass(frozen=True)
class ThinCounty:
    """The county and the ZIP code around which nobody of these trades is left within ``miles``."""

    county: int
    place: int
    miles: float


def choose_thin_county(providers: pl.DataFrame, members: Members, land: Land) -> ThinCounty:
    """Return the rural county (where there is none, micro) that primary care can best be gone from.

    Every ZIP code of such a county is tried: what is gained is the people of the county who are
    then beyond their standard, what is lost those of other counties. The best of them that the
    plan's own members bear out is taken: enough of the county's beyond, and no other county short.
    """
    care = _care(providers)
    sites = on_sphere(*(providers[name].to_numpy()[care] for name in ("latitude", "longitude")))
    homes = on_sphere(land.z_latitude, land.z_longitude)
    apart = miles(np.sqrt(np.maximum(2 - 2 * homes @ sites.T, 0)))
    allowed = np.array(BY_SLUG["primary_care"].reach)[land.z_tier]
    before = apart.min(axis=1) > allowed
    people = np.bincount(land.z_county, land.z_people, len(land.c_fips))
    ranks: list[tuple[float, int]] = []
    for place in np.flatnonzero(land.z_tier == land.c_tier[people > 0].max()):
        far = apart[:, apart[place] > allowed[place] + MARGIN]
        beyond = (far.min(axis=1) if far.shape[1] else np.inf) > allowed
        mine = land.z_county == land.z_county[place]
        gained = float(land.z_people[mine & beyond].sum())
        lost = float(land.z_people[beyond & ~before & ~mine].sum())
        if gained >= LEAST_SHARE * people[land.z_county[place]]:
            ranks.append((round(HARM * lost - gained, 3), int(place)))
    chosen = [
        ThinCounty(int(land.z_county[place]), place, float(allowed[place]) + MARGIN)
        for _, place in sorted(ranks)
    ]
    borne = (thin for thin in chosen if _is_borne_out(thin, providers, members, land))
    return next(borne, chosen[0])


def _is_borne_out(thin: ThinCounty, providers: pl.DataFrame, members: Members, land: Land) -> bool:
    """Return whether the plan's members of the county would be short, and of no other county."""
    left = empty_county(providers, land, thin)
    left = left.filter(pl.Series(_care(left)))
    if not left.height:
        return False
    sites = on_sphere(left["latitude"].to_numpy(), left["longitude"].to_numpy())
    homes = on_sphere(members.latitude, members.longitude)
    allowed = np.array(BY_SLUG["primary_care"].reach)[land.z_tier[members.place]]
    within = miles(cKDTree(sites).query(homes)[0]) <= allowed
    county = land.z_county[members.place]
    size = np.bincount(county, minlength=len(land.c_fips))
    served = np.bincount(county, within, minlength=len(land.c_fips))
    beyond = size[thin.county] - served[thin.county]
    others = (size > 0) & (np.arange(len(size)) != thin.county)
    return bool(
        beyond >= max(FEWEST_BEYOND, LEAST_SHARE * size[thin.county])
        and (served[others] >= SAFE_SHARE * size[others]).all()
    )


def empty_county(providers: pl.DataFrame, land: Land, thin: ThinCounty) -> pl.DataFrame:
    """Return the providers without the gone trades within reach of the thin place."""
    point = on_sphere(land.z_latitude[[thin.place]], land.z_longitude[[thin.place]])
    sites = on_sphere(providers["latitude"].to_numpy(), providers["longitude"].to_numpy())
    near = miles(cKDTree(point).query(sites)[0]) <= thin.miles
    return providers.filter(pl.Series(~(near & _care(providers))))


def _care(providers: pl.DataFrame) -> NDArray[np.bool_]:
    return providers["_trade"].is_in(TRADES_GONE).to_numpy()
