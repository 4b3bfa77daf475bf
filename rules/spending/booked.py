"""What the ledger holds, month by month and side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing

Floats = NDArray[np.float64]

BEHAVIORAL = ("MH", "SUD", "BH")


@dataclass(frozen=True, eq=False)
class Booked:
    """Ledger dollars by month incurred; M months.

    ``ledger`` by (kind, BH | PH | OTHER), each (M,); ``claims`` what providers were paid directly,
    less recoveries, BH, PH and OTHER (M, 3); ``subcapitation`` what was paid per head for BH (M,).
    """

    ledger: Mapping[tuple[str, str], Floats]
    claims: Floats
    subcapitation: Floats


def nothing_booked(months: int) -> Booked:
    """Return a ledger of so many months that holds nothing."""
    return Booked({}, np.zeros((months, 3)), np.zeros(months))


def booked(filing: Filing, months: Sequence[str]) -> Booked:
    """Return the ledger of a filing by month; an empty one where none was sent."""
    if "ledger" not in filing.tables:
        return nothing_booked(len(months))
    entries = filing.tables["ledger"]
    side = ibis.cases(
        (entries.domain.isin(BEHAVIORAL), "BH"), (entries.domain == "PH", "PH"), else_="OTHER"
    )
    sums = (
        entries.filter(entries.incurred_month.isin(list(months)), entries.kind.notnull())
        .group_by(
            month=entries.incurred_month,
            kind=entries.kind.lower(),
            side=side,
            provider=(entries.payee_type == "provider").fill_null(False),
        )
        .agg(amount=entries.amount.sum().fill_null(0.0).cast("float64"))
        .order_by("kind", "side", "month", "provider")
        .to_polars()
    )
    return _spread(sums, months)


def _spread(sums: pl.DataFrame, months: Sequence[str]) -> Booked:
    at = {month: number for number, month in enumerate(months)}
    held = nothing_booked(len(months))
    ledger: dict[tuple[str, str], Floats] = {}
    for month, kind, side, provider, amount in sums.select(
        "month", "kind", "side", "provider", "amount"
    ).iter_rows():
        ledger.setdefault((kind, side), np.zeros(len(months)))[at[month]] += amount
        if kind in ("claims", "recovery") and provider:
            held.claims[at[month], ("BH", "PH", "OTHER").index(side)] += amount
        if kind == "subcapitation" and side == "BH":
            held.subcapitation[at[month]] += amount
    return Booked(ledger, held.claims, held.subcapitation)
