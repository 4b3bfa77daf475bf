"""ICD-10-CM by fiscal year: which lists are in force, and what they say of a code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ibis
import polars as pl

from rules import icd10cm_release, replaced
from rules.icd10cm_release import BILLABLE, HEADER
from rules.values import ValueSet, value_set

NAME = re.compile(r"icd10cm_(20\d\d)")
_SPAN = re.compile(r"(\d{1,3}) (days|years) to (\d{1,3}) (days|years)(, first)?")


@dataclass(frozen=True)
class Ages:
    """The ages that a diagnosis is meant for, both ends inside, in days or in full years."""

    low: int
    low_unit: str
    high: int
    high_unit: str
    first_only: bool

    @property
    def words(self) -> str:
        """The ages as a reader is told them."""
        if self.high == 0 and self.high_unit == "years":
            return "under 1 year old"
        unit = f" {self.low_unit}" if self.low_unit != self.high_unit else ""
        return f"{self.low}{unit} to {self.high} {self.high_unit} old"


def ages_of(group: str) -> Ages:
    """Return the ages that a group of the value set ``diagnosis_ages`` names.

    Raises
    ------
    ValueError
        When the group is not such as ``2 years to 19 years`` or ``0 days to 0 years, first``.
    """
    found = _SPAN.fullmatch(group)
    if found is None:
        raise ValueError(f"group {group[:60]!r} is no span such as '2 years to 19 years'")
    low, low_unit, high, high_unit, first = found.groups()
    return Ages(int(low), low_unit, int(high), high_unit, bool(first))


def releases() -> Mapping[int, ValueSet]:
    """Return the ICD-10-CM lists in force by fiscal year: the shipped one and those loaded."""
    names = {icd10cm_release.name(), *filter(NAME.fullmatch, replaced.names())}
    return {int(name.removeprefix("icd10cm_")): value_set(name) for name in sorted(names)}


def fiscal_year(day: Any) -> Any:
    """Return the federal fiscal year of a day (an ibis date): October opens the next one."""
    return day.year() + ibis.ifelse(day.month() >= 10, 1, 0)


def kinds(year: int) -> pl.DataFrame:
    """Return every code of a year's list: ``code``, ``kind`` and ``example``.

    ``kind`` is billable or header; ``example`` is the first billable code below a header.
    """
    return _kinds(year, releases()[year].digest)


@lru_cache(maxsize=8)
def _kinds(year: int, digest: str) -> pl.DataFrame:
    codes = releases()[year].codes
    examples: dict[str, str] = {}
    billable = ""
    for code in sorted(codes, reverse=True):
        billable = code if codes[code] == BILLABLE else billable
        examples[code] = billable if codes[code] == HEADER and billable.startswith(code) else ""
    rows = [(code, kind, examples[code]) for code, kind in codes.items()]
    return pl.DataFrame(rows, schema=["code", "kind", "example"], orient="row")


def meant_for(name: str) -> pl.DataFrame:
    """Return the codes of all lists in force that a value set covers: ``code`` and ``group``.

    Parameters
    ----------
    name
        ``diagnosis_sex`` or ``diagnosis_ages``.
    """
    return _meant_for(name, value_set(name).digest, tuple(r.digest for r in releases().values()))


@lru_cache(maxsize=8)
def _meant_for(name: str, digest: str, lists: tuple[str, ...]) -> pl.DataFrame:
    values = value_set(name)
    codes = {code for held in releases().values() for code in held.codes}
    rows = [(code, group) for code in sorted(codes) if (group := values.of(code))]
    return pl.DataFrame(rows, schema={"code": pl.String, "group": pl.String}, orient="row")
