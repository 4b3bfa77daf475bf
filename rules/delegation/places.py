"""Where an office is: its street address in one spelling, its point, and whether two are one.

Street addresses follow the abbreviations of USPS Publication 28 (appendix B directionals,
C1 street suffixes, C2 secondary units). What is inside a building (suite, floor, room) is left
out: the building is the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STREET_WORDS = """
north:n south:s east:e west:w northeast:ne northwest:nw southeast:se southwest:sw
alley:aly annex:anx av:ave avenue:ave boulevard:blvd bypass:byp causeway:cswy center:ctr
centre:ctr circle:cir court:ct cove:cv crescent:cres crossing:xing drive:dr expressway:expy
extension:ext fort:ft freeway:fwy heights:hts highway:hwy hollow:holw junction:jct lane:ln
mount:mt parkway:pkwy pky:pkwy place:pl plaza:plz point:pt ridge:rdg road:rd route:rte rt:rte
saint:st square:sq street:st str:st terrace:ter trail:trl turnpike:tpke valley:vly view:vw
first:1st second:2nd third:3rd fourth:4th fifth:5th sixth:6th seventh:7th eighth:8th
ninth:9th tenth:10th
"""
NUMBER_WORDS = "one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10"
UNIT_WORDS = "# apt apartment bldg building dept department fl floor rm room ste suite unit"
ABBREVIATIONS = dict(pair.split(":") for pair in STREET_WORDS.split())
NUMBERS = dict(pair.split(":") for pair in NUMBER_WORDS.split())
UNITS = frozenset(UNIT_WORDS.split())


@dataclass(frozen=True)
class Place:
    """An address and a point as submitted; either may be missing.

    ``latitude`` and ``longitude`` are decimal degrees.
    """

    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def address(self) -> str:
        """The address in one line, as submitted; empty when there is none."""
        town = " ".join(part for part in (self.state, self.zip) if part)
        return ", ".join(part for part in (self.street, self.city, town) if part)

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, or None when either is missing, impossible or both are 0."""
        if self.latitude is None or self.longitude is None:
            return None
        possible = abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        if not possible or (self.latitude == 0 and self.longitude == 0):
            return None
        return self.latitude, self.longitude


def same_building(one: Place, other: Place) -> bool | None:
    """Tell whether two addresses are one building; None when they cannot be compared.

    One building: the same number and street in the same ZIP5. A ZIP5 may have several city
    names, so they are compared, with the state, only where either ZIP5 is missing.
    """
    streets = street_key(one.street), street_key(other.street)
    zips = zip5(one.zip), zip5(other.zip)
    towns = (words(one.city), words(one.state)), (words(other.city), words(other.state))
    if not all(streets):
        return None
    if all(zips):
        return streets[0] == streets[1] and zips[0] == zips[1]
    if all(towns[0]) and all(towns[1]):
        return streets[0] == streets[1] and towns[0] == towns[1]
    return None


def street_key(street: str) -> str:
    """Return number and street in one spelling, or "" where no numbered street is given.

    A post-office box is not a place to work in, so it gives "" too.
    """
    text = re.sub(r"[.,;'’]", " ", street.casefold()).replace("#", " # ")
    kept = leave_out_units(text.split())
    if kept:
        kept[0] = NUMBERS.get(kept[0], kept[0])
    key = " ".join(ABBREVIATIONS.get(word, word) for word in kept)
    return key if re.match(r"\d\S* \S", key) else ""


def leave_out_units(tokens: list[str]) -> list[str]:
    """Drop suite, floor and the like, each with its number: ``ste 200``, ``2nd floor``, ``# 4``."""
    kept: list[str] = []
    number_follows = False
    for word in tokens:
        if word in UNITS:
            floor_before = word in ("fl", "floor") and bool(kept) and is_ordinal(kept[-1])
            if floor_before:
                kept.pop()
            number_follows = not floor_before
        elif number_follows:
            number_follows = False
        else:
            kept.append(word)
    return kept


def is_ordinal(word: str) -> bool:
    """Tell whether a word is an ordinal such as ``2nd`` or ``second``."""
    return re.fullmatch(r"\d+(st|nd|rd|th)", ABBREVIATIONS.get(word, word)) is not None


def zip5(code: str) -> str:
    """Return the five-digit ZIP of ``37203``, ``37203-1234`` or ``372031234``, else ""."""
    match = re.fullmatch(r"(\d{5})(?:[- ]?\d{4})?", code.strip())
    return match[1] if match else ""


def words(text: str) -> str:
    """Return a text in lower case with single spaces and no punctuation."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())
