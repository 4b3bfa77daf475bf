"""A subcontractor runs functions that the plan was to keep.

What it measures
----------------
Each subcontractor of the domain (BH, or both) whose agreement is in force on any day of the
period: the functions in the register over all its agreements. ``value`` is the number of
different functions that are not in ``allowed``; ``denominator`` counts all of them.

Why it is required
------------------
Subcontracts can keep the management of the two benefits in separate silos inside one contract;
a state has to watch which functions the prime plan keeps (Integrated Care Resource Center,
*State Options for Integrating Physical and Behavioral Health Care*, 2011). 42 CFR 438.230 has
the delegated activities specified in writing (its wording is unverified here).

Met
---
Every function handed over is one that the contract allows.

Not met
-------
At least one is not.

Limits
------
The register is the plan's own statement. A word that is not one of the interface's functions is
shown, and never counted as beyond; where it is all that stands between met and not met, the rule
could not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.delegation.register import (
    Agreement,
    covered,
    describe,
    faulty_rows,
    functions_of,
    in_force,
    none_in_force,
)
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.tables.subcontracts import FUNCTIONS


@dataclass(frozen=True)
class Params:
    """``domain``: whose subcontractors; ``allowed``: the functions that may be handed over."""

    domain: str
    allowed: tuple[str, ...]


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count, for each subcontractor in force, the functions beyond those allowed."""
    subcontractors = in_force(filing, covered((params.domain, "both")))
    if not subcontractors:
        yield none_in_force(filing, params.domain)
        return
    for subcontractor_id, agreements in sorted(subcontractors.items()):
        yield count_functions(subcontractor_id, agreements, params.allowed)


def count_functions(
    subcontractor_id: str, agreements: list[Agreement], allowed: tuple[str, ...]
) -> Measure:
    """Turn the agreements of one subcontractor into its measure."""
    handed = {function for row in agreements for function in functions_of(row)}
    unknown = sorted(handed - set(FUNCTIONS) - set(allowed))
    beyond = sorted((handed & set(FUNCTIONS)) - set(allowed))
    evidence = {
        **describe(agreements),
        "allowed": list(allowed),
        "beyond": beyond,
        "unknown": unknown,
        "found": ", ".join(beyond) or "none",
    }
    if not beyond and (unknown or not handed):
        said = f"unknown functions {', '.join(unknown)}" if unknown else "no functions"
        note = f"{subcontractor_id}: cannot tell what it runs: the register names {said}"
        return Measure(
            subcontractor_id, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN
        )
    wanted = f"only {', '.join(allowed)}"
    return Measure(
        subject=subcontractor_id,
        numerator=float(len(beyond)),
        denominator=float(len(handed)),
        value=float(len(beyond)),
        evidence=evidence,
        violations=faulty_rows(
            (row, "functions", row.functions, wanted)
            for row in agreements
            if set(functions_of(row)) & set(beyond)
        ),
    )


def required(params: Any, measure: Measure) -> float:
    """No function beyond those allowed."""
    return 0.0


RULE = Rule(
    code="DL03",
    name="delegation.functions-beyond",
    family="delegation",
    reads=("subcontracts",),
    params=Params,
    grain="subcontractor",
    unit="functions",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{evidence[name]} ({subject}), functions beyond those allowed, {numerator:,.0f} of "
        "{denominator:,.0f}: {evidence[found]}."
    ),
    remedy="Take these functions back into the plan, or amend the contract to allow them.",
    measure=measure,
)
