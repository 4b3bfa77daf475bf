"""What `carvein validate` prints of a report: faults, their first lines, the verdict last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.screen import print_rows, say

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.export.causes import Cause
    from monitor.export.report import Written
    from rules.model import Finding

SHOWN = 10
"""Causes whose first lines are printed; the others are in the report."""


def print_report(written: Written, findings: Sequence[Finding]) -> None:
    """Print what is not met, the first lines of each cause, what changed, and the verdict."""
    from monitor.answer import is_not_met
    from monitor.export.against import told_against
    from monitor.export.findings import in_order

    answer, folder = written.answer, written.folder
    compared = answer.against is not None
    faults = sorted(
        (finding for finding in in_order(findings) if is_not_met(finding)),
        key=lambda finding: finding.severity.rank,
    )
    if faults:
        change = ("change",) if compared else ()
        print_rows(
            ("severity", *change, "rule", "subject", "what was found", "lines", "what to do"),
            [
                (
                    each.severity,
                    *((each.change,) if compared else ()),
                    *(each.rule, each.subject, each.message, each.violations, each.remedy),
                )
                for each in faults
            ],
            right=("lines",),
        )
        say("")
    _print_lines(written.causes, folder)
    if answer.against is not None:
        _print_resolved(findings)
        say(told_against(answer.against))
    if answer.limits:
        say(answer.limits)
    say(answer.sentence)


def _print_lines(causes: Sequence[Cause], folder: Path) -> None:
    located = [cause for cause in causes if cause.parts]
    for cause in located[:SHOWN]:
        say(f"{cause.rule} ({cause.severity}): {_lines(cause.lines)}")
        for part in cause.parts:
            for told in part.first:
                say(f"  {told}")
            left = part.group.total - len(part.first)
            if left:
                of = (
                    f" with {part.group.field}" if len(cause.parts) > 1 and part.group.field else ""
                )
                say(f"  and {left:,} more{of}")
    if len(located) > SHOWN:
        others = located[SHOWN:]
        say(f"and {_lines(sum(cause.lines for cause in others))} of {len(others)} more causes")
    if located:
        say(f"Lines: {folder / _complete(folder)}\n")


def _print_resolved(findings: Sequence[Finding]) -> None:
    from rules.model import Change

    resolved = [finding for finding in findings if finding.change == Change.RESOLVED]
    for finding in resolved[:SHOWN]:
        say(f"resolved: {finding.rule}, {finding.subject}")
    if len(resolved) > SHOWN:
        say(f"and {len(resolved) - SHOWN} more that are resolved")


def _complete(folder: Path) -> str:
    name = "violations.csv"
    return name if (folder / name).exists() else "violations.parquet"


def _lines(count: int) -> str:
    return f"{count:,} {'line' if count == 1 else 'lines'}"
