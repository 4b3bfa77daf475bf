"""What has changed since the latest earlier review: new, persisting, resolved, and neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.judge import compare
from rules.model import Finding, Layer, Severity, Verdict, finding_id


def found(
    verdict: str = "not_met",
    subject: str = "plan",
    plan_id: str = "ALPHA",
    requirement_id: str = "T-1",
    review_id: str = "R2",
) -> Finding:
    return Finding(
        id=finding_id("toy", plan_id, requirement_id, "TY01", subject),
        review_id=review_id,
        contract_id="toy",
        plan_id=plan_id,
        requirement_id=requirement_id,
        rule="TY01",
        rule_name="toys.broken",
        layer=Layer.REQUIREMENT,
        subject=subject,
        period="2026Q1" if review_id == "R2" else "2025Q4",
        verdict=Verdict(verdict),
        severity=Severity.MAJOR,
        observed="0.5",
        required="0.9",
        unit="share of toys",
        numerator=5.0,
        denominator=10.0,
        violations=3,
        citation="Toy contract 1",
        message="Half of the toys are whole.",
        remedy="Mend the toys.",
        evidence={"kind": "toys"},
    )


def before(verdict: str = "not_met", **where: str) -> Finding:
    return found(verdict, review_id="R1", **where)


@pytest.mark.parametrize(
    ("earlier", "now", "change"),
    [
        (None, "not_met", "new"),
        (None, "met", ""),
        (None, "could_not_run", ""),
        (None, "not_applicable", ""),
        ("not_met", "not_met", "persisting"),
        ("not_met", "met", "resolved"),
        ("not_met", "not_applicable", "resolved"),
        ("not_met", "could_not_run", ""),
        ("met", "not_met", "new"),
        ("met", "met", ""),
        ("could_not_run", "not_met", "new"),
        ("could_not_run", "met", ""),
        ("not_applicable", "not_met", "new"),
        ("not_applicable", "met", ""),
    ],
)
def test_change_speaks_of_faults(earlier, now, change):
    marked = compare([found(now)], [before(earlier)] if earlier else [])
    assert [(finding.verdict, finding.change) for finding in marked] == [(now, change)]


def test_nothing_else_of_a_finding_changes():
    finding = found("not_met")
    assert compare([finding], []) == [replace(finding, change="new")]


def test_a_subject_that_is_gone_is_resolved_and_no_longer_a_fault():
    gone = before(subject="47037")
    marked = compare([found("met")], [gone, before("met")])
    assert [
        (
            finding.id, finding.review_id, finding.subject, finding.period, finding.verdict,
            finding.change, finding.observed, finding.numerator, finding.denominator,
            finding.violations, finding.evidence, finding.message,
        )
        for finding in marked[1:]
    ] == [
        (
            gone.id, "R2", "47037", "2026Q1", "not_applicable",
            "resolved", "", None, None,
            0, {}, "no longer found; in 2025Q4 it was not met: Half of the toys are whole.",
        )
    ]  # fmt: skip


def test_what_was_resolved_is_not_told_again():
    marked = compare([found("met")], [before(subject="47037")])
    again = [replace(finding, review_id="R1") for finding in marked]
    assert [finding.change for finding in compare([found("met")], again)] == [""]


@pytest.mark.parametrize(
    "now",
    [
        [],
        [found("could_not_run")],
        [found("could_not_run"), found("met", subject="47001")],
        [found("met", plan_id="BETA")],
        [found("met", requirement_id="T-2")],
    ],
)
def test_a_fault_is_not_resolved_by_not_being_looked_for(now):
    assert len(compare(now, [before(subject="47037")])) == len(now)


def test_findings_keep_their_order_and_plans_are_apart():
    now = [found("not_met", plan_id=plan) for plan in ("GAMMA", "ALPHA", "BETA")]
    marked = compare(now, [before(plan_id="ALPHA"), before("met", plan_id="BETA")])
    assert [(finding.plan_id, finding.change) for finding in marked] == [
        ("GAMMA", "new"),
        ("ALPHA", "persisting"),
        ("BETA", "new"),
    ]
