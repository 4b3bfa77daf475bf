"""Who is within reach of whom: the one computation behind NW01, NW02 and ``adequacy``.

The members of a plan are prepared once. Straight lines are then asked for the centres of blocks of
homes, and for single homes only where a block is neither wholly within nor wholly beyond; a source
of travel is asked for every home. How many providers are in reach is searched back from the sites
into each county.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from geodata.coverage import Coverage, Limits
from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.members import Group, Members, prepare_members
from rules.network.memory import Figure, Memory, Page, name_line
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS
from rules.network.providers import Providers, Told, prepare_providers
from rules.network.side import Count, Homes, Side
from rules.network.who import Population, Who, who_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.model import Filing

__all__ = ["Count", "Network", "network", "prepare_network", "restrict"]


class Network:
    """One plan's members and providers on one day, and what is known of the way between them.

    ``searched`` are the specialties that were searched for and not remembered.
    """

    def __init__(
        self, members: Members, providers: Providers, memory: Memory | None = None
    ) -> None:
        self.members = members
        self.providers = providers
        self.memory = memory
        self.searched: set[str] = set()
        self._figures: dict[tuple[type, str, Who, str, Limits], Coverage | Count] = {}
        self._pages: dict[tuple[str, Who], Page] = {}
        self._sides: dict[tuple[str, bytes], Side] = {}
        self._homes: dict[tuple[str, Who], Homes] = {}
        self._told: dict[tuple[str, Who], Told] = {}

    @property
    def counties(self) -> tuple[str, ...]:
        """Every county in which the plan has or had members, "" for the unknown one."""
        return self.members.counties

    def group(self, county: str, people: Who | Population) -> Group:
        """Return the members of a county and population."""
        return self.members.group(county, people)

    def listed(self, specialty: str, people: Who | Population) -> int:
        """Return how many distinct providers of a specialty count, wherever they are."""
        return self.told(specialty, people).listed

    def told(self, specialty: str, people: Who | Population) -> Told:
        """Return how the providers of a specialty that serve a population are listed."""
        key = (specialty, who_of(people))
        if key not in self._told:
            self._told[key] = self.providers.told(*key)
        return self._told[key]

    def cover(
        self, county: str, people: Who | Population, specialty: str, limits: Limits
    ) -> Coverage:
        """Count the located members of a group who have enough counted providers within limits."""
        who = who_of(people)

        def count() -> Coverage:
            return self._side(specialty, who).cover([county], who, limits)[0]

        return self._figure(Coverage, county, who, specialty, limits, count)

    def cover_all(
        self, people: Who | Population, specialty: str, limits: Mapping[str, Limits]
    ) -> None:
        """Count as :meth:`cover` for many counties at once, which costs less; ask that then.

        Parameters
        ----------
        limits
            By county.
        """
        who = who_of(people)
        together: dict[Limits, list[str]] = {}
        for county, held in limits.items():
            if not self._known(county, who, specialty, held):
                together.setdefault(held, []).append(county)
        for held, counties in together.items():
            found = self._side(specialty, who).cover(counties, who, held)
            for county, covered in zip(counties, found, strict=True):
                self._figure(Coverage, county, who, specialty, held, partial(_same, covered))

    def count(self, county: str, people: Who | Population, specialty: str, limits: Limits) -> Count:
        """Count the providers within the limits of at least one member of a group.

        A provider with several sites counts once; beds are added up over the sites in reach, and
        a site that is listed twice brings its larger figure.
        """
        who = who_of(people)

        def count() -> Count:
            return self._side(specialty, who).count(self._home(county, who), limits)

        return self._figure(Count, county, who, specialty, limits, count)

    def restrict(self, npis: Collection[str]) -> Network:
        """Return the network with the same members and only those of its providers.

        What is told of the rows that do not count stays that of the whole.
        """
        whole = self.providers
        some = Network(self.members, whole.only(np.isin(whole.npis, sorted(npis))), self.memory)
        some._homes = self._homes
        return some

    def remember(self) -> None:
        """Keep what was counted since the last time, if there is a memory."""
        for page in self._pages.values():
            page.save()

    def _known(self, county: str, who: Who, specialty: str, limits: Limits) -> bool:
        """Return whether a coverage was counted, or is remembered."""
        if (Coverage, county, who, specialty, limits) in self._figures:
            return True
        line = name_line(Coverage.__name__, county, limits)
        if self.memory is None or line is None:
            return False
        located = float(self.group(county, who).weight.sum())
        return self._page(specialty, who).holds(Coverage, line, located)

    def _figure(
        self,
        kind: type[Figure],
        county: str,
        who: Who,
        specialty: str,
        limits: Limits,
        count: Callable[[], Figure],
    ) -> Figure:
        key = (kind, county, who, specialty, limits)
        found = self._figures.get(key)
        if not isinstance(found, kind):
            line = name_line(kind.__name__, county, limits)
            if self.memory is None or line is None:
                found = count()
            else:
                located = float(self.group(county, who).weight.sum())
                found = self._page(specialty, who).figure(kind, line, located, count)
            self._figures[key] = found
        return found

    def _page(self, specialty: str, who: Who) -> Page:
        key = (specialty, who)
        if key not in self._pages:
            assert self.memory is not None
            self._pages[key] = Page(self.memory, self.members, self.providers, specialty, who)
        return self._pages[key]

    def _home(self, county: str, who: Who) -> Homes:
        key = (county, who)
        if key not in self._homes:
            self._homes[key] = Homes(self.members, county, who)
        return self._homes[key]

    def _side(self, specialty: str, who: Who) -> Side:
        """Return the specialty's rows for a population; those that are the same rows, once."""
        self.searched.add(specialty)
        listed = self.providers.rows(specialty)
        serving = listed.serving(who)
        key = (specialty, serving.tobytes())
        if key not in self._sides:
            self._sides[key] = Side(self.members, self.providers.points, listed.of(serving))
        return self._sides[key]


def _same(covered: Coverage) -> Coverage:
    return covered


def restrict(network: Network, npis: Collection[str]) -> Network:
    """Return the network with the same members and only those of its providers."""
    return network.restrict(npis)


def network(filing: Filing) -> Network:
    """Prepare the network of a filing on the last day of its period; ask through ``once``."""
    return prepare_network(
        filing.tables["members"].select(*MEMBER_COLUMNS).to_polars(),
        filing.tables["providers"].select(*PROVIDER_COLUMNS).to_polars(),
        filing.period.end,
        filing.memory,
    )


def prepare_network(
    members: pl.DataFrame, providers: pl.DataFrame, as_of: date, memory: Memory | None = None
) -> Network:
    """Prepare one plan's members and providers for a day."""
    return Network(prepare_members(members, as_of), prepare_providers(providers, as_of), memory)
