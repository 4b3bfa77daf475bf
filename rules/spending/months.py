"""The contract's money by month: what the state paid, and which months a window holds.

A month is text, ``YYYY-MM``, as the submission has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis

from rules.model import Filing, Period, add_months

MOST_UNSEEN = 0.05
"""Largest share of a table's rows that may lie in quarantine, or of lines that may lack a price,
before a sum over the rest is no longer told. carvein's own figure, not law."""


@dataclass(frozen=True)
class PaidMonth:
    """What the state paid for one month; dollars but ``member_months``.

    ``bh_rate`` is the BH benefit part, the sum of bh_pmpm x member months. ``complete`` is False
    when a rate cell of the month lacks a figure that the sums need.
    """

    member_months: float
    bh_rate: float
    revenue: float
    complete: bool


def month_of(day: date) -> str:
    """Return the month of a day."""
    return f"{day:%Y-%m}"


def months_of(window: Period) -> tuple[str, ...]:
    """Return the months of a window, in order."""
    return tuple(month_of(add_months(window.start, later)) for later in range(window.months))


def list_months(months: Sequence[str]) -> str:
    """Return months for a message, runs of them shortened: ``2025-01 to 2025-03, 2025-06``."""
    runs: list[list[str]] = []
    for month in months:
        if runs and month_of(add_months(date.fromisoformat(f"{runs[-1][-1]}-01"), 1)) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def tell_basis(used: Sequence[str], missing: Sequence[str], silent: Sequence[str] = ()) -> str:
    """Say how many months a figure rests on, which it lacks, and which have no encounter line."""
    told = f"{len(used)} months"
    if missing:
        told = f"{len(used)} of {len(used) + len(missing)} months, without {list_months(missing)}"
    return f"{told}; no encounter line in {list_months(silent)}" if silent else told


def capitation_by_month(filing: Filing) -> dict[str, PaidMonth]:
    """Return what the state paid, by month; revenue is rate x member months where it is empty."""
    cells = filing.tables["capitation"]
    revenue = ibis.coalesce(cells.revenue, cells.rate_pmpm * cells.member_months)
    bh_rate = cells.bh_pmpm * cells.member_months
    by_month = (
        cells.filter(cells.month.notnull())
        .group_by("month")
        .agg(
            member_months=cells.member_months.sum().fill_null(0.0),
            bh_rate=bh_rate.sum().fill_null(0.0),
            revenue=revenue.sum().fill_null(0.0),
            complete=(bh_rate.notnull() & revenue.notnull()).all(),
        )
    )
    return {
        row.pop("month"): PaidMonth(**row)
        for row in by_month.order_by("month").to_polars().iter_rows(named=True)
    }


def why_no_bh_rate(months: Sequence[str], bh_rate: Sequence[float]) -> str:
    """Return why the BH part of the rate is not known in months with members, "" when it is.

    A rate that covers behavioral health has a part for it, so that 0 is no figure.
    """
    without = [month for month, told in zip(months, bh_rate, strict=True) if not told > 0]
    if not without:
        return ""
    return (
        f"bh_pmpm is 0 for every member in {list_months(without)}, which does not tell the BH part "
        "of the rate"
    )


def why_unseen(filing: Filing, tables: Sequence[str]) -> str:
    """Return why sums over the tables cannot be told, "" when they can.

    Too many rows lie in quarantine, or capitation pays for rate cells twice.
    """
    told = []
    for table in tables:
        held = filing.quarantined.get(table, 0)
        staged = int(filing.tables[table].count().execute()) if held else 0
        if held > MOST_UNSEEN * (held + staged):
            told.append(f"{held} of the {held + staged} rows of {table} lie in quarantine")
    if "capitation" in tables and (months := filing.once("repeated_months", repeated_months)):
        told.append(f"capitation has rate cells twice in {list_months(months)}")
    return "; ".join(told)


def repeated_months(filing: Filing) -> tuple[str, ...]:
    """Return the months of which capitation repeats more than 5 % of the rate cells' rows.

    Which of two rows holds is not known, and their sum is more than the state paid.
    """
    cells = filing.tables["capitation"]
    cells = cells.filter(cells.month.notnull(), cells.rate_cell.notnull())
    by_month = (
        cells.group_by("month")
        .agg(rows=cells.count(), cells=cells.rate_cell.nunique())
        .order_by("month")
        .to_polars()
    )
    return tuple(
        month for month, rows, once in by_month.iter_rows() if rows - once > MOST_UNSEEN * rows
    )
