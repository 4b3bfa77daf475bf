"""The delegation register: which subcontractors hold an agreement in the period, for which domain.

A subcontractor may have several rows, one an agreement, and a row may repeat. The rules judge
the subcontractor, once, over all its rows that are in force on any day of the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from rules.delegation.places import Place
from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome

KINDS_OF_BH = frozenset({"bh", "mh", "sud"})
CLAUSES = ("audit", "revocation", "access_standards", "quality_standards")
"""The clauses that the register has a flag for, each in a column ``<clause>_clause``."""
TEXT_COLUMNS = ("name", "functions", "domain", "payment", "parent_name", "on_site")


@dataclass(frozen=True)
class Agreement:
    """One row of ``subcontracts`` as staged; ``line`` is its line in ``file``.

    ``clauses`` holds the flag of each of :data:`CLAUSES`, "" where it is empty; the weights are
    those of the award, 0 to 1.
    """

    subcontractor_id: str
    name: str
    functions: str
    domain: str
    payment: str
    parent_name: str
    on_site: str
    place: Place
    effective: date | None
    end: date | None
    file: str
    line: int
    clauses: Mapping[str, str] = field(default_factory=dict)
    reviewed_on: date | None = None
    qualification_weight: float | None = None
    cost_weight: float | None = None


def covered(domains: Iterable[str]) -> frozenset[str]:
    """Return the register's domain words, in lower case, that ``domains`` name.

    BH takes in MH and SUD. ``both`` (PH and BH under one agreement) is named on its own.
    """
    asked = frozenset(domain.casefold() for domain in domains)
    return asked | KINDS_OF_BH if "bh" in asked else asked


def in_force(filing: Filing, domains: frozenset[str]) -> dict[str, list[Agreement]]:
    """Return the agreements of each subcontractor that bind on a day of the period, by id.

    In force: ``effective`` no later than the period's last day, ``end`` empty or no earlier than
    its first. ``domains`` are lower-case words of the register. Ids and rows in file order.
    """
    table = filing.tables["subcontracts"]
    bound = table.filter(
        table.domain.lower().isin(sorted(domains)),
        table.effective.isnull() | (table.effective <= filing.period.end),
        table.end.isnull() | (table.end >= filing.period.start),
    )
    found: dict[str, list[Agreement]] = {}
    for row in bound.order_by("_file", "_line").to_polars().iter_rows(named=True):
        agreement = read_agreement(row)
        found.setdefault(agreement.subcontractor_id, []).append(agreement)
    return found


def read_agreement(row: dict[str, Any]) -> Agreement:
    """Turn a staged row of ``subcontracts`` into an agreement; empty text is ""."""
    return Agreement(
        subcontractor_id=row["subcontractor_id"] or "",
        **{column: row[column] or "" for column in TEXT_COLUMNS},
        place=read_place(row),
        effective=row["effective"],
        end=row["end"],
        file=row["_file"],
        line=row["_line"],
        clauses={clause: row[f"{clause}_clause"] or "" for clause in CLAUSES},
        reviewed_on=row["oversight_reviewed_on"],
        qualification_weight=row["award_qualification_weight"],
        cost_weight=row["award_cost_weight"],
    )


def read_place(row: dict[str, Any]) -> Place:
    """Turn the address and point of a staged row into a place; empty text is ""."""
    return Place(
        **{column: row[column] or "" for column in ("street", "city", "state", "zip")},
        latitude=row["latitude"],
        longitude=row["longitude"],
    )


def describe(agreements: list[Agreement]) -> dict[str, Any]:
    """Return what evidence says of a subcontractor: who it is and what its agreements are."""
    return {
        "name": agreements[0].name,
        "parent_name": agreements[0].parent_name,
        "domains": distinct(agreement.domain for agreement in agreements),
        "payments": distinct(agreement.payment for agreement in agreements),
        "functions": sorted({word for row in agreements for word in functions_of(row)}),
        "agreements": len(agreements),
    }


def functions_of(agreement: Agreement) -> list[str]:
    """Return the functions of an agreement as the interface spells them: ``care_management``."""
    split = (word.strip().casefold() for word in agreement.functions.split(";"))
    return ["_".join(word.replace("-", " ").split()) for word in split if word]


def distinct(texts: Iterable[str]) -> list[str]:
    """Return the different non-empty texts, sorted."""
    return sorted({text for text in texts if text})


def none_in_force(filing: Filing, domains: str) -> Measure:
    """Return the measure of a plan whose register has nothing to judge.

    A row in quarantine may be the one that is missing, so then the rule could not run.
    """
    note = f"no {domains} subcontractor in force in {filing.period}"
    hidden = filing.quarantined.get("subcontracts", 0)
    if hidden:
        note = f"{note} among the rows staged; {hidden} rows of subcontracts lie in quarantine"
        return Measure("plan", note=note, outcome=Outcome.COULD_NOT_RUN)
    return Measure("plan", 0.0, 0.0, note=note, outcome=Outcome.NOT_APPLICABLE)


def faulty_rows(rows: Iterable[tuple[Agreement, str, str, str]]) -> pl.DataFrame:
    """Return a violation frame of (agreement, field, value found, value wanted)."""
    told = [
        (
            "subcontracts",
            agreement.file,
            agreement.line,
            f"{agreement.subcontractor_id}/{agreement.effective or ''}",
            field,
            value,
            expected,
        )
        for agreement, field, value, expected in rows
    ]
    schema = {column: pl.Int64 if column == "line" else pl.String for column in VIOLATION_COLUMNS}
    return pl.DataFrame(told, schema=schema, orient="row")
