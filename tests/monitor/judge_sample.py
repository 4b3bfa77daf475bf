"""A toy rule, what it asks and what it counted, for the judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from monitor.judge import params_used
from rules.model import (
    Citation,
    Contract,
    Document,
    Measure,
    Period,
    Requirement,
    Rule,
    Sense,
    Severity,
    Value,
)

Q1 = Period.parse("2026Q1")


@dataclass(frozen=True)
class Params:
    """Params of the toy rule."""

    share: float
    months: int = 12
    names: tuple[str, ...] = ()


CITATION = Citation("base", "3.2.1", 41, also=("42 CFR 438.68(b)",))
CITED = "Toy contract (invented), 3.2.1, p. 41 (42 CFR 438.68(b))"
REQUIREMENT = Requirement(
    id="T-1",
    title="Toys are whole",
    rule="TY01",
    severity=Severity.MAJOR,
    values=(Value(date(2026, 1, 1), Params(0.9), CITATION),),
    applies_to={"kind": "toys"},
)
DATA = Requirement(
    id="DATA-TOYS",
    title="Toys",
    rule="DATA",
    severity=Severity.MINOR,
    values=(Value(date(2024, 7, 1), None, CITATION),),
    applies_to={"table": "toys"},
)
CONTRACT = Contract(
    id="toy",
    title="Toy contract",
    program="Toys",
    model="mco",
    state="TN",
    plans=("ALPHA",),
    starts=date(2024, 7, 1),
    ends=None,
    extends=(),
    documents={"base": Document("base", "Toy contract (invented)", "2024", invented=True)},
    requirements=(REQUIREMENT,),
    runout_months=3,
)
RULE = Rule(
    code="TY01",
    name="toys.broken",
    family="toys",
    reads=("toys",),
    params=Params,
    grain="plan",
    unit="share of toys",
    sense=Sense.AT_LEAST,
    required=lambda params, measure: params.share,
    message="{plan_id}: {numerator:.0f} of {denominator:.0f} {evidence[kind]} in {period} are "
    "whole, {value:.1%}; {required:.0%} {unit} asked, {params.months} months, {subject}.",
    remedy="Mend the toys.",
    measure=lambda filing, scope, params: iter(()),
    judged_by=("share",),
)
USED = params_used(RULE, Params(0.9), REQUIREMENT, CONTRACT)


def measured(value: float | str | None = 0.9, **changed: object) -> Measure:
    fields: dict[str, object] = {
        "subject": "plan",
        "numerator": 9.0,
        "denominator": 10.0,
        "value": value,
        "evidence": {"kind": "toys"},
        "review_id": "R1",
        "plan_id": "ALPHA",
        "requirement_id": "T-1",
        "rule": "TY01",
        "measured_with": USED,
    }
    return Measure(**{**fields, **changed})  # type: ignore[arg-type]


def amended(**changed: object) -> Requirement:
    (value,) = REQUIREMENT.values
    return replace(REQUIREMENT, values=(replace(value, **changed),))
