"""Minutes from a file of pairs: origin, destination, minutes, miles (CSV or Parquet).

An origin or a destination is a point as ``latitude,longitude`` in decimal degrees, and pairs are
found by points rounded to five decimals (about a yard): a file needs no ids of members, and one
pair serves everybody who lives at its origin. A pair that is not in the file, or whose minutes are
empty, is unreachable. A point that the file names nowhere as an origin (a home) or as a
destination (a site) is outside: the file does not speak of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from geodata.distance import Floats, Indexes
from geodata.pairs import Pairs
from geodata.travel import (
    MATRIX,
    OUTSIDE,
    REACHED,
    UNREACHABLE,
    TravelError,
    Travelled,
    digest_files,
)

COLUMNS = ("origin", "destination", "minutes", "miles")
"""What a matrix holds; ``miles`` may be left out, and may be empty."""

DECIMALS = 5
"""Points are held against each other after rounding to so many decimals of a degree."""

_Refuse = Callable[[int, str], TravelError]
_SCALE = 10**DECIMALS
_TURN = 360 * _SCALE + 1


@dataclass(frozen=True, eq=False)
class MatrixFile:
    """A matrix, as a :class:`~geodata.travel.Source`; :func:`read_matrix` makes it.

    ``name`` is that of the file and ``digest`` that of its bytes; the places of ``pairs`` are
    points as :func:`_keys` numbers them.
    """

    name: str
    pairs: Pairs
    source: str = MATRIX
    digest: str = ""

    @property
    def note(self) -> str:
        """One line that every result carries."""
        return f"minutes as supplied in {self.name}"

    @property
    def backwards(self) -> MatrixFile:
        """The same pairs, asked from their destinations."""
        pairs = self.pairs
        swapped = replace(pairs, origin=pairs.destination, destination=pairs.origin)
        return replace(self, pairs=swapped)

    def nearest(
        self,
        homes_lat: Floats,
        homes_lon: Floats,
        sites_lat: Floats,
        sites_lon: Floats,
        k: int,
    ) -> Travelled:
        """Return the ``k`` sites with the fewest minutes in the file from each home.

        See :meth:`geodata.travel.Source.nearest`.
        """
        homes, sites = _keys(homes_lat, homes_lon), _keys(sites_lat, sites_lon)
        minutes, miles, index = self.pairs.soonest(homes, sites, k)
        state = np.where(index[:, 0] < 0, UNREACHABLE, REACHED)
        state[~np.isin(homes, self.pairs.origin)] = OUTSIDE
        known = np.where(np.isin(sites, self.pairs.destination), REACHED, OUTSIDE)
        return Travelled(minutes, miles, index, state.astype(np.int8), known.astype(np.int8))


def read_matrix(path: Path) -> MatrixFile:
    """Read a matrix from CSV (UTF-8, a header line) or Parquet.

    Raises
    ------
    TravelError
        When the file cannot be read, a column is missing, a point is none, minutes or miles are
        not a number of 0 or more, or a pair occurs twice; with the file and the line (the row, of
        Parquet).
    """
    told = _text(path)
    word, shift = ("row", 1) if path.suffix.lower() == ".parquet" else ("line", 2)

    def refuse(row: int, fault: str) -> TravelError:
        return TravelError(f"{path}, {word} {row + shift}: {fault}")

    ends = [_points(told[name], name, refuse) for name in COLUMNS[:2]]
    numbers = [_numbers(told[name], name, refuse) for name in COLUMNS[2:]]
    order = np.lexsort((ends[1], ends[0]))
    origin, destination = ends[0][order], ends[1][order]
    twice = np.flatnonzero((origin[1:] == origin[:-1]) & (destination[1:] == destination[:-1]))
    if len(twice):
        # lexsort keeps the order of the file among equals.
        at = twice[np.argmin(order[twice + 1])]
        once, again = int(order[at]), int(order[at + 1])
        pair = f"{told['origin'][again][:40]} to {told['destination'][again][:40]}"
        raise refuse(again, f"{pair}: this pair is already on {word} {once + shift}")
    minutes = np.where(np.isnan(numbers[0]), np.inf, numbers[0])[order]
    pairs = Pairs(origin, destination, minutes, numbers[1][order])
    return MatrixFile(path.name, pairs, digest=digest_files(path))


def _text(path: Path) -> pl.DataFrame:
    """Return the file's columns as text."""
    try:
        if path.suffix.lower() == ".parquet":
            read = pl.read_parquet(path, glob=False)
        else:
            read = pl.read_csv(path, infer_schema=False, glob=False)
    except FileNotFoundError as fault:
        raise TravelError(f"{path}: no such file") from fault
    except (OSError, pl.exceptions.PolarsError) as fault:
        told = (str(fault).splitlines() or ["not readable"])[0]
        raise TravelError(f"{path}: cannot be read as a matrix: {told[:200]}") from fault
    missing = [name for name in COLUMNS[:3] if name not in read.columns]
    if missing:
        raise TravelError(
            f"{path}: no column {', '.join(missing)}; wanted {', '.join(COLUMNS)} (miles optional)"
        )
    if COLUMNS[3] not in read.columns:
        read = read.with_columns(pl.lit(None, dtype=pl.String).alias(COLUMNS[3]))
    read = read.select(COLUMNS)
    nested = [name for name, kind in read.schema.items() if kind.is_nested()]
    if nested:
        raise TravelError(f"{path}: column {nested[0]} holds lists; wanted text or numbers")
    return read.cast(pl.String)


def _points(told: pl.Series, name: str, refuse: _Refuse) -> Indexes:
    """Return points as numbers that are equal where the points are."""
    split = told.str.split_exact(",", 1).struct
    north = split.field("field_0").str.strip_chars().cast(pl.Float64, strict=False)
    east = split.field("field_1").str.strip_chars().cast(pl.Float64, strict=False)
    commas = told.str.count_matches(",", literal=True)
    on_earth = north.is_between(-90, 90) & east.is_between(-180, 180)
    good = ((commas == 1) & on_earth).fill_null(False)
    if not good.all():
        row = int((~good).arg_max() or 0)
        raise refuse(row, f"{name} {_shown(told[row])}; wanted a point as latitude,longitude")
    return _keys(north.to_numpy(), east.to_numpy())


def _numbers(told: pl.Series, name: str, refuse: _Refuse) -> Floats:
    """Return numbers of 0 or more, NaN where the file has none."""
    text = told.str.strip_chars()
    empty = text.fill_null("") == ""
    numbers = text.cast(pl.Float64, strict=False)
    good = empty | ((numbers >= 0) & numbers.is_finite()).fill_null(False)
    if not good.all():
        row = int((~good).arg_max() or 0)
        raise refuse(row, f"{name} {_shown(told[row])}; wanted a number of 0 or more, or nothing")
    values: Floats = numbers.fill_null(float("nan")).to_numpy()
    return values


def _shown(value: str | None) -> str:
    return "is empty" if not value else repr(value[:40])


def _keys(north: Floats, east: Floats) -> Indexes:
    """Return one whole number a point rounded to :data:`DECIMALS`; 180 degrees is -180."""
    latitude = np.rint(np.asarray(north) * _SCALE).astype(np.int64)
    longitude = np.rint(np.asarray(east) * _SCALE).astype(np.int64)
    longitude[longitude == 180 * _SCALE] = -180 * _SCALE
    keys: Indexes = (latitude + 90 * _SCALE) * _TURN + longitude + 180 * _SCALE
    return keys
