"""Small frames onto arrays by month, rate cell, region, side and arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.spending.use import ARRANGEMENTS, MOST_LAG, SERVICES, SIDES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """The axes; ``first`` is the month, of those that may be sent, that the grid begins with."""

    months: tuple[str, ...]
    first: int
    cells: tuple[str, ...]
    regions: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of months, cells and regions."""
        return len(self.months), len(self.cells), len(self.regions)

    def capitation(self, rows: pl.DataFrame) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
        """Return member months, BH rate and revenue (M, C), and which months are complete (M,)."""
        at = {month: number for number, month in enumerate(self.months)}
        cell = {name: number for number, name in enumerate(self.cells)}
        sums = np.zeros((3, len(self.months), len(self.cells)))
        complete = np.isin(self.months, rows["month"].to_list())
        for row in rows.iter_rows(named=True):
            place = at[row["month"]], cell[row["rate_cell"]]
            for number, name in enumerate(("member_months", "bh_rate", "revenue")):
                sums[(number, *place)] += row[name]
            complete[place[0]] &= bool(row["complete"])
        return sums[0], sums[1], sums[2], complete

    def shared(self, member_months: Floats, faces: pl.DataFrame) -> Floats:
        """Return member months of capitation, (M, C), shared out by region, (M, C, R).

        By those enrolled in the month and cell; where nobody is, as over the whole cell, and else
        evenly.
        """
        people = np.zeros(self.shape)
        self._add(people, faces, [], "people")
        ever = people.sum(axis=0, keepdims=True)
        ever = np.where(ever.sum(axis=2, keepdims=True) > 0, ever, 1.0)
        shares = np.where(people.sum(axis=2, keepdims=True) > 0, people, ever)
        share: Floats = shares / shares.sum(axis=2, keepdims=True)
        return member_months[:, :, None] * share

    def by_side(self, rows: pl.DataFrame, name: str) -> Floats:
        """Return a sum by month, cell, region and side; the unplaced are spread over the placed."""
        sums = np.zeros((*self.shape, len(SIDES)))
        self._add(sums, rows, ["side"], name)
        return self._with_unplaced(sums, rows, name)

    def by_arrangement(self, rows: pl.DataFrame, name: str) -> Floats:
        """Return a sum by month, cell, region, side and arrangement."""
        split = rows.with_columns(_direct=pl.col(name) - pl.col(f"{name}_sub"))
        return np.stack([self.by_side(split, "_direct"), self.by_side(rows, f"{name}_sub")], -1)

    def lags(self, rows: pl.DataFrame, name: str) -> Floats:
        """Return a sum by side, arrangement, month and lag."""
        sums = np.zeros((len(SIDES), len(ARRANGEMENTS), len(self.months), MOST_LAG + 1))
        dated = rows.filter(pl.col("lag").is_not_null())
        at = [dated[column].to_numpy().astype(np.int64) for column in ("side", "sub")]
        month, lag = dated["month"].to_numpy(), dated["lag"].to_numpy()
        place = (*at, month.astype(np.int64) - self.first, lag.astype(np.int64))
        np.add.at(sums, place, dated[name].to_numpy())
        return sums

    def services(self, rows: pl.DataFrame) -> Floats:
        """Return dollars, users and lines by month, side and service type."""
        sums = np.zeros((len(self.months), len(SIDES), len(SERVICES), 3))
        month, side, service = (
            rows[column].to_numpy().astype(np.int64) for column in ("month", "side", "service")
        )
        for number, name in enumerate(("benefit", "users", "lines")):
            sums[month - self.first, side, service, number] = rows[name].to_numpy()
        return sums

    def faults(self, rows: pl.DataFrame) -> Floats:
        """Return lines, unpriced ones and unreached ones by month, side and arrangement."""
        sums = np.zeros((len(self.months), len(SIDES), len(ARRANGEMENTS), 3))
        month, side, sub = (
            rows[column].to_numpy().astype(np.int64) for column in ("month", "side", "sub")
        )
        for number, name in enumerate(("lines", "unpriced", "unreached")):
            np.add.at(sums[..., number], (month - self.first, side, sub), rows[name].to_numpy())
        return sums

    def _add(self, sums: Floats, rows: pl.DataFrame, also: Sequence[str], name: str) -> None:
        """Add rows of known cells to an array by month, cell, region and further columns."""
        held = rows.filter(
            pl.col("cell").is_in(self.cells),
            pl.col("month").is_between(self.first, self.first + len(self.months) - 1),
        )
        cell = {cell: number for number, cell in enumerate(self.cells)}
        region = {region: number for number, region in enumerate(self.regions)}
        place = (
            held["month"].to_numpy().astype(np.int64) - self.first,
            np.array([cell[each] for each in held["cell"]], np.int64),
            np.array([region[each] for each in held["region"]], np.int64),
            *(held[column].to_numpy().astype(np.int64) for column in also),
        )
        np.add.at(sums, place, held[name].to_numpy())

    def _with_unplaced(self, sums: Floats, rows: pl.DataFrame, name: str) -> Floats:
        """Scale what is known by cell so that each month and side adds up to all there is."""
        total = np.zeros((len(self.months), len(SIDES)))
        month, side = (rows[column].to_numpy().astype(np.int64) for column in ("month", "side"))
        np.add.at(total, (month - self.first, side), rows[name].to_numpy())
        known = sums.sum(axis=(1, 2))
        scale = np.divide(total, known, out=np.ones_like(total), where=known > 0)
        # In a month where nobody is placed, dollars go evenly to every cell.
        lost = np.where(known > 0, 0.0, total) / (sums.shape[1] * sums.shape[2])
        full: Floats = sums * scale[:, None, None, :] + lost[:, None, None, :]
        return full
