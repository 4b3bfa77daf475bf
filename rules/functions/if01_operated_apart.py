"""One function of the plan is run by different hands, or on different systems, for PH and BH.

What it measures
----------------
Each function in ``functions`` that has a row for physical and one for behavioral health: the
different pairs of operator and system over both. ``value`` is that number less one, and 0 where
both domains have the very same pairs. ``denominator`` is the number of pairs.

Why it is required
------------------
The functions of an integrated plan can be one, or two side by side: one call number, one claims
system, one care-management platform (*What Functions of a Health Plan Can be Integrated?*). Two
of everything is a carve-out inside one contract.

Met
---
The same operator runs the function on the same system for both domains.

Not met
-------
Operators or systems differ.

Limits
------
Names are compared without regard to case and spaces: two names of one system read as two systems.
The plan's own id counts as ``plan``. One system that holds two separate configurations reads as
one. A function with a row for one domain only is not applicable; one whose operator or system is
missing could not run unless what is there differs already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense
from rules.tables.functions import FUNCTIONS

DOMAINS = {"ph": ("PH",), "bh": ("BH",), "mh": ("BH",), "sud": ("BH",), "both": ("PH", "BH")}


@dataclass(frozen=True)
class Params:
    """Nothing to set: every function in the table is held to the same."""


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each function, the pairs of operator and system beyond the first."""
    rows = filing.tables["functions"].order_by("_file", "_line").to_polars()
    by_function: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows.iter_rows(named=True):
        function = words((row["function"] or "").replace("-", " ")).replace(" ", "_")
        sides = by_function.setdefault(function, {"PH": [], "BH": []})
        for domain in DOMAINS.get(words(row["domain"] or ""), ()):
            sides[domain].append(row)
    names, hidden = name_operators(filing), filing.quarantined.get("functions", 0)
    if not by_function:
        yield nothing_to_compare("plan", "the functions table has no row", {}, hidden)
    for function, sides in sorted(by_function.items()):
        evidence = {
            "known": function in FUNCTIONS,
            **{side.lower(): describe(found, names) for side, found in sides.items()},
        }
        missing = [side for side, found in sides.items() if not found]
        if missing:
            note = f"{function}: no row for {' or '.join(missing)}"
            yield nothing_to_compare(function, note, evidence, hidden)
        else:
            yield compare_sides(function, sides, filing.plan_id, evidence)


def nothing_to_compare(
    subject: str, note: str, evidence: dict[str, Any], quarantined: int
) -> Measure:
    """Return the measure where a domain has no row; a quarantined row may be the one."""
    if quarantined:
        note = f"{note}; {quarantined} rows of functions lie in quarantine"
        return Measure(subject, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    return Measure(subject, 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)


def words(text: str) -> str:
    """Return a text in lower case with single spaces."""
    return " ".join(text.casefold().split())


def name_operators(filing: Filing) -> dict[str, str]:
    """Return the names of subcontractors by id in lower case, where a register was sent."""
    if "subcontracts" not in filing.tables:
        return {}
    register = filing.tables["subcontracts"].select("subcontractor_id", "name").distinct()
    rows = register.order_by("subcontractor_id", "name").to_polars().iter_rows()
    return {words(given_id or ""): name or "" for given_id, name in rows}


def compare_sides(
    function: str,
    sides: dict[str, list[dict[str, Any]]],
    plan_id: str,
    evidence: dict[str, Any],
) -> Measure:
    """Turn the rows of one function, some of each domain, into its measure."""
    pairs = {side: {pair_of(row, plan_id) for row in rows} for side, rows in sides.items()}
    different = pairs["PH"] | pairs["BH"]
    blank = any("" in pair for pair in different)
    if blank and not differ_in_what_is_named(pairs["PH"], pairs["BH"]):
        note = f"{function}: cannot tell who runs it: an operator or a system is missing"
        return Measure(function, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    value = 0.0 if pairs["PH"] == pairs["BH"] else float(len(different) - 1)
    faulty = sides["PH"] + [row for row in sides["BH"] if row not in sides["PH"]] if value else []
    return Measure(
        subject=function,
        numerator=value,
        denominator=float(len(different)),
        value=value,
        evidence=evidence,
        violations=faulty_rows(function, faulty),
    )


def pair_of(row: dict[str, Any], plan_id: str) -> tuple[str, str]:
    """Return operator and system of a row in one spelling; the plan's own id reads ``plan``."""
    operator = words(row["operator"] or "")
    return "plan" if operator == words(plan_id) else operator, words(row["system"] or "")


def differ_in_what_is_named(ph: set[tuple[str, str]], bh: set[tuple[str, str]]) -> bool:
    """Tell whether the operators, or the systems, differ where both domains name them all."""
    for part in (0, 1):
        one, other = ({pair[part] for pair in pairs} for pairs in (ph, bh))
        if "" not in one | other and one != other:
            return True
    return False


def describe(rows: list[dict[str, Any]], names: dict[str, str]) -> dict[str, str]:
    """Return who runs one side of a function and on what, as submitted."""
    operators = sorted({row["operator"] or "" for row in rows} - {""})
    named = [names.get(words(operator), "") or operator for operator in operators]
    systems = sorted({row["system"] or "" for row in rows} - {""})
    return {
        "operator": "; ".join(operators),
        "operator_name": "; ".join(named),
        "system": "; ".join(systems),
    }


def faulty_rows(function: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a violation frame with every row of a function that is operated apart."""
    told = [
        (
            "functions",
            row["_file"],
            row["_line"],
            f"{row['function']}/{row['domain']}",
            "operator",
            f"{row['operator'] or ''} on {row['system'] or ''}",
            f"one operator and one system of {function} for PH and BH",
        )
        for row in rows
    ]
    schema = {column: pl.Int64 if column == "line" else pl.String for column in VIOLATION_COLUMNS}
    return pl.DataFrame(told, schema=schema, orient="row")


def required(params: Any, measure: Measure) -> float:
    """One pair, none beyond it."""
    return 0.0


RULE = Rule(
    code="IF01",
    name="functions.operated-apart",
    family="functions",
    reads=("functions",),
    params=Params,
    grain="function",
    unit="pairs beyond one",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{subject}: PH is run by {evidence[ph][operator_name]} on {evidence[ph][system]}, "
        "BH by {evidence[bh][operator_name]} on {evidence[bh][system]}."
    ),
    remedy="Run the function for both domains with one operator on one system.",
    measure=measure,
)
