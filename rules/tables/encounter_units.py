"""The units of one service line, and how many fit into its days."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.edit import Edit
from rules.tables.encounter_lines import DAYS, DENIED, INSTITUTIONAL, PROFESSIONAL
from rules.tables.listed import one_of

_UNITS, _PROCEDURE = pl.col("units"), pl.col("procedure_code")


def _over(code: str, most: int, what: str) -> Edit:
    """Return the edit that no more units of one length are told than fit into the line's days."""
    return Edit(
        f"units.{code}",
        "units",
        f"more units than {what} fit into the days of the line",
        f"at most {most} a day",
        (DAYS * most >= _UNITS) | (DAYS < 1) | ~one_of("procedure_code", "unit_limits", str(most)),
        remedy="Send units as the procedure's text counts them, not minutes; send one line a day.",
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
    _over("over_sessions", 1, "sessions, visits or per-diem services"),
    _over("over_hours", 24, "hours"),
    _over("over_quarter_hours", 96, "quarters of an hour"),
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
