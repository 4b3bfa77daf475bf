"""Which listed providers are shown to serve too few members, from any encounters file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import polars as pl

from monitor.adequacy_input import AdequacyError, Table, read_table
from rules.model import Contract, Filing, Period
from rules.network import serving
from rules.network.words import so_many

MONTHS = 12
"""Months of the look-back."""

MONTHS_LISTED = 6
"""Months of it in which a provider must have been under contract for silence to tell anything."""

COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(
        ("plan_id", "encounter_id", "member_id", "claim_type", "frequency", *serving.ROLES),
        pl.String,
    ),
    "original_encounter_id": pl.String,
    "prescriber_npi": pl.String,
    "service_from": pl.Date,
    "service_to": pl.Date,
    "submitted_on": pl.Date,
}

_LISTED = ("npi", "group_npi", "contract_effective", "contract_end")


@dataclass(frozen=True)
class Served:
    """The NPIs that count as serving, or None where the encounters tell nothing; and a note."""

    npis: frozenset[str] | None
    note: str


def read_encounters(path: Path) -> Table:
    """Read encounters: the columns of the interface that tell who served whom.

    Raises
    ------
    AdequacyError
        When the file cannot be read, a date is none, or it has no member_id, no service_from or no
        NPI of who served.
    """
    table = read_table(path, COLUMNS)
    for name in ("member_id", "service_from"):
        if name in table.lacking:
            raise AdequacyError(f"{path.name}: no column {name}")
    if set(serving.ROLES) <= set(table.lacking):
        raise AdequacyError(f"{path.name}: no column {', '.join(serving.ROLES)}")
    return table


def who_serves(
    plan_id: str,
    encounters: pl.DataFrame,
    providers: pl.DataFrame,
    contract: Contract,
    as_of: date,
    at_least: int,
) -> Served:
    """Return the listed NPIs without those shown to serve fewer than ``at_least`` members.

    The look-back is that of the rules: the 12 months before the contract's run-out, and the days
    after them. Nothing is shown of those under contract in fewer than 6 of its months (a contract
    without a first day is an old one), or known only through a group that bills for them.

    Parameters
    ----------
    encounters, providers
        One plan's rows.
    """
    numbered = encounters.with_columns(
        pl.lit("encounters").alias("_file"),
        pl.int_range(1, len(encounters) + 1, dtype=pl.Int64).alias("_line"),
    )
    listed = providers.select(_LISTED).with_columns(
        pl.col("contract_effective").fill_null(date(1900, 1, 1))
    )
    filing = Filing(
        review_id="adequacy",
        plan_id=plan_id,
        contract=contract,
        period=Period(as_of, as_of),
        as_of=as_of,
        tables={"encounters": ibis.memtable(numbered), "providers": ibis.memtable(listed)},
    )
    days = serving.window(filing, MONTHS)
    plan = plan_id or "the plan"
    if not serving.months_with_lines(filing, MONTHS):
        return Served(
            None,
            f"{plan}: no final encounter line from {days.start} to {days.end}, "
            "which tells nothing of who serves",
        )
    absent = serving.on_paper(filing, at_least, MONTHS, MONTHS_LISTED)
    everyone = frozenset(listed["npi"].drop_nulls())
    told = serving.listed_npis(filing, MONTHS, MONTHS_LISTED)
    few = frozenset(told.filter(pl.col("members") < at_least)["npi"])
    so_few = "no member" if at_least == 1 else f"fewer than {at_least:,} members"
    return Served(
        everyone - absent,
        f"{plan}: of {so_many(len(everyone), 'listed provider')} {len(absent):,} served {so_few} "
        f"from {days.start} to {days.end}; in doubt and kept: {len(few - absent):,}",
    )
