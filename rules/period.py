"""Reporting periods and the arithmetic of calendar months."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class Period:
    """A reporting period: the first and the last day, both inside it."""

    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``YYYY``, ``YYYYQn`` or ``YYYY-MM``.

        Raises
        ------
        ValueError
            When the text is in none of the three forms.
        """
        match = re.fullmatch(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?", text.strip())
        if not match or match[1] == "0000":
            raise ValueError(f"period {text!r}: wanted YYYY, YYYYQn or YYYY-MM")
        year = int(match[1])
        if match[2]:
            last = 3 * int(match[2])
            first = last - 2
        elif match[3]:
            first = last = int(match[3])
        else:
            first, last = 1, 12
        return cls(date(year, first, 1), month_end(date(year, last, 1)))

    @property
    def months(self) -> int:
        """Number of calendar months in the period."""
        return months_between(self.start, self.end) + 1

    def __str__(self) -> str:
        """``2026``, ``2026Q1`` or ``2026-03``; other spans as ``start/end``."""
        starts_and_ends_months = self.start.day == 1 and self.end == month_end(self.end)
        if starts_and_ends_months and self.months == 12 and self.start.month == 1:
            return f"{self.start:%Y}"
        if starts_and_ends_months and self.months == 3 and self.start.month % 3 == 1:
            return f"{self.start:%Y}Q{self.start.month // 3 + 1}"
        if starts_and_ends_months and self.months == 1:
            return f"{self.start:%Y-%m}"
        return f"{self.start}/{self.end}"


def month_end(day: date) -> date:
    """Return the last day of the month that ``day`` falls in."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return the first day of the month ``months`` after (before, if negative) that of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(start: date, end: date) -> int:
    """Return the number of months from the month of ``start`` to the month of ``end``."""
    return (end.year - start.year) * 12 + end.month - start.month
