"""What is wrong, grouped by what caused it: a rule or edit, and below it field and fault.

A line is told in one sentence: where it is, what was found, what was wanted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.answer import is_not_met
from monitor.export.cells import safe
from monitor.export.findings import gravest, in_order
from monitor.export.violations import FIRST, LISTED, Group, Lines
from rules.model import Finding, Layer, Severity
from rules.tables.x12 import TABLE as X12_TABLE
from rules.tables.x12 import is_x12

VALUE = 200
"""Characters of a submitted text that a sentence shows; its whole length stands beside them."""

CAUSE_COLUMNS = ("plan_id", "rule", "severity", "field", "wanted", "lines", "listed", "verdict")
"""Columns of ``causes.csv``."""


STEPS = (
    "Files that could not be read",
    "Rows set aside: no rule sees them",
    "Faulty lines in the files",
    "What the contract asks and is not met",
)
"""The order in which to mend: a file that is read, or a row that is let in, may end the rest."""


@dataclass(frozen=True)
class Part:
    """Lines of one rule with one field and one kind of fault: the first of them as sentences."""

    group: Group
    sentences: tuple[str, ...]

    @property
    def first(self) -> tuple[str, ...]:
        """The lines that are shown at once."""
        return self.sentences[:FIRST]

    @property
    def more(self) -> tuple[str, ...]:
        """The lines that are listed below them."""
        return self.sentences[FIRST:]


@dataclass(frozen=True)
class Cause:
    """One rule that found faults: its findings, and the lines behind them by field and fault."""

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()

    @property
    def lines(self) -> int:
        """The true number of its faults, one or more a line."""
        return sum(part.group.total for part in self.parts)

    @property
    def rule(self) -> str:
        """Code of the rule or edit."""
        return self.findings[0].rule

    @property
    def severity(self) -> Severity:
        """The gravest of its findings'."""
        return gravest(self.findings)

    @property
    def unverified(self) -> bool:
        """Whether a value behind it has not been read in its source."""
        return any(finding.unverified for finding in self.findings)

    @property
    def at(self) -> str:
        """Where its first line is; empty when it is about a figure as a whole."""
        told = next((part.first[0] for part in self.parts if part.first), "")
        return told.partition(": ")[0]

    @property
    def step(self) -> str:
        """When to mend it: what later steps depend on comes first."""
        head = self.findings[0]
        if head.layer is not Layer.SHAPE:
            return STEPS[3]
        if ".file." in head.rule:
            return STEPS[0]
        return STEPS[1 if head.message.endswith("the rows are quarantined.") else 2]

    @property
    def is_statistic(self) -> bool:
        """Whether it is a figure out of its usual range: to look at, not certainly to fix."""
        return self.findings[0].layer is Layer.PROFILE


def find_causes(
    findings: Iterable[Finding], lines: Lines, most: int = FIRST, allowed: bool = False
) -> list[Cause]:
    """Group what is not met by rule: gravest first, then by the number of lines.

    Parameters
    ----------
    most
        Lines to tell of each field and fault.
    allowed
        Whether rules that have faulty lines and are met all the same, for so many are allowed,
        are causes too.
    """
    told: dict[int, list[str]] = {}
    for row in lines.top(min(most, LISTED)).iter_rows(named=True):
        told.setdefault(row["cause"], []).append(sentence(row))
    parts: dict[tuple[str, str], list[Part]] = {}
    for place, group in enumerate(lines.groups):
        part = Part(group, tuple(told.get(place, ())))
        parts.setdefault((group.plan_id, group.rule), []).append(part)
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for finding in in_order(findings):
        if is_not_met(finding) or (allowed and lines.by_finding[finding.id]):
            by_rule.setdefault((finding.plan_id, finding.rule), []).append(finding)
    causes = [
        Cause(
            tuple(together),
            tuple(sorted(parts.get(key, ()), key=lambda part: -part.group.total)),
        )
        for key, together in by_rule.items()
    ]
    return sorted(causes, key=lambda cause: (cause.severity.rank, -cause.lines, cause.rule))


def share_out(groups: Sequence[Group], room: int) -> int:
    """Return how many lines of each cause fit into ``room`` lines in all: 5 to 2,000."""
    low, high = FIRST, LISTED
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(group.kept, middle) for group in groups) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def sentence(row: Mapping[str, Any]) -> str:
    """Tell one faulty line: ``providers.csv line 12: NPI 1234567892: check digit is 2, ...``."""
    name = "NPI" if row["field"] == "npi" else short(row["field"])
    value, wanted = short(row["value"]), short(row["expected"])
    found = f"{name} {value}".strip() if value or not name else f"{name} is empty"
    wanted = wanted.removeprefix(f"{found}: ")
    # A fault that says itself what is and what should be needs no "wanted" before it.
    wanted = wanted if "should be" in wanted or not wanted else f"wanted {wanted}"
    at = place({**row, "file": short(row["file"] or row["table"]), "field": ""})
    return ": ".join(part for part in (at, found, wanted) if part)


def place(row: Mapping[str, Any]) -> str:
    """Return where a faulty line is: file, line and field."""
    word = "segment" if row.get("table") == X12_TABLE and is_x12(row["file"]) else "line"
    at = f"{row['file']} {word} {row['line']}" if row["line"] else row["file"]
    return ", ".join(part for part in (at, row["field"]) if part)


def short(text: str) -> str:
    """Return a text that is cut after :data:`VALUE` characters and then says how long it is."""
    return text if len(text) <= VALUE else f"{text[:VALUE]} … ({len(text):,} characters in all)"


def write_causes(path: Path, findings: Iterable[Finding], lines: Lines) -> None:
    """Write ``causes.csv``: each cause with its true number of lines and how many are listed.

    Rules that are met all the same stand there too, so that ``lines`` add up to all faults.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(CAUSE_COLUMNS)
        for cause in find_causes(findings, lines, 0, allowed=True):
            graver = [one for one in cause.findings if is_not_met(one)]
            verdict = (graver or cause.findings)[0].verdict
            for group in (part.group for part in cause.parts):
                texts = (group.plan_id, group.rule, cause.severity, group.field, group.wanted)
                rows.writerow([*map(safe, texts), group.total, group.kept, verdict])
