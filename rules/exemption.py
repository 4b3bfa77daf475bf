"""An exception to a requirement: where, from when to when, and on what it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.model import Citation


@dataclass(frozen=True)
class Exemption:
    """An exception that the contract grants to one of its requirements (42 CFR 438.68(d)).

    It is an entry of a pack's ``exceptions``. ``counties`` are FIPS codes, ``regions`` names of
    the contract's regions; it holds in all of them, from ``starts`` to ``ends``, both inclusive
    (None: with no end). ``providers_in_area`` is the number of providers of the specialty who
    practise there, as the contract states it; ``monitored_on`` the day it was last looked at.
    """

    id: str
    requirement: str
    starts: date
    ends: date | None
    providers_in_area: int
    reason: str
    citation: Citation
    counties: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    monitored_on: date | None = None
    unverified: bool = False
    pack: str = ""

    def holds_on(self, day: date) -> bool:
        """Tell whether a day is from its first to its last day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def covers(self, area: str, regions: Mapping[str, str]) -> bool:
        """Tell whether it holds in an area: a county's FIPS code, or the name of a region.

        Parameters
        ----------
        area
            A county is covered where it or its region is named; a region where it is named, or
            every one of its counties is. An area that is neither is not covered.
        regions
            County FIPS to region name, as :attr:`rules.model.Contract.regions`.
        """
        if area in self.counties or area in self.regions or regions.get(area) in self.regions:
            return True
        inside = {county for county, region in regions.items() if region == area}
        return bool(inside) and all(self.covers(county, regions) for county in inside)
