"""What a network requirement is about: a specialty, a population, some or all counties."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from geodata.counties import county_name
from rules.model import Filing, Measure, Outcome
from rules.network.who import POPULATIONS, Population, Who
from rules.network.words import class_words
from rules.specialty import specialties


@dataclass(frozen=True)
class Scope:
    """A requirement's ``applies_to``, read.

    ``county_class`` and ``region`` are "" where every class or region is meant; the names of both
    are the pack's own. ``people`` is the population with its cut by age and sex.
    """

    specialty: str
    people: Who
    county_class: str = ""
    region: str = ""

    @classmethod
    def read(cls, applies_to: Mapping[str, str]) -> Scope:
        """Read the scope; population is ``all`` where none is named.

        Read are specialty, population, county_class, region, age_from, age_to and sex.

        Raises
        ------
        ValueError
            When the specialty or the population is not one that carvein can tell, or an age or a
            sex is none.
        """
        specialty = applies_to.get("specialty", "")
        if specialty not in specialties():
            raise ValueError(f"specialty {specialty!r} is not in the value set of specialties")
        return cls(
            specialty,
            read_people(applies_to),
            applies_to.get("county_class", ""),
            applies_to.get("region", ""),
        )

    @property
    def population(self) -> Population:
        """The population without its cut by age and sex."""
        return self.people.population

    @property
    def title(self) -> str:
        """The specialty's name as sentences have it."""
        return specialties()[self.specialty].title

    @property
    def who(self) -> str:
        """The population as sentences have it."""
        return self.people.words

    def subject(self, county: str) -> str:
        """Return the subject of a county's measure, e.g. ``47037/psychiatry/all``."""
        return f"{county or 'unknown'}/{self.specialty}/{self.people.key}"

    def leaves_out(self, county_class: str | None, region: str = "") -> bool:
        """Tell whether a county of a known class, or outside the region meant, is not meant."""
        other_class = bool(self.county_class) and county_class not in (None, self.county_class)
        return other_class or (bool(self.region) and region != self.region)

    def check_region(self, regions: Mapping[str, str]) -> None:
        """Refuse a region that no county is in; ValueError."""
        if self.region and self.region not in regions.values():
            raise ValueError(f"region {self.region!r} is not one of the contract's regions")

    def check_told(self, county_class: str | None, untold: Collection[str] = ()) -> None:
        """Refuse a county of unknown class, or members of whom nothing tells who is meant.

        Parameters
        ----------
        untold
            The columns of members that are empty throughout.

        Raises
        ------
        LookupError
            With the reason.
        """
        if self.county_class and county_class is None:
            named = class_words(self.county_class)
            raise LookupError(f"only {named} counties are meant; its class is unknown")
        empty = [name for name in self.people.asks if name in untold]
        if empty:
            raise LookupError(f"members.{empty[0]} is empty, and tells who the {self.who} are")


def meant(
    asked: Scope,
    counties: Iterable[str],
    county_classes: Mapping[str, str],
    regions: Mapping[str, str],
) -> Iterator[tuple[str, str | None]]:
    """Yield the counties that a scope does not leave out, each with its class."""
    for county in counties:
        county_class = county_classes.get(county)
        if not asked.leaves_out(county_class, regions.get(county, "")):
            yield county, county_class


def read_people(applies_to: Mapping[str, str]) -> Who:
    """Read population, age_from, age_to and sex of an ``applies_to``.

    Raises
    ------
    ValueError
        When one of them is none.
    """
    named = applies_to.get("population", "all")
    for population in POPULATIONS:
        if named == population:
            ages = [_age(applies_to, name) for name in ("age_from", "age_to")]
            return Who(population, ages[0], ages[1], applies_to.get("sex", ""))
    raise ValueError(f"population {named!r} is not one of {', '.join(POPULATIONS)}")


def _age(applies_to: Mapping[str, str], name: str) -> int | None:
    text = applies_to.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{name} {text!r} is not a number of whole years")
    return int(text)


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
