"""Code lists as their publishers release them, recognised and turned into value sets of ours.

ICD-10-CM order and code files and HCPCS, place of service (CMS), provider taxonomy (NUCC), national
drug codes (FDA). Every other file is taken for YAML of ours. A file is read whole, never run, and
refused with its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from monitor import ndc_directory
from rules.icd10cm_release import (
    BILLABLE,
    HEADER,
    MONTHS,
    fiscal_days,
    list_name,
    with_headers,
    year_of_release,
)
from rules.valueset import WHOLE

MAX_BYTES = 64 * 1024 * 1024

_ICD = r"[A-Z][0-9A-Z]{2,6}"
_ORDER = re.compile(rf"\d{{5}} ({_ICD}) +([01]) \S")
_CODES = re.compile(rf"({_ICD})(?:\s+\S.*)?")
_BLOCK = re.compile(rf"\d{{1,2}}|{_ICD}-{_ICD}")
_EFFECTIVE = re.compile(r"effective (?:no later than )?([A-Z][a-z]+ \d{1,2}, \d{4})", re.IGNORECASE)
_LONGEST_HEADER = 10_000
_QUARTERS = {"JAN": 1, "APR": 4, "JUL": 7, "OCT": 10}


class ListError(ValueError):
    """A file that is no code list; the message is one line: file, line, found and wanted."""


@dataclass(frozen=True)
class Official:
    """What a recognised file holds: the mapping of a value set.

    ``dated`` is false where neither the file nor its name said from which day it is meant.
    """

    told: dict[str, Any]
    dated: bool = True


def read_text(path: Path) -> str:
    """Return the text of a file: UTF-8, with or without a mark, else Windows-1252.

    Raises
    ------
    ListError
        When the file cannot be read, is too large, empty or no text.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as fault:
        raise ListError(f"{path}: {fault.strerror or 'cannot be read'}") from None
    if len(data) > MAX_BYTES:
        raise ListError(f"{path.name}: more than {MAX_BYTES:,} bytes")
    if data.startswith(b"PK"):
        raise ListError(f"{path.name}: a zip or workbook; unpack it, or save the list as CSV")
    if b"\0" in data:
        raise ListError(f"{path.name}: no text file (it holds NUL bytes)")
    if not data.strip():
        raise ListError(f"{path.name}: empty")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def recognise(text: str, file: str) -> Official | None:
    """Return what an official file holds, None when it is none of those known.

    Raises
    ------
    ListError
        When it is one of them and damaged; with the line.
    """
    if ndc_directory.is_directory(text):
        return _drugs(text, file)
    lines = text.splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if _ORDER.match(first):
        return _icd10cm(_order(lines, file), file)
    if re.search("icd.?10|code-list", file, re.IGNORECASE) and (
        _BLOCK.fullmatch(first) or _CODES.fullmatch(first)
    ):
        return _icd10cm(_code_lines(lines, file), file)
    header = [_plain(name) for name in next(csv.reader([first[:_LONGEST_HEADER]]), [])]
    if header[:2] == ["code", "grouping"]:
        return _nucc(_rows(text, file), file)
    if header[:1] == ["hcpc"] or (header[:1] == ["code"] and "seqnum" in header):
        return _hcpcs(_rows(text, file), file)
    if _is_place(header, file):
        return _places(_rows(text, file), file)
    return None


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def _is_place(header: Sequence[str], file: str) -> bool:
    named = re.search("pos|place", _plain(file)) or any("place_of_service" in h for h in header)
    return bool(named) and len(header) > 1 and "code" in header[0]


def _rows(text: str, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV by plain column name, each with its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [_plain(name) for name in next(reader)]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < len(header):
                reason = f"{len(row)} fields, wanted {len(header)}"
                raise ListError(f"{file}: line {reader.line_num}: {reason}")
            cells = (cell.strip() for cell in row)
            yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error as fault:
        raise ListError(f"{file}: line {reader.line_num}: {fault}") from None


def _order(lines: Sequence[str], file: str) -> dict[str, str]:
    codes: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _ORDER.match(line)
        if found is None:
            wanted = "wanted an order number, a code, 0 or 1, and a title"
            raise ListError(f"{file}: line {number}: found {line.strip()[:40]!r}, {wanted}")
        codes[found[1]] = BILLABLE if found[2] == "1" else HEADER
    return codes


def _code_lines(lines: Sequence[str], file: str) -> dict[str, str]:
    codes = set()
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or _BLOCK.fullmatch(text):
            continue
        found = _CODES.fullmatch(text)
        if found is None:
            wanted = "wanted an ICD-10-CM code without the dot"
            raise ListError(f"{file}: line {number}: found {text[:40]!r}, {wanted}")
        codes.add(found[1])
    kinds = with_headers(codes)
    if HEADER not in kinds.values():
        # A list of billable codes alone leaves the headers out: they are what those begin with.
        heads = {code[:cut] for code in codes for cut in range(3, len(code))}
        kinds = with_headers(codes | heads)
    return kinds


def _icd10cm(codes: Mapping[str, str], file: str) -> Official:
    if not codes:
        raise ListError(f"{file}: no ICD-10-CM code in it")
    told = re.search(r"(?<!\d)(20\d\d)(?!\d)", file)
    if told is None:
        raise ListError(f"{file}: its name does not tell the year (icd10cm_order_2026.txt)")
    month = next((name for name in MONTHS if name.lower() in file.lower()), "")
    calendar = int(told[1])
    year = year_of_release(month, calendar) if file.startswith("code-list-") else calendar
    effective, until = fiscal_days(year)
    groups = {
        kind: [code for code, told in codes.items() if told == kind] for kind in (BILLABLE, HEADER)
    }
    return Official(
        {
            "name": list_name(year),
            "title": f"ICD-10-CM diagnosis codes, fiscal year {year}",
            "version": f"{month} {calendar}".strip(),
            "effective": effective.isoformat(),
            "until": until.isoformat(),
            "source": f"ICD-10-CM, CDC/NCHS and CMS (public domain), file {file}.",
            "match": WHOLE,
            "codes": {kind: listed for kind, listed in groups.items() if listed},
        }
    )


def _nucc(rows: Iterator[tuple[int, dict[str, str]]], file: str) -> Official:
    groups: dict[str, list[str]] = {"individual": [], "organization": []}
    for line, row in rows:
        code = row["code"]
        if not re.fullmatch("[0-9A-Z]{9}X", code):
            raise ListError(f"{file}: line {line}: found {code[:40]!r}, wanted a taxonomy code")
        section, grouping = row.get("section", ""), row["grouping"]
        people = section.lower() == "individual" if section else _of_people(code)
        groups["individual" if people and grouping != "Group" else "organization"].append(code)
    told = re.search(r"(\d\d)\.?([01])(?!\d)", file)
    # NUCC: version .0 comes in January for use from 1 April, .1 in July for use from 1 October.
    effective = date(2000 + int(told[1]), 4 if told[2] == "0" else 10, 1) if told else date.today()
    return Official(
        {
            "name": "nucc_taxonomy",
            "title": "Provider taxonomy codes (NUCC)",
            "version": f"{told[1]}.{told[2]}" if told else f"loaded {effective}",
            "effective": effective.isoformat(),
            "source": f"NUCC Health Care Provider Taxonomy code set, file {file}.",
            "match": WHOLE,
            "codes": {group: codes for group, codes in groups.items() if codes},
        },
        dated=told is not None,
    )


def _of_people(code: str) -> bool:
    from rules.values import value_set

    return value_set("taxonomy_groupings").of(code) != "organization"


def _hcpcs(rows: Iterator[tuple[int, dict[str, str]]], file: str) -> Official:
    codes: dict[str, str] = {}
    dates: dict[str, dict[str, str]] = {}
    for line, row in rows:
        code = row.get("hcpc") or row.get("code", "")
        if not re.fullmatch("[A-Z][0-9]{4}|[A-Z0-9]{2}", code):
            wanted = "wanted a HCPCS code or modifier"
            raise ListError(f"{file}: line {line}: found {code[:40]!r}, {wanted}")
        codes[code] = "modifiers" if len(code) == 2 else "codes"
        given = {
            key: day
            for key, column in (("start", "add_dt"), ("end", "term_dt"))
            if (day := _compact_day(row.get(column, ""), file, line))
        }
        if given:
            dates[code] = given
    told = re.search(r"(20\d\d)[_-]?(JAN|APR|JUL|OCT)?", file.upper())
    starts = sorted(day["start"] for day in dates.values() if "start" in day)
    if told:
        effective = date(int(told[1]), _QUARTERS.get(told[2] or "JAN", 1), 1)
    else:
        effective = date.fromisoformat(starts[-1]) if starts else date.today()
    last = (effective.month - 1) // 3 * 3 + 3
    groups = {group: [c for c in codes if codes[c] == group] for group in ("codes", "modifiers")}
    return Official(
        {
            "name": "hcpcs",
            "title": "HCPCS Level II codes (CMS)",
            "version": f"{effective:%Y-%m}" if told or starts else f"loaded {effective}",
            "effective": effective.isoformat(),
            # Codes are added every quarter: past its own the list cannot say that one is unknown.
            "until": date(effective.year, last, 31 if last in (3, 12) else 30).isoformat(),
            "source": f"HCPCS Level II, CMS (public domain), file {file}.",
            "match": WHOLE,
            "codes": {group: listed for group, listed in groups.items() if listed},
            "dates": dates,
        },
        dated=bool(told or starts),
    )


def _compact_day(text: str, file: str, line: int) -> str:
    if not text:
        return ""
    found = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", text)
    try:
        return date(*map(int, found.groups())).isoformat() if found else _refuse(text, file, line)
    except ValueError:
        return _refuse(text, file, line)


def _refuse(text: str, file: str, line: int) -> str:
    raise ListError(f"{file}: line {line}: found {text[:40]!r}, wanted a day as YYYYMMDD")


def _places(rows: Iterator[tuple[int, dict[str, str]]], file: str) -> Official:
    from rules.values import value_set

    before = value_set("places_of_service")
    groups: dict[str, list[str]] = {}
    dates: dict[str, dict[str, str]] = {}
    latest = ""
    for line, row in rows:
        code, *words = row.values()
        if re.search("unassigned", " ".join(words), re.IGNORECASE):
            continue
        if not re.fullmatch(r"\d{1,2}", code):
            raise ListError(f"{file}: line {line}: found {code[:40]!r}, wanted a two-digit code")
        code = code.zfill(2)
        groups.setdefault(before.of(code) or "other", []).append(code)
        start = _stated(" ".join(words)) or before.starts.get(code)
        if start:
            dates[code] = {"start": start.isoformat()}
            latest = max(latest, start.isoformat())
    effective = date.fromisoformat(latest) if latest else date.today()
    return Official(
        {
            "name": "places_of_service",
            "title": "Places of service",
            "version": f"{effective}, {file}",
            "effective": effective.isoformat(),
            "source": f"CMS place of service code set (public domain), file {file}.",
            "match": WHOLE,
            "codes": groups,
            "dates": dates,
        },
        dated=bool(latest),
    )


def _drugs(text: str, file: str) -> Official:
    try:
        codes = ndc_directory.classed(text)
    except ndc_directory.DirectoryError as fault:
        raise ListError(f"{file}: {fault}") from None
    return Official(
        {
            "name": ndc_directory.NAME,
            "title": ndc_directory.TITLE,
            "version": f"loaded {date.today()}",
            "effective": date.today().isoformat(),
            "source": f"National Drug Code Directory, FDA (public domain), file {file}.",
            "codes": codes,
        },
        dated=False,
    )


def _stated(text: str) -> date | None:
    from datetime import datetime

    days = []
    for found in _EFFECTIVE.findall(text):
        try:
            days.append(datetime.strptime(found, "%B %d, %Y").date())
        except ValueError:
            continue
    return min(days, default=None)
