"""The ICD-10-CM release that comes with the package ``simple-icd-10-cm``, as a value set.

The package's code list is read as a file; importing the package would parse 10 MB of XML. A code
is billable when no longer code begins with it (ICD-10-CM guideline I.B.2: the highest number of
characters available).
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from rules.valueset import WHOLE, ValueSet

CODE = re.compile(r"[A-Z][0-9A-Z]{2,6}")
BILLABLE = "billable"
HEADER = "header"
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_FILE = re.compile(r"code-list-([A-Z][a-z]+)-(\d{4})\.txt")


def name() -> str:
    """Return the name of the shipped list: ``icd10cm_`` and its federal fiscal year."""
    return list_name(_fiscal_year(_path()))


def list_name(year: int) -> str:
    """Return the name of the ICD-10-CM list of a federal fiscal year."""
    return f"icd10cm_{year}"


def fiscal_days(year: int) -> tuple[date, date]:
    """Return the first and last day of a federal fiscal year: 1 October to 30 September."""
    return date(year - 1, 10, 1), date(year, 9, 30)


def year_of_release(month: str, year: int) -> int:
    """Return the fiscal year for which a release of a month is meant (October opens the next)."""
    return year + (month in MONTHS[9:])


@cache
def read() -> ValueSet:
    """Return the shipped release: every code, whole and without the dot, billable or header.

    A release of April takes in the codes of the October before it. That of April 2026 has the
    74,719 billable codes of October 2025, so the whole fiscal year is judged by it.
    """
    path = _path()
    data = path.read_bytes()
    lines = (line.strip() for line in data.decode("utf-8-sig").splitlines())
    month, calendar = _told(path)
    year = _fiscal_year(path)
    first, last = fiscal_days(year)
    return ValueSet(
        name=list_name(year),
        title=f"ICD-10-CM diagnosis codes, fiscal year {year}",
        version=f"{month} {calendar}",
        effective=first,
        source="ICD-10-CM, CDC/NCHS and CMS (public domain), from the package simple-icd-10-cm.",
        unverified=False,
        codes=with_headers({line for line in lines if CODE.fullmatch(line)}),
        digest=hashlib.sha256(data).hexdigest(),
        match=WHOLE,
        until=last,
    )


def with_headers(codes: set[str]) -> dict[str, str]:
    """Return codes and their kinds: a header when a longer one begins with it, else billable."""
    kinds: dict[str, str] = {}
    longest = ""
    for code in sorted(codes, reverse=True):
        kinds[code] = HEADER if longest.startswith(code) else BILLABLE
        longest = code
    return dict(sorted(kinds.items()))


@cache
def _path() -> Path:
    spec = find_spec("simple_icd_10_cm")
    places = spec.submodule_search_locations if spec else None
    found = [
        path
        for place in places or ()
        for path in sorted((Path(place) / "data").glob("code-list-*.txt"))
        if _FILE.fullmatch(path.name)
    ]
    if not found:
        raise FileNotFoundError("the package simple-icd-10-cm has no code list; install it again")
    return found[-1]


def _told(path: Path) -> tuple[str, int]:
    found = _FILE.fullmatch(path.name)
    if found is None or found[1] not in MONTHS:
        raise ValueError(f"{path.name}: no release of ICD-10-CM by its name")
    return found[1], int(found[2])


def _fiscal_year(path: Path) -> int:
    return year_of_release(*_told(path))
