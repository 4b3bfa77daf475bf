"""What a network requirement is about: a specialty, a population, some or all counties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from geodata.counties import county_name
from rules.model import Filing, Measure, Outcome
from rules.network.members import POPULATIONS, Population
from rules.specialty import specialties


@dataclass(frozen=True)
class Scope:
    """A requirement's ``applies_to``, read. ``county_class`` is "" where every class is meant."""

    specialty: str
    population: Population
    county_class: str

    @classmethod
    def read(cls, applies_to: Mapping[str, str]) -> Scope:
        """Read the scope; population is ``all`` where none is named.

        Raises
        ------
        ValueError
            When the specialty or the population is not one that carvein can tell.
        """
        specialty, named = applies_to.get("specialty", ""), applies_to.get("population", "all")
        if specialty not in specialties():
            raise ValueError(f"specialty {specialty!r} is not in the value set of specialties")
        for population in POPULATIONS:
            if named == population:
                return cls(specialty, population, applies_to.get("county_class", ""))
        raise ValueError(f"population {named!r} is not one of {', '.join(POPULATIONS)}")

    @property
    def title(self) -> str:
        """The specialty's name as sentences have it."""
        return specialties()[self.specialty].title

    @property
    def who(self) -> str:
        """The population as sentences have it."""
        return "members" if self.population == "all" else f"{self.population} members"

    def subject(self, county: str) -> str:
        """Return the subject of a county's measure, e.g. ``47037/psychiatry/all``."""
        return f"{county or 'unknown'}/{self.specialty}/{self.population}"

    def leaves_out(self, county_class: str | None) -> bool:
        """Tell whether a county of a known class is not meant."""
        return bool(self.county_class) and county_class not in (None, self.county_class)


def describe_county(county: str) -> str:
    """Return a county's name and FIPS code, e.g. ``Davidson (47037)``."""
    if not county:
        return "no known county"
    name = county_name(county)
    return f"{name} ({county})" if name else county


def not_counted(subject: str, note: str, evidence: Mapping[str, Any] | None = None) -> Measure:
    """Return a measure that says why a requirement could not be counted."""
    return Measure(subject, note=note, outcome=Outcome.COULD_NOT_RUN, evidence=evidence or {})


def with_quarantined(measures: Iterable[Measure], filing: Filing) -> Iterator[Measure]:
    """Say on each measure how many member and provider rows were set aside as unusable."""
    counts = {name: filing.quarantined.get(name, 0) for name in ("members", "providers")}
    told = ", ".join(f"{count:,} of {name}" for name, count in counts.items() if count)
    for measure in measures:
        note = f"{measure.note}; quarantined rows left out: {told}" if told else measure.note
        yield replace(measure, note=note, evidence={**measure.evidence, "quarantined": counts})
