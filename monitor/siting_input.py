"""The members and providers of one plan: from two files, or from a submission as it is staged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from monitor.adequacy_input import AdequacyError, read_members, read_providers
from monitor.archive import Unreadable
from monitor.intake import receive
from monitor.shape import shape
from monitor.workspace import workspace
from rules.model import Contract, Period
from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS

TABLES = ("members", "providers")


def read_plan(members: Path, providers: Path, plan_id: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read two files as ``adequacy`` does; ``plan_id`` may be "" where there is one plan.

    A provider row without a plan_id is every plan's.

    Raises
    ------
    AdequacyError
        When a file cannot be used, or the plan is not one of its plans.
    """
    people, network = read_members(members).rows, read_providers(providers).rows
    own = _own(people, plan_id, members.name)
    chosen = own["plan_id"][0]
    its_own = pl.col("plan_id").is_null() | (pl.col("plan_id") == (chosen or ""))
    return own, network.filter(its_own)


def read_submission(
    path: Path, plan_id: str, contract: Contract
) -> tuple[pl.DataFrame, pl.DataFrame, date | None]:
    """Read members and providers of a submission as a review stages them, and its last day.

    Raises
    ------
    AdequacyError
        When it cannot be read, answers to another contract, or lacks one of the two tables.
    """
    with workspace() as folder:
        try:
            received = receive(path, folder / "received")
        except Unreadable as error:
            raise AdequacyError(str(error)) from error
        manifest = received.manifest
        if manifest.contract_id and manifest.contract_id != contract.id:
            raise AdequacyError(
                f"{path}: its manifest answers to {manifest.contract_id}, not to {contract.id}"
            )
        if plan_id and plan_id != manifest.plan_id:
            raise AdequacyError(f"--plan {plan_id}: the submission is of plan {manifest.plan_id}")
        missing = [name for name in TABLES if name not in received.tables]
        if missing:
            raise AdequacyError(f"{path}: no table {' and '.join(missing)}")
        sent = replace(
            received,
            tables={name: received.tables[name] for name in TABLES},
            manifest=replace(
                manifest,
                tables={name: entry for name, entry in manifest.tables.items() if name in TABLES},
            ),
        )
        staged = shape(sent, folder / "shaped").staged
        if not set(TABLES) <= set(staged):
            raise AdequacyError(f"{path}: no row of members or providers can be used")
        wanted = {"members": MEMBER_COLUMNS, "providers": PROVIDER_COLUMNS}
        people, network = (
            pl.scan_parquet(staged[name] / "*.parquet").select(*wanted[name]).collect()
            for name in TABLES
        )
    try:
        closed = Period.parse(manifest.period).end if manifest.period else None
    except ValueError as error:
        raise AdequacyError(f"{path}: {error}") from error
    return people, network, closed


def _own(people: pl.DataFrame, plan_id: str, file: str) -> pl.DataFrame:
    """Return the rows of the plan asked for, or all where they are of one plan."""
    plans = people["plan_id"].fill_null("").unique().sort().to_list()
    if plan_id:
        own = people.filter(pl.col("plan_id") == plan_id)
        if own.is_empty():
            raise AdequacyError(f"--plan {plan_id}: {file} has {_listed(plans)}")
        return own
    if len(plans) > 1:
        raise AdequacyError(f"{file} has {_listed(plans)}: choose one with --plan")
    return people


def _listed(plans: list[str]) -> str:
    shown = ", ".join(plan or "(none)" for plan in plans[:10])
    return f"plans {shown} and {len(plans) - 10} more" if len(plans) > 10 else f"plans {shown}"
