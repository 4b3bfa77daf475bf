"""A subcontract was awarded more on cost than on qualification.

What it measures
----------------
Each subcontractor of the domain (BH, or both) whose agreement is in force on any day of the
period: the weight of cost in the award less the weight of qualification. ``value`` is the largest
of those differences over its agreements, from -1 to 1.

Why it is required
------------------
A state that lets a plan subcontract behavioral health should see that the award rests more on
qualification than on cost (Integrated Care Resource Center, *State Options for Integrating
Physical and Behavioral Health Care*, 2011).

Met
---
No agreement weighs cost above qualification; equal weights are met.

Not met
-------
At least one does: 0.51 for cost where qualification has 0.49.

Limits
------
The weights are the plan's own statement of how it chose; who really won, and why, is not seen.
Where a weight is missing and no other agreement is at fault the rule could not run.
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
    in_force,
    none_in_force,
)
from rules.model import TOLERANCE, Filing, Measure, Outcome, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``domain``: whose subcontractors."""

    domain: str


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Compare, for each subcontractor in force, the two weights of its awards."""
    subcontractors = in_force(filing, covered((params.domain, "both")))
    if not subcontractors:
        yield none_in_force(filing, params.domain)
        return
    for subcontractor_id, agreements in sorted(subcontractors.items()):
        yield compare_weights(subcontractor_id, agreements)


def compare_weights(subcontractor_id: str, agreements: list[Agreement]) -> Measure:
    """Turn the agreements of one subcontractor into its measure."""
    weighed = sorted(
        (
            (row.cost_weight - row.qualification_weight, row)
            for row in agreements
            if row.cost_weight is not None and row.qualification_weight is not None
        ),
        key=lambda pair: (-pair[0], pair[1].file, pair[1].line),
    )
    at_fault = [(excess, row) for excess, row in weighed if excess > TOLERANCE]
    unknown = len(agreements) - len(weighed)
    evidence: dict[str, Any] = {**describe(agreements), "without_weights": unknown}
    if not weighed or (unknown and not at_fault):
        note = (
            f"{subcontractor_id}: cannot tell what its award rests on: {unknown} of "
            f"{len(agreements)} agreements lack a weight"
        )
        return Measure(
            subcontractor_id, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN
        )
    excess, shown = weighed[0]
    return Measure(
        subject=subcontractor_id,
        numerator=float(len(at_fault)),
        denominator=float(len(weighed)),
        value=excess,
        evidence={
            **evidence,
            "cost_weight": shown.cost_weight,
            "qualification_weight": shown.qualification_weight,
        },
        violations=faulty_rows(
            (
                row,
                "award_cost_weight",
                f"{row.cost_weight:g}",
                f"at most {row.qualification_weight:g}, the weight of qualification",
            )
            for _, row in at_fault
        ),
    )


def required(params: Any, measure: Measure) -> float:
    """Cost weighs no more than qualification."""
    return 0.0


RULE = Rule(
    code="DL04",
    name="delegation.cost-over-qualification",
    family="delegation",
    reads=("subcontracts",),
    params=Params,
    columns=("subcontracts.award_cost_weight", "subcontracts.award_qualification_weight"),
    grain="subcontractor",
    unit="weight of cost over qualification",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{evidence[name]} ({subject}): cost weighed {evidence[cost_weight]:g} and qualification "
        "{evidence[qualification_weight]:g} in the award."
    ),
    remedy="Award the subcontract again, with qualification weighed at least as much as cost.",
    measure=measure,
)
