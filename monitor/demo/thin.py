"""One thin rural county: primary care has gone from it, and its neighbors still have theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.demo.geography import Land, miles, on_sphere
from monitor.demo.members import Members
from monitor.demo.trades import BY_SLUG

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

TRADES_GONE = ("primary_care", "pediatrics")

MARGIN = 0.5
"""Miles beyond the standard that are emptied."""

LEAST_BEYOND, FEWEST_BEYOND = 0.22, 2
"""Share and number of the county's members who are to be left beyond the standard, at least."""

SAFE = (0.93, 0.93, 0.88, 0.88)
"""Share of every other county's members, by tier, who are to have someone within their standard."""

MOST_TRIED = 60


@dataclass(frozen=True)
class ThinCounty:
    """The county, the ZIP code that was emptied around, and the NPIs that are gone."""

    county: int
    place: int
    miles: float
    gone: tuple[str, ...]


@dataclass(frozen=True)
class _Reach:
    """Who has whom within their standard: ``within`` is enrolled members x primary-care rows.

    ``needed`` is how many members of each county are to be within.
    """

    county: NDArray[np.int64]
    within: Flags
    needed: Floats

    def short(self, left: Flags) -> Flags:
        """Return which counties have too few members served when only the ``left`` rows are."""
        served = self.within[:, left].any(axis=1)
        count = np.bincount(self.county, served, minlength=len(self.needed))
        return count < self.needed

    def beyond(self, county: int, left: Flags) -> tuple[int, int]:
        """Return how many members of a county nobody is left for, and how many it has."""
        mine = self.county == county
        return int((~self.within[mine][:, left].any(axis=1)).sum()), int(mine.sum())


def empty_county(
    providers: pl.DataFrame, members: Members, land: Land
) -> tuple[pl.DataFrame, ThinCounty]:
    """Return the providers without primary care in one rural county, and what was done.

    Places of rural counties (where there are none, of micro ones) are tried in order of how many
    people they would leave without. Around a place primary care is taken away; whoever a neighboring
    county cannot do without comes back. The first place that leaves its own county short is taken.
    """
    care = np.flatnonzero(providers["_trade"].is_in(TRADES_GONE).to_numpy())
    sites = on_sphere(*(providers[name].to_numpy()[care] for name in ("latitude", "longitude")))
    allowed = np.array(BY_SLUG["primary_care"].reach)
    reach = _reach(members, land, sites, allowed)
    homes = on_sphere(land.z_latitude, land.z_longitude)
    apart = miles(np.sqrt(np.maximum(2 - 2 * homes @ sites.T, 0)))
    chosen = None
    for place in _places(land)[:MOST_TRIED]:
        county, radius = int(land.z_county[place]), float(allowed[land.z_tier[place]]) + MARGIN
        left = _bring_back(reach, apart[place], apart[place] > radius, county)
        beyond, size = reach.beyond(county, left)
        enough = beyond >= max(FEWEST_BEYOND, LEAST_BEYOND * size)
        if chosen is None or enough:
            chosen = (county, place, radius, left)
        if enough:
            break
    assert chosen is not None
    county, place, radius, left = chosen
    gone = care[~left]
    stays = np.ones(providers.height, dtype=bool)
    stays[gone] = False
    npis = tuple(sorted(set(providers["npi"].gather(gone).to_list())))
    return providers.filter(pl.Series(stays)), ThinCounty(county, place, radius, npis)


def _places(land: Land) -> list[int]:
    """Return ZIP codes of the most rural tier, the counties with most people in them first."""
    people = np.bincount(land.z_county, land.z_people, len(land.c_fips))
    tier = int(land.c_tier[people > 0].max())
    share = land.z_people / people[land.z_county]
    places = np.flatnonzero((land.z_tier == tier) & (share >= 0.15))
    if not len(places):
        places = np.flatnonzero(land.z_tier == tier)
    order = np.lexsort((places, -people[land.z_county[places]]))
    return [int(place) for place in places[order]]


def _reach(members: Members, land: Land, sites: Floats, allowed: Floats) -> _Reach:
    """Return who is within whose standard, for the members enrolled at the end."""
    who = np.unique(members.s_member[members.s_open])
    place = members.place[who]
    homes = on_sphere(members.latitude[who], members.longitude[who])
    limit = allowed[land.z_tier[place]]
    # Chord of the limit: comparing chords spares an arc sine a pair.
    chord = 2 * np.sin(limit / 2 / 3958.8)
    within = (2 - 2 * (homes.astype(np.float32) @ sites.T.astype(np.float32))) <= (
        chord[:, None] ** 2
    )
    county = land.z_county[place]
    size = np.bincount(county, minlength=len(land.c_fips))
    return _Reach(county, within, size * np.array(SAFE)[land.c_tier])


def _bring_back(reach: _Reach, away: Floats, left: Flags, thin: int) -> Flags:
    """Return who is left once every other county that became short has its nearest ones back."""
    everyone = np.ones(len(left), dtype=bool)
    already = reach.short(everyone)
    left = left.copy()
    while True:
        short = reach.short(left) & ~already
        short[thin] = False
        if not short.any():
            return left
        county = int(np.flatnonzero(short)[0])
        lacking = (reach.county == county) & ~reach.within[:, left].any(axis=1)
        helps = reach.within[lacking].sum(axis=0) * ~left
        spoils = reach.within[(reach.county == thin) & ~reach.within[:, left].any(axis=1)].sum(axis=0)
        # Who leaves the thin county thin comes first, then who helps most, then the farthest.
        order = np.lexsort((away, helps, -spoils, helps > 0))
        left[order[-1]] = True
