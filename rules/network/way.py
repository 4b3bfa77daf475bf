"""What the way to a provider is measured by: straight lines, or a source that the user brought."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.coverage import Limits, Logic
from geodata.travel import NOTE, Source, estimate
from rules.model import Contract, Filing
from rules.network.words import class_words

STRAIGHT = "straight-line miles"

NOT_ROAD = "straight-line miles, though the contract means miles by road"


@dataclass(frozen=True)
class Way:
    """A source of minutes, or None for estimates; and what the contract means by a mile.

    ``basis`` is ``straight_line``, ``road`` or ``unstated``. Miles by road are told by a source
    only, and only where the contract means them; all other miles are straight lines.
    """

    source: Source | None = None
    basis: str = "unstated"

    def limits(
        self,
        logic: Logic,
        max_miles: float | None,
        max_minutes: float | None,
        county_class: str | None,
        choices: int = 1,
    ) -> Limits:
        """Return what is within reach.

        The source is asked where minutes count, or miles by road; a standard of straight-line miles
        alone is measured without it.

        Raises
        ------
        LookupError
            When minutes count, no source measures them and nothing tells the speed.
        """
        road = self.basis == "road" and self.source is not None
        if self.source is not None and (logic != "distance" or road):
            return Limits(logic, max_miles, max_minutes, self.source, choices, road)
        travel = estimate(max_miles, max_minutes, county_class)
        if travel is None and logic != "distance":
            if county_class is None:
                raise LookupError("the county's class is unknown, and so the speed of travel")
            raise LookupError(
                f"no speed of travel is known for {class_words(county_class)} counties; bring "
                "measured minutes"
            )
        return Limits(logic, max_miles, max_minutes, travel, choices)

    def told(self, limits: Limits) -> str:
        """Say in a line what the figures of these limits rest on; every result carries it."""
        source = limits.measured_by
        if source is None:
            return NOTE.replace(STRAIGHT, NOT_ROAD) if self.basis == "road" else NOTE
        if limits.road or limits.logic == "time":
            return source.note
        return f"{source.note}; {STRAIGHT}"


def way_of(filing: Filing) -> Way:
    """Return what the way is measured by in a filing."""
    return way_under(filing.contract, filing.travel)


def way_under(contract: Contract, source: Source | None) -> Way:
    """Return what the way is measured by under a contract."""
    return Way(source, contract.distance_basis)
