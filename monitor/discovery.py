"""False discovery of shifted money held over all plans of a review, and over all their regions.

A rule is handed one plan. Twenty plans that are each tested at 5 % give one accusation by chance,
so the p-values of rule SP10 are put together once every plan is measured: Benjamini and Hochberg's
q-value of each plan over the plans, and of each region over the regions of all plans. A fault whose
q-value is over 5 % is not told: there are too few members to tell it from chance among so many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from monitor.answer_again import answer_again
from monitor.judge import compare, judge
from rules.model import Contract, Finding, Measure, Outcome, Period
from rules.registry import rules
from rules.spending.shift_regions import DISCOVERY, q_values
from rules.spending.shift_verdict import FAULTS, TOO_FEW

if TYPE_CHECKING:
    from monitor.review import PlanResult

SHIFTED = "SP10"


def hold_discovery(
    plans: Sequence[PlanResult],
    contract: Contract,
    period: Period,
    earlier: Callable[[str], Sequence[Finding]],
) -> tuple[PlanResult, ...]:
    """Return the plans with q-values in the evidence on shifted money, and verdicts that hold.

    Parameters
    ----------
    earlier
        Gives a plan's findings in its latest earlier review.
    """
    tested: dict[str, list[Measure]] = defaultdict(list)
    for plan in plans:
        for measure in plan.measures:
            if measure.rule == SHIFTED and "p_value" in measure.evidence:
                tested[measure.requirement_id].append(measure)
    held = {
        (measure.plan_id, measure.requirement_id): measure
        for measures in tested.values()
        for measure in adjusted(measures)
    }
    return tuple(_with(plan, held, contract, period, earlier) for plan in plans)


def adjusted(measures: Sequence[Measure]) -> list[Measure]:
    """Return one requirement's measures, one a plan, with the q-values of all of them together."""
    regions = [region for measure in measures for region in measure.evidence.get("regions", ())]
    each_q = iter(q_values([region["p_value"] for region in regions]))
    plan_q = q_values([measure.evidence["p_value"] for measure in measures])
    told = []
    for measure, q in zip(measures, plan_q, strict=True):
        evidence = {
            **measure.evidence,
            "q_value": round(q, 5),
            "plans_tested": len(measures),
            "regions": [
                _region(region, next(each_q)) for region in measure.evidence.get("regions", ())
            ],
        }
        told.append(_held(replace(measure, evidence=evidence), q, len(measures)))
    return told


def _region(region: Mapping[str, Any], q: float) -> dict[str, Any]:
    return {**region, "q_value": round(q, 5), "fell": q <= DISCOVERY}


def _held(measure: Measure, q: float, plans: int) -> Measure:
    """Return a measure as it is, or that it cannot be told where a fault is likely chance."""
    if measure.value not in FAULTS or q <= DISCOVERY:
        return measure
    evidence = {name: part for name, part in measure.evidence.items() if name != "told"}
    note = (
        f"cannot tell whether BH money shifted: {measure.denominator or 0:,.0f} members are too "
        f"few: a fall as large comes by chance with p = {measure.evidence['p_value']:.3f}, which "
        f"among the {plans} plans of this review is q = {q:.3f}, wanted at most {DISCOVERY}"
    )
    return replace(
        measure,
        numerator=None,
        denominator=None,
        value=TOO_FEW,
        outcome=Outcome.COULD_NOT_RUN,
        note=note,
        evidence={**evidence, "since": None, "lost_pmpm": 0.0},
    )


def _with(
    plan: PlanResult,
    held: Mapping[tuple[str, str], Measure],
    contract: Contract,
    period: Period,
    earlier: Callable[[str], Sequence[Finding]],
) -> PlanResult:
    """Return one plan with its findings on shifted money judged again."""
    plan_id = plan.answer.plan_id
    own = {key[1]: measure for key, measure in held.items() if key[0] == plan_id}
    if not own:
        return plan
    before = [finding for finding in earlier(plan_id) if finding.rule == SHIFTED]
    findings = []
    for finding in plan.findings:
        measure = own.get(finding.requirement_id)
        if measure is None or finding.subject != measure.subject:
            findings.append(finding)
            continue
        requirement = contract.requirement(finding.requirement_id)
        again = judge(measure, requirement, rules()[SHIFTED], contract, period, finding.violations)
        findings += compare([again], [one for one in before if one.id == again.id])
    return replace(
        plan,
        measures=tuple(own.get(each.requirement_id, each) for each in plan.measures),
        findings=tuple(findings),
        answer=answer_again(plan.answer, findings, contract, plan.answer.fail_on),
    )
