"""An earlier report, read back, to say what is new, resolved and persisting since.

Findings are matched by their id, which is the same in every report. Lines are not: a file that was
mended has other lines at other places, and natural keys are keyed digests of one report alone. So
of lines only the counts of each finding are held side by side.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.answer import Answer
from monitor.export.cells import safe
from monitor.export.findings import FINDING_COLUMNS, in_order
from rules.model import Change, Finding, Layer, Severity, Verdict

_MOST_TEXT = 10_000_000


class AgainstError(Exception):
    """One line that says why a report cannot be held against."""


@dataclass(frozen=True)
class Earlier:
    """What was not met in an earlier report of one plan and contract."""

    path: Path
    plan_id: str
    contract_id: str
    period: str
    verdict: str
    pack_digest: str
    findings: tuple[Finding, ...]
    lines: int = 0

    def fits(self, plan_id: str, contract_id: str) -> None:
        """Refuse a report of another plan or contract.

        Raises
        ------
        AgainstError
            With one line that names both.
        """
        for what, told, wanted in (
            ("contract", self.contract_id, contract_id),
            ("plan", self.plan_id, plan_id),
        ):
            if told != wanted:
                raise AgainstError(
                    f"{self.path}: a report on {what} {told or 'unknown'}, not on {wanted}: "
                    f"only reports of one plan and contract can be compared"
                )


@dataclass(frozen=True)
class Changed:
    """One finding that changed or persists, and its lines then and now."""

    finding: Finding
    before: int
    now: int

    @property
    def change(self) -> str:
        """The change in a word; what could not run this time cannot be told."""
        return self.finding.change or "cannot be told"


def read_earlier(path: Path) -> Earlier:
    """Read a report: its folder, or the ``summary.json`` or ``findings.csv`` in it.

    Raises
    ------
    AgainstError
        When it is no carvein report, or a damaged one.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise AgainstError(f"{path}: no such report")
    if not path.is_dir() and path.name not in ("summary.json", "findings.csv"):
        raise AgainstError(f"{path}: wanted a report's folder, or its summary.json or findings.csv")
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        return Earlier(
            path,
            plan_id=str(summary["plan_id"]),
            contract_id=str(summary["contract_id"]),
            period=str(summary["period"]),
            verdict=str(summary["verdict"]),
            pack_digest=str(summary["pack_digest"]),
            findings=tuple(_read_findings(folder / "findings.csv")),
            lines=int(summary["violations"]),
        )
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise AgainstError(f"{path}: no carvein report: {name} is missing") from error
    except OSError as error:
        raise AgainstError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        raise AgainstError(f"{path}: no carvein report, or a damaged one") from error


def compare_lines(earlier: Earlier, findings: Sequence[Finding]) -> list[Changed]:
    """Return what is new, persists, was resolved or cannot be told, in that order."""
    before = {finding.id: finding for finding in earlier.findings}
    known = {finding.id for finding in findings}
    changed = [
        Changed(one, before[one.id].violations if one.id in before else 0, one.violations)
        for one in in_order(findings)
        if one.change or one.id in before
    ]
    changed += [
        Changed(replace(one, change="", violations=0), one.violations, 0)
        for one in in_order(earlier.findings)
        if one.id not in known
    ]
    order = [*Change, "cannot be told"]
    return sorted(changed, key=lambda one: order.index(one.change))


def held_against(answer: Answer, earlier: Earlier, changed: Sequence[Changed]) -> Mapping[str, Any]:
    """Return the comparison in figures, as ``summary.json`` holds it."""
    counts = Counter(one.change for one in changed)
    return {
        "report": earlier.path.name,
        "period": earlier.period,
        "same_period": earlier.period == answer.period,
        "same_pack": earlier.pack_digest == answer.pack_digest,
        "verdict": earlier.verdict,
        "new": counts[Change.NEW],
        "persisting": counts[Change.PERSISTING],
        "resolved": counts[Change.RESOLVED],
        "cannot_be_told": counts["cannot be told"],
        "lines_before": earlier.lines,
        "lines_now": answer.violations,
    }


def told_against(against: Mapping[str, Any]) -> str:
    """Return the comparison in one sentence, as it is printed and as the page begins it."""
    which = f"the report {against['report']}"
    if against["same_period"]:
        which += f" on {against['period']}" if against["period"] else ""
    else:
        which += f" on another period, {against['period'] or 'unknown'}"
    if not against["same_pack"]:
        which += ", by other terms of the contract"
    counts = [f"{against[name]:,} {name}" for name in ("new", "persisting", "resolved")]
    if against["cannot_be_told"]:
        counts.append(f"{against['cannot_be_told']:,} that cannot be told")
    lines = f"{against['lines_before']:,} faults then, {against['lines_now']:,} now"
    return f"Against {which}: {', '.join(counts)}; {lines}."


def _read_findings(path: Path) -> list[Finding]:
    usual = csv.field_size_limit(_MOST_TEXT)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restval="")
            if tuple(rows.fieldnames or ()) != FINDING_COLUMNS:
                raise ValueError("other columns")
            return [_finding(row) for row in rows if Verdict(row["verdict"]) is Verdict.NOT_MET]
    finally:
        csv.field_size_limit(usual)


def _finding(row: Mapping[str, str]) -> Finding:
    text = {name: _as_written(row[name]) for name in FINDING_COLUMNS}
    id = text.pop("finding_id")
    return Finding(
        id=id,
        evidence={},
        **text  # type: ignore[arg-type]
        | {
            "layer": Layer(text["layer"]),
            "verdict": Verdict(text["verdict"]),
            "severity": Severity(text["severity"]),
            "numerator": None,
            "denominator": None,
            "violations": int(text["violations"]),
            "unverified": text["unverified"] == "true",
        },
    )


def _as_written(text: str) -> str:
    """Take away the apostrophe that kept a spreadsheet from running the text."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text
