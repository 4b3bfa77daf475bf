"""Sums by month, rate cell and region: what the series are put together from.

Small arrays from few queries; nothing here has a row a line or, but for one query, a member.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing, add_months
from rules.spending.benefit import MONTHS_KEPT
from rules.spending.grid import Grid
from rules.spending.places import NOWHERE, enrolled, places
from rules.spending.use import cutoff, first_month, use_table

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]

CAP = 0.99
"""Percentile of the dollars of those who had a service in a month, at which they are capped where
the scatter between members is measured. carvein's own figure."""

UNPLACED = "all"
"""The only cell, where the members' cells are not those of capitation."""


@dataclass(frozen=True, eq=False)
class Sums:
    """One plan's money and use in sums; M months, C cells, R regions, 3 sides, 2 arrangements.

    Attributes
    ----------
    months, cells, regions
        ``YYYY-MM`` from the oldest, rate cells of the capitation, regions ("" is nowhere known).
    member_months, bh_rate, revenue
        (M, C, R), (M, C), (M, C): what the state paid for, dollars.
    complete
        (M,): whether capitation has every figure of the month.
    benefit, reached
        (M, C, R, 3, 2): dollars at FFS-equivalent, and those that providers got.
    users, capped, squares
        (M, C, R, 3): members with a paid service, their dollars capped, the squares of those.
    triangles, user_triangles, line_triangles
        (3, 2, M, L), the users' (3, M, L): arrivals by month of service and lag.
    services
        (M, 3, 6, 3): dollars, users and lines by service type, of all regions.
    ages
        (M,): months from service to cut-off; negative where it was cut off before.
    dated
        Share of the lines with a day of arrival.
    faults
        (M, 3, 2, 3): paid lines, those without a price, those for which a provider got nothing.
    """

    months: tuple[str, ...]
    cells: tuple[str, ...]
    regions: tuple[str, ...]
    member_months: Floats
    bh_rate: Floats
    revenue: Floats
    complete: NDArray[np.bool_]
    benefit: Floats
    reached: Floats
    users: Floats
    capped: Floats
    squares: Floats
    triangles: Floats
    user_triangles: Floats
    line_triangles: Floats
    services: Floats
    ages: NDArray[np.int64]
    dated: float
    faults: Floats

    def mix(self, base_months: int) -> Floats:
        """Return each cell's share of the member months of the first months paid for, (C,)."""
        exposed = self.member_months.sum(axis=2)
        base = exposed[exposed.sum(axis=1) > 0][:base_months].sum(axis=0)
        return base / base.sum() if base.sum() > 0 else np.zeros(len(self.cells))

    def of_region(self, number: int) -> Sums:
        """Return the sums of one region; BH rate and revenue by its share of member months."""
        one = slice(number, number + 1)
        whole = self.member_months.sum(axis=2)
        here = self.member_months[:, :, number]
        share = np.divide(here, whole, out=np.zeros_like(here), where=whole > 0)
        return replace(
            self,
            regions=(self.regions[number],),
            member_months=self.member_months[:, :, one],
            bh_rate=self.bh_rate * share,
            revenue=self.revenue * share,
            benefit=self.benefit[:, :, one],
            reached=self.reached[:, :, one],
            users=self.users[:, :, one],
            capped=self.capped[:, :, one],
            squares=self.squares[:, :, one],
        )


def sums(filing: Filing) -> Sums:
    """Return the sums of a filing; use it as ``filing.once("sums", sums)``."""
    start = first_month(filing)
    names = [f"{add_months(start, later):%Y-%m}" for later in range(MONTHS_KEPT)]
    use = filing.once("use", use_table)
    paid_for = _capitation(filing).filter(pl.col("month").is_in(names))
    lags = _by_lag(use)
    staged = [names.index(month) for month in paid_for["month"].unique()]
    staged += [int(month) for month in lags["month"].unique()]
    first = min(staged, default=MONTHS_KEPT)
    people, faces = _people(filing), _faces(filing)
    cells = tuple(sorted(paid_for["rate_cell"].unique()))
    if not people["cell"].is_in(cells).any():
        cells, one = (UNPLACED,), pl.lit(UNPLACED)
        paid_for = paid_for.with_columns(rate_cell=one)
        people, faces = people.with_columns(cell=one), faces.with_columns(cell=one)
    regions = tuple(sorted({*people["region"], *faces["region"]})) or (NOWHERE,)
    grid = Grid(tuple(names[first:]), first, cells, regions)
    member_months, bh_rate, revenue, complete = grid.capitation(paid_for)
    day = cutoff(filing)
    return Sums(
        months=grid.months,
        cells=cells,
        regions=regions,
        member_months=grid.shared(member_months, faces),
        bh_rate=bh_rate,
        revenue=revenue,
        complete=complete,
        benefit=grid.by_arrangement(people, "benefit"),
        reached=grid.by_arrangement(people, "reached"),
        users=grid.by_side(people, "users"),
        capped=grid.by_side(people, "capped"),
        squares=grid.by_side(people, "squares"),
        triangles=grid.lags(lags, "benefit"),
        user_triangles=grid.lags(_new_users(use), "users")[:, 0],
        line_triangles=grid.lags(lags, "lines"),
        services=grid.services(_by_service(use)),
        ages=np.array([_age(day, start, first + m) for m in range(len(grid.months))], np.int64),
        dated=_dated(lags),
        faults=grid.faults(lags),
    )


def persons(filing: Filing) -> Table:
    """Return one row a member, month and side, with dollars: ``filing.once("persons", persons)``.

    ``benefit`` and ``reached`` over both arrangements, ``..._sub`` of sub-capitated lines alone.
    """
    use = filing.once("use", use_table)
    sub = use["sub"] == 1
    return use.group_by("member", "month", "side").agg(
        benefit=use.benefit.sum(),
        benefit_sub=use.benefit.sum(where=sub).fill_null(0.0),
        reached=use.reached.sum(),
        reached_sub=use.reached.sum(where=sub).fill_null(0.0),
    )


def placed_persons(filing: Filing) -> Table:
    """Return :func:`persons` with ``cell`` and ``region``, both "" where nothing places them."""
    rows = filing.once("persons", persons)
    if "members" not in filing.tables:
        return rows.mutate(cell=ibis.literal(NOWHERE), region=ibis.literal(NOWHERE))
    at = filing.once("places", places)
    joined = rows.left_join(
        at, [rows.member == at.member, rows.month >= at.starts, rows.month < at.until]
    )
    return joined.select(
        *rows.columns, cell=at.cell.fill_null(NOWHERE), region=at.region.fill_null(NOWHERE)
    )


def caps(filing: Filing) -> dict[int, float]:
    """Return for each side the dollars at which a member's month is capped."""
    rows = filing.once("persons", persons)
    told = rows.group_by("side").agg(cap=rows.benefit.quantile(CAP)).order_by("side").to_polars()
    return {int(side): float(cap) for side, cap in told.iter_rows()}


def capped_at(rows: Table, most: dict[int, float]) -> Any:
    """Return the dollars of rows of persons, capped by side."""
    cap = ibis.cases(*((rows.side == side, dollars) for side, dollars in most.items()), else_=0.0)
    return ibis.least(rows.benefit, cap)


def _people(filing: Filing) -> pl.DataFrame:
    most = filing.once("caps", caps)
    rows = placed_persons(filing)
    rows = rows.mutate(_capped=capped_at(rows, most) if most else rows.benefit)
    told: pl.DataFrame = (
        rows.group_by("month", "cell", "region", "side")
        .agg(
            benefit=rows.benefit.sum(),
            benefit_sub=rows.benefit_sub.sum(),
            reached=rows.reached.sum(),
            reached_sub=rows.reached_sub.sum(),
            users=rows.count().cast("float64"),
            capped=rows._capped.sum(),
            squares=(rows._capped * rows._capped).sum(),
        )
        .order_by("month", "cell", "region", "side")
        .to_polars()
    )
    return told


def _faces(filing: Filing) -> pl.DataFrame:
    if "members" in filing.tables:
        return enrolled(filing, MONTHS_KEPT)
    schema = {"month": pl.Int64, "cell": pl.String, "region": pl.String, "people": pl.Float64}
    return pl.DataFrame(schema=schema)


def _capitation(filing: Filing) -> pl.DataFrame:
    if "capitation" not in filing.tables:
        schema = dict.fromkeys(("member_months", "bh_rate", "revenue"), pl.Float64)
        return pl.DataFrame(
            schema={"month": pl.String, "rate_cell": pl.String, **schema, "complete": pl.Boolean}
        )
    rows = filing.tables["capitation"]
    revenue = ibis.coalesce(rows.revenue, rows.rate_pmpm * rows.member_months)
    bh_rate = rows.bh_pmpm * rows.member_months
    told: pl.DataFrame = (
        rows.filter(rows.month.notnull())
        .group_by("month", rate_cell=rows.rate_cell.fill_null(NOWHERE))
        .agg(
            member_months=rows.member_months.sum().fill_null(0.0).cast("float64"),
            bh_rate=bh_rate.sum().fill_null(0.0).cast("float64"),
            revenue=revenue.sum().fill_null(0.0).cast("float64"),
            complete=(bh_rate.notnull() & revenue.notnull()).all(),
        )
        .order_by("month", "rate_cell")
        .to_polars()
    )
    return told


def _by_lag(use: Table) -> pl.DataFrame:
    told: pl.DataFrame = (
        use.group_by("month", "side", "sub", "lag")
        .agg(
            benefit=use.benefit.sum(),
            reached=use.reached.sum(),
            lines=use.lines.sum().cast("float64"),
            unpriced=use.unpriced.sum().cast("float64"),
            unreached=use.unreached.sum().cast("float64"),
        )
        .order_by("month", "side", "sub", "lag")
        .to_polars()
    )
    return told


def _new_users(use: Table) -> pl.DataFrame:
    """Return by month, side and lag how many members had their first arrival of the month then."""
    first = use.group_by("member", "month", "side").agg(lag=use.lag.min())
    told: pl.DataFrame = (
        first.group_by("month", "side", "lag")
        .agg(users=first.count().cast("float64"))
        .order_by("month", "side", "lag")
        .to_polars()
        .with_columns(sub=pl.lit(0))
    )
    return told


def _by_service(use: Table) -> pl.DataFrame:
    each = use.group_by("member", "month", "side", "service").agg(
        benefit=use.benefit.sum(), lines=use.lines.sum()
    )
    told: pl.DataFrame = (
        each.group_by("month", "side", "service")
        .agg(
            benefit=each.benefit.sum(),
            users=each.count().cast("float64"),
            lines=each.lines.sum().cast("float64"),
        )
        .order_by("month", "side", "service")
        .to_polars()
    )
    return told


def _dated(lags: pl.DataFrame) -> float:
    lines = float(lags["lines"].sum())
    return float(lags.filter(pl.col("lag").is_not_null())["lines"].sum()) / lines if lines else 0.0


def _age(day: date | None, start: date, month: int) -> int:
    return -1 if day is None else (day.year - start.year) * 12 + day.month - start.month - month
