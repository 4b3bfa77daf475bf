"""Edits of spans of time that several tables have."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.edit import PERIOD_END, Edit

_FAR = 2099


def open_end(column: str) -> Edit:
    """Return the edit that an open span has no end, instead of a day of a far year."""
    return Edit(
        f"{column}.far_year",
        column,
        f"{column} is a day of the year {_FAR} or later",
        f"{column} empty where the end is open",
        pl.col(column).dt.year() < _FAR,
        remedy=f"Leave {column} empty where the end is open; nothing else has to be done.",
        severity=Severity.INFO,
    )


def month_in_reach(column: str) -> Edit:
    """Return the edit that a month lies within the 36 months that a submission reaches back."""
    first = pl.col(PERIOD_END).dt.offset_by("-36mo").dt.offset_by("1d").dt.strftime("%Y-%m")
    return Edit(
        f"{column}.too_old",
        column,
        f"{column} lies more than 36 months before the period's end",
        "a month within 36 months before the period's end",
        pl.col(column) >= first,
        remedy="Leave months out that lie further back than a submission reaches.",
        severity=Severity.INFO,
        expected=pl.format("{} or later", first),
    )


def month_not_after_period(column: str, severity: Severity = Severity.MINOR) -> Edit:
    """Return the edit that a month does not lie after the period."""
    last = pl.col(PERIOD_END).dt.strftime("%Y-%m")
    return Edit(
        f"{column}.after_period",
        column,
        "the month lies after the period",
        "a month in the period or before it",
        pl.col(column) <= last,
        severity=severity,
        expected=pl.format("{} or earlier", last),
    )
