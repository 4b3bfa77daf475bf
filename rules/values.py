"""Value sets: dated code lists, shipped as data files in ``rules/value_sets``, or the user's own.

What a file holds stands in :mod:`rules.valueset`. The user's list of a name (``carvein values
update``) stands in for the shipped one wherever that is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rules import icd10cm_release, replaced
from rules.replaced import BrokenValues
from rules.valueset import ValueSet, build

__all__ = [
    "FOLDER",
    "OTHERS",
    "BrokenValues",
    "InForce",
    "ValueSet",
    "find_value_set",
    "parse_value_set",
    "read_value_set",
    "shipped_names",
    "value_set",
    "value_set_versions",
    "value_sets_in_force",
]

FOLDER = Path(__file__).parent / "value_sets"

SPECIALTIES = "specialties"
"""The one file there that is no plain code list; :mod:`rules.specialty` reads it."""

OTHERS = {
    "nucc_taxonomy": "Provider taxonomy codes (NUCC)",
    "hcpcs": "HCPCS Level II codes (CMS)",
    "measure_drugs": "National drug codes of HEDIS-like measures, by class",
}
"""Lists that are not shipped and are used when the user has loaded one, with their titles."""


_QUICK = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# A file of ours can be long and has no fault; libyaml's words for faults are not those of PyYAML.


@dataclass(frozen=True)
class InForce:
    """One value set as a report names it; ``codes`` counts its entries."""

    name: str
    title: str
    version: str
    effective: str
    until: str
    codes: int
    source: str
    unverified: bool
    replaced: bool
    digest: str


def value_set(name: str) -> ValueSet:
    """Return the value set of that name that is in force: the user's own, else the shipped one.

    Raises
    ------
    BrokenValues
        When the user's own list cannot be read.
    ValueError
        When the shipped file lacks a key, or an entry is malformed or stands in two groups.
    FileNotFoundError
        When there is no such value set.
    """
    return replaced.read(name) or _shipped(name)


def find_value_set(name: str) -> ValueSet | None:
    """Return the value set in force, None when none is shipped and none was loaded."""
    return replaced.read(name) or (_shipped(name) if name in shipped_names() else None)


def read_value_set(path: Path) -> ValueSet:
    """Read a value set from a file of ours; raises as :func:`value_set` does."""
    data = path.read_bytes()
    told = _loaded(data, path.name, _QUICK)
    return build(told, path.name, hashlib.sha256(data).hexdigest())


def parse_value_set(data: bytes, file: str) -> ValueSet:
    """Return the value set that YAML of ours holds; raises ValueError with the file and line."""
    return build(_loaded(data, file), file, hashlib.sha256(data).hexdigest())


def shipped_names() -> tuple[str, ...]:
    """Return the names of the code lists that come with carvein, sorted."""
    files = (path.stem for path in FOLDER.glob("*.yaml") if path.stem != SPECIALTIES)
    return tuple(sorted((*files, icd10cm_release.name())))


def value_sets_in_force() -> tuple[InForce, ...]:
    """Return every value set in force, shipped or the user's own, in order of name."""
    names = sorted({*shipped_names(), *replaced.names()})
    listed = [_in_force(value_set(name)) for name in names]
    return tuple(sorted((*listed, _specialties()), key=lambda each: each.name))


def value_set_versions() -> Mapping[str, str]:
    """Return the version of every value set in force, by name, in order of name.

    The version of a set that nobody has read in its source carries the mark ``(unverified)``.
    """
    return {
        each.name: f"{each.version} (unverified)" if each.unverified else each.version
        for each in value_sets_in_force()
    }


@cache
def _shipped(name: str) -> ValueSet:
    if name == icd10cm_release.name():
        return icd10cm_release.read()
    return read_value_set(FOLDER / f"{name}.yaml")


def _in_force(values: ValueSet) -> InForce:
    return InForce(
        name=values.name,
        title=values.title,
        version=values.version,
        effective=values.effective.isoformat(),
        until=values.until.isoformat() if values.until else "",
        codes=len(values.codes),
        source=values.source,
        unverified=values.unverified,
        replaced=values.replaced,
        digest=values.digest,
    )


@cache
def _specialties() -> InForce:
    path = FOLDER / f"{SPECIALTIES}.yaml"
    data = path.read_bytes()
    told = _loaded(data, path.name)
    return InForce(
        name=SPECIALTIES,
        title=told["title"],
        version=told["version"],
        effective=told["effective"],
        until="",
        codes=len(told["specialties"]),
        source="; ".join((*(source["title"] for source in told["sources"]), _choices(told))),
        unverified=False,
        replaced=False,
        digest=hashlib.sha256(data).hexdigest(),
    )


def _choices(told: Mapping[str, Any]) -> str:
    own = sum("unverified" in row for row in told["specialties"])
    return f"who counts for {own} of the {len(told['specialties'])} is unverified"


def _loaded(data: bytes, file: str, loader: Any = yaml.BaseLoader) -> Any:
    try:
        return yaml.load(data.decode("utf-8"), Loader=loader)
    except UnicodeDecodeError as fault:
        raise ValueError(f"{file}: not UTF-8 at byte {fault.start}") from None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise ValueError(f"{file}: line {line}: {fault.problem or 'no YAML'}") from None
    except yaml.YAMLError:
        raise ValueError(f"{file}: no YAML text (control characters?)") from None
