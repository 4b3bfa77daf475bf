"""The units of one service line, and how many fit into its days."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from rules.model import Severity
from rules.tables.edit import Edit
from rules.tables.encounter_lines import DAYS, DENIED, INSTITUTIONAL, PROFESSIONAL
from rules.values import value_set

_UNITS, _PROCEDURE = pl.col("units"), pl.col("procedure_code")
_NUMBER = re.compile("[1-9][0-9]{0,3}")


def most_a_day(group: str) -> int:
    """Return how many units a day holds, as a group of the value set ``unit_limits`` names it.

    Raises
    ------
    ValueError
        When the group is no whole number from 1 to 1440, the minutes of a day.
    """
    if not _NUMBER.fullmatch(group) or int(group) > 1440:
        raise ValueError(f"group {group[:60]!r} is no number of units a day from 1 to 1440")
    return int(group)


def _fit(columns: Sequence[pl.Series]) -> pl.Series:
    """Return whether units fit into days; asked of the few lines with more than one a day."""
    procedure, units, days = columns
    several = ((units > days) & (days >= 1)).arg_true()
    limits = {
        c: int(most) for c, most in value_set("unit_limits").codes.items() if most.isdecimal()
    }
    most = procedure[several].replace_strict(limits, default=None, return_dtype=pl.Int64)
    fits = units[several] <= days[several] * most
    return pl.repeat(True, len(units), eager=True).scatter(several, fits.fill_null(True))


_FIT = pl.map_batches(
    [_PROCEDURE, _UNITS, DAYS], _fit, return_dtype=pl.Boolean, is_elementwise=True
)

UNITS = (
    Edit(
        "units.zero",
        "units",
        "a paid line has no units",
        "more than 0",
        (_UNITS != 0) | DENIED | _PROCEDURE.str.ends_with("F").fill_null(False),
        remedy="Send the units that were paid.",
    ),
    Edit(
        "units.fractional",
        "units",
        "part of a visit or session",
        "whole units of visits and sessions (CPT 90785 to 90899 and 99202 to 99499)",
        ~PROFESSIONAL | (_UNITS % 1 == 0) | ~_PROCEDURE.str.contains("^(908|992|993|994)"),
        remedy="Send one unit a visit or session.",
    ),
    Edit(
        "units.over_day",
        "units",
        "more units than the days of the line can hold",
        "for each day what it holds: 96 quarters of an hour, 24 hours, 1 unit per diem",
        # A hospital dates a line of several days with its first one; a pharmacy counts tablets.
        ~PROFESSIONAL | DENIED | _FIT,
        remedy="Send units as the procedure's text counts them, not minutes; send one line a day.",
    ),
    Edit(
        "units.over_stay",
        "units",
        "more days of room and board than the line has",
        "at most one unit a day where the revenue code is 0100 to 0219",
        ~INSTITUTIONAL
        | (_UNITS <= DAYS)
        | (DAYS < 1)
        | ~pl.col("revenue_code").str.contains("^0(1[0-9]|20|21)[0-9]$"),
        remedy="Send the days of the stay as units, or correct service_from and service_to.",
    ),
    Edit(
        "days_supply.over_quarter",
        "days_supply",
        "a fill for more than 100 days",
        "at most 100 days, as most states pay (carvein's own default)",
        pl.col("days_supply") <= 100,
        remedy="Check days_supply against the quantity.",
        severity=Severity.INFO,
    ),
)
