"""Obstacles: what was sent in no state that anything may be counted on, and why."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.shape import Shaped
from rules.model import Filing, Rule
from rules.registry import rules
from rules.spending.months import MOST_UNSEEN

NEVER_EMPTY = ("members", "providers", "encounters", "capitation")
"""Tables that a plan with members cannot truthfully send without a row."""


def obstacles(filing: Filing, shaped: Shaped) -> dict[str, str]:
    """Return the tables that no rule may count on, each with the reason.

    A table that was not sent or could not be read; one of which more than :data:`MOST_UNSEEN` of
    the rows lie in quarantine, for what is left may say the opposite of the whole; and one of
    :data:`NEVER_EMPTY` without a row.
    """
    unusable = {
        table: why_missing(table, shaped.unreadable)
        for rule in rules().values()
        for table in rule.reads
        if table not in filing.tables
    }
    for table, count in shaped.counts.items():
        if table in filing.tables and count.quarantined > MOST_UNSEEN * count.rows:
            rows = f"{count.quarantined:,} of {count.rows:,} rows of {table}"
            unusable[table] = f"{rows} lie in quarantine, more than {MOST_UNSEEN:.0%}"
        elif table in filing.tables and table in NEVER_EMPTY and not count.rows:
            unusable[table] = f"{table} has no row"
    return unusable


def why_missing(table: str, unreadable: Sequence[str]) -> str:
    """Say whether a table was sent and could not be read, or was not sent."""
    return f"{table} could not be read" if table in unreadable else f"{table} was not sent"


def uncarried(filing: Filing, rule: Rule) -> list[str]:
    """Say which columns that a rule cannot do without came in no file, for want of a place."""
    return [
        f"the layout of {table} cannot carry {column}"
        for table, column in (name.split(".") for name in rule.columns)
        if column in filing.not_carried.get(table, frozenset())
    ]
