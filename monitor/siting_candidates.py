"""Who could be added to a network: a file of sites, or the NPPES monthly file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from geodata.distance import Floats
from geodata.points import clean
from monitor.adequacy_input import AdequacyError, read_table
from rules.nppes import TAXONOMIES
from rules.specialty import list_specialties, specialties

_TEXT = ("id", "npi", "site_id", "name", "city", "state", "zip", "taxonomy", "program", "specialty")
COLUMNS: Mapping[str, type[pl.DataType]] = {
    **dict.fromkeys(_TEXT, pl.String),
    "latitude": pl.Float64,
    "longitude": pl.Float64,
}
"""What is read of a file of sites; ``id``, else npi, else site_id, names a candidate."""

_TRADE = {"taxonomy", "program", "specialty"}

_PRACTICE = "Provider Business Practice Location Address"
_CODES = [f"Healthcare Provider Taxonomy Code_{number}" for number in range(1, TAXONOMIES + 1)]
_NPPES = {
    "npi": "NPI",
    "_organization": "Provider Organization Name (Legal Business Name)",
    "_last": "Provider Last Name (Legal Name)",
    "_first": "Provider First Name",
    "city": f"{_PRACTICE} City Name",
    "state": f"{_PRACTICE} State Name",
    "zip": f"{_PRACTICE} Postal Code",
    "_country": f"{_PRACTICE} Country Code (If outside U.S.)",
    "_gone": "NPI Deactivation Date",
    "_back": "NPI Reactivation Date",
}

SAME_POINT = 5
"""Decimals of a degree, about a yard, within which two points are one."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The points where somebody could be added, and who.

    Attributes
    ----------
    rows
        One row a candidate that is left, sorted by id: id, name, place, ``point`` (index into the
        points) and approximate.
    latitude, longitude
        Decimal degrees of the points, in the order of the first id at each; shape (p,).
    left_out
        Rows left out, by why: under_contract, other_specialty, unlocated, deactivated, abroad.
    notes
        Lines for the reader.
    """

    rows: pl.DataFrame
    latitude: Floats
    longitude: Floats
    left_out: Mapping[str, int]
    notes: tuple[str, ...]


def read_candidates(path: Path, specialty: str, providers: pl.DataFrame, as_of: date) -> Candidates:
    """Read the candidates of a specialty who are not under contract on a day.

    Parameters
    ----------
    path
        CSV (also ``.gz``) or Parquet with latitude and longitude, or zip; or the NPPES monthly
        CSV, of which the lines with a taxonomy of the specialty are read.
    providers
        The plan's rows, as :func:`monitor.adequacy_input.read_providers` gives them. A candidate
        is under contract when its NPI is in a row of that day, or its own coordinates are those
        of a row of that day and specialty. The centroid of a ZIP code is nobody's own.

    Raises
    ------
    AdequacyError
        When the file cannot be used.
    """
    rows, lacking, unfit = _rows(path, specialty)
    contracted = providers.filter(
        (pl.col("contract_effective").is_null() | (pl.col("contract_effective") <= as_of))
        & (pl.col("contract_end").is_null() | (pl.col("contract_end") >= as_of))
    )
    rows = rows.with_row_index("_row")
    known = contracted["npi"].drop_nulls().unique().implode()
    free = rows.filter(~pl.col("npi").is_in(known).fill_null(False))
    fitting = free
    if not lacking >= _TRADE:
        listed = list_specialties(_one_a_taxonomy(free))
        fitting = free.filter(
            pl.col("_row").is_in(listed.filter(pl.col("specialty") == specialty)["_row"].implode())
        )
    points = clean(fitting["latitude"], fitting["longitude"], fitting["zip"])
    placed = fitting.with_columns(
        pl.Series("at", points.of_row), pl.Series("approximate", points.approximate)
    ).filter(pl.col("at") >= 0)
    north, east = (axis[placed["at"].to_numpy()] for axis in (points.latitude, points.longitude))
    taken = _yards(_contracted_points(contracted, specialty))
    own = zip(_yards((north, east)), placed["approximate"], strict=True)
    here = [yard in taken and not approximate for yard, approximate in own]
    left = placed.filter(~pl.Series(here, dtype=pl.Boolean))
    return _placed(
        _named(left, points.latitude, points.longitude),
        {
            "under_contract": len(rows) - len(free) + sum(here),
            "other_specialty": len(free) - len(fitting),
            "unlocated": len(fitting) - len(placed),
            **unfit,
        },
        tuple(_notes(path, lacking, specialty)),
    )


def _contracted_points(contracted: pl.DataFrame, specialty: str) -> tuple[Floats, ...]:
    """Return latitude and longitude of the rows of a specialty that have coordinates."""
    rows = list_specialties(contracted).filter(pl.col("specialty") == specialty)
    points = clean(rows["latitude"], rows["longitude"])
    return points.latitude, points.longitude


def _yards(points: tuple[Floats, ...]) -> list[tuple[float, float]]:
    north, east = (np.round(axis, SAME_POINT).tolist() for axis in points)
    return list(zip(north, east, strict=True))


def _named(rows: pl.DataFrame, latitude: Floats, longitude: Floats) -> pl.DataFrame:
    """Return the rows with id, place and coordinates, sorted by id, each id once at a point."""
    nameless = pl.format("row {}", pl.col("_row") + 2)
    place = pl.concat_str(pl.col("city", "state", "zip"), separator=" ", ignore_nulls=True)
    at = rows["at"].to_numpy()
    return (
        rows.with_columns(
            pl.coalesce("id", "npi", "site_id", nameless).alias("id"),
            pl.col("name").fill_null(""),
            place.alias("place"),
            pl.Series("latitude", latitude[at]),
            pl.Series("longitude", longitude[at]),
        )
        .sort("id", "_row")
        .unique(["id", "at"], keep="first", maintain_order=True)
    )


def _placed(named: pl.DataFrame, left_out: Mapping[str, int], notes: tuple[str, ...]) -> Candidates:
    spots = named.unique("at", keep="first", maintain_order=True)
    numbered = spots.select("at", pl.int_range(pl.len(), dtype=pl.Int64).alias("point"))
    rows = named.join(numbered, on="at", maintain_order="left")
    return Candidates(
        rows=rows.select("id", "name", "place", "point", "approximate"),
        latitude=spots["latitude"].to_numpy(),
        longitude=spots["longitude"].to_numpy(),
        left_out=left_out,
        notes=notes,
    )


def _rows(path: Path, specialty: str) -> tuple[pl.DataFrame, set[str], dict[str, int]]:
    """Return the rows, the columns that the file lacks, and what NPPES itself rules out."""
    if path.suffix.lower() == ".zip":
        raise AdequacyError(f"{path.name}: a zip; wanted the CSV that is in it")
    if _is_nppes(path):
        found = _read_nppes(path, specialty)
        gone = found["_gone"].is_not_null() & found["_back"].is_null()
        abroad = ~gone & (found["_country"].fill_null("US") != "US")
        unfit = {"deactivated": int(gone.sum()), "abroad": int(abroad.sum())}
        return found.filter(~gone & ~abroad).select(*COLUMNS), set(), unfit
    table = read_table(path, COLUMNS)
    lacking = set(table.lacking)
    if {"latitude", "longitude"} & lacking and "zip" in lacking:
        raise AdequacyError(f"{path.name}: no column latitude and longitude, or zip")
    return table.rows, lacking, {}


def _is_nppes(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return False
    first = head.removeprefix(b"\xef\xbb\xbf").startswith((b'"NPI"', b"NPI,"))
    return first and _CODES[0].encode() in head


def _read_nppes(path: Path, specialty: str) -> pl.DataFrame:
    """Read the lines of the NPPES file that have a taxonomy of the specialty, codes joined by ;."""
    wanted = specialties()[specialty].taxonomies
    if not wanted:
        title = specialties()[specialty].title
        raise AdequacyError(f"{path.name}: no taxonomy of NPPES maps to {title}")
    exact = [code for code in wanted if not code.endswith("*")]
    begin = [code[:-1] for code in wanted if code.endswith("*")]
    fits = [pl.col(_CODES).is_in(exact)]
    fits += [pl.col(_CODES).str.starts_with(code) for code in begin]
    blank = [pl.col(_NPPES[name]).replace("", None).alias(name) for name in _NPPES]
    person = pl.concat_str("_last", "_first", separator=", ", ignore_nulls=True)
    try:
        # NPPES has eight million lines: those of other trades never come into memory together.
        lines = pl.scan_csv(path, infer_schema=False, encoding="utf8-lossy")
        found = (
            lines.filter(pl.any_horizontal(fits))
            .select(*blank, pl.concat_list(_CODES).list.drop_nulls().list.join(";").alias("_codes"))
            .collect(engine="streaming")
        )
    except (OSError, pl.exceptions.PolarsError) as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise AdequacyError(f"{path.name}: cannot be read as the NPPES file: {reason}") from fault
    told = {*_NPPES, "name", "taxonomy"}
    empty = [pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items() if name not in told]
    return found.with_columns(
        pl.coalesce("_organization", person).alias("name"),
        pl.col("_codes").alias("taxonomy"),
        *empty,
        pl.col("zip").str.slice(0, 5),
    )


def _one_a_taxonomy(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row a taxonomy; NPPES gives several of a provider, joined by ;."""
    return rows.with_columns(pl.col("taxonomy").str.split(";")).explode("taxonomy")


def _notes(path: Path, lacking: set[str], specialty: str) -> Iterator[str]:
    if lacking >= _TRADE:
        title = specialties()[specialty].title
        yield f"{path.name} has no taxonomy, program or specialty: all in it count as {title}"
