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

MARGINS = (0.5, 8.0)
"""Miles beyond the standard that are emptied: the less where that is enough."""

LEAST_BEYOND, FEWEST_BEYOND = 0.18, 2
"""Share and number of the county's members who are to be left beyond the standard, at least."""

SAFE = (0.93, 0.93, 0.88, 0.88)
"""Share of every other county's members, by tier, who are to have someone within their standard."""

LIGHT_TIER = 2
MOST_SEEN = 6000
"""Members looked at; of more, every so many-th."""


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

    def short(self, served: Flags) -> Flags:
        """Return which counties have too few members among the ``served``."""
        count = np.bincount(self.county, served, minlength=len(self.needed))
        return count < self.needed


def empty_county(
    providers: pl.DataFrame, members: Members, land: Land
) -> tuple[pl.DataFrame, ThinCounty]:
    """Return the providers without primary care in one rural county, and what was done.

    Places of rural counties (where there are none, of micro ones) are tried in order of how many
    people they hold. Around a place primary care is taken away; whoever a neighboring county cannot
    do without comes back. The first place that leaves its own county short is taken.
    """
    care = np.flatnonzero(providers["_trade"].is_in(TRADES_GONE).to_numpy())
    sites = on_sphere(*(providers[name].to_numpy()[care] for name in ("latitude", "longitude")))
    allowed = np.array(BY_SLUG["primary_care"].reach)
    reach = _reach(members, land, sites, allowed)
    homes = on_sphere(land.z_latitude, land.z_longitude)
    apart = miles(np.sqrt(np.maximum(2 - 2 * homes @ sites.T, 0)))
    usual = reach.short(reach.within.sum(axis=1) > 0)
    tried = []
    for place, margin in _places(land):
        county, radius = int(land.z_county[place]), float(allowed[land.z_tier[place]]) + margin
        left, served = _bring_back(reach, apart[place], apart[place] > radius, county, usual)
        mine = reach.county == county
        beyond, size = int((mine & ~served).sum()), int(mine.sum())
        tried.append((beyond / max(size, 1), county, place, radius, left))
        if beyond >= max(FEWEST_BEYOND, LEAST_BEYOND * size):
            break
    else:
        tried.sort(key=lambda one: one[0])
    _, county, place, radius, left = tried[-1]
    trade = providers["_trade"].gather(care).to_numpy()
    for name in TRADES_GONE:  # the state keeps someone of each trade, however small it is
        if not left[trade == name].any():
            left[np.argmax(np.where(trade == name, apart[place], -1.0))] = True
    gone = care[~left]
    stays = np.ones(providers.height, dtype=bool)
    stays[gone] = False
    npis = tuple(sorted(set(providers["npi"].gather(gone).to_list())))
    return providers.filter(pl.Series(stays)), ThinCounty(county, place, radius, npis)


def _places(land: Land) -> list[tuple[int, float]]:
    """Return ZIP codes of rural, then micro counties, the most peopled counties first; margins."""
    people = np.bincount(land.z_county, land.z_people, len(land.c_fips))
    share = land.z_people / people[land.z_county]
    places = np.flatnonzero((land.z_tier >= LIGHT_TIER) & (share >= 0.04))
    if not len(places):
        places = np.flatnonzero(land.z_tier == land.z_tier.max())
    order = np.lexsort((places, -people[land.z_county[places]]))
    tried = [(int(place), margin) for margin in MARGINS for place in places[order]]
    return sorted(tried, key=lambda one: -int(land.z_tier[one[0]]))


def _reach(members: Members, land: Land, sites: Floats, allowed: Floats) -> _Reach:
    """Return who is within whose standard, for the members enrolled at the end."""
    who = np.unique(members.s_member[members.s_open])
    who = who[:: max(len(who) // MOST_SEEN, 1)]
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


def _bring_back(
    reach: _Reach, away: Floats, left: Flags, thin: int, usual: Flags
) -> tuple[Flags, Flags]:
    """Return who is left once every other county that became short has enough of its own back.

    Also which members then have someone within their standard. ``usual`` are counties that were
    short before anybody went.
    """
    left = left.copy()
    thin_members = reach.county == thin
    served: Flags = reach.within[:, left].sum(axis=1) > 0
    while True:
        short = reach.short(served) & ~usual
        short[thin] = False
        if not short.any():
            return left, served
        lacking = (reach.county == np.flatnonzero(short)[0]) & ~served
        helps = reach.within[lacking].sum(axis=0) * ~left
        spoils = reach.within[thin_members & ~served].sum(axis=0)
        # Who leaves the thin county thin comes first, then who helps most, then the farthest.
        best = int(np.lexsort((away, helps, -spoils, helps > 0))[-1])
        left[best] = True
        served |= reach.within[:, best]
