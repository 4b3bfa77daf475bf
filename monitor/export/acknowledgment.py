"""``acknowledgment.json``: what became of the submission, as a whole and table by table.

In the spirit of X12's 999 and 277CA: every table and the whole are accepted, accepted with errors
or rejected, with the 999's code for it, and nothing is rejected without saying where.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from monitor.answer import Answer, Reply, fails, is_not_met
from monitor.export.causes import place
from monitor.export.findings import in_order
from monitor.export.violations import Lines
from rules.model import Finding, Layer, Severity, Submission

CODES = {Reply.ACCEPTED: "A", Reply.ACCEPTED_WITH_ERRORS: "E"}
"""Acknowledgment codes of the X12 999 (AK901); anything else is ``R``, rejected."""

PARTIAL = "P"
"""The 999's code where the whole is accepted and a part of it is rejected."""

_NO_ROWS = dict.fromkeys(("rows", "staged", "quarantined"), 0)


def write_acknowledgment(
    path: Path,
    answer: Answer,
    findings: Iterable[Finding],
    lines: Lines,
    submissions: Sequence[Submission] = (),
    notice: str = "",
) -> None:
    """Write the acknowledgment: verdict, reasons, tables with their files, located causes."""
    content = acknowledge(answer, findings, lines, submissions) | {"notice": notice}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def acknowledge(
    answer: Answer,
    findings: Iterable[Finding],
    lines: Lines,
    submissions: Sequence[Submission] = (),
) -> dict[str, Any]:
    """Return the acknowledgment as ``acknowledgment.json`` holds it.

    ``causes`` are the findings that stand in the way of a plain acceptance, each with the place of
    its first line (``first_at``) or, where no line is at fault, with what it is about (``at``).
    """
    found = in_order(findings)
    grave = [finding for finding in found if fails(finding, answer.fail_on)]
    causes = [_cause(finding, lines) for finding in grave]
    told = {cause["table"] for cause in causes}
    causes += [
        _bare(f"{table} could not be read", table, f"the file of {table}")
        for table in answer.unreadable_tables
        if table not in told
    ]
    # What could not be taken at all has no finding to point at.
    whole = f"submission of {answer.plan_id}" if answer.plan_id else "the submission"
    causes = causes or [_bare(reason, "", whole) for reason in answer.reasons]
    replies = reply_by_table(answer, found)
    return {
        "verdict": answer.verdict.value,
        "code": code_of(answer, replies.values()),
        "exit_code": answer.exit_code,
        "plan_id": answer.plan_id,
        "contract_id": answer.contract_id,
        "period": answer.period,
        "reasons": list(answer.reasons),
        "findings_not_met": _by_severity(found),
        "tables": {
            name: {
                "verdict": reply.value,
                "code": CODES.get(reply, "R"),
                **answer.tables.get(name, _NO_ROWS),
                "findings_not_met": _by_severity(one for one in found if table_of(one) == name),
                "faults": lines.by_table[name],
                "faulty_lines": lines.places[name],
                "causes": [cause["rule"] for cause in causes if cause["table"] == name],
                "files": [
                    {"file": one.path, "sha256": one.sha256}
                    for one in submissions
                    if one.table == name
                ],
            }
            for name, reply in replies.items()
        },
        "causes": causes,
        "violations": answer.violations,
        "listed": answer.listed_violations,
        "partial": answer.partial,
        "limit": answer.limit,
        "tool_version": answer.tool_version,
        "pack_digest": answer.pack_digest,
    }


def code_of(answer: Answer, replies: Iterable[Reply]) -> str:
    """Return the code of the whole: A, E, P (a table of it is rejected) or R."""
    if answer.verdict is Reply.ACCEPTED_WITH_ERRORS and Reply.REJECTED in replies:
        return PARTIAL
    return CODES.get(answer.verdict, "R")


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
    first = lines.first.get(finding.id)
    table = table_of(finding)
    about = (
        f"table {table}" if table else f"{finding.subject}, requirement {finding.requirement_id}"
    )
    return {
        "finding_id": finding.id,
        "requirement_id": finding.requirement_id,
        "rule": finding.rule,
        "rule_name": finding.rule_name,
        "severity": finding.severity.value,
        "table": table,
        "subject": finding.subject,
        "message": finding.message,
        "citation": finding.citation,
        "violations": finding.violations,
        "first_at": place(first) if first else "",
        "at": (place(first) if first else "") or about,
    }


def _bare(message: str, table: str, at: str) -> dict[str, Any]:
    return {"rule": "", "table": table, "message": message, "first_at": "", "at": at}


def _by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    counted = Counter(finding.severity for finding in findings if is_not_met(finding))
    return {str(severity): counted[severity] for severity in Severity}
