"""Measure x requirement in force -> finding. Nothing is counted here, and nothing is read.

The order of a verdict: a requirement with no value in force on the period's last day asks nothing
(not_applicable); else what could not be counted could_not_run; else what has no figure, or a zero
denominator, is not_applicable; else the figure is held against the required one. A finding is
therefore never met for want of data. What is not met under an exception of the contract stays not
met, at severity info (:mod:`monitor.excuse`).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from typing import Any

from monitor.change import compare
from monitor.excuse import excused
from monitor.wording import bounds, chance, doubt, shown, text, worded
from rules.contract import cited
from rules.domain_definition import KEY, check_rests_on_domain, recorded, rests_on_domain
from rules.model import (
    TOLERANCE,
    Check,
    Contract,
    Finding,
    Layer,
    Measure,
    Outcome,
    Period,
    Requirement,
    Rule,
    Sense,
    Value,
    Verdict,
    finding_id,
)
from rules.params import plain

__all__ = [
    "compare",
    "could_not_run",
    "judge",
    "judge_check",
    "not_in_force",
    "params_used",
    "within",
]

NO_FIGURE = "there is nothing to measure: no figure was counted"
ZERO = "there is nothing to measure: the denominator is 0"
AGAIN = "run carvein review again"


def judge(
    measure: Measure,
    requirement: Requirement,
    rule: Rule,
    contract: Contract,
    period: Period,
    violations: int = 0,
    counted_so: bool = False,
) -> Finding:
    """Hold what a rule counted against the value in force on the period's last day.

    Parameters
    ----------
    measure
        As stamped by the review, or as read back from the store.
    violations
        Number of violation lines behind the measure; the judge does not open them.
    counted_so
        Whether the measure was counted just now, by the rule and the value that it is held to.
    """
    value = requirement.in_force(period.end)
    blank = _blank(measure, requirement, rule.code, rule.name, contract, period, value)
    finding = replace(
        blank, unit=rule.unit, remedy=rule.remedy, evidence=measure.evidence, violations=violations
    )
    if value is None:
        return _unmeasured(finding, Verdict.NOT_APPLICABLE, _applies_from(requirement))
    if measure.outcome is Outcome.COULD_NOT_RUN:
        return _unmeasured(finding, Verdict.COULD_NOT_RUN, measure.note or "could not be counted")
    stale = "" if counted_so else _measured_otherwise(measure, requirement, rule, contract, value)
    if stale:
        return _unmeasured(finding, Verdict.COULD_NOT_RUN, stale)
    wanted = rule.required(value.params, measure) if isinstance(measure.value, str) else None
    if isinstance(wanted, str) and measure.outcome is Outcome.MEASURED:
        return _judge_words(finding, measure, rule, wanted, contract, period, value)
    figure = _figure(measure)
    if isinstance(figure, str):
        return _unmeasured(finding, _verdict_without_figure(measure), measure.note or figure)
    if measure.denominator == 0:
        return _unmeasured(finding, Verdict.NOT_APPLICABLE, measure.note or ZERO)
    required = float(rule.required(value.params, measure))
    met = within(
        figure,
        at_least=required if rule.sense is Sense.AT_LEAST else None,
        at_most=required if rule.sense is Sense.AT_MOST else None,
    )
    verdict = Verdict.MET if met else Verdict.NOT_MET
    names = _names(measure, required, rule.unit, period, value.params)
    names["doubt"] = doubt(measure, required, rule.sense, met)
    names["chance"] = chance(measure, required, rule.sense, met)
    told = worded(replace(finding, verdict=verdict, required=text(required)), rule.message, names)
    return told if met else excused(told, contract, period.end)


def _judge_words(
    finding: Finding,
    measure: Measure,
    rule: Rule,
    required: str,
    contract: Contract,
    period: Period,
    value: Value,
) -> Finding:
    """Hold a measure in words against the word that is required: met when it is the same."""
    met = measure.value == required
    names = _names(measure, required, rule.unit, period, value.params)
    verdict = Verdict.MET if met else Verdict.NOT_MET
    told = worded(replace(finding, verdict=verdict, required=required), rule.message, names)
    return told if met else excused(told, contract, period.end)


def judge_check(
    measure: Measure,
    check: Check,
    requirement: Requirement,
    contract: Contract,
    period: Period,
    violations: int = 0,
) -> Finding:
    """Hold the figure of a shape edit or profile expectation against the check's own bounds.

    The severity is the check's; where it stands on a source of its own, that is cited after the
    requirement's. A figure outside its bounds is not met even where no row was
    counted (an empty file is itself a fault); inside them with no row it is not applicable.
    """
    value = requirement.in_force(period.end)
    finding = replace(
        _blank(measure, requirement, check.code, check.name, contract, period, value),
        layer=check.layer,
        severity=check.severity,
        unit=check.unit,
        remedy=check.remedy,
        evidence=measure.evidence,
        required=text(bounds(check)),
        violations=violations,
    )
    if check.citation is not None:
        both = f"{finding.citation}; {cited(check.citation, contract.documents)}"
        finding = replace(finding, citation=both)
    if value is None:
        return _unmeasured(finding, Verdict.NOT_APPLICABLE, _applies_from(requirement))
    if measure.outcome is Outcome.COULD_NOT_RUN:
        return _unmeasured(finding, Verdict.COULD_NOT_RUN, measure.note or "could not be counted")
    was = recorded(measure.measured_with)[KEY]
    if was != contract.bh_definition and check_rests_on_domain(check):
        told = f"{KEY} was {was}, is now {contract.bh_definition}"
        note = f"measured with other terms: {told}; {AGAIN}"
        return _unmeasured(finding, Verdict.COULD_NOT_RUN, note)
    figure = _figure(measure)
    if isinstance(figure, str):
        return _unmeasured(finding, _verdict_without_figure(measure), measure.note or figure)
    met = within(figure, check.at_least, check.at_most)
    if met and measure.denominator == 0:
        return _unmeasured(finding, Verdict.NOT_APPLICABLE, measure.note or ZERO)
    return worded(
        replace(finding, verdict=Verdict.MET if met else Verdict.NOT_MET),
        check.message,
        _names(measure, bounds(check), check.unit, period, check),
    )


def could_not_run(
    requirement: Requirement,
    rule: Rule | None,
    contract: Contract,
    period: Period,
    plan_id: str,
    review_id: str,
    note: str,
) -> Finding:
    """Return the finding of a requirement that was not measured for a plan, and why.

    ``rule`` is None for a DATA requirement (its table was not sent, or could not be read). Where
    nothing is in force on the period's last day the finding is :func:`not_in_force`.
    """
    measure = Measure(
        subject="plan",
        note=note,
        outcome=Outcome.COULD_NOT_RUN,
        review_id=review_id,
        plan_id=plan_id,
        requirement_id=requirement.id,
        rule=requirement.rule,
    )
    if rule is not None:
        return judge(measure, requirement, rule, contract, period)
    value = requirement.in_force(period.end)
    finding = _blank(measure, requirement, requirement.rule, "data.table", contract, period, value)
    finding = replace(finding, layer=Layer.SHAPE)
    if value is None:
        return _unmeasured(finding, Verdict.NOT_APPLICABLE, _applies_from(requirement))
    return _unmeasured(finding, Verdict.COULD_NOT_RUN, note)


def not_in_force(
    requirement: Requirement,
    rule: Rule | None,
    contract: Contract,
    period: Period,
    plan_id: str,
    review_id: str,
) -> Finding:
    """Return the finding of a requirement none of whose values has started by the period's end."""
    if requirement.in_force(period.end) is not None:
        raise ValueError(f"{requirement.id} has a value in force on {period.end}")
    return could_not_run(requirement, rule, contract, period, plan_id, review_id, "")


def params_used(
    rule: Rule,
    params: Any,
    requirement: Requirement | None = None,
    contract: Contract | None = None,
) -> dict[str, Any]:
    """Return what a measure was counted with, as JSON can hold it, for ``measured_with``.

    Every param of the rule but those that only ``required`` reads (``judged_by``); with the
    requirement its ``applies_to``; with the contract its ``runout_months`` as well, its
    ``bh_definition`` where the rule goes by the domain of lines, and a digest of its regions where
    the requirement is by region.
    """
    used: dict[str, Any] = {
        name: item for name, item in plain(params).items() if name not in rule.judged_by
    }
    if requirement is not None:
        used["applies_to"] = dict(requirement.applies_to)
    if contract is not None:
        used["runout_months"] = contract.runout_months
        if rests_on_domain(rule):
            used[KEY] = contract.bh_definition
        by_region = "region" in used.get("applies_to", {}) or used.get("area") == "region"
        if by_region and contract.regions:
            drawn = json.dumps(dict(contract.regions), sort_keys=True)
            used["regions"] = hashlib.sha256(drawn.encode()).hexdigest()[:12]
    return used


def within(figure: float, at_least: float | None, at_most: float | None) -> bool:
    """Tell whether a figure keeps its bounds, give or take the tolerance for float rounding."""
    return (at_least is None or figure >= at_least - TOLERANCE) and (
        at_most is None or figure <= at_most + TOLERANCE
    )


def _blank(
    measure: Measure,
    requirement: Requirement,
    code: str,
    name: str,
    contract: Contract,
    period: Period,
    value: Value | None,
) -> Finding:
    """Return the finding with everything that does not depend on the verdict."""
    spoken = value or min(requirement.values, key=lambda value: value.starts)
    return Finding(
        id=finding_id(contract.id, measure.plan_id, requirement.id, code, measure.subject),
        review_id=measure.review_id,
        contract_id=contract.id,
        plan_id=measure.plan_id,
        requirement_id=requirement.id,
        rule=code,
        rule_name=name,
        layer=Layer.REQUIREMENT,
        subject=measure.subject,
        period=str(period),
        verdict=Verdict.COULD_NOT_RUN,
        severity=requirement.severity,
        observed=text(measure.value),
        required="",
        unit="",
        numerator=measure.numerator,
        denominator=measure.denominator,
        violations=0,
        citation=cited(spoken.citation, contract.documents),
        message="",
        remedy="",
        evidence={},
        unverified=spoken.unverified,
    )


def _unmeasured(finding: Finding, verdict: Verdict, message: str) -> Finding:
    return replace(finding, verdict=verdict, message=message)


def _applies_from(requirement: Requirement) -> str:
    return f"applies from {min(value.starts for value in requirement.values)}"


def _figure(measure: Measure) -> float | str:
    """Return the figure to judge, or in words why there is none."""
    if measure.outcome is Outcome.NOT_APPLICABLE:
        return "does not apply"
    if measure.value is None:
        return ZERO if measure.denominator == 0 else NO_FIGURE
    if isinstance(measure.value, str) or not math.isfinite(measure.value):
        return f"{measure.value} is not a figure"
    return measure.value


def _verdict_without_figure(measure: Measure) -> Verdict:
    """Nothing counted is not applicable; something that is no number is a fault of the counting."""
    counted_nothing = measure.outcome is Outcome.NOT_APPLICABLE or measure.value is None
    return Verdict.NOT_APPLICABLE if counted_nothing else Verdict.COULD_NOT_RUN


def _measured_otherwise(
    measure: Measure, requirement: Requirement, rule: Rule, contract: Contract, value: Value
) -> str:
    """Say what the measure was counted with when the value in force asks for something else."""
    if measure.rule not in ("", rule.code):
        return f"measured by rule {measure.rule}, is now asked by {rule.code}; {AGAIN}"
    wanted = params_used(rule, value.params, requirement, contract)
    if wanted == measure.measured_with:
        return ""
    # applies_to and runout_months are compared only where the review has recorded them.
    before = recorded(measure.measured_with)
    names = [name for name in wanted if name in before or name in plain(value.params)]
    changed = [
        f"{name} was {shown(before, name)}, is now {shown(wanted, name)}"
        for name in names
        if shown(before, name) != shown(wanted, name)
    ]
    return f"measured with other terms: {'; '.join(changed)}; {AGAIN}" if changed else ""


def _names(
    measure: Measure, required: float | str, unit: str, period: Period, params: Any
) -> dict[str, Any]:
    return {
        "plan_id": measure.plan_id,
        "subject": measure.subject,
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "value": measure.value,
        "required": required,
        "unit": unit,
        "period": str(period),
        "params": params,
        "evidence": measure.evidence,
    }
