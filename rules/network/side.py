"""One specialty's counted rows, made ready to be asked how far homes and counties are from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.choices import Choices, straight_lines
from geodata.coverage import Coverage, Limits
from geodata.distance import Floats, Indexes, Sites, miles_between, on_sphere
from geodata.lines import Lines, cover_parts
from geodata.points import Points
from geodata.travel import Source, Travelled
from geodata.ways import add_up, ask, find_ways, first_ask, part_of, sites_reached, soonest_homes
from rules.network.members import Members
from rules.network.providers import Listed
from rules.network.who import Who


@dataclass(frozen=True)
class Count:
    """Providers within reach of at least one member: distinct NPIs, and the beds of their sites.

    Where ``whole`` is False a source of travel was not asked to the end, and there may be more.
    """

    providers: int
    beds: float
    whole: bool = True


class Homes:
    """The homes of one county in which somebody of a population lives."""

    def __init__(self, members: Members, county: str, who: Who) -> None:
        homes = members.homes_of(county)
        lived_in = members.census(who).weight[homes] > 0
        point = members.home[homes][lived_in]
        self.latitude = members.points.latitude[point]
        self.longitude = members.points.longitude[point]
        self.vectors = members.blocks.vectors[homes][lived_in]
        self._sites: Sites | None = None
        middle = self.vectors.sum(axis=0)
        self.centre = middle / max(float(np.sqrt((middle**2).sum())), 1e-9)
        self._soonest: tuple[Source, Points, Travelled | None] | None = None
        self.radius = float(miles_between(self.vectors, self.centre).max(initial=0.0)) + 1e-3

    def __len__(self) -> int:
        return len(self.latitude)

    def soonest(self, source: Source, points: Points) -> Travelled | None:
        """Return from which home each provider's point is reached soonest; asked once for all."""
        kept = self._soonest
        if kept is None or kept[0] is not source or kept[1] is not points:
            there = (points.latitude, points.longitude)
            found = soonest_homes(source, *there, self.latitude, self.longitude)
            kept = self._soonest = (source, points, found)
        return kept[2]

    @property
    def sites(self) -> Sites:
        """The homes as sites, to search from providers."""
        if self._sites is None:
            self._sites = Sites(self.latitude, self.longitude)
        return self._sites


class Side:
    """The rows of one specialty that serve a population."""

    def __init__(self, members: Members, points: Points, rows: Listed) -> None:
        self.rows = rows
        sites, site = np.unique(rows.point, return_inverse=True)
        self._points, self._sites = points, sites
        self._site: Indexes = site
        self.choices = Choices(points.latitude[sites], points.longitude[sites], site, rows.npi)
        self._vectors = on_sphere(self.choices.latitude, self.choices.longitude).reshape(-1, 3)
        self._members = members
        self._lines: dict[int, Lines] = {}
        self._found: tuple[Source, int, Travelled] | None = None

    def cover(self, counties: Sequence[str], who: Who, limits: Limits) -> list[Coverage]:
        """Count the located members of each county, of a population, within limits."""
        weight = self._members.census(who).weight
        if limits.measured_by is None:
            places = [self._members.place(county) for county in counties]
            lines = self._straight(limits.choices)
            return cover_parts(self._members.blocks, places, weight, lines, limits)
        latitude, longitude = self._homes()
        everywhere = self._ask(limits.measured_by, limits.choices)
        found = []
        for homes in map(self._members.homes_of, counties):
            asked = part_of(everywhere, homes)
            ways = find_ways(self.choices, limits, latitude[homes], longitude[homes], asked)
            found.append(add_up(ways, weight[homes]))
        return found

    def count(self, homes: Homes, limits: Limits) -> Count:
        """Count the providers within limits of any of the homes."""
        if not len(homes) or not len(self.choices):
            return Count(0, 0.0)
        whole = True
        if limits.measured_by is None:
            far = limits.farthest_miles
            reached = miles_between(self._vectors, homes.centre) <= homes.radius + far + 1e-3
            miles = homes.sites.nearest_to_within(self._vectors[reached], far)
            reached[reached] = limits.hold(miles)
        else:
            told = homes.soonest(limits.measured_by, self._points)
            reached, whole = sites_reached(
                self.choices.latitude,
                self.choices.longitude,
                limits,
                homes.latitude,
                homes.longitude,
                None if told is None else part_of(told, self._sites),
            )
        rows = reached[self._site]
        return Count(len(np.unique(self.rows.npi[rows])), _beds(self.rows, rows), whole)

    def _straight(self, choices: int) -> Lines:
        """Return what can be asked of the straight lines from homes, with so many choices."""
        if choices not in self._lines:
            self._lines[choices] = straight_lines(self._members.blocks, self.choices, choices)
        return self._lines[choices]

    def _homes(self) -> tuple[Floats, Floats]:
        points, home = self._members.points, self._members.home
        return points.latitude[home], points.longitude[home]

    def _ask(self, source: Source, wanted: int) -> Travelled:
        """Ask a source of every home at once: a search along roads costs about the same."""
        sites = first_ask(self.choices, wanted)
        if self._found is None or self._found[0] is not source or self._found[1] != sites:
            self._found = (source, sites, ask(source, self.choices, *self._homes(), sites))
        return self._found[2]


def _beds(listed: Listed, reached: NDArray[np.bool_]) -> float:
    place, beds = listed.place[reached], listed.beds[reached]
    largest_first = np.lexsort((-beds, place))
    _, first = np.unique(place[largest_first], return_index=True)
    return float(beds[largest_first][first].sum())
