"""What the search for a shift reads: who cost how much in which month, and at what prices.

One row a member, month and side comes out of the engine, and small sums by service code; the lines
stay in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, add_months
from rules.spending.benefit import MONTHS_KEPT
from rules.spending.series import Series
from rules.spending.strata import UNPLACED, placed_persons

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BH, PH = 0, 1

UNSTEADY = 0.1
"""Relative error of a month's unit price past which a code tells no price: what is paid for it
counts as use. carvein's own figure."""


@dataclass(frozen=True, eq=False)
class Costs:
    """Rows over members x months of one side, in the months that are tested.

    ``member`` and ``month`` are numbers from 0; ``weight`` turns dollars into standardised dollars
    per member month, completed; ``direct`` and ``sub`` are dollars by arrangement.
    """

    member: Ints
    month: Ints
    weight: Floats
    direct: Floats
    sub: Floats


@dataclass(frozen=True, eq=False)
class Prices:
    """The unit price of one side and arrangement against its own average, by month.

    ``index`` is 1 where nothing was paid; ``error`` its relative standard error, from the scatter
    of prices inside each code; ``amount`` the dollars it rests on.
    """

    index: Floats
    error: Floats
    amount: Floats


def read_costs(filing: Filing, series: Series, tested: Ints) -> dict[int, Costs]:
    """Return the costs of each side in the tested months (places in ``series.months``)."""
    rows = region_rows(filing, tested, MONTHS_KEPT - len(series.months))
    return {side: costs_of(rows, series, series, tested, side) for side in (BH, PH)}


def region_rows(filing: Filing, tested: Ints, first: int) -> pl.DataFrame:
    """Return dollars by member, month, side, cell and region; ``first`` is the oldest month."""
    rows = filing.once("placed persons", placed_persons)
    kept = rows.filter(rows.side.isin([BH, PH]), rows.month.isin([int(m) + first for m in tested]))
    told: pl.DataFrame = kept.select(
        "member", "month", "side", "cell", "region", "benefit", "benefit_sub"
    ).to_polars()
    return told.with_columns(pl.col("month") - first)


def costs_of(rows: pl.DataFrame, exposed: Series, whole: Series, tested: Ints, side: int) -> Costs:
    """Return the costs of one side; member months are of ``exposed``, completion of ``whole``."""
    done = (whole.bh, whole.ph)[side].completion
    place = np.full(len(whole.months), -1, dtype=np.int64)
    place[tested] = np.arange(len(tested))
    return _costs(rows.filter(pl.col("side") == side), exposed, place, _weights(exposed), done)


def _weights(series: Series) -> Floats:
    """Return (M, C + 1): standard weight over member months; the last is for unplaced members."""
    exposed = series.member_months
    present = exposed > 0
    weight = np.where(present, series.weights[None, :], 0.0)
    total = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    by_cell = np.divide(weight, exposed, out=np.zeros_like(weight), where=present)
    people = exposed.sum(axis=1, keepdims=True)
    whole = np.divide(1.0, people, out=np.zeros_like(people), where=people > 0)
    return np.concatenate([by_cell, whole], axis=1)


def _costs(rows: pl.DataFrame, series: Series, place: Ints, weights: Floats, done: Floats) -> Costs:
    month = rows["month"].to_numpy().astype(np.int64)
    number = {name: at for at, name in enumerate(series.cells)}
    unplaced = len(series.cells)
    if series.cells == (UNPLACED,):
        cell = np.full(len(month), unplaced)
    else:
        cells = pl.Series(list(number), dtype=pl.String)
        told = rows["cell"].replace_strict(
            cells, pl.Series(list(number.values())), default=unplaced, return_dtype=pl.Int64
        )
        cell = told.to_numpy()
    sub = rows["benefit_sub"].to_numpy().astype(np.float64)
    share = np.where(done > 0, done, 1.0)
    _, member = np.unique(rows["member"].to_numpy(), return_inverse=True)
    return Costs(
        member=member.astype(np.int64),
        month=place[month],
        weight=weights[month, cell] / share[month],
        direct=rows["benefit"].to_numpy().astype(np.float64) - sub,
        sub=sub,
    )


def price_table(filing: Filing) -> pl.DataFrame:
    """Return units and dollars by side, arrangement, service code and month of paid final lines.

    ``amount`` is at FFS-equivalent, ``reached`` what providers got, ``squares`` the sum over lines
    of the squared price of a unit, times units. A line without units counts as one.
    """
    lines = filing.once("final_lines", final_lines)
    start = add_months(filing.period.end, 1 - MONTHS_KEPT)
    told = lines.filter(
        lines.service_from.between(start, filing.period.end),
        (lines.line_status.lower() == "paid").fill_null(False),
        side_of(lines.domain).isin(["BH", "PH"]),
    )
    units = ibis.ifelse((told.units > 0).fill_null(False), told.units, 1.0)
    sub = (told.payment_arrangement.lower() == "subcapitated").fill_null(False)
    price = ibis.ifelse(sub, told.ffs_equivalent_amount, told.paid_amount)
    rows = told.mutate(_units=units.cast("float64"), _price=price.cast("float64"))
    rows = rows.filter(rows._price > 0)
    told_rows: pl.DataFrame = _summed(rows).to_polars()
    return told_rows


def _summed(rows: Table) -> Table:
    sub = (rows.payment_arrangement.lower() == "subcapitated").fill_null(False)
    keyed = rows.mutate(
        side=ibis.ifelse(side_of(rows.domain) == "BH", BH, PH),
        sub=sub.cast("int8"),
        month=rows.service_from.strftime("%Y-%m"),
        code=ibis.coalesce(rows.claim_type, "").concat(
            "|",
            ibis.coalesce(rows.procedure_code, ""),
            "|",
            ibis.coalesce(rows.revenue_code, ""),
            "|",
            ibis.coalesce(rows.ndc, ""),
        ),
    )
    return (
        keyed.group_by("side", "sub", "code", "month")
        .agg(
            units=keyed._units.sum(),
            lines=keyed.count().cast("float64"),
            amount=keyed._price.sum(),
            reached=keyed.paid_amount.sum().fill_null(0.0).cast("float64"),
            squares=(keyed._price * keyed._price).sum(),
            unit_squares=(keyed._units * keyed._units).sum(),
            cross=(keyed._units * keyed._price).sum(),
        )
        .order_by("side", "sub", "code", "month")
    )


def price_index(
    table: pl.DataFrame, months: tuple[str, ...], side: int, sub: int | None, column: str = "amount"
) -> Prices:
    """Return dollars over what the same units cost at each code's average price of all months.

    A code that occurs in some months only tells nothing of the price and is left at its own.

    Parameters
    ----------
    sub
        1 for sub-capitated lines, 0 for direct ones, None for both.
    column
        ``amount``, or ``reached`` for what providers got.
    """
    rows = table.filter(pl.col("side") == side, pl.col("month").is_in(months))
    if sub is not None:
        rows = rows.filter(pl.col("sub") == sub)
    count = len(months)
    if rows.is_empty():
        return Prices(np.ones(count), np.zeros(count), np.zeros(count))
    # Residuals of the price of a line around its code's unit price of the month.
    rows = rows.with_columns(
        scatter=pl.col("squares")
        - 2 * pl.col("amount") / pl.col("units") * pl.col("cross")
        + (pl.col("amount") / pl.col("units")) ** 2 * pl.col("unit_squares"),
    )
    whole = rows.group_by("code", "sub").agg(
        mean=pl.col("amount").sum() / pl.col("units").sum(),
        unsteady=(pl.col("scatter").clip(0, None).sqrt() / pl.col("amount")).mean() > UNSTEADY,
    )
    rows = rows.join(whole, on=["code", "sub"]).with_columns(
        standard=pl.when("unsteady").then("amount").otherwise(pl.col("units") * pl.col("mean")),
        scatter=pl.when("unsteady").then(0.0).otherwise("scatter"),
    )
    sums = rows.group_by("month").agg(
        pl.col("standard").sum(), pl.col(column).sum().alias("told"), pl.col("scatter").sum()
    )
    at = {month: number for number, month in enumerate(months)}
    index, error, amount = np.ones(count), np.zeros(count), np.zeros(count)
    for month, standard, told, scatter in sums.iter_rows():
        place = at[month]
        amount[place] = told
        if standard > 0:
            index[place] = told / standard
            error[place] = np.sqrt(max(scatter, 0.0)) / standard
    return Prices(index, error, amount)
