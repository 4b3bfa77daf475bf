"""``report.html``: one page that needs no other file, no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from monitor.answer import Answer, is_not_met
from monitor.export.acknowledgment import reply_by_table
from monitor.export.causes import Cause, find_causes
from monitor.export.cells import visible
from monitor.export.findings import in_order
from monitor.export.violations import Lines
from rules.model import Finding, Sense, Severity, Submission, Verdict
from rules.registry import find

VALUE = 200
"""Characters of a submitted value that the page shows; its whole length stands beside them."""

CLAUSE_ROWS = 2_000
"""Findings of one requirement that the page lists; the true total stands beside them."""


@dataclass(frozen=True)
class Clause:
    """One requirement with those of its findings that have one verdict."""

    findings: tuple[Finding, ...]

    @property
    def head(self) -> Finding:
        """The finding whose clause, rule and remedy stand for all."""
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        """The gravest of its findings'."""
        return min((finding.severity for finding in self.findings), key=lambda one: one.rank)

    @property
    def unverified(self) -> bool:
        """Whether a value behind them has not been read in its source."""
        return any(finding.unverified for finding in self.findings)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that the page lists."""
        return self.findings[:CLAUSE_ROWS]


@dataclass(frozen=True)
class PlanPart:
    """What the page says about one plan."""

    answer: Answer
    fix: Sequence[Cause]
    look: Sequence[Cause]
    not_met: Sequence[Clause]
    could_not_run: Sequence[Clause]
    replies: Mapping[str, Any]
    submissions: Sequence[Submission]
    unverified: int


def write_page(
    path: Path,
    answers: Sequence[Answer],
    findings: Iterable[Finding],
    lines: Lines,
    *,
    submissions: Sequence[Submission] = (),
    notice: str = "",
    files: Sequence[tuple[str, str]] = (),
    complete: str = "",
) -> None:
    """Write the page for one plan or several.

    Parameters
    ----------
    files
        Names and contents of the files beside the page, to link to.
    complete
        Name of the file that holds every faulty line; empty when there is none.
    """
    found = in_order(findings)
    parts = [
        plan_part(
            answer,
            [one for one in found if one.plan_id == answer.plan_id],
            lines,
            [one for one in submissions if one.plan_id == answer.plan_id],
        )
        for answer in answers
    ]
    html = _template().render(parts=parts, notice=notice, files=files, complete=complete)
    path.write_text(html, encoding="utf-8")


def plan_part(
    answer: Answer,
    findings: Sequence[Finding],
    lines: Lines,
    submissions: Sequence[Submission] = (),
) -> PlanPart:
    """Put together what the page says about one plan."""
    causes = find_causes(findings, lines)
    return PlanPart(
        answer=answer,
        fix=[cause for cause in causes if not cause.is_statistic],
        look=[cause for cause in causes if cause.is_statistic],
        not_met=clauses(one for one in findings if is_not_met(one)),
        could_not_run=clauses(one for one in findings if one.verdict is Verdict.COULD_NOT_RUN),
        replies=reply_by_table(answer, findings),
        submissions=submissions,
        unverified=sum(one.unverified for one in findings),
    )


def clauses(findings: Iterable[Finding]) -> list[Clause]:
    """Group findings by requirement and rule, gravest first."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.requirement_id, finding.rule), []).append(finding)
    made = [Clause(tuple(group)) for group in groups.values()]
    return sorted(made, key=lambda one: (one.severity.rank, one.head.requirement_id, one.head.rule))


def figures(finding: Finding) -> str:
    """Return what was observed and what is required, as one reads it in a sentence.

    Shares are percentages with one decimal, with more only where the two would look alike.
    """
    unit = "%" if finding.unit.startswith("share") else finding.unit
    observed, required = "", ""
    for decimals in range(1, 10):
        observed = _figure(finding.observed, unit, decimals)
        required = _figure(finding.required, unit, decimals)
        if observed != required or finding.observed == finding.required:
            break
    counts = ""
    if finding.numerator is not None and finding.denominator is not None:
        pair = (_figure(str(one), "", 1) for one in (finding.numerator, finding.denominator))
        counts = "{} of {}".format(*pair)
    if counts.startswith(f"{observed} of "):
        observed, counts = counts, ""
    parts = [f"{observed} {'' if unit == '%' else unit}".strip()] if observed else []
    parts += [f"({counts})"] if counts else []
    parts += [f"· {_asked(finding)}{required}"] if required else []
    return " ".join(parts)


def _figure(text: str, unit: str, decimals: int) -> str:
    if " to " in text:
        return " to ".join(_figure(part, unit, decimals) for part in text.split(" to "))
    try:
        number = float(text)
    except ValueError:
        return text
    if unit == "%":
        return f"{100 * number:.{decimals}f} %"
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.{decimals + 1}f}"


def _asked(finding: Finding) -> str:
    """Say in which sense the figure is required, where the rule has one."""
    rule = find(finding.rule)
    if rule is None:
        return "wanted "
    return "at least " if rule.sense is Sense.AT_LEAST else "at most "


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["figures"] = figures
    environment.filters["short"] = _short
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment.get_template("page.html.jinja")


def _short(text: str) -> str:
    return text if len(text) <= VALUE else f"{text[:VALUE]} … ({len(text):,} characters in all)"


def _shown(value: Any) -> Any:
    """Show control characters in whatever the page prints."""
    return visible(value) if type(value) is str else value
