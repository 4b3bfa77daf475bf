"""Business days: Monday to Friday, less the public holidays of a state.

Holidays are those of the ``holidays`` package (MIT), public ones, with the days on which they are
observed; the state ``US`` has the federal ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.metadata import version

import numpy as np
import polars as pl

FEDERAL = "US"


@cache
def holidays_in(state: str, year: int) -> frozenset[date]:
    """Return the public holidays of a state in a year, those observed in it among them.

    Parameters
    ----------
    state
        Two capital letters of a state or territory, or ``US`` for the federal holidays.

    Raises
    ------
    ValueError
        When no calendar is known for the state.
    """
    # Takes half a second, and few reviews ask for waits.
    from holidays import country_holidays

    try:
        # The year before and after: New Year's Day of a Saturday is observed in the old year.
        known = country_holidays(
            "US", subdiv=None if state == FEDERAL else state, years=(year - 1, year, year + 1)
        )
    except NotImplementedError:
        reason = f"no calendar of public holidays is known for state {state}"
        raise ValueError(reason) from None
    return frozenset(day for day in known if day.year == year)


def calendar_version() -> str:
    """Return the package and version that the holidays come from."""
    return f"holidays {version('holidays')}"


def business_days(begin: pl.Series, end: pl.Series, state: str, years: Iterable[int]) -> pl.Series:
    """Count the business days after each first day, up to and with the last.

    Friday to the Monday after is 1; a day to itself is 0; a weekend or holiday in between, or as
    the last day, counts nothing.

    Parameters
    ----------
    begin, end
        Dates of one length, none of them empty, no end before its begin.
    years
        The years whose holidays are taken out; the caller bounds them.

    Returns
    -------
    Whole numbers, of the same length.

    Raises
    ------
    ValueError
        As :func:`holidays_in`.
    """
    off = sorted(day for year in years for day in holidays_in(state, year))
    day = np.timedelta64(1, "D")
    counted = np.busday_count(
        begin.to_numpy().astype("datetime64[D]") + day,
        end.to_numpy().astype("datetime64[D]") + day,
        holidays=np.array(off, dtype="datetime64[D]"),
    )
    return pl.Series("business_days", counted, dtype=pl.Int64)
