"""The desk: what is settled before a submission starts down the path.

Which submissions can be taken, whether they answer to the contract, which period they close, and
which class each county has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from geodata.counties import PopulationFileError, classes_from, density_classes_from
from geodata.travel import Source
from monitor.intake import Received, Unreadable, receive
from monitor.nppes import NppesError, open_nppes
from monitor.review import Terms, new_review_id
from monitor.x12.opening import latest_day
from rules.layout import Layout, LayoutError, available_layouts
from rules.model import Contract, Period, Severity, add_months, month_end
from rules.network.memory import Memory


@dataclass(frozen=True)
class Refused:
    """A submission that cannot be reviewed, and why, in one line."""

    path: Path
    reason: str
    plan_id: str = ""
    period: str = ""


@dataclass(frozen=True)
class Beside:
    """What the user brings beside the submissions; each may be None.

    ``travel`` measures minutes; ``memory`` keeps network figures from one review to the next.
    """

    counties: Path | None = None
    nppes: Path | None = None
    layouts: Path | None = None
    travel: Source | None = None
    memory: Memory | None = None


@dataclass(frozen=True)
class Desk:
    """What is settled: the submissions taken and refused, and the terms they are held against.

    ``unnamed`` are the plans whose submissions name no period.
    """

    received: list[Received]
    refused: list[Refused]
    terms: Terms
    unnamed: tuple[str, ...] = ()


def settle(
    submissions: Sequence[Path],
    contract: Contract,
    folder: Path,
    *,
    period: str = "",
    as_of: str = "",
    beside: Beside | None = None,
    fail_on: Severity = Severity.MAJOR,
) -> Desk:
    """Settle everything that the path needs before it starts.

    Parameters
    ----------
    folder
        A private folder that received files go below.
    period, as_of
        As the user wrote them; empty for the submissions' own and for today.

    Raises
    ------
    ValueError
        With one line, when a period, a day or a file beside the submissions cannot be read.
    """
    beside = beside or Beside()
    try:
        layouts = available_layouts(beside.layouts)
        nppes = open_nppes(beside.nppes) if beside.nppes else None
    except (LayoutError, NppesError) as error:
        raise ValueError(str(error)) from error
    received, refused = take_in(submissions, contract, folder, layouts)
    now = datetime.now(UTC)
    day = date.fromisoformat(as_of) if as_of else now.date()
    closes = settle_period(period, received, day)
    classes = settle_classes(contract, beside.counties)
    unnamed = [one.manifest.plan_id for one in received if not period and not one.manifest.period]
    terms = Terms(
        new_review_id(now),
        contract,
        closes,
        day,
        classes,
        fail_on,
        nppes,
        beside.travel,
        beside.memory,
    )
    return Desk(received, refused, terms, tuple(unnamed))


def take_in(
    paths: Sequence[Path],
    contract: Contract,
    folder: Path,
    layouts: Mapping[str, Layout] | None = None,
) -> tuple[list[Received], list[Refused]]:
    """Receive each submission; refuse what is unreadable or answers to another contract."""
    received: list[Received] = []
    refused: list[Refused] = []
    for number, path in enumerate(paths):
        try:
            taken = receive(path, folder / "received" / f"{number}", layouts)
        except Unreadable as error:
            refused.append(Refused(path, str(error)))
            continue
        manifest = taken.manifest
        reason = ""
        if manifest.contract_id and manifest.contract_id != contract.id:
            reason = f"its manifest answers to {manifest.contract_id}, not to {contract.id}"
        elif manifest.plan_id in {other.manifest.plan_id for other in received}:
            reason = f"another submission here is of plan {manifest.plan_id} too"
        if reason:
            told = f"{path}: {reason}"
            refused.append(Refused(path, told, manifest.plan_id, manifest.period))
        else:
            received.append(taken)
    return received, refused


def settle_period(asked: str, received: Sequence[Received], as_of: date) -> Period:
    """Return the period asked for, else the one that all submissions name.

    Where none names one it is the quarter of the :func:`latest_service`, else the last quarter that
    had ended by ``as_of``.

    Raises
    ------
    ValueError
        When the period asked for is in no known form, or the submissions name several.
    """
    if asked:
        return Period.parse(asked)
    named = {each.manifest.period: each.manifest.plan_id for each in received}
    named.pop("", None)
    if len(named) > 1:
        told = ", ".join(f"{plan} closes {period}" for period, plan in sorted(named.items()))
        raise ValueError(f"the submissions close different periods ({told}): choose with --period")
    if named:
        return Period.parse(next(iter(named)))
    days = (latest_service(each, as_of) for each in received)
    latest = max((day for day in days if day), default=None)
    return quarter_of(latest) if latest else quarter_of(add_months(as_of, -3))


def latest_service(received: Received, as_of: date = date.max) -> date | None:
    """Return the latest plausible service_from of the encounters, None where it cannot be told.

    A service after the day of submission, or where none is named after ``as_of``, is a slip.
    """
    until = received.manifest.submitted_on or as_of
    days = []
    for file in received.tables.get("encounters", ()):
        if file.format == "x12":
            days.append(latest_day(file.path))
            continue
        try:
            scan = (
                pl.scan_parquet(file.path)
                if file.format == "parquet"
                else pl.scan_csv(file.path, infer_schema=False, encoding="utf8-lossy")
            )
            column = pl.col("service_from").cast(pl.String).str.slice(0, 10)
            parsed = column.str.to_date("%Y-%m-%d", strict=False)
            days.append(scan.select(parsed.filter(parsed <= until).max()).collect().item())
        except (pl.exceptions.PolarsError, OSError):
            # The file is damaged: the shape step says where; it only cannot tell the period.
            continue
    return max((day for day in days if day and day <= until), default=None)


def quarter_of(day: date) -> Period:
    """Return the quarter that a day falls in."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return Period(first, month_end(add_months(first, 2)))


def settle_classes(contract: Contract, counties: Path | None) -> Mapping[str, str]:
    """Return the class of each county: the contract's own list, else by the population file.

    By that file a county's class goes by density where the contract says so, else it is that of
    42 CFR 422.116(c).

    Raises
    ------
    ValueError
        When the population file cannot be read.
    """
    if counties is None:
        return contract.county_classes
    try:
        by_file = (
            density_classes_from(counties, contract.county_density)
            if contract.county_density
            else classes_from(counties)
        )
        return {**by_file, **contract.county_classes}
    except PopulationFileError as error:
        raise ValueError(str(error)) from error
