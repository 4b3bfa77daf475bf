"""``carvein adequacy``: every network standard of a pack, for any two files, county by county.

The figures are those of the rules NW01 and NW02 and the verdicts those of the judge; this module
walks the plans and lays the answers out as rows (:mod:`monitor.adequacy_rows` tells the columns).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from geodata.counties import SMALL_COUNTY_ASSUMPTION
from geodata.travel import NOTE, Source
from monitor.adequacy_cache import FigureFolder
from monitor.adequacy_input import AdequacyError, Table, read_members, read_providers
from monitor.adequacy_rows import EVERY, SCHEMA, Asked, lay_out, search
from monitor.adequacy_serving import read_encounters, who_serves
from monitor.adequacy_standards import Standard, choose, list_unmeasured
from monitor.desk import settle_classes
from monitor.export.cells import safe
from rules.model import Contract
from rules.network import nw02_too_few_providers as nw02
from rules.network.reach import Network, prepare_network
from rules.network.way import Way, way_under
from rules.network.words import so_many

__all__ = ["EVERY", "SCHEMA", "Adequacy", "AdequacyError", "Beside", "adequacy", "write"]

LEFT_OUT = {
    "not_under_contract": "not under contract on the day",
    "telehealth_only": "seen by telehealth only",
    "unlocated": "without a point",
    "supervised": "of people who work under another's name, whom no specialty counts",
    "no_specialty": "of no specialty",
}

RULED_OUT = (
    "ruled out of outpatient behavioral health by another row of the same NPI (a psychiatrist, "
    "psychologist or clinical social worker is listed under that alone)"
)

COUNTED_BY = "counts minutes, or miles by road"

Progress = Callable[[int, int], None]
"""Called with the specialties done and all of them, over all plans."""


@dataclass(frozen=True)
class Beside:
    """What may be brought beside members and providers; each may be None.

    ``counties`` is a population file, ``encounters`` a file that tells who served ``serving``
    members or more, ``travel`` a source of minutes, ``cache`` a folder of figures kept before.
    With ``every`` each standard in force has a row of its own.
    """

    counties: Path | None = None
    encounters: Path | None = None
    serving: int = 1
    travel: Source | None = None
    cache: Path | None = None
    every: bool = False


@dataclass(frozen=True)
class Adequacy:
    """The answer: one row per plan, county, specialty and population, and what to know of it.

    ``rows`` has the columns of :data:`SCHEMA`, sorted by plan and county, then in the order of
    the pack; where every standard is asked for, one row a standard and the columns of
    :data:`EVERY` besides. ``notes`` are lines for the reader: assumptions, rows left out,
    columns not given.
    ``told`` has the verdicts that occur, and each severity at or above which something is not met.
    ``searched`` names the specialties that were searched, and not found in the cache.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...]
    told: frozenset[str] = frozenset()
    searched: frozenset[str] = field(default_factory=frozenset)


def adequacy(
    members: Path,
    providers: Path,
    contract: Contract,
    as_of: date,
    beside: Beside | None = None,
    progress: Progress | None = None,
) -> Adequacy:
    """Measure every network standard that the contract has in force on a day.

    Parameters
    ----------
    members, providers
        CSV (also ``.gz``) or Parquet; see :mod:`monitor.adequacy_input` for the columns.
    contract
        The pack; its own county classes go before those of a population file.
    as_of
        The day of enrolment, age, contracts and values in force.

    Raises
    ------
    AdequacyError
        When a file cannot be used, or the pack has no network standard in force on that day.
    """
    beside = beside or Beside()
    standards = choose(contract, as_of)
    try:
        classes = settle_classes(contract, beside.counties)
    except ValueError as fault:
        raise AdequacyError(str(fault)) from fault
    people, network = read_members(members), read_providers(providers)
    lines = read_encounters(beside.encounters) if beside.encounters else None
    memory = FigureFolder(beside.cache) if beside.cache else None
    way = way_under(contract, beside.travel)
    plans = _plans(people.rows, network.rows)
    rows: list[dict[str, Any]] = []
    dropped: list[str] = []
    told: set[str] = set()
    shown: set[str] = set()
    others: set[str] = set()
    searched: set[str] = set()
    for done, (plan_id, its_members, its_providers) in enumerate(plans):
        reached = prepare_network(its_members, its_providers, as_of, memory)
        dropped += _left_out(plan_id, reached)
        serving = None
        if lines is not None:
            own = _of_plan(lines.rows, plan_id)
            served = who_serves(plan_id, own, its_providers, contract, as_of, beside.serving)
            serving = None if served.npis is None else reached.restrict(served.npis)
            dropped.append(served.note)
        asked = Asked(plan_id, reached, serving, way, lines is not None and serving is None)
        for at, group in enumerate(standards):
            search(asked, group, classes, contract.regions, beside.every)
            for county in reached.counties:
                region = contract.regions.get(county, "")
                for row in lay_out(asked, group, county, classes.get(county), region, beside.every):
                    rows.append(dict(row.cells))
                    told |= row.told
                    shown |= {found.requirement_id for found in row.findings}
                    others |= row.others
            for each in (reached, serving) if serving else (reached,):
                each.remember()
            if progress is not None:
                progress(done * len(standards) + at + 1, len(plans) * len(standards))
        searched |= reached.searched | (serving.searched if serving else set())
    columns = {**SCHEMA, **EVERY} if beside.every else dict(SCHEMA)
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    ordered = frame.sort("plan_id", "county_fips", maintain_order=True)
    tables = (people, network) if lines is None else (people, network, lines)
    basis = _basis(standards, way, ordered)
    notes = (
        *basis,
        nw02.BASE_NOTE,
        *dropped,
        *_notes(tables, standards, beside.counties),
        *_unclassed(standards, way, ordered),
    )
    unshown = _unshown(contract, others - shown, as_of)
    kept = tuple(memory.notes) if memory else ()
    return Adequacy(ordered, (*notes, *unshown, *kept), frozenset(told), frozenset(searched))


def _basis(standards: list[list[Standard]], way: Way, rows: pl.DataFrame) -> list[str]:
    """Return what the miles and minutes rest on, each way of it once."""
    told: dict[str, None] = {}
    asked = False
    for group in standards:
        for held in group:
            for county_class in rows["county_class"].unique(maintain_order=True).to_list():
                try:
                    limits = held.reach.reach_in(county_class, way)
                except LookupError:
                    continue
                told[way.told(limits)] = None
                asked = asked or limits.measured_by is not None
    if way.source is not None and not asked:
        told[f"the {way.source.source} was not needed: no standard here {COUNTED_BY}"] = None
    return list(told) or [NOTE]


def write(rows: pl.DataFrame, path: Path) -> None:
    """Write the rows as CSV, figures unrounded; no cell is one that a spreadsheet would run.

    Raises
    ------
    AdequacyError
        When the file cannot be written.
    """
    text = [name for name, kind in rows.schema.items() if kind == pl.String]
    cells = rows.with_columns(
        pl.col(name).replace({cell: safe(cell) for cell in rows[name].unique().drop_nulls()})
        for name in text
    )
    try:
        path.write_text(cells.write_csv(), encoding="utf-8")
    except OSError as fault:
        raise AdequacyError(f"{path}: cannot be written: {fault.strerror}") from fault


def _plans(
    members: pl.DataFrame, providers: pl.DataFrame
) -> list[tuple[str, pl.DataFrame, pl.DataFrame]]:
    named = members.with_columns(pl.col("plan_id").fill_null(""))
    plans = []
    for (plan_id,), part in sorted(named.partition_by("plan_id", as_dict=True).items()):
        plans.append((str(plan_id), part, _of_plan(providers, str(plan_id))))
    return plans


def _of_plan(rows: pl.DataFrame, plan_id: str) -> pl.DataFrame:
    """Return the rows that name a plan, and those that name none."""
    return rows.filter(pl.col("plan_id").is_null() | (pl.col("plan_id") == plan_id))


def _left_out(plan_id: str, reached: Network) -> Iterator[str]:
    providers = reached.providers
    told = [(providers.left_out[reason], which) for reason, which in LEFT_OUT.items()]
    told.append((providers.ruled_out, RULED_OUT))
    told.append((providers.approximate, "placed at the centroid of its ZIP code"))
    for count, which in told:
        if count:
            yield f"{plan_id or 'the plan'}: {so_many(count, 'provider row')} {which}"


def _unshown(contract: Contract, hidden: set[str], as_of: date) -> Iterator[str]:
    """Say which standards in force are in no row, and where to find them."""
    ids = [asked.id for asked in contract.requirements if asked.id in hidden]
    if ids:
        more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
        yield (
            f"in no row, because another standard of the same specialty and members goes before: "
            f"{', '.join(ids[:10])}{more}; --every-standard gives each a row of its own"
        )
    unmeasured = list_unmeasured(contract, as_of)
    if unmeasured:
        yield unmeasured


def _notes(
    tables: tuple[Table, ...],
    standards: list[list[Standard]],
    counties: Path | None,
) -> Iterator[str]:
    asked = {name for group in standards for name in group[0].scope.people.asks}
    unasked = {"sex", "smi", "dual_status"} - asked | {"plan_id", "specialty", "group_npi"}
    for table in tables:
        shown = [name for name in table.lacking if name not in unasked]
        if shown:
            yield f"{table.name} has no column {', '.join(shown)}"
    if counties is not None:
        yield SMALL_COUNTY_ASSUMPTION


def _unclassed(standards: list[list[Standard]], way: Way, rows: pl.DataFrame) -> Iterator[str]:
    """Name the counties of unknown class, where a standard depends on the class."""
    if not any(held.asks_class(way) for group in standards for held in group):
        return
    unclassed = rows.filter(pl.col("county_class").is_null())["county_fips"].unique().sort()
    if len(unclassed):
        listed = ", ".join(code or "(none)" for code in unclassed[:10].to_list())
        more = f" and {len(unclassed) - 10} more" if len(unclassed) > 10 else ""
        yield f"county class unknown: {listed}{more}; name a population file (--counties)"
