"""The governance parts that the delegation register tells: what is handed over, and how held.

They are told over the agreements for behavioral health (BH, or both) in force in the period.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from rules.delegation.register import covered, functions_of, in_force
from rules.model import Filing, add_months
from rules.separation.parts import LeftOut, Part, Told, why_unusable
from rules.tables.subcontracts import FUNCTIONS

BH = covered(("BH", "both"))

HANDED_OVER = "functions handed over"
CLAUSES = "accountability clauses"
REVIEWED = "oversight review"
AWARDED = "award"
CLAUSE_COLUMNS = {
    "audit_clause": "audit",
    "revocation_clause": "revocation",
    "access_standards_clause": "access standards",
    "quality_standards_clause": "quality standards",
}
REVIEW_MONTHS = 12
"""Months within which the plan should have reviewed a subcontractor. carvein's own default."""

NOBODY = "no BH subcontractor is in force"


def register_parts(filing: Filing) -> list[Told]:
    """Return the four parts of the register."""
    names = (HANDED_OVER, CLAUSES, REVIEWED, AWARDED)
    reason = why_unusable(filing, ("subcontracts",))
    if reason:
        return [LeftOut(name, reason) for name in names]
    terms = filing.once("bh terms", read_terms)
    if not terms and filing.quarantined.get("subcontracts"):
        held = f"{NOBODY} among the rows staged, others lie in quarantine"
        return [LeftOut(name, held) for name in names]
    handed = tell_functions(filing)
    if not terms:
        return [handed, *(LeftOut(name, NOBODY) for name in names[1:])]
    return [handed, tell_clauses(terms), tell_review(terms, filing.period.end), tell_award(terms)]


def read_terms(filing: Filing) -> list[dict[str, Any]]:
    """Return the staged rows of the agreements for behavioral health in force, in file order."""
    lines = [f"{row.file}\x1f{row.line}" for rows in in_force(filing, BH).values() for row in rows]
    table = filing.tables["subcontracts"]
    place = table._file + ibis.literal("\x1f") + table._line.cast("string")
    found = table.filter(place.isin(lines)) if lines else table.filter(ibis.literal(False))
    return list(found.order_by("_file", "_line").to_polars().iter_rows(named=True))


def tell_functions(filing: Filing) -> Told:
    """Tell how many of the nine functions are handed over for behavioral health."""
    handed: set[str] = set()
    bound = in_force(filing, BH)
    for rows in bound.values():
        handed |= {function for row in rows for function in functions_of(row)}
    known, unknown = sorted(handed & set(FUNCTIONS)), sorted(handed - set(FUNCTIONS))
    if bound and not known:
        said = f"unknown functions {', '.join(unknown)}" if unknown else "no functions"
        return LeftOut(HANDED_OVER, f"the register names {said}")
    count, of = len(known), len(FUNCTIONS)
    told = f"{count} of {of} plan functions are handed over for BH"
    details = {"functions": known, "unknown": unknown, "subcontractors": sorted(bound)}
    return Part(HANDED_OVER, count / of, count, of, told, details)


def tell_clauses(terms: list[dict[str, Any]]) -> Told:
    """Tell how many accountability clauses are missing; one that is not told is not counted."""
    flags = [
        (clause, str(row[column] or "").upper())
        for row in terms
        for column, clause in CLAUSE_COLUMNS.items()
    ]
    known = [(clause, flag) for clause, flag in flags if flag in ("Y", "N")]
    if not known:
        return LeftOut(CLAUSES, "the register tells no clause")
    missing = [clause for clause, flag in known if flag == "N"]
    named = sorted(set(missing))
    which = f" ({', '.join(named)})" if named else ""
    told = f"{len(missing)} of {len(known)} accountability clauses are missing{which}"
    details = {"missing": named, "not_told": len(flags) - len(known)}
    return Part(CLAUSES, len(missing) / len(known), len(missing), len(known), told, details)


def tell_review(terms: list[dict[str, Any]], on: date) -> Told:
    """Tell how many subcontractors have gone without a review; one never dated is not counted.

    The latest review over all agreements of a subcontractor counts.
    """
    latest: dict[str, date] = {}
    for row in terms:
        day = row["oversight_reviewed_on"]
        if day is not None:
            known = latest.get(row["subcontractor_id"])
            latest[row["subcontractor_id"]] = day if known is None else max(known, day)
    if not latest:
        return LeftOut(REVIEWED, "the register dates no review")
    overdue = sorted(name for name, day in latest.items() if reviewed_too_long_ago(day, on))
    told = (
        f"{len(overdue)} of {len(latest)} BH subcontractors were last reviewed more than "
        f"{REVIEW_MONTHS} months before the period's end"
    )
    details = {
        "overdue": overdue,
        "reviewed_on": {name: day.isoformat() for name, day in sorted(latest.items())},
        "not_dated": len({row["subcontractor_id"] for row in terms} - set(latest)),
    }
    return Part(REVIEWED, len(overdue) / len(latest), len(overdue), len(latest), told, details)


def reviewed_too_long_ago(day: date, on: date) -> bool:
    """Tell whether a review lies more than 12 months before a day: 31 March to 31 March is not."""
    return day < month_day(add_months(on, -REVIEW_MONTHS), on.day)


def month_day(first: date, day: int) -> date:
    """Return a day of the month that begins on ``first``, or its last day."""
    following = add_months(first, 1)
    length = (following - first).days
    return first.replace(day=min(day, length))


def tell_award(terms: list[dict[str, Any]]) -> Told:
    """Tell how many agreements were awarded more on cost than on qualification."""
    weights = [
        (row["subcontractor_id"], row["award_cost_weight"], row["award_qualification_weight"])
        for row in terms
    ]
    known = [each for each in weights if each[1] is not None and each[2] is not None]
    if not known:
        return LeftOut(AWARDED, "the register tells no award weights")
    on_cost = sorted({name for name, cost, qualification in known if cost > qualification})
    count = sum(cost > qualification for _, cost, qualification in known)
    told = f"{count} of {len(known)} BH agreements were awarded on cost over qualification"
    details = {"on_cost": on_cost, "not_told": len(weights) - len(known)}
    return Part(AWARDED, count / len(known), count, len(known), told, details)
