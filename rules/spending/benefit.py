"""What final encounters cost, by month and side: BH, PH, LTSS or OTHER.

The cost of a line is what reached the provider where the plan pays fee for service
(``paid_amount``), and the plan's schedule price where a subcontractor is paid per head
(``ffs_equivalent_amount``): the rest of a sub-capitation is retention, not benefit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from rules.domain import side_of
from rules.encounters.final import final_lines, natural_key
from rules.model import Filing, add_months
from rules.spending.months import MOST_UNSEEN

if TYPE_CHECKING:
    from ibis.expr.types import Table

MONTHS_KEPT = 36
"""How far back before the period's end a submission's rows may reach."""


@dataclass(frozen=True, slots=True)
class Spent:
    """The final lines of one side of one month; ``benefit`` in dollars.

    ``lines`` counts denied lines too; ``direct`` and ``subcapitated`` count the paid lines of
    each arrangement, and ``..._unpriced`` those of them that have no price.
    """

    lines: int = 0
    benefit: float = 0.0
    direct: int = 0
    direct_unpriced: int = 0
    subcapitated: int = 0
    subcapitated_unpriced: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(*(getattr(self, name) + getattr(other, name) for name in Spent.__slots__))


def priced_lines(filing: Filing) -> Table:
    """Return final lines with ``month``, ``side``, ``is_paid``, ``is_subcapitated``, ``price``.

    Lines of the 36 months that end with the period. ``price`` is null where none was sent.
    """
    lines = filing.once("final_lines", final_lines)
    first = add_months(filing.period.end, 1 - MONTHS_KEPT)
    kept = lines.filter(lines.service_from.between(first, filing.period.end))
    subcapitated = (kept.payment_arrangement.lower() == "subcapitated").fill_null(False)
    return kept.mutate(
        month=kept.service_from.strftime("%Y-%m"),
        side=side_of(kept.domain),
        is_paid=(kept.line_status.lower() == "paid").fill_null(False),
        is_subcapitated=subcapitated,
        price=ibis.ifelse(subcapitated, kept.ffs_equivalent_amount, kept.paid_amount),
    )


def spending_by_month(filing: Filing) -> dict[tuple[str, str], Spent]:
    """Return what was spent by (month, side); a month without any final line is not in it."""
    lines = priced_lines(filing)
    direct = lines.is_paid & ~lines.is_subcapitated
    subcapitated = lines.is_paid & lines.is_subcapitated
    sums = lines.group_by("month", "side").agg(
        lines=lines.count(),
        benefit=lines.price.sum(where=lines.is_paid).fill_null(0.0),
        direct=direct.sum(),
        direct_unpriced=(direct & lines.price.isnull()).sum(),
        subcapitated=subcapitated.sum(),
        subcapitated_unpriced=(subcapitated & lines.price.isnull()).sum(),
    )
    return {
        (row.pop("month"), row.pop("side")): Spent(**row)
        for row in sums.order_by("month", "side").to_polars().iter_rows(named=True)
    }


def total(spent: Mapping[tuple[str, str], Spent], months: Iterable[str], side: str) -> Spent:
    """Return what was spent on one side over some months."""
    return sum((spent.get((month, side), Spent()) for month in months), Spent())


def why_unpriced(spent: Spent) -> str:
    """Return why a benefit cannot be told from its prices, "" when it can."""
    told = []
    if spent.subcapitated_unpriced > MOST_UNSEEN * spent.subcapitated:
        told.append(
            f"{spent.subcapitated_unpriced} of {spent.subcapitated} paid sub-capitated BH lines "
            "have no ffs_equivalent_amount"
        )
    if spent.direct_unpriced > MOST_UNSEEN * spent.direct:
        told.append(
            f"{spent.direct_unpriced} of {spent.direct} paid fee-for-service BH lines "
            "have no paid_amount"
        )
    return "; ".join(told)


def list_unpriced(filing: Filing, months: Iterable[str]) -> Table:
    """Return a violation table of the paid BH lines of some months that have no price."""
    lines = priced_lines(filing)
    faulty = lines.filter(
        lines.is_paid, lines.side == "BH", lines.month.isin(list(months)), lines.price.isnull()
    )
    return faulty.select(
        table=ibis.literal("encounters"),
        file=faulty._file,
        line=faulty._line,
        natural_key=natural_key(faulty),
        field=ibis.ifelse(faulty.is_subcapitated, "ffs_equivalent_amount", "paid_amount"),
        value=ibis.literal(""),
        expected=ibis.literal("an amount in dollars"),
    )
