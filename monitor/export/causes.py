"""What is wrong, grouped by what caused it: one cause is one rule or edit, with its findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from monitor.answer import is_not_met
from monitor.export.findings import in_order
from monitor.export.violations import FIRST, Lines
from rules.model import Finding, Layer, Severity


@dataclass(frozen=True)
class Cause:
    """One rule that found faults: its findings, and the lines behind them.

    ``lines`` is their true number, ``first`` the first few of them by table, file and line.
    """

    findings: tuple[Finding, ...]
    lines: int
    first: tuple[dict[str, Any], ...]

    @property
    def rule(self) -> str:
        """Code of the rule or edit."""
        return self.findings[0].rule

    @property
    def severity(self) -> Severity:
        """The gravest of its findings'."""
        return min((finding.severity for finding in self.findings), key=lambda one: one.rank)

    @property
    def unverified(self) -> bool:
        """Whether a value behind it has not been read in its source."""
        return any(finding.unverified for finding in self.findings)

    @property
    def is_statistic(self) -> bool:
        """Whether it is a figure out of its usual range: to look at, not certainly to fix."""
        return self.findings[0].layer is Layer.PROFILE


def find_causes(findings: Iterable[Finding], lines: Lines) -> list[Cause]:
    """Group what is not met by rule: gravest first, then by the number of lines."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in in_order(findings):
        if is_not_met(finding):
            by_rule.setdefault(finding.rule, []).append(finding)
    causes = [
        Cause(
            tuple(together),
            sum(lines.by_finding[finding.id] for finding in together),
            _first([row for finding in together for row in lines.first.get(finding.id, ())]),
        )
        for together in by_rule.values()
    ]
    return sorted(causes, key=lambda cause: (cause.severity.rank, -cause.lines, cause.rule))


def place(row: dict[str, Any]) -> str:
    """Return where a faulty line is: file, line and field."""
    at = f"{row['file']} line {row['line']}" if row["line"] else row["file"]
    return ", ".join(part for part in (at, row["field"]) if part)


def _first(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    in_place = sorted(rows, key=lambda row: (row["table"], row["file"], row["line"], row["field"]))
    return tuple(in_place[:FIRST])
