"""capitation against itself: whether every month of a rate cell is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell

if TYPE_CHECKING:
    from ibis.expr.types import Table

GAP = RelationalEdit(
    "capitation",
    "month.gap",
    "month",
    "the months after this one are missing for the rate cell, and later ones are there",
    "the next month of the rate cell",
    "Send every month of the rate cell, also one without members.",
    Severity.MAJOR,
    looks_up=(("capitation", "rate_cell"), ("capitation", "month")),
)
ENDS_EARLY = RelationalEdit(
    "capitation",
    "month.ends_early",
    "month",
    "the rate cell's last month lies before the period's last, and the period has members in it",
    "a row for every month of the period",
    "Send the months that are missing.",
    Severity.MAJOR,
    looks_up=(("capitation", "rate_cell"), ("capitation", "month")),
)


def faulty(filing: Filing) -> Table:
    """Return the rows after which months of the rate cell are missing."""
    rows = filing.tables["capitation"].select("_file", "_line", "month", "rate_cell")
    hidden = set_aside_ids(filing, "capitation", "rate_cell")
    if hidden is not None:
        rows = rows.anti_join(hidden, "rate_cell")
    window = ibis.window(group_by="rate_cell", order_by=["month", "_file", "_line"])
    rows = rows.mutate(_number=_number(rows.month), _next=rows.month.lead().over(window))
    missing = _number(rows._next) - rows._number - 1
    expected = (
        ibis.literal("the months up to ")
        + rows._next
        + " ("
        + missing.cast("string")
        + " missing) of rate cell "
        + rows.rate_cell
    )
    return tell(rows, [Told(GAP, missing > 0, rows.month, expected)])


def ending(filing: Filing) -> Table:
    """Return each rate cell's last row, where members of the period have later months in it."""
    capitation, members = filing.tables["capitation"], filing.tables["members"]
    rows = capitation.select("_file", "_line", "month", "rate_cell")
    hidden = set_aside_ids(filing, "capitation", "rate_cell")
    if hidden is not None:
        rows = rows.anti_join(hidden, "rate_cell")
    last = f"{filing.period.end:%Y-%m}"
    window = ibis.window(
        group_by="rate_cell", order_by=[ibis.desc("month"), ibis.desc("_file"), ibis.desc("_line")]
    )
    rows = rows.mutate(_nth=ibis.row_number().over(window))
    rows = rows.filter(rows._nth == 0, rows.month < last)
    # Whole days after the last month that was paid: enrolled then, and in that rate cell.
    final = members.filter(members.rate_cell.notnull()).mutate(
        _ends=ibis.least(
            members.enrolled_to.fill_null(ibis.date(filing.period.end)),
            ibis.date(filing.period.end),
        )
    )
    final = final.filter(
        final.enrolled_from <= final._ends, final._ends >= ibis.date(filing.period.start)
    )
    reached = final.group_by(_cell="rate_cell").agg(_until=final._ends.max().strftime("%Y-%m"))
    rows = rows.inner_join(reached, rows.rate_cell == reached._cell)
    expected = (
        ibis.literal("months up to ")
        + rows._until
        + ": members have rate cell "
        + rows.rate_cell
        + " until then"
    )
    return tell(rows, [Told(ENDS_EARLY, rows._until > rows.month, rows.month, expected)])


def _number(month: ibis.ir.StringValue) -> ibis.ir.IntegerValue:
    return month.left(4).cast("int64") * 12 + month.right(2).cast("int64")


COMPARISONS = (
    Comparison("capitation_months", "capitation", ("capitation",), (GAP,), faulty),
    Comparison(
        "capitation_last_months", "capitation", ("capitation", "members"), (ENDS_EARLY,), ending
    ),
)
