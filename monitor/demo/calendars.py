"""The demo's time: it ends with March 2026 whatever the clock says, and goes back from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import add_months, month_end

LAST_MONTH = date(2026, 3, 1)
PERIOD = "2026Q1"
SUBMITTED = date(2026, 4, 20)
MOST_MONTHS = 36
"""A submission may reach back 36 months before the end of its period, not more."""

LEAST_MONTHS = 15
"""Twelve months of look-back and the three months of run-out after them."""

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Calendar:
    """The months of the demo; days are counted from the first of them, starting with 0."""

    months: int

    @property
    def first(self) -> date:
        """First day."""
        return add_months(LAST_MONTH, 1 - self.months)

    @property
    def last(self) -> date:
        """Last day."""
        return month_end(LAST_MONTH)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def month_starts(self) -> NDArray[np.int64]:
        """Day on which each month starts, and the day after the last month."""
        return np.array(
            [(add_months(self.first, m) - self.first).days for m in range(self.months + 1)]
        )

    @property
    def names(self) -> list[str]:
        """The months as ``YYYY-MM``."""
        return [f"{add_months(self.first, m):%Y-%m}" for m in range(self.months)]

    @property
    def window(self) -> tuple[int, int]:
        """First and last month (from 0) of the twelve that end three months before the end."""
        return self.months - 15, self.months - 4

    def month_of(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the month, from 0, that each day falls in."""
        return np.searchsorted(self.month_starts, day, side="right") - 1

    def year_of_month(self) -> NDArray[np.int64]:
        """Return the calendar year of each month."""
        return np.array([int(name[:4]) for name in self.names])

    def dates(self, day: NDArray[np.int64]) -> pl.Series:
        """Return days as a series of dates."""
        start = (self.first - EPOCH).days
        return pl.Series(day + start).cast(pl.Int32).cast(pl.Date)

    def day(self, when: date) -> int:
        """Return the day of a date."""
        return (when - self.first).days

    def date(self, day: int) -> date:
        """Return the date of a day."""
        return self.first + timedelta(days=int(day))
