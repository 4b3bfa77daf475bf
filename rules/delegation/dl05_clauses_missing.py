"""An agreement lacks a clause that keeps the plan accountable for what it handed over.

What it measures
----------------
Each subcontractor of the domain (BH, or both) whose agreement is in force on any day of the
period: which of ``clauses`` (audit, revocation, access standards, quality standards) at least one
of its agreements lacks. ``value`` is the number of them, ``denominator`` that of ``clauses``.

Why it is required
------------------
The prime plan stays fully accountable for enumerated access and quality standards (Integrated Care
Resource Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011). 42 CFR
438.230(c) has delegation agreements provide for revocation and for audit (its wording is
unverified here); the two clauses on standards are the source's, not the regulation's.

Met
---
The register flags every clause Y in every agreement.

Not met
-------
It flags at least one N.

Limits
------
The register says that a clause is there, not what it says. A flag that is empty is unknown: where
no flag is N and some are empty the rule could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.delegation.register import (
    CLAUSES,
    Agreement,
    covered,
    describe,
    faulty_rows,
    in_force,
    none_in_force,
)
from rules.model import Filing, Measure, Outcome, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``domain``: whose subcontractors; ``clauses``: those that every agreement is to have."""

    domain: str
    clauses: tuple[str, ...] = CLAUSES

    def __post_init__(self) -> None:
        unknown = [clause for clause in self.clauses if clause not in CLAUSES]
        if unknown or not self.clauses:
            found = ", ".join(unknown) or "no clause"
            raise ValueError(f"clauses: found {found}, wanted some of {', '.join(CLAUSES)}")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each subcontractor in force, the clauses that an agreement lacks."""
    subcontractors = in_force(filing, covered((params.domain, "both")))
    if not subcontractors:
        yield none_in_force(filing, params.domain)
        return
    wanted = tuple(dict.fromkeys(params.clauses))
    for subcontractor_id, agreements in sorted(subcontractors.items()):
        yield count_clauses(subcontractor_id, agreements, wanted)


def count_clauses(
    subcontractor_id: str, agreements: list[Agreement], wanted: tuple[str, ...]
) -> Measure:
    """Turn the agreements of one subcontractor into its measure."""
    missing, unknown = lacking(agreements, wanted)
    evidence = {
        **describe(agreements),
        "missing": list(missing),
        "unknown": list(unknown),
        "found": ", ".join(in_words(clause) for clause in missing) or "none",
    }
    if unknown and not missing:
        named = ", ".join(in_words(clause) for clause in unknown)
        note = f"{subcontractor_id}: cannot tell whether its agreements have: {named}"
        return Measure(
            subcontractor_id, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN
        )
    return Measure(
        subject=subcontractor_id,
        numerator=float(len(missing)),
        denominator=float(len(wanted)),
        value=float(len(missing)),
        evidence=evidence,
        violations=faulty_rows(
            (row, f"{clause}_clause", row.clauses[clause], f"Y, a clause on {in_words(clause)}")
            for row in agreements
            for clause in missing
            if is_absent(row, clause)
        ),
    )


def lacking(
    agreements: list[Agreement], wanted: tuple[str, ...] = CLAUSES
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the clauses that an agreement lacks, and those of which no flag tells, in order."""
    missing = tuple(c for c in wanted if any(is_absent(row, c) for row in agreements))
    unknown = tuple(
        clause
        for clause in wanted
        if clause not in missing
        and any(row.clauses.get(clause, "").upper() != "Y" for row in agreements)
    )
    return missing, unknown


def is_absent(agreement: Agreement, clause: str) -> bool:
    """Whether the register says that the agreement has no such clause."""
    return agreement.clauses.get(clause, "").upper() == "N"


def in_words(clause: str) -> str:
    """Return a clause as sentences have it."""
    return clause.replace("_", " ")


def required(params: Any, measure: Measure) -> float:
    """No clause may be missing."""
    return 0.0


RULE = Rule(
    code="DL05",
    name="delegation.clauses-missing",
    family="delegation",
    reads=("subcontracts",),
    params=Params,
    columns=tuple(f"subcontracts.{clause}_clause" for clause in CLAUSES),
    grain="subcontractor",
    unit="clauses",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{evidence[name]} ({subject}), clauses that its agreements lack, {numerator:,.0f} of "
        "{denominator:,.0f}: {evidence[found]}."
    ),
    remedy="Amend the agreement so that it has each of these clauses.",
    measure=measure,
)
