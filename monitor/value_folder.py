"""The user's folder of value sets: take a file in, say what it changes, keep it, undo it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.official_lists import ListError, read_text, recognise
from rules import replaced
from rules.values import (
    OTHERS,
    SPECIALTIES,
    ValueSet,
    find_value_set,
    parse_value_set,
    shipped_names,
)
from rules.valueset import build

OPEN_GROUPS = frozenset({"drug_classes", "languages", "psychotropic_ingredients", *OTHERS})
"""Sets whose groups the user may add to; those of the others are words that rules know."""


@dataclass(frozen=True)
class Taken:
    """A list read and checked, and what it changes against the one in force.

    ``dated`` is false where nothing said from which day the list is meant, so that the day it was
    loaded stands in for it.
    """

    values: ValueSet
    told: Mapping[str, Any]
    before: ValueSet | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    dated: bool


TAKEN = (
    "taken are a YAML file of ours (docs/guides/values.md), ICD-10-CM in order or code form "
    "(.txt), the NUCC taxonomy, CMS places of service, and HCPCS (.csv), and the FDA's "
    "NDC directory (product.txt)"
)
"""Which kinds of file are taken, in words."""


def take(path: Path, effective: str = "", version: str = "", until: str = "") -> Taken:
    """Read a list, ours or an official one; nothing is kept yet.

    Parameters
    ----------
    effective, version, until
        What to take instead of the days and the version that the file tells, "" for none.

    Raises
    ------
    ListError
        When the file is no list that carvein knows, or breaks a rule of value sets.
    """
    text = read_text(path)
    official = recognise(text, path.name)
    try:
        if official:
            told, dated = dict(official.told), official.dated
        else:
            told, dated = _ours(text, path), True
        given = {"effective": effective, "version": version, "until": until}
        told |= {key: value for key, value in given.items() if value}
        values = build(told, path.name, "", replaced=True)
    except ValueError as fault:
        foreign = path.suffix.lower() not in (".yaml", ".yml") or "wanted a mapping" in str(fault)
        more = f"; {TAKEN}" if foreign and not official else ""
        raise ListError(f"{fault}{more}") from None
    _refuse_unused(values, path.name)
    before = find_value_set(values.name)
    old = before.codes if before else {}
    return Taken(
        values=values,
        told=told,
        before=before,
        added=tuple(code for code in values.codes if code not in old),
        removed=tuple(code for code in old if code not in values.codes),
        dated=dated or bool(effective),
    )


def keep(taken: Taken) -> Path:
    """Write a list into the user's folder, private to the user; returns the file."""
    place = replaced.folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{taken.values.name}.json"
    handle, name = tempfile.mkstemp(prefix=".", dir=place)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            json.dump(dict(taken.told), written, ensure_ascii=False)
        os.replace(name, path)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    return path


def remove(name: str) -> bool:
    """Remove the user's list of a name; False when there is none."""
    if not replaced.NAME.fullmatch(name):
        return False
    try:
        (replaced.folder() / f"{name}.json").unlink()
    except FileNotFoundError:
        return False
    return True


def _ours(text: str, path: Path) -> dict[str, Any]:
    values = parse_value_set(text.encode(), path.name)
    listed: dict[str, list[str]] = {}
    for code, group in values.codes.items():
        listed.setdefault(group, []).append(code)
    dates: dict[str, dict[str, str]] = {}
    for key, days in (("start", values.starts), ("end", values.ends)):
        for code, day in days.items():
            dates.setdefault(code, {})[key] = day.isoformat()
    told = {
        "name": values.name,
        "title": values.title,
        "version": values.version,
        "effective": values.effective.isoformat(),
        "source": values.source,
        "match": values.match,
        "codes": listed,
        "dates": dates,
    }
    if values.until:
        told["until"] = values.until.isoformat()
    if values.unverified:
        told["unverified"] = "true"
    return told


def _refuse_unused(values: ValueSet, file: str) -> None:
    """Refuse a list that no rule would read: an unknown name, or groups that rules do not know."""
    if values.name == SPECIALTIES:
        raise ListError(f"{file}: {SPECIALTIES} is no code list; it cannot be replaced")
    known = sorted({*shipped_names(), *OTHERS})
    is_year = values.name.startswith("icd10cm_20") and values.name[8:].isdigit()
    if values.name not in known and not (is_year and len(values.name) == 12):
        names = ", ".join([*known, "icd10cm_YYYY"])
        raise ListError(f"{file}: no rule reads a value set {values.name[:60]}; known are {names}")
    if values.name in OPEN_GROUPS:
        return
    if values.name in ("diagnosis_ages", "unit_limits"):
        from rules.icd10cm import ages_of
        from rules.tables.encounter_units import most_a_day

        read = ages_of if values.name == "diagnosis_ages" else most_a_day
        for group in dict.fromkeys(values.codes.values()):
            try:
                read(group)
            except ValueError as fault:
                raise ListError(f"{file}: {fault}") from None
        return
    model = find_value_set(shipped_icd() if is_year else values.name)
    groups = sorted(set(model.codes.values())) if model else []
    for group in dict.fromkeys(values.codes.values()):
        if group not in groups:
            wanted = ", ".join(groups)
            raise ListError(f"{file}: no rule knows the group {group[:60]}; known are {wanted}")


def shipped_icd() -> str:
    """Return the name of the ICD-10-CM list that comes with carvein."""
    return next(name for name in shipped_names() if name.startswith("icd10cm_"))
