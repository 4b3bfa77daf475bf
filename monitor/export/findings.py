"""Findings as CSV, JSON and JSON Lines, in one order and with one set of columns."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monitor.export.cells import safe
from monitor.rows import FINDING_FIELDS
from rules.model import Finding, Severity

FINDING_COLUMNS = (
    *("finding_id", "review_id", "contract_id", "plan_id", "requirement_id", "rule", "rule_name"),
    *("layer", "subject", "period", "verdict", "severity", "observed", "required", "unit"),
    *("numerator", "denominator", "violations", "citation", "message", "remedy", "change"),
    "unverified",
)
"""Columns of every export of findings, in their order."""

assert set(FINDING_COLUMNS) < set(FINDING_FIELDS)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by plan, requirement, rule and subject, so that two exports diff clean."""
    return sorted(
        findings, key=lambda one: (one.plan_id, one.requirement_id, one.rule, one.subject, one.id)
    )


def gravest(findings: Iterable[Finding]) -> Severity:
    """Return the gravest severity of some findings."""
    return min((finding.severity for finding in findings), key=lambda one: one.rank)


def record(finding: Finding) -> dict[str, Any]:
    """Return the exported columns of a finding as plain values; a missing figure is None."""
    values = finding.__dict__ | {"finding_id": finding.id}
    plain = {name: values[name] for name in FINDING_COLUMNS}
    for name in ("layer", "verdict", "severity", "change"):
        plain[name] = str(plain[name])
    for name in ("numerator", "denominator"):
        plain[name] = _figure(plain[name])
    return plain


def write_csv(path: Path, findings: Iterable[Finding]) -> None:
    """Write ``findings.csv``: UTF-8, one header line, text that a spreadsheet would run escaped."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(FINDING_COLUMNS)
        for finding in in_order(findings):
            rows.writerow(_cell(value) for value in record(finding).values())


def write_json(path: Path, findings: Iterable[Finding]) -> None:
    """Write a list of objects with the columns of ``findings.csv`` as keys."""
    records = [record(finding) for finding in in_order(findings)]
    text = json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_jsonl(path: Path, findings: Iterable[Finding]) -> None:
    """Write one object a line, with the columns of ``findings.csv`` as keys."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for finding in in_order(findings):
            text = json.dumps(record(finding), ensure_ascii=False, allow_nan=False)
            file.write(text + "\n")


def _figure(figure: float | None) -> float | int | None:
    """Return a figure without loss, a whole number without its ``.0``."""
    if figure is None or not math.isfinite(figure):
        return None
    return int(figure) if float(figure).is_integer() else float(figure)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe(value) if isinstance(value, str) else str(value)
