"""The months that a money rule looks at, and what it must know before it says anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.encounters.against_ledger import why_omitted
from rules.model import Filing, Measure, Outcome, Period
from rules.spending.completion import MATURE
from rules.spending.months import (
    MOST_UNSEEN,
    list_months,
    months_of,
    tell_basis,
    why_no_bh_rate,
    why_unseen,
)
from rules.spending.series import Series, series

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Window:
    """The look-back window of a rule; ``used`` are places in ``series.months``.

    ``unpaid`` months have no complete capitation, ``immature`` ones are under 0.7 complete.
    """

    series: Series
    during: Period
    wanted: tuple[str, ...]
    used: NDArray[np.int64]
    unpaid: tuple[str, ...]
    immature: tuple[str, ...]

    @property
    def months(self) -> tuple[str, ...]:
        """The months used."""
        return tuple(self.series.months[at] for at in self.used)

    @property
    def span(self) -> str:
        """The first and the last month wanted, for a note."""
        return f"from {self.wanted[0]} to {self.wanted[-1]}"

    def total(self, amounts: Floats) -> float:
        """Return the sum of a series (M,) over the months used."""
        return float(amounts[self.used].sum())

    def booked(self, kind: str, sides: Sequence[str] = ("BH", "PH", "OTHER")) -> float:
        """Return the ledger's dollars of a kind and sides, incurred in the months used."""
        held = self.series.ledger
        return sum(self.total(held[kind, side]) for side in sides if (kind, side) in held)

    def evidence(self, filing: Filing, tables: Sequence[str]) -> dict[str, Any]:
        """Return what every finding on money says about its months."""
        told, used = self.series, self.used
        error = told.raw_bh.benefit[used] * told.raw_bh.error[used]
        return {
            "window_start": self.wanted[0],
            "window_end": self.wanted[-1],
            "basis": tell_basis(self.months, [*self.unpaid, *self.immature]),
            "months_used": len(used),
            "months_wanted": len(self.wanted),
            "immature_months": list(self.immature),
            "completion": {
                "basis": dict(told.basis),
                "least": _least(told, used),
                "bh_added": round(self.total(told.raw_bh.benefit - told.raw_bh.paid_raw), 2),
                "bh_standard_error": round(float(np.sqrt((error**2).sum())), 2),
            },
            "notes": list(told.notes),
            "quarantined": {table: filing.quarantined.get(table, 0) for table in tables},
        }

    def why_untold(self, filing: Filing, tables: Sequence[str], sides: Sequence[str]) -> str:
        """Return why dollars of the sides cannot be told, "" when they can.

        A month that was paid for without one paid line of BH or PH was not sent: its care is
        unknown, not nothing. So is that of a side of which encounters lack what the ledger paid.
        """
        if reason := why_unseen(filing, tables):
            return reason
        faults = self.series.faults[self.used].sum(axis=0)
        lines_of = self.series.services[self.used, :, :, 2].sum(axis=(1, 2))
        silent = [month for month, held in zip(self.months, lines_of, strict=True) if not held > 0]
        if silent:
            return f"no paid encounter line in {list_months(silent)}"
        if reason := why_omitted(filing, self.during, sides):
            return reason
        for at, side in enumerate(("BH", "PH")):
            for sub, column in enumerate(("paid_amount", "ffs_equivalent_amount")):
                lines, unpriced = int(faults[at, sub, 0]), int(faults[at, sub, 1])
                if side in sides and unpriced > MOST_UNSEEN * lines:
                    return f"{unpriced} of {lines} paid {side} lines have no {column}"
        return ""

    def why_no_bh_rate(self) -> str:
        """Return why the BH part of the rate is not known, "" when it is."""
        return why_no_bh_rate(self.months, self.series.bh_rate[self.used].tolist())


def look(filing: Filing, months: int) -> Window:
    """Return the ``months`` months that end with the run-out, less those that tell nothing.

    A month counts where capitation has every figure of it and both sides are 0.7 complete.
    """
    told: Series = filing.once("series", series)
    during = filing.look_back(months)
    wanted = months_of(during)
    at = {month: number for number, month in enumerate(told.months)}
    paid = [month for month in wanted if month in at and _paid_for(told, at[month])]
    used = [month for month in paid if told.mature[at[month]]]
    return Window(
        series=told,
        during=during,
        wanted=wanted,
        used=np.array([at[month] for month in used], dtype=np.int64),
        unpaid=tuple(month for month in wanted if month not in paid),
        immature=tuple(month for month in paid if month not in used),
    )


def without_months(window: Window, evidence: Mapping[str, Any]) -> Measure | None:
    """Return the measure of a window in which no month tells anything, None where one does."""
    if window.months:
        return None
    if window.immature:
        note = f"no month of {list_months(window.immature)} is {MATURE:.0%} complete"
        return Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    note = f"capitation has no complete month {window.span}"
    return Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)


def _paid_for(told: Series, at: int) -> bool:
    return bool(told.paid_for[at])


def _least(told: Series, used: NDArray[np.int64]) -> float | None:
    if not len(used):
        return None
    least = np.minimum(told.raw_bh.completion[used], told.raw_ph.completion[used])
    return round(float(least.min()), 4)
