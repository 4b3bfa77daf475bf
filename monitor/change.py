"""What has changed since the latest earlier review of the same contract and plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rules.model import Change, Finding, Layer, Verdict


def compare(findings: Sequence[Finding], earlier: Iterable[Finding]) -> list[Finding]:
    """Mark what has changed since the latest earlier review of the same contract and plan.

    Parameters
    ----------
    findings
        All findings of this review.
    earlier
        The findings of the latest earlier review of each plan; none at a first review.

    Returns
    -------
    The findings in their order. ``change`` speaks of faults only: not_met now and before is
    persisting, not_met now alone is new, not_met before and met now is resolved; so is what is
    not_applicable now, unless it is a profile's figure: with nothing left to look at, nothing is
    known to be better. What could not run now is not resolved. A subject that was not_met and is
    gone is appended as a resolved, not_applicable finding of this review, unless its plan was not
    reviewed, or its requirement could not run or was not asked again.
    """
    before = {finding.id: finding for finding in earlier if finding.verdict is Verdict.NOT_MET}
    marked = [replace(finding, change=_change(finding, before)) for finding in findings]
    now = {finding.id for finding in findings}
    by_requirement: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_requirement[finding.plan_id, finding.requirement_id].append(finding)
    for gone in (finding for finding in before.values() if finding.id not in now):
        asked = by_requirement[gone.plan_id, gone.requirement_id]
        if asked and all(finding.verdict is not Verdict.COULD_NOT_RUN for finding in asked):
            marked.append(_resolved(gone, asked[0]))
    return marked


def _change(finding: Finding, before: Mapping[str, Finding]) -> str:
    if finding.verdict is Verdict.NOT_MET:
        return Change.PERSISTING if finding.id in before else Change.NEW
    if finding.verdict is Verdict.COULD_NOT_RUN or finding.id not in before:
        return ""
    if finding.verdict is Verdict.NOT_APPLICABLE and finding.layer is Layer.PROFILE:
        return ""
    return Change.RESOLVED


def _resolved(gone: Finding, asked: Finding) -> Finding:
    return replace(
        gone,
        review_id=asked.review_id,
        period=asked.period,
        verdict=Verdict.NOT_APPLICABLE,
        observed="",
        numerator=None,
        denominator=None,
        violations=0,
        message=f"no longer found; in {gone.period} it was not met: {gone.message}",
        evidence={},
        change=Change.RESOLVED,
    )
