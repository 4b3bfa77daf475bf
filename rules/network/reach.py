"""Who is within reach of whom: the one computation behind NW01, NW02 and ``adequacy``.

The members of a plan are prepared once; every specialty then costs one nearest-site search over
their unique points, and one search back from its sites into each county.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geodata.coverage import Coverage, Limits, cover
from geodata.distance import Floats, Sites
from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.members import Group, Members, Population, prepare_members
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS
from rules.network.providers import Listed, Providers, prepare_providers

if TYPE_CHECKING:
    from rules.model import Filing


@dataclass(frozen=True)
class Count:
    """Providers within reach of at least one member: distinct NPIs, and the beds of their sites."""

    providers: int
    beds: float


class Network:
    """One plan's members and providers on one day, and what is known of the way between them."""

    def __init__(self, members: Members, providers: Providers) -> None:
        self.members = members
        self.providers = providers
        self._nearest: tuple[object, Floats] | None = None
        self._homes: dict[tuple[str, Population], Sites] = {}
        self._counts: dict[object, Count] = {}

    @property
    def counties(self) -> tuple[str, ...]:
        """Every county in which the plan has or had members, "" for the unknown one."""
        return self.members.counties

    def group(self, county: str, population: Population) -> Group:
        """Return the members of a county and population."""
        return self.members.groups[county, population]

    def listed(self, specialty: str, population: Population) -> int:
        """Return how many distinct providers of a specialty count, wherever they are."""
        listed = self.providers.listed.get(specialty)
        return len(np.unique(listed.npi[listed.serving(population)])) if listed else 0

    def cover(
        self, county: str, population: Population, specialty: str, limits: Limits
    ) -> Coverage:
        """Count the located members of a group who have a counted provider within the limits."""
        group = self.group(county, population)
        return cover(self._miles(specialty, population)[group.point], group.weight, limits)

    def count(self, county: str, population: Population, specialty: str, limits: Limits) -> Count:
        """Count the providers within the limits of at least one member of a group.

        A provider with several sites counts once; beds are added up over the sites in reach, and
        a site that is listed twice brings its larger figure.
        """
        key = (county, population, specialty, limits)
        if key not in self._counts:
            self._counts[key] = self._count(county, population, specialty, limits)
        return self._counts[key]

    def _count(self, county: str, population: Population, specialty: str, limits: Limits) -> Count:
        listed = self.providers.listed.get(specialty)
        if listed is None or not len(self.group(county, population).point):
            return Count(0, 0.0)
        serving = listed.serving(population)
        sites = np.unique(listed.point[serving])
        points = self.providers.points
        miles = self._home(county, population).nearest_within(
            points.latitude[sites], points.longitude[sites], limits.farthest_miles
        )
        reached = serving & np.isin(listed.point, sites[limits.hold(miles)])
        return Count(len(np.unique(listed.npi[reached])), _beds(listed, reached))

    def _home(self, county: str, population: Population) -> Sites:
        """Return the points where members of a group live, as sites to search from providers."""
        key = (county, population)
        if key not in self._homes:
            where, points = self.group(*key).point, self.members.points
            self._homes[key] = Sites(points.latitude[where], points.longitude[where])
        return self._homes[key]

    def _miles(self, specialty: str, population: Population) -> Floats:
        """Return miles to the nearest counted site from each unique point of the members."""
        listed = self.providers.listed.get(specialty)
        chosen = listed.point[listed.serving(population)] if listed else np.array([], np.int64)
        # Only the last answer is kept: requirements come specialty by specialty.
        key = (specialty, len(chosen) if listed and len(chosen) == len(listed.npi) else population)
        if self._nearest is None or self._nearest[0] != key:
            sites, points = np.unique(chosen), self.providers.points
            search = Sites(points.latitude[sites], points.longitude[sites])
            homes = self.members.points
            miles, _ = search.nearest(homes.latitude, homes.longitude)
            self._nearest = (key, miles[:, 0])
        return self._nearest[1]


def network(filing: Filing) -> Network:
    """Prepare the network of a filing on the last day of its period; ask through ``once``."""
    return prepare_network(
        filing.tables["members"].select(*MEMBER_COLUMNS).to_polars(),
        filing.tables["providers"].select(*PROVIDER_COLUMNS).to_polars(),
        filing.period.end,
    )


def prepare_network(members: pl.DataFrame, providers: pl.DataFrame, as_of: date) -> Network:
    """Prepare one plan's members and providers for a day."""
    return Network(prepare_members(members, as_of), prepare_providers(providers, as_of))


def _beds(listed: Listed, reached: NDArray[np.bool_]) -> float:
    place, beds = listed.place[reached], listed.beds[reached]
    largest_first = np.lexsort((-beds, place))
    _, first = np.unique(place[largest_first], return_index=True)
    return float(beds[largest_first][first].sum())
