"""``acknowledgment.json``: what became of the submission, as a whole and table by table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from monitor.answer import Answer, Reply, fails
from monitor.export.causes import place
from monitor.export.findings import in_order
from monitor.export.violations import Lines
from rules.model import Finding, Layer, Severity, Submission


def write_acknowledgment(
    path: Path,
    answer: Answer,
    findings: Iterable[Finding],
    lines: Lines,
    submissions: Sequence[Submission] = (),
    notice: str = "",
) -> None:
    """Write the acknowledgment: verdict, reasons, tables with their files, located causes."""
    found = in_order(findings)
    causes = [_cause(finding, lines) for finding in found if fails(finding, answer.fail_on)]
    content = {
        "verdict": answer.verdict.value,
        "exit_code": answer.exit_code,
        "plan_id": answer.plan_id,
        "contract_id": answer.contract_id,
        "period": answer.period,
        "reasons": list(answer.reasons),
        "tables": {
            name: {
                "verdict": reply.value,
                **answer.tables.get(name, dict.fromkeys(("rows", "staged", "quarantined"), 0)),
                "files": [
                    {"file": one.path, "sha256": one.sha256}
                    for one in submissions
                    if one.table == name
                ],
            }
            for name, reply in reply_by_table(answer, found).items()
        },
        # What could not be read at all has no finding to point at.
        "causes": causes or [{"message": reason} for reason in answer.reasons],
        "violations": answer.violations,
        "partial": answer.partial,
        "tool_version": answer.tool_version,
        "pack_digest": answer.pack_digest,
        "notice": notice,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def reply_by_table(answer: Answer, findings: Iterable[Finding]) -> dict[str, Reply]:
    """Return the verdict on each table that was sent, by the laws that hold for the whole.

    A table is rejected when it could not be read or one of its critical checks is not met,
    accepted with errors when another check at or above ``fail_on`` is not met.
    """
    replies = dict.fromkeys(answer.tables, Reply.ACCEPTED)
    replies |= dict.fromkeys(answer.unreadable_tables, Reply.REJECTED)
    for finding in findings:
        table = table_of(finding)
        if table not in replies or not fails(finding, answer.fail_on):
            continue
        if finding.severity is Severity.CRITICAL:
            replies[table] = Reply.REJECTED
        elif replies[table] is Reply.ACCEPTED:
            replies[table] = Reply.ACCEPTED_WITH_ERRORS
    return dict(sorted(replies.items()))


def table_of(finding: Finding) -> str:
    """Return the table that a shape or profile finding concerns; empty for a requirement's."""
    if finding.layer is Layer.REQUIREMENT:
        return ""
    return finding.requirement_id.removeprefix("DATA-").lower().replace("-", "_")


def _cause(finding: Finding, lines: Lines) -> dict[str, Any]:
    first = lines.first.get(finding.id, ())
    return {
        "finding_id": finding.id,
        "requirement_id": finding.requirement_id,
        "rule": finding.rule,
        "rule_name": finding.rule_name,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": finding.message,
        "citation": finding.citation,
        "violations": finding.violations,
        "first_at": place(first[0]) if first else "",
    }
