"""Who is within limits by a measured way: minutes, and perhaps miles, from a source of travel.

A home is within when enough different providers each keep the limits *by themselves*: a provider
that is near but slow and another that is fast but far make none. A source lists sites by minutes,
so the list of a home is asked for longer and longer until it has enough, or until no further site
can keep the limits; past :data:`MOST` sites the home is undecided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.choices import AT_ONCE, Choices
from geodata.coverage import Coverage, Limits
from geodata.distance import ROUNDING_MILES, Floats, Indexes, Sites, miles_between, on_sphere
from geodata.travel import OUTSIDE, REACHED, UNREACHABLE, UNSNAPPED, Source, Travelled

MOST = 64
"""Most sites of one home that a source is asked for, where fewer do not decide."""

SNAPPED = 1.0
"""Miles by which a way by road may be shorter than the straight line, for it begins at a road."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ways:
    """How homes stand to limits, each of shape (n,).

    ``minutes`` and ``miles`` lead to the site by which the last of the providers asked for is
    reached soonest; infinite where there is none. ``undecided`` homes are not within as far as is
    known.
    """

    within: Mask
    undecided: Mask
    state: NDArray[np.int8]
    minutes: Floats
    miles: Floats


def first_ask(choices: Choices, wanted: int) -> int:
    """Return how many sites of each home a source is asked for first."""
    return min(1 if wanted == 1 else 2 * wanted, len(choices))


def ask(
    source: Source, choices: Choices, latitude: Floats, longitude: Floats, sites: int
) -> Travelled:
    """Ask a source for the nearest ``sites`` of each home; none where there are no sites."""
    if len(choices):
        return source.nearest(latitude, longitude, choices.latitude, choices.longitude, sites)
    nothing = np.empty((len(latitude), 0))
    return Travelled(
        minutes=nothing,
        miles=nothing,
        index=np.empty((len(latitude), 0), dtype=np.int64),
        state=np.full(len(latitude), REACHED, dtype=np.int8),
    )


def part_of(found: Travelled, homes: slice | Indexes) -> Travelled:
    """Return what was found for some of the homes."""
    return Travelled(
        found.minutes[homes], found.miles[homes], found.index[homes], found.state[homes]
    )


def find_ways(
    choices: Choices, limits: Limits, latitude: Floats, longitude: Floats, found: Travelled
) -> Ways:
    """Hold homes against limits that a source measures.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees of the homes, shape (n,).
    found
        What the source said of them when asked for the :func:`first_ask`.
    """
    source = limits.measured_by
    assert source is not None
    homes = on_sphere(latitude, longitude)
    asked = found.index.shape[1]
    if not asked:
        nobody, far = np.zeros(len(homes), dtype=bool), np.full(len(homes), np.inf)
        return Ways(nobody, nobody.copy(), found.state, far, far.copy())
    pairs = _Pairs(choices, limits, homes, found)
    minutes, miles = pairs.last_choice()
    within = pairs.enough()
    left = np.flatnonzero(~within & ~pairs.final())
    while len(left) and asked < min(MOST, len(choices)):
        asked = min(asked * 4, MOST, len(choices))
        still: list[Indexes] = []
        for at in range(0, len(left), max(AT_ONCE // asked, 1)):
            part = left[at : at + max(AT_ONCE // asked, 1)]
            more = ask(source, choices, latitude[part], longitude[part], asked)
            pairs = _Pairs(choices, limits, homes[part], more)
            within[part] = pairs.enough()
            still.append(part[~within[part] & ~pairs.final()])
        left = np.concatenate(still)
    undecided = np.zeros(len(homes), dtype=bool)
    undecided[left] = True
    return Ways(within, undecided, found.state, minutes, miles)


def add_up(ways: Ways, weight: Floats) -> Coverage:
    """Count people by how their homes stand; nobody is borderline, for no straight line is judged.

    Parameters
    ----------
    weight
        People at each home, shape (n,).
    """
    peopled = weight > 0

    def people(chosen: Mask) -> float:
        return float(weight[chosen].sum())

    def longest(figure: Floats) -> float | None:
        known = figure[peopled & np.isfinite(figure)]
        return float(known.max()) if len(known) else None

    away = ~ways.within
    return Coverage(
        people=float(weight.sum()),
        within=people(ways.within),
        borderline=0.0,
        longest_miles=longest(ways.miles),
        longest_minutes=longest(ways.minutes),
        unreachable=people(away & (ways.state == UNREACHABLE)),
        unsnapped=people(away & (ways.state == UNSNAPPED)),
        outside=people(away & (ways.state == OUTSIDE)),
        undecided=people(away & ways.undecided),
    )


def soonest_homes(
    source: Source, latitude: Floats, longitude: Floats, home_lat: Floats, home_lon: Floats
) -> Travelled | None:
    """Return the home from which each site is reached soonest, None where a source cannot tell.

    One search tells it of every site at once, whatever its specialty: sites stand where
    :class:`~geodata.travel.Travelled` has homes, and ``index`` is that of a home.
    """
    backwards: Source | None = getattr(source, "backwards", None)
    if backwards is None:
        return None
    return backwards.nearest(latitude, longitude, home_lat, home_lon, 1)


def sites_reached(
    latitude: Floats,
    longitude: Floats,
    limits: Limits,
    home_lat: Floats,
    home_lon: Floats,
    soonest: Travelled | None = None,
) -> tuple[Mask, bool]:
    """Find the sites within limits of at least one home, by a source.

    Most are decided by the home from which they are reached ``soonest``. For the others the source
    is asked for the nearest site of every home, those within are put aside, and it is asked again
    for what is left, until no home has one within.

    Parameters
    ----------
    soonest
        What :func:`soonest_homes` has told of these sites, if it was asked.

    Returns
    -------
    mask, whole
        Which sites are reached, shape (m,); and False where a source was not asked to the end, so
        that there may be more.
    """
    reached = np.zeros(len(latitude), dtype=bool)
    if limits.logic == "either" and not limits.road and limits.max_miles is not None:
        miles = Sites(home_lat, home_lon).nearest_within(latitude, longitude, limits.max_miles)
        reached |= miles <= limits.max_miles + ROUNDING_MILES
    source, asked = limits.measured_by, 1
    assert source is not None
    never = np.zeros(len(latitude), dtype=bool)
    if soonest is not None and len(home_lat):
        kept, never = _decided(latitude, longitude, limits, home_lat, home_lon, soonest)
        reached |= kept
    while len(home_lat) and not (reached | never).all():
        left = np.flatnonzero(~(reached | never))
        asked = min(asked, len(left))
        there = Choices(latitude[left], longitude[left], np.arange(len(left)), np.arange(len(left)))
        found = ask(source, there, home_lat, home_lon, asked)
        pairs = _Pairs(there, limits, on_sphere(home_lat, home_lon), found)
        new = np.unique(found.index[pairs.held & (found.index >= 0)])
        reached[left[new]] = True
        open_ = ~pairs.final()
        home_lat, home_lon = home_lat[open_], home_lon[open_]
        if not len(new):
            if asked >= MOST:
                return reached, not len(home_lat)
            asked *= 4
    return reached, True


def _decided(
    latitude: Floats,
    longitude: Floats,
    limits: Limits,
    home_lat: Floats,
    home_lon: Floats,
    soonest: Travelled,
) -> tuple[Mask, Mask]:
    """Return the sites that their soonest home reaches within limits, and those that none does."""
    own = np.arange(len(home_lat))
    homes = Choices(home_lat, home_lon, own, own)
    sites = on_sphere(latitude, longitude)
    pairs = _Pairs(homes, limits, sites, soonest)
    never = soonest.index[:, 0] < 0
    if limits.logic in ("time", "both") or (limits.logic == "either" and not limits.road):
        assert limits.max_minutes is not None
        never |= soonest.minutes[:, 0] > limits.max_minutes + ROUNDING_MILES
    if limits.logic in ("both", "distance"):
        assert limits.max_miles is not None
        far = limits.max_miles + (SNAPPED if limits.road else ROUNDING_MILES)
        never |= homes.sites.nearest_within(latitude, longitude, far) > far
    return pairs.held[:, 0], never


class _Pairs:
    """The ways from some homes (unit vectors) to the sites that a source names first."""

    def __init__(self, choices: Choices, limits: Limits, homes: Floats, found: Travelled) -> None:
        self.choices, self.limits, self.homes, self.found = choices, limits, homes, found
        self.asked = found.index.shape[1]
        told = found.index >= 0
        there = on_sphere(choices.latitude, choices.longitude)[found.index]
        self.straight = np.where(told, miles_between(homes[:, None], there), np.inf)
        # Where the source tells no miles of the way, the straight line is the least they can be.
        known = told & ~np.isnan(found.miles)
        self.miles = np.where(limits.road & known, found.miles, self.straight)
        self.held = told & limits.hold_both(self.miles, found.minutes)

    def last_choice(self) -> tuple[Floats, Floats]:
        """Return minutes and miles to the site that brings the last provider asked for."""
        index = self.found.index
        rank = self.choices.rank_of(index, index >= 0, self.limits.choices)
        row = np.arange(len(rank))
        return (
            np.where(rank >= 0, self.found.minutes[row, rank], np.inf),
            np.where(rank >= 0, self.miles[row, rank], np.inf),
        )

    def enough(self) -> Mask:
        """Return the homes that have as many different providers within the limits as asked."""
        index, held = self.found.index, self.held
        if self.limits.logic == "either" and not self.limits.road:
            assert self.limits.max_miles is not None
            miles, near = self.choices.sites.nearest_to(self.homes, self.asked)
            index = np.hstack((index, near))
            held = np.hstack((held, miles <= self.limits.max_miles + ROUNDING_MILES))
        return np.asarray(self.choices.rank_of(index, held, self.limits.choices) >= 0)

    def final(self) -> Mask:
        """Return the homes for which no site beyond those named can keep the limits."""
        every = (self.found.index[:, -1] < 0) | (self.asked >= len(self.choices))
        if self.limits.logic in ("time", "both"):
            return np.asarray(every | self._too_slow())
        assert self.limits.max_miles is not None
        if self.limits.road:
            near = self.limits.max_miles + SNAPPED
            named = np.count_nonzero(self.straight <= near, axis=1)
            too_far = named >= self.choices.sites.count_within(self.homes, near)
        else:
            # Straight lines are asked of the tree as far as of the source, and to the end here.
            farthest = self.choices.sites.nearest_to(self.homes, self.asked)[0][:, -1]
            too_far = (farthest > self.limits.max_miles + ROUNDING_MILES) | (
                self.asked >= len(self.choices)
            )
        if self.limits.logic == "distance":
            return np.asarray(every | too_far)
        if self.limits.road:
            # What the source does not reach is within neither limit.
            return np.asarray(every | (too_far & self._too_slow()))
        return np.asarray(too_far & (every | self._too_slow()))

    def _too_slow(self) -> Mask:
        assert self.limits.max_minutes is not None
        return np.asarray(self.found.minutes[:, -1] > self.limits.max_minutes + ROUNDING_MILES)
