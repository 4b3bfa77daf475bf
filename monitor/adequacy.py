"""``carvein adequacy``: every network standard of a pack, for any two files, county by county.

The figures are those of the rules NW01 and NW02 and the verdicts those of the judge; this module
walks the plans and lays the answers out as rows.

``members`` are all members of the group enrolled on the day, located or not; ``share`` is
``within`` over ``members``, so that a member whom nothing locates lowers it and is shown in
``unlocated`` besides. ``borderline`` members are within by straight line and beyond when the
miles are multiplied by 1.3. ``providers_counted`` is always distinct NPIs within reach of the
county's members; ``providers_required`` and ``count_verdict`` speak of beds for acute hospitals,
whose minimum is one of beds, and of NPIs everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from geodata.counties import SMALL_COUNTY_ASSUMPTION
from geodata.travel import NOTE
from monitor.adequacy_input import AdequacyError, Table, read_members, read_providers
from monitor.adequacy_standards import Standard, choose
from monitor.desk import settle_classes
from monitor.export.cells import safe
from rules.model import Contract, Outcome, Severity, Verdict
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network.reach import Network, prepare_network
from rules.specialty import specialties

__all__ = ["SCHEMA", "Adequacy", "AdequacyError", "adequacy", "write"]

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "plan_id": pl.String,
    "county_fips": pl.String,
    "county_class": pl.String,
    "specialty": pl.String,
    "specialty_code": pl.String,
    "population": pl.String,
    "members": pl.Float64,
    "max_minutes_allowed": pl.Float64,
    "max_miles_allowed": pl.Float64,
    "within": pl.Float64,
    "borderline": pl.Float64,
    "share": pl.Float64,
    "required_share": pl.Float64,
    "providers_counted": pl.Int64,
    "providers_required": pl.Int64,
    "longest_miles": pl.Float64,
    "longest_minutes": pl.Float64,
    "unlocated": pl.Float64,
    "travel": pl.String,
    "verdict": pl.String,
    "count_verdict": pl.String,
}
"""The columns of the answer, in their order."""

LEFT_OUT = {
    "not_under_contract": "are not under contract on the day",
    "telehealth_only": "are seen by telehealth only",
    "unlocated": "have no point",
    "no_specialty": "map to no specialty",
}

Progress = Callable[[int, int], None]
"""Called with the specialties done and all of them, over all plans."""


@dataclass(frozen=True)
class Adequacy:
    """The answer: one row per plan, county, specialty and population, and what to know of it.

    ``rows`` has the columns of :data:`SCHEMA`, sorted by plan and county, then in the order of
    the pack. ``notes`` are lines for the reader: assumptions, rows left out, columns not given.
    ``told`` has the verdicts that occur, and each severity at or above which something is not met.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...]
    told: frozenset[str] = frozenset()


def adequacy(
    members: Path,
    providers: Path,
    contract: Contract,
    as_of: date,
    counties: Path | None = None,
    progress: Progress | None = None,
) -> Adequacy:
    """Measure every network standard that the contract has in force on a day.

    Parameters
    ----------
    members, providers
        CSV (also ``.gz``) or Parquet; see :mod:`monitor.adequacy_input` for the columns.
    contract
        The pack; its own county classes go before those of ``counties``.
    as_of
        The day of enrolment, age, contracts and values in force.
    counties
        Population file for county classes by 42 CFR 422.116(c), or None.

    Raises
    ------
    AdequacyError
        When a file cannot be used, or the pack has no network standard in force on that day.
    """
    standards = choose(contract, as_of)
    try:
        classes = settle_classes(contract, counties)
    except ValueError as fault:
        raise AdequacyError(str(fault)) from fault
    people, network = read_members(members), read_providers(providers)
    plans = _plans(people.rows, network.rows)
    rows: list[dict[str, Any]] = []
    dropped: list[str] = []
    told: set[str] = set()
    for done, (plan_id, its_members, its_providers) in enumerate(plans):
        reached = prepare_network(its_members, its_providers, as_of)
        dropped += _left_out(plan_id, reached)
        for at, group in enumerate(standards):
            for county in reached.counties:
                made = list(_row(plan_id, reached, group, county, classes.get(county)))
                rows += made
                told |= {word for row in made for word in _told(row, group)}
            if progress is not None:
                progress(done * len(standards) + at + 1, len(plans) * len(standards))
    frame = pl.DataFrame(rows, schema=dict(SCHEMA), orient="row")
    ordered = frame.sort("plan_id", "county_fips", maintain_order=True)
    notes = (NOTE, nw02.BASE_NOTE, *dropped, *_notes((people, network), ordered, counties))
    return Adequacy(ordered, notes, frozenset(told))


def _told(row: Mapping[str, Any], group: list[Standard]) -> Iterator[str]:
    """Yield the verdicts of a row, and for what is not met that severity and those below it."""
    for held in group:
        verdict = row["verdict" if held.rule == nw01.RULE.code else "count_verdict"]
        yield str(verdict)
        if verdict == Verdict.NOT_MET:
            yield from list(Severity)[held.requirement.severity.rank :]


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
        its_own = pl.col("plan_id").is_null() | (pl.col("plan_id") == plan_id)
        plans.append((str(plan_id), part, providers.filter(its_own)))
    return plans


def _row(
    plan_id: str, reached: Network, group: list[Standard], county: str, county_class: str | None
) -> Iterator[dict[str, Any]]:
    """Lay out one county under the standards of one specialty and population, if any means it."""
    meant = [held for held in group if not held.scope.leaves_out(county_class)]
    if not meant:
        return
    share = next((held for held in meant if held.rule == nw01.RULE.code), None)
    counts = [held for held in meant if held.rule == nw02.RULE.code]
    counts.sort(key=lambda held: share is None or held.params.within != share.requirement.id)
    scope = meant[0].scope
    people = reached.group(county, scope.population)
    yield {
        "plan_id": plan_id,
        "county_fips": county,
        "county_class": county_class,
        "specialty": scope.specialty,
        "specialty_code": specialties()[scope.specialty].hsd_code,
        "population": scope.population,
        "members": people.members,
        "unlocated": people.unlocated,
        "verdict": str(Verdict.NOT_APPLICABLE),
        "count_verdict": str(Verdict.NOT_APPLICABLE),
        **(_share(plan_id, reached, share, county, county_class) if share else {}),
        **(_count(plan_id, reached, counts[0], county, county_class) if counts else {}),
    }


def _share(
    plan_id: str, reached: Network, standard: Standard, county: str, county_class: str | None
) -> dict[str, Any]:
    measure = nw01.measure_county(reached, standard.scope, standard.params, county, county_class)
    told = measure.evidence
    counted = measure.outcome is Outcome.MEASURED
    return {
        "max_minutes_allowed": told.get("max_minutes"),
        "max_miles_allowed": told.get("max_miles"),
        "within": told.get("within"),
        "borderline": told.get("borderline"),
        "share": measure.value,
        "required_share": nw01.required(standard.params, measure) if counted else None,
        "providers_counted": told.get("providers"),
        "longest_miles": told.get("longest_miles"),
        "longest_minutes": told.get("longest_minutes"),
        "travel": told.get("travel"),
        "verdict": standard.verdict(measure, plan_id),
    }


def _count(
    plan_id: str, reached: Network, standard: Standard, county: str, county_class: str | None
) -> dict[str, Any]:
    params = standard.params
    measure = nw02.measure_county(
        reached, standard.scope, params, standard.reach, county, county_class
    )
    row: dict[str, Any] = {"count_verdict": standard.verdict(measure, plan_id)}
    if "providers" in measure.evidence:
        row["providers_counted"] = int(measure.evidence["providers"])
    if measure.value is not None:
        row["providers_required"] = int(nw02.required(params, measure))
    return row


def _left_out(plan_id: str, reached: Network) -> Iterator[str]:
    providers = reached.providers
    told = [(providers.left_out[reason], which) for reason, which in LEFT_OUT.items()]
    told.append((providers.approximate, "are placed at the centroid of their ZIP code"))
    for count, which in told:
        if count:
            yield f"{plan_id or 'the plan'}: {count:,} provider rows {which}"


def _notes(tables: tuple[Table, ...], rows: pl.DataFrame, counties: Path | None) -> Iterator[str]:
    for table in tables:
        shown = [name for name in table.lacking if name not in ("plan_id", "specialty")]
        if shown:
            yield f"{table.name} has no column {', '.join(shown)}"
    if counties is not None:
        yield SMALL_COUNTY_ASSUMPTION
    unclassed = rows.filter(pl.col("county_class").is_null())["county_fips"].unique().sort()
    if len(unclassed):
        listed = ", ".join(code or "(none)" for code in unclassed[:10].to_list())
        more = f" and {len(unclassed) - 10} more" if len(unclassed) > 10 else ""
        yield f"county class unknown: {listed}{more}; name a population file"
