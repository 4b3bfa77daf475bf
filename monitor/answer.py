"""The one answer to a plan's submission: what is printed, exited with and written comes from it.

The laws, in their order:

1. Nothing could be staged, or the manifest answers to another contract: unreadable, exit 2.
2. A critical finding is not met: rejected, exit 1.
3. A finding at or above ``fail_on`` is not met, or a table that the manifest names could not be
   read, or a table was not sent that a requirement demands: accepted with errors, exit 1.
4. Else: accepted, exit 0.

A demand of an ``info`` requirement counts only with ``fail_on`` info: else it asks for nothing.
A table that was not sent and that nothing demands gives ``could_not_run`` findings and no error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from monitor import __version__
from rules.model import Change, Contract, Finding, Severity, Verdict
from rules.registry import rules


class Reply(StrEnum):
    """What a plan is told about its submission."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"

    @property
    def words(self) -> str:
        """The verdict as it is printed."""
        return self.value.replace("_", " ")

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the verdict, and with no other."""
        return {Reply.ACCEPTED: 0, Reply.UNREADABLE: 2}.get(self, 1)


class Counted(Protocol):
    """Rows of one table: received, staged, quarantined."""

    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def staged(self) -> int: ...  # noqa: D102
    @property
    def quarantined(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Answer:
    """One plan's answer. ``findings`` counts by severity and verdict, each pair named.

    ``reasons`` says in words why the answer is no plain acceptance; it is empty when it is one.
    ``violations`` is the true number of faulty lines; ``listed`` is less under a ``limit`` of lines
    a cause, and then the report is ``partial``. ``against`` counts what changed since the report
    that this one was held against, None when it was held against none. ``bh_definition`` is the
    pack's, empty where no pack was applied.
    """

    verdict: Reply
    plan_id: str
    contract_id: str
    period: str
    tables: Mapping[str, Mapping[str, int]]
    findings: Mapping[str, Mapping[str, int]]
    violations: int
    partial: bool
    tool_version: str
    pack_digest: str
    value_sets: Mapping[str, str]
    fail_on: Severity = Severity.MAJOR
    reasons: tuple[str, ...] = ()
    unreadable_tables: tuple[str, ...] = field(default=())
    limit: int = 0
    listed: int | None = None
    against: Mapping[str, Any] | None = None
    bh_definition: str = ""

    @property
    def listed_violations(self) -> int:
        """Faulty lines that the report lists: all of them but under a limit."""
        return self.violations if self.listed is None else self.listed

    @property
    def limits(self) -> str:
        """What a limit has left out, in one sentence with the true total; else empty."""
        if not self.partial:
            return ""
        return (
            f"Partial: a limit of {self.limit:,} lines a cause was asked for; "
            f"{self.listed_violations:,} of {self.violations:,} faulty lines are listed."
        )

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 accepted with errors or rejected, 2 unreadable."""
        return self.verdict.exit_code

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, as it is printed and as every report begins."""
        who = " ".join(part for part in (self.plan_id or "submission", self.period) if part)
        untold = self.findings.get(Severity.CRITICAL, {}).get(Verdict.COULD_NOT_RUN, 0)
        told = [f"{untold} critical could not run"] if untold else []
        if self.verdict is not Reply.ACCEPTED:
            return f"{who}: {self.verdict.words}: {'; '.join([*self.reasons, *told])}."
        met = sum(counts[Verdict.MET] for counts in self.findings.values())
        parts = [f"nothing at or above {self.fail_on} is not met", f"{met} met"]
        for verdict, words in ((Verdict.NOT_MET, "not met below that"), *_UNJUDGED):
            count = sum(counts[verdict] for counts in self.findings.values())
            if count:
                parts.append(f"{count} {words}")
        return f"{who}: {self.verdict.words}: {', '.join([*parts, *told])}."

    def summary(self) -> dict[str, Any]:
        """Return the answer as ``summary.json`` holds it."""
        return {
            "verdict": self.verdict.value,
            "exit_code": self.exit_code,
            "plan_id": self.plan_id,
            "contract_id": self.contract_id,
            "period": self.period,
            "tables": {name: dict(counts) for name, counts in self.tables.items()},
            "findings": {name: dict(counts) for name, counts in self.findings.items()},
            "violations": self.violations,
            "partial": self.partial,
            "tool_version": self.tool_version,
            "pack_digest": self.pack_digest,
            "value_sets": dict(self.value_sets),
            "fail_on": self.fail_on.value,
            "reasons": list(self.reasons),
            "unreadable_tables": list(self.unreadable_tables),
            "listed": self.listed_violations,
            "limit": self.limit,
            "against": None if self.against is None else dict(self.against),
            "bh_definition": self.bh_definition,
        }

    @classmethod
    def read(cls, summary: Mapping[str, Any]) -> Answer:
        """Return the answer that :meth:`summary` wrote."""
        parts = {name: part for name, part in summary.items() if name in cls.__dataclass_fields__}
        return cls(
            **parts
            | {
                "verdict": Reply(summary["verdict"]),
                "fail_on": Severity(summary["fail_on"]),
                "reasons": tuple(summary["reasons"]),
                "unreadable_tables": tuple(summary["unreadable_tables"]),
                "listed": summary.get("listed") if summary["partial"] else None,
            }
        )


_UNJUDGED = (
    (Verdict.COULD_NOT_RUN, "could not run"),
    (Verdict.NOT_APPLICABLE, "not applicable"),
)


def build_answer(
    *,
    plan_id: str,
    contract_id: str,
    period: str,
    tables: Mapping[str, Counted],
    findings: Iterable[Finding],
    contract: Contract | None = None,
    fail_on: Severity = Severity.MAJOR,
    unreadable: Collection[str] = (),
    trouble: str = "",
    partial: bool = False,
    pack_digest: str = "",
    value_sets: Mapping[str, str] | None = None,
    tool_version: str = __version__,
) -> Answer:
    """Give the answer to one plan's submission, by the laws at the head of this file.

    Parameters
    ----------
    tables
        Counts of every table that was sent and could be read.
    findings
        The findings of this plan; those of another plan are left out.
    contract
        Says which requirement demands its tables; None demands nothing.
    unreadable
        Tables that the manifest names and that could not be read.
    trouble
        Why nothing could be staged, in words; or that the contract is another one.
    """
    own = [finding for finding in findings if finding.plan_id == plan_id]
    failing = [finding for finding in own if fails(finding, fail_on)]
    reasons = [
        *_not_met(failing),
        *(f"{table} could not be read" for table in sorted(unreadable)),
        *_undelivered(own, set(tables) | set(unreadable), contract, fail_on),
    ]
    if not trouble and not any(counts.staged for counts in tables.values()):
        trouble = _nothing_staged(tables, unreadable)
    if trouble:
        verdict, reasons = Reply.UNREADABLE, [trouble.rstrip(".")]
    elif any(finding.severity is Severity.CRITICAL for finding in failing):
        verdict = Reply.REJECTED
    else:
        verdict = Reply.ACCEPTED_WITH_ERRORS if reasons else Reply.ACCEPTED
    return Answer(
        verdict=verdict,
        plan_id=plan_id,
        contract_id=contract_id,
        period=period,
        tables={
            name: {"rows": part.rows, "staged": part.staged, "quarantined": part.quarantined}
            for name, part in sorted(tables.items())
        },
        findings=tally(own),
        violations=sum(finding.violations for finding in own),
        partial=partial,
        tool_version=tool_version,
        pack_digest=pack_digest,
        value_sets=dict(sorted((value_sets or {}).items())),
        fail_on=fail_on,
        reasons=tuple(reasons),
        unreadable_tables=tuple(sorted(unreadable)),
        bh_definition=contract.bh_definition if contract else "",
    )


def exit_code(answers: Iterable[Answer]) -> int:
    """Return the exit code of a review of several plans: the gravest of its answers'."""
    return max((answer.exit_code for answer in answers), default=2)


def fails(finding: Finding, fail_on: Severity) -> bool:
    """Whether a finding stands in the way of a plain acceptance."""
    return is_not_met(finding) and finding.severity.rank <= fail_on.rank


def is_not_met(finding: Finding) -> bool:
    """Whether a finding is not met now; one that is only reported as resolved is not."""
    return finding.verdict is Verdict.NOT_MET and finding.change != Change.RESOLVED


def tally(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Count findings by severity and verdict, gravest first; every pair is there, also with 0."""
    counts = {str(severity): {str(verdict): 0 for verdict in Verdict} for severity in Severity}
    for finding in findings:
        counts[finding.severity][finding.verdict] += 1
    return counts


def _not_met(failing: Sequence[Finding]) -> list[str]:
    counts = [
        f"{count} {severity}"
        for severity in Severity
        if (count := sum(finding.severity is severity for finding in failing))
    ]
    if not counts:
        return []
    noun = "finding is" if len(failing) == 1 else "findings are"
    return [f"{_listed(counts)} {noun} not met"]


def _undelivered(
    findings: Iterable[Finding], sent: set[str], contract: Contract | None, fail_on: Severity
) -> list[str]:
    """Name each table that was not sent and the requirements that demand it."""
    demanding: dict[str, set[str]] = {}
    for finding in findings:
        grave = finding.severity.rank <= max(fail_on.rank, Severity.MINOR.rank)
        if contract and grave and finding.verdict is Verdict.COULD_NOT_RUN:
            for table in _demanded(contract, finding.requirement_id) - sent:
                demanding.setdefault(table, set()).add(finding.requirement_id)
    return [
        f"{table} was not sent, and {_few(ids)} {'demands' if len(ids) == 1 else 'demand'} it"
        for table, ids in sorted((table, sorted(ids)) for table, ids in demanding.items())
    ]


def _demanded(contract: Contract, requirement_id: str) -> set[str]:
    """Return the tables that a requirement reads and demands; the manifest is no table."""
    asked = (part for part in contract.requirements if part.id == requirement_id)
    requirement = next(asked, None)
    if requirement is None or not requirement.demands_table:
        return set()
    if requirement.rule == "DATA":
        return {requirement.applies_to["table"]}
    return set(rules()[requirement.rule].reads) - {"submission"}


def _nothing_staged(tables: Mapping[str, Counted], unreadable: Collection[str]) -> str:
    if unreadable and not tables:
        return f"nothing could be staged: {_listed(sorted(unreadable))} could not be read"
    if any(counts.quarantined for counts in tables.values()):
        return "nothing could be staged: every row is quarantined"
    return "nothing could be staged: no table has a row"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _few(words: Sequence[str]) -> str:
    more = len(words) - 3
    return _listed(words) if more < 1 else f"{', '.join(words[:3])} and {more} more"
