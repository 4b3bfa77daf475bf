"""Read the NPPES monthly file: only the providers that a submission names, piece by piece.

The file has some eight million lines of 330 columns. Its lines begin with the NPI, so lines are
picked by their first field as bytes, and only those picked are parsed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO

import polars as pl

from monitor.faults import visible
from monitor.stage import Parts
from rules.nppes import NPPES_COLUMNS, TAXONOMIES
from rules.relational.edit import NPPES

PIECE = 4 << 20
MAX_LINE = 1 << 20
_PART = 20_000
_SPAN = re.compile(r"npidata_pfile_(\d{8})-(\d{8})", re.IGNORECASE)
_WHOLE_YEARS = 366
_MEMBER = re.compile(r"(^|/)npidata_pfile_[^/]*\.csv$", re.IGNORECASE)
_NPI = re.compile(rb'"?([0-9]{10})(?![0-9])')

_PRACTICE = "Provider Business Practice Location Address"
_PARTS = {
    "npi": "NPI",
    "entity": "Entity Type Code",
    "organization": "Provider Organization Name (Legal Business Name)",
    "last": "Provider Last Name (Legal Name)",
    "first": "Provider First Name",
    "middle": "Provider Middle Name",
    "other_organization": "Provider Other Organization Name",
    "other_last": "Provider Other Last Name",
    "other_first": "Provider Other First Name",
    "other_middle": "Provider Other Middle Name",
    "state": f"{_PRACTICE} State Name",
    "postal": f"{_PRACTICE} Postal Code",
    "country": f"{_PRACTICE} Country Code (If outside U.S.)",
    "updated": "Last Update Date",
    "deactivated": "NPI Deactivation Date",
    "reactivated": "NPI Reactivation Date",
    **{
        f"taxonomy_{number}": f"Healthcare Provider Taxonomy Code_{number}"
        for number in range(1, TAXONOMIES + 1)
    },
}
"""What is read of the monthly file: our name and the column's."""

_NAMED = {"providers": ("npi",), "encounters": ("billing_npi", "rendering_npi")}
"""Where a submission names the NPIs that are looked up."""

_ENTITIES = {"1": "individual", "2": "facility"}


class NppesError(Exception):
    """The file is not an NPPES monthly file or is damaged; the message is one clear line."""


@dataclass
class NppesFile:
    """An NPPES monthly file, CSV or the zip that CMS publishes, whose header has been read.

    ``stated`` is the last day that its name states, None where it states none; ``sha256`` is that
    of the CSV, known once the file was read to its end.
    """

    path: Path
    name: str
    width: int
    places: dict[str, int] = field(repr=False)
    stated: date | None = None
    sha256: str = ""

    @property
    def version(self) -> str:
        """How reports name the file."""
        digest = f", sha256 {self.sha256[:12]}" if self.sha256 else ""
        return f"{self.name}{digest}"


def open_nppes(path: Path) -> NppesFile:
    """Read the header and the first line of an NPPES monthly file.

    Raises
    ------
    NppesError
        When it cannot be opened, is not the monthly file, or lacks a column.
    """
    with _opened(path) as (stream, name):
        head = _reading(stream, MAX_LINE, path)
    first, end, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    names = _fields(first)
    if not end or not names or names[0] != "NPI":
        raise NppesError(
            f"{_shown(path)}: not the NPPES monthly file: line 1 does not begin with NPI"
        )
    missing = [column for column in _PARTS.values() if column not in names]
    if missing:
        raise _not_nppes(path, f"no column {missing[0]}")
    if not _NPI.match(rest):
        raise NppesError(
            f"{_shown(path)}: no provider on line 2; wanted a line that begins with an NPI"
        )
    return NppesFile(
        path,
        visible(name),
        len(names),
        {part: names.index(column) for part, column in _PARTS.items()},
        _stated(path, name),
    )


def extract(file: NppesFile, npis: Collection[str], folder: Path) -> Path:
    """Write what NPPES says of the NPIs as a staged table below ``folder``; return its folder.

    A line that is picked and cannot be split into its columns comes with nothing but its NPI.

    Raises
    ------
    NppesError
        When the file cannot be read to its end, or ends in the midst of a line.
    """
    wanted = {npi.encode() for npi in npis}
    parts = Parts(folder / NPPES, NPPES_COLUMNS)
    digest = hashlib.sha256()
    lines = begun = 0
    picked: list[bytes] = []
    with _opened(file.path) as (stream, _):
        rest = b""
        while True:
            piece = _reading(stream, PIECE, file.path)
            digest.update(piece)
            data = rest + piece
            cut = data.rfind(b"\n") + 1
            if not piece:
                cut = len(data)
                _refuse_cut(file, rest)
            elif len(data) - cut > MAX_LINE:
                raise NppesError(f"{_shown(file.path)}: a line of over {MAX_LINE >> 20} MiB")
            block, rest = data[:cut], data[cut:]
            found, seen, begin = _picked(block, wanted)
            lines, begun = lines + seen, begun + begin
            picked += found
            if len(picked) >= _PART or (picked and not piece):
                parts.write(_frame(file, picked))
                picked = []
            if not piece:
                break
    if begun < 0.99 * (lines - 1):
        told = f"{begun:,} of {lines - 1:,} lines begin with an NPI"
        raise _not_nppes(file.path, told)
    parts.close()
    file.sha256 = digest.hexdigest()
    return parts.folder


def beside(staged: Mapping[str, Path], file: NppesFile | None) -> dict[str, Path]:
    """Return staged tables with what NPPES says of the NPIs that they name, if there is a file.

    Raises
    ------
    NppesError
        As :func:`extract` does.
    """
    if file is None:
        return dict(staged)
    npis: set[str] = set()
    for table, columns in _NAMED.items():
        if table in staged:
            rows = pl.scan_parquet(staged[table] / "*.parquet")
            for column in columns:
                found = rows.select(pl.col(column).drop_nulls().unique()).collect()
                npis.update(found[column])
    return {**staged, NPPES: extract(file, npis, next(iter(staged.values())).parent)}


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Open the CSV at ``path``, or the one inside the zip there; give its name too."""
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = [
                    entry
                    for entry in archive.namelist()
                    if _MEMBER.search(entry) and "fileheader" not in entry.lower()
                ]
                if len(inside) != 1:
                    found = f"{len(inside)} files npidata_pfile_*.csv in the zip; wanted one"
                    raise NppesError(f"{_shown(path)}: {found}")
                with archive.open(inside[0]) as stream:
                    yield stream, inside[0].rsplit("/", 1)[-1]
        else:
            with path.open("rb") as stream:
                yield stream, path.name
    except OSError as error:
        raise NppesError(f"{_shown(path)}: {error.strerror or 'cannot be opened'}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise NppesError(
            f"{_shown(path)}: the zip cannot be read ({visible(str(error))})"
        ) from error


def _reading(stream: IO[bytes], size: int, path: Path) -> bytes:
    try:
        return stream.read(size)
    except (zlib.error, zipfile.BadZipFile, EOFError) as error:
        raise NppesError(f"{_shown(path)}: the zip is damaged or cut off") from error


def _picked(block: bytes, wanted: Collection[bytes]) -> tuple[list[bytes], int, int]:
    """Return the lines of the wanted NPIs, how many lines there are and begin with an NPI."""
    found: list[bytes] = []
    begin = 0
    lines = block.split(b"\n")
    for line in lines:
        npi = line[1:11] if line[:1] == b'"' else line[:10]
        begin += npi.isdigit()
        if npi in wanted and _NPI.match(line):
            found.append(line)
    return found, len(lines) - 1, begin


def _refuse_cut(file: NppesFile, rest: bytes) -> None:
    """Refuse a file whose last line has no end and not all of its columns."""
    if rest.strip() and len(_fields(rest)) != file.width:
        raise NppesError(
            f"{_shown(file.path)}: cut off: the last line has {len(_fields(rest))} of "
            f"{file.width} columns"
        )


def _frame(file: NppesFile, lines: Sequence[bytes]) -> pl.DataFrame:
    rows = [_row(file, line) for line in lines]
    return pl.DataFrame(rows, schema=NPPES_COLUMNS, orient="row")


def _row(file: NppesFile, line: bytes) -> tuple[object, ...]:
    fields = _fields(line)
    begins = _NPI.match(line)
    npi = begins[1].decode() if begins else None
    if len(fields) != file.width or fields[file.places["npi"]].strip() != npi:
        return (npi, *(None,) * (len(NPPES_COLUMNS) - 3), file.stated, file.name)
    part = {name: fields[place].strip() or None for name, place in file.places.items()}
    postal = re.match(r"\d{5}", part["postal"] or "")
    abroad = (part["country"] or "US") != "US"
    codes = [part[f"taxonomy_{number}"] for number in range(1, TAXONOMIES + 1)]
    return (
        part["npi"],
        _ENTITIES.get(part["entity"] or ""),
        part["organization"],
        part["other_organization"],
        part["last"],
        part["first"],
        part["middle"],
        part["other_last"],
        part["other_first"],
        part["other_middle"],
        None if abroad else part["state"],
        postal[0] if postal and not abroad else None,
        ";".join(code for code in codes if code) or None,
        _day(part["updated"]),
        _day(part["deactivated"]),
        _day(part["reactivated"]),
        file.stated,
        file.name,
    )


def _fields(line: bytes) -> list[str]:
    text = line.rstrip(b"\r\n").decode("utf-8", "replace")
    try:
        return next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        return []


def _day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text, "%m/%d/%Y").date() if text else None
    except ValueError:
        return None


def _stated(path: Path, name: str) -> date | None:
    """Return the last day that the file's name states; refuse a weekly update."""
    span = _SPAN.search(name)
    try:
        first, last = (date.fromisoformat(day) for day in span.groups()) if span else (None, None)
    except ValueError:
        return None
    if first and last and (last - first).days < _WHOLE_YEARS:
        found = f"a weekly update ({first} to {last}) lists few providers"
        raise NppesError(f"{_shown(path)}: {found}; wanted the monthly file")
    return last


def _not_nppes(path: Path, found: str) -> NppesError:
    return NppesError(f"{_shown(path)}: not the NPPES monthly file: {found}")


def _shown(path: Path) -> str:
    return visible(str(path))
