"""Judge a stored review again, under an amended pack, without the data.

Measures are read from the store and held against the values of the pack as it is now. What the
amended pack counts otherwise, or asks for the first time, could not run: it needs the data again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from monitor import __version__
from monitor.answer import Answer
from monitor.answer_again import answer_again
from monitor.judge import compare, could_not_run, judge, judge_check, not_in_force
from monitor.review import DATA, Held, PlanResult, Reviewed, Terms, data_requirement
from monitor.store import Store
from monitor.violations import ViolationFolder
from rules.model import Check, Contract, Finding, Measure, Period, Review
from rules.profiles.suite import held_by
from rules.registry import rules
from rules.relational import relational_checks
from rules.tables import ENVELOPE_CHECKS, TABLES


class RejudgeError(Exception):
    """The review cannot be judged again under this pack; the text says why."""


def rejudge(
    store: Store, review: Review, contract: Contract, review_id: str, violations: ViolationFolder
) -> Reviewed:
    """Return a new review with the stored measures of ``review`` and fresh verdicts.

    Raises
    ------
    RejudgeError
        When the pack is another contract than the review's.
    """
    if contract.id != review.contract_id:
        raise RejudgeError(f"review {review.id} is of {review.contract_id}, not of {contract.id}")
    terms = Terms(review_id, contract, Period.parse(review.period), review.as_of, {})
    plans = tuple(rejudge_plan(store, review, plan_id, terms) for plan_id in review.plans)
    kept = {finding.id for plan in plans for finding in plan.findings if finding.violations}
    for frame in store.violations(review.id):
        violations.keep(frame.filter(frame["finding_id"].is_in(list(kept))))
    return Reviewed(
        review=replace(
            review,
            id=review_id,
            code_version=__version__,
            pack_digest=contract.digest,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            rejudges=review.id,
        ),
        plans=plans,
        violations=violations,
    )


def rejudge_plan(store: Store, review: Review, plan_id: str, terms: Terms) -> PlanResult:
    """Judge one plan's stored measures again."""
    stored = store.findings(review.id, plan=plan_id)
    lines = {finding.id: finding.violations for finding in stored}
    held: list[Held] = [
        (measure, replace(finding, violations=lines.get(finding.id, 0)))
        for measure, finding in _judged(store.measures(review.id, plan_id), terms)
    ]
    held += _unmeasured(held, stored, plan_id, review.id, terms)
    before = next(each for each in store.answers(review.id) if each["plan_id"] == plan_id)
    findings = compare([finding for _, finding in held], stored)
    return PlanResult(
        answer=answer_again(Answer.read(before), findings, terms.contract, terms.fail_on),
        submissions=tuple(part for part in review.submissions if part.plan_id == plan_id),
        measures=tuple(measure for measure, _ in held if measure is not None),
        findings=tuple(findings),
    )


def known_checks(terms: Terms) -> dict[str, Check]:
    """Return every edit of every table and every expectation as the contract has it, by code."""
    checks = {code: check for shape in TABLES.values() for code, check in shape.checks.items()}
    checks |= ENVELOPE_CHECKS
    checks |= relational_checks()
    for table, suite in held_by(terms.contract, terms.period.end).items():
        checks |= {each.code: each.check(table) for each in suite.expectations}
    return checks


def _judged(measures: Sequence[Measure], terms: Terms) -> Iterator[tuple[Measure, Finding]]:
    """Judge each measure whose requirement the pack still has; the others are asked no more."""
    asked = {requirement.id: requirement for requirement in terms.contract.requirements}
    registered, checks = rules(), known_checks(terms)
    for each in measures:
        measure = replace(each, review_id=terms.review_id)
        if measure.rule in checks:
            check = checks[measure.rule]
            answers_to = data_requirement(terms.contract, measure.requirement_id)
            yield measure, judge_check(measure, check, answers_to, terms.contract, terms.period)
        elif measure.requirement_id in asked:
            requirement = asked[measure.requirement_id]
            rule = registered[requirement.rule]
            yield measure, judge(measure, requirement, rule, terms.contract, terms.period)


def _unmeasured(
    held: Sequence[Held], stored: Sequence[Finding], plan_id: str, judged_again: str, terms: Terms
) -> list[Held]:
    """Say of each requirement without a measure why there is none."""
    measured = {finding.requirement_id for _, finding in held}
    told = {finding.requirement_id: finding.message for finding in stored}
    unmeasured: list[Held] = []
    for requirement in terms.contract.requirements:
        if requirement.id in measured:
            continue
        rule = None if requirement.rule == DATA else rules()[requirement.rule]
        if requirement.in_force(terms.period.end) is None:
            finding = not_in_force(
                requirement, rule, terms.contract, terms.period, plan_id, terms.review_id
            )
        else:
            again = f"was not measured in review {judged_again}: run carvein review again"
            note = told.get(requirement.id, again) if rule is None else again
            finding = could_not_run(
                requirement, rule, terms.contract, terms.period, plan_id, terms.review_id, note
            )
        unmeasured.append((None, finding))
    return unmeasured
