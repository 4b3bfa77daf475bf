"""The areas of a pack: the class of each county, by list or by density, and the regions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules import entries
from rules.entries import Entry, Terms
from rules.model import Contract

DENSEST = 1_000_000.0
"""People per square mile above any county's; a bound beyond it is a slip."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"[^\W_][^/\n]{0,59}")
"""A region's name begins a finding's subject, where a slash parts it from what follows."""


@dataclass(frozen=True)
class Areas:
    """What a pack says of counties.

    Attributes
    ----------
    county_classes, regions
        FIPS code to class, and to region.
    county_density
        Class to the least people per square mile of land, densest first; empty where the pack
        sets no classes by density.
    """

    county_classes: Mapping[str, str] = field(default_factory=dict)
    county_density: Mapping[str, float] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)


def areas(main: Entry, files: dict[str, dict[str, Any]], terms: Terms) -> Areas:
    """Read ``county_classes`` and ``regions`` of a contract file; listed files leave ``files``."""
    by_class = main.entry("county_classes")
    density: dict[str, float] = {}
    classes: dict[str, str] = {}
    if by_class is not None and "density" in by_class.content:
        density = _density(by_class)
        _cited(by_class, terms)
    elif by_class is not None:
        classes = _listed(by_class, files, terms, county_classes)
    by_region = main.entry("regions")
    named = {} if by_region is None else _listed(by_region, files, terms, regions)
    return Areas(classes, density, named)


def layered(extended: Iterable[Contract], own: Areas) -> Areas:
    """Lay a pack's own areas over those of the packs that it extends.

    A county keeps an inherited class or region where the pack gives it none; classes by density
    stand in place of everything inherited.
    """
    parents = list(extended)
    inherited = [] if own.county_density else [parent.county_classes for parent in parents]
    density: Mapping[str, float] = own.county_density
    for parent in parents:
        density = density or parent.county_density
    return Areas(
        _merged([*inherited, own.county_classes]),
        density,
        _merged([*(parent.regions for parent in parents), own.regions]),
    )


def county_classes(entry: Entry) -> dict[str, str]:
    """Read a file of county classes: ``counties`` maps a five-digit FIPS code to its class."""
    return _counties(entry, _WORD, "a class", "wanted a word of a-z, 0-9 and _, such as urban")


def regions(entry: Entry) -> dict[str, str]:
    """Read a file of regions: ``counties`` maps a five-digit FIPS code to its region's name."""
    wanted = "wanted 1 to 60 characters that begin with a letter or digit and hold no /"
    read = _counties(entry, _NAME, "a region's name", wanted)
    for fips, name in read.items():
        if name.isdecimal():
            entry.refuse(f"counties.{fips}", f"region {name} is digits alone, as a county is")
    return read


def _counties(entry: Entry, form: re.Pattern[str], noun: str, wanted: str) -> dict[str, str]:
    read: dict[str, str] = {}
    for fips, word in entry.pairs("counties").items():
        key = f"counties.{fips}"
        if not entries.is_fips(fips):
            entry.refuse(key, "no FIPS code; wanted five digits in quotes")
        elif form.fullmatch(word) is None:
            entry.refuse(key, f"{word[:60]!r} is not {noun}; {wanted}")
        read[fips] = word
    if not entry.content.get("counties"):
        entry.refuse("counties", "missing; wanted a mapping of FIPS codes")
    entry.close()
    return read


def _density(entry: Entry) -> dict[str, float]:
    """Read ``density``: class to the least people per square mile, and one class from 0 on."""
    entry.asked.add("file")
    if "file" in entry.content:
        entry.refuse("file", "a file of counties and a density; wanted one")
    bounds = entry.entry("density")
    if bounds is None:
        return {}
    read: dict[str, float] = {}
    for word in bounds.content:
        least = bounds.number(word)
        if _WORD.fullmatch(word) is None:
            bounds.refuse(word, "no class; wanted a word of a-z, 0-9 and _, such as urban")
        elif least is None:
            bounds.refuse(word, "missing; wanted people per square mile")
        elif not 0 <= least <= DENSEST:
            bounds.refuse(word, f"found {least:g}, wanted 0 to {DENSEST:g} per square mile")
        elif least in read.values():
            bounds.refuse(word, f"two classes from {least:g} on")
        else:
            read[word] = least
    if 0 not in read.values():
        entry.refuse("density", "no class from 0 on; wanted one, so that every county has a class")
    return dict(sorted(read.items(), key=lambda item: -item[1]))


def _listed(
    entry: Entry,
    files: dict[str, dict[str, Any]],
    terms: Terms,
    read: Callable[[Entry], dict[str, str]],
) -> dict[str, str]:
    """Read the file of counties that an entry names, and check its citation."""
    name = entry.text("file")
    _cited(entry, terms)
    if not name:
        return {}
    if name not in files:
        entry.refuse("file", f"no file {name[:60]!r} in the pack folder")
        return {}
    folder = entry.file.rsplit("/", 1)[0]
    return read(Entry(files.pop(name), f"{folder}/{name}", "", entry.problems))


def _cited(entry: Entry, terms: Terms) -> None:
    entries.citation(entries.cite(entry), terms.documents)
    entry.close()


def _merged(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {name: word for mapping in mappings for name, word in mapping.items()}
