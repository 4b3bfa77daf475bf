"""The two files that ``carvein adequacy`` reads: CSV or Parquet with the interface's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS

_Schema = Mapping[str, "pl.DataType | type[pl.DataType]"]

_POINT = ("latitude", "longitude")
_WORDS: Mapping[object, str] = {
    pl.Date: "a date YYYY-MM-DD",
    pl.Float64: "a number of 0 or more",
    pl.Int64: "a whole number",
}


class AdequacyError(Exception):
    """The files cannot be used as they are; the message is one line."""


@dataclass(frozen=True)
class Table:
    """A file as read: its rows, typed, and the columns of the interface that it lacks."""

    name: str
    rows: pl.DataFrame
    lacking: tuple[str, ...]


def read_members(path: Path) -> Table:
    """Read members: plan_id and what :func:`rules.network.members.prepare_members` needs.

    Every column but a place (latitude and longitude, or zip, or county_fips) may be missing: no
    plan_id is one plan without a name, no weight is 1, no enrolled_from or enrolled_to does not
    bound, no birth_date leaves the adult and pediatric populations empty.

    Raises
    ------
    AdequacyError
        When the file cannot be read, has no rows or no place, or a cell is no date or number.
    """
    table = read_table(path, {"plan_id": pl.String, **MEMBER_COLUMNS})
    if table.rows.is_empty():
        raise AdequacyError(f"{path.name}: no rows")
    placed = not set(_POINT) & set(table.lacking)
    if not placed and {"zip", "county_fips"} <= set(table.lacking):
        raise AdequacyError(f"{path.name}: no column latitude and longitude, zip or county_fips")
    return table


def read_providers(path: Path) -> Table:
    """Read providers: what :func:`rules.network.providers.prepare_providers` needs.

    A ``plan_id`` or a ``specialty`` column is taken where there is one: a row with a plan_id
    counts for that plan alone, a known slug as specialty goes before the taxonomy. Needed are
    npi, one of taxonomy, program and specialty, and latitude and longitude or zip. A file with
    a header alone is a network without providers.

    Raises
    ------
    AdequacyError
        As in :func:`read_members`.
    """
    extra: _Schema = dict.fromkeys(("plan_id", "specialty", "group_npi"), pl.String)
    table = read_table(path, {**extra, **PROVIDER_COLUMNS})
    lacking = set(table.lacking)
    if "npi" in lacking:
        raise AdequacyError(f"{path.name}: no column npi")
    if {"taxonomy", "program", "specialty"} <= lacking:
        raise AdequacyError(f"{path.name}: no column taxonomy, program or specialty")
    if set(_POINT) & lacking and "zip" in lacking:
        raise AdequacyError(f"{path.name}: no column latitude and longitude, or zip")
    return table


def read_table(path: Path, wanted: _Schema) -> Table:
    """Read the columns wanted of a CSV or Parquet file, typed; those that it lacks are empty.

    Raises
    ------
    AdequacyError
        When the file cannot be read, or a cell is not of its column's type.
    """
    raw = _open(path)
    typed = pl.DataFrame(
        [
            _typed(raw[name], kind, path.name) if name in raw.columns else _empty(raw, name, kind)
            for name, kind in wanted.items()
        ]
    )
    lacking = tuple(name for name in wanted if name not in raw.columns)
    return Table(path.name, typed, lacking)


def _open(path: Path) -> pl.DataFrame:
    if path.is_dir():
        raise AdequacyError(f"{path.name}: a folder; wanted a CSV or Parquet file")
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        raw = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise AdequacyError(f"{path.name}: cannot be read: {reason}") from fault
    twice = [name for name in raw.columns if "_duplicated_" in name]
    if twice:
        again = ", ".join(name.split("_duplicated_")[0] for name in twice)
        raise AdequacyError(f"{path.name}: a second column {again}")
    return raw.rename({name: name.strip() for name in raw.columns})


def _empty(raw: pl.DataFrame, name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Series:
    return pl.repeat(None, len(raw), dtype=kind, eager=True).alias(name)


def _typed(given: pl.Series, kind: pl.DataType | type[pl.DataType], file: str) -> pl.Series:
    """Return a column in its type; coordinates may stay text, where what is no number is told."""
    if given.name in _POINT:
        return given if given.dtype.is_numeric() else given.cast(pl.String)
    if kind == pl.String:
        width = {"county_fips": 5, "zip": 5}.get(given.name)
        text = given.cast(pl.String).str.strip_chars().replace("", None)
        # A code that was stored as a number has lost its zeros; text is taken as it stands.
        return text.str.zfill(width) if width and given.dtype.is_integer() else text
    if given.dtype.is_temporal():
        typed = given.cast(pl.Date, strict=False)
    elif kind == pl.Date:
        text = given.cast(pl.String).str.strip_chars().replace("", None)
        given, typed = text, text.str.to_date("%Y-%m-%d", strict=False)
    else:
        if given.dtype == pl.String:
            given = given.str.strip_chars().replace("", None)
        number = given.cast(pl.Float64, strict=False)
        fits = number >= 0 if kind == pl.Float64 else number == number.floor()
        typed = number.set(~(fits & number.is_finite()).fill_null(False), None).cast(kind)
    faulty = (given.is_not_null() & typed.is_null()).arg_true()
    if len(faulty):
        row = int(faulty[0])
        raise AdequacyError(
            f"{file} row {row + 2}: {given.name} {str(given[row])[:40]!r}; wanted {_WORDS[kind]}"
        )
    return typed
