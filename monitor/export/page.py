"""``report.html``: one page that needs no other file, no network and no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from monitor.answer import Answer, is_not_met
from monitor.export.acknowledgment import code_of, reply_by_table
from monitor.export.against import Changed, told_against
from monitor.export.causes import STEPS, Cause, find_causes, share_out, short
from monitor.export.cells import visible
from monitor.export.findings import gravest, in_order
from monitor.export.violations import Lines
from monitor.wording import rule_in_words
from rules.model import Finding, Sense, Severity, Submission, Verdict
from rules.registry import find

PAGE_LINES = 30_000
"""Faulty lines that the page lists of all causes together, or no browser would open it."""

_SAME_LINES = {
    "PD01": ("providers.npi.check_digit", "providers.npi.form", "providers.npi.empty"),
}
"""Edits whose lines a rule counts again against its contract's limit."""

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
        return gravest(self.findings)

    @property
    def unverified(self) -> bool:
        """Whether a value behind them has not been read in its source."""
        return any(finding.unverified for finding in self.findings)

    @property
    def one_rule(self) -> bool:
        """Whether one rule or edit gave all of them."""
        return len({finding.rule for finding in self.findings}) == 1

    @property
    def citation(self) -> str:
        """The citation that all of them rest on; empty where they rest on several."""
        cited = {finding.citation for finding in self.findings}
        return cited.pop() if len(cited) == 1 else ""

    @property
    def by_message(self) -> list[tuple[str, tuple[Finding, ...]]]:
        """The findings that the page lists, those that say the same together."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.shown:
            groups.setdefault(finding.message, []).append(finding)
        return [(message, tuple(group)) for message, group in groups.items()]

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that the page lists."""
        return self.findings[:CLAUSE_ROWS]


@dataclass(frozen=True)
class PlanPart:
    """What the page says about one plan."""

    answer: Answer
    fix: Sequence[Cause]
    steps: Sequence[tuple[str, Sequence[Cause]]]
    look: Sequence[Cause]
    not_met: Sequence[Clause]
    could_not_run: Sequence[Clause]
    met: Sequence[str]
    not_applicable: Sequence[str]
    replies: Mapping[str, Any]
    code: str
    submissions: Sequence[Submission]
    unverified: int
    listed: int
    faulty_lines: int
    allowed: int
    told_under: Mapping[str, Sequence[Cause]]
    changed: Sequence[tuple[str, Sequence[Changed]]]
    against: str


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
    changed: Sequence[Changed] = (),
) -> None:
    """Write the page for one plan or several.

    Parameters
    ----------
    files
        Names and contents of the files beside the page, to link to.
    complete
        Name of the file that holds every faulty line; empty when there is none.
    changed
        What changed since an earlier report, of a page on one plan.
    """
    found = in_order(findings)
    parts = [
        plan_part(
            answer,
            [one for one in found if one.plan_id == answer.plan_id],
            lines,
            [one for one in submissions if one.plan_id == answer.plan_id],
            changed,
        )
        for answer in answers
    ]
    docs = next((name for name, _ in files if name.startswith("expectations/")), "")
    told = {"parts": parts, "notice": notice, "files": files, "complete": complete, "docs": docs}
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_template().generate(told))


def plan_part(
    answer: Answer,
    findings: Sequence[Finding],
    lines: Lines,
    submissions: Sequence[Submission] = (),
    changed: Sequence[Changed] = (),
) -> PlanPart:
    """Put together what the page says about one plan."""
    listed = share_out(lines.groups, PAGE_LINES)
    causes = find_causes(findings, lines, listed)
    fix = [cause for cause in causes if not cause.is_statistic]
    replies = reply_by_table(answer, findings)
    return PlanPart(
        answer=answer,
        fix=fix,
        steps=[
            (step, together)
            for step in STEPS
            if (together := [cause for cause in fix if cause.step == step])
        ],
        look=[cause for cause in causes if cause.is_statistic],
        not_met=clauses(one for one in findings if is_not_met(one)),
        could_not_run=clauses(one for one in findings if one.verdict is Verdict.COULD_NOT_RUN),
        met=names(one for one in findings if one.verdict is Verdict.MET),
        not_applicable=names(one for one in findings if one.verdict is Verdict.NOT_APPLICABLE),
        replies=replies,
        code=code_of(answer, replies.values()),
        submissions=submissions,
        unverified=sum(one.unverified for one in findings),
        listed=listed,
        faulty_lines=lines.places.total(),
        told_under=told_under(causes),
        allowed=sum(lines.by_finding[one.id] for one in findings if not is_not_met(one)),
        changed=[(word, list(some)) for word, some in groupby(changed, lambda one: one.change)],
        against=told_against(answer.against) if answer.against is not None else "",
    )


def told_under(causes: Sequence[Cause]) -> dict[str, list[Cause]]:
    """Return the rules whose lines all stand under other causes, with these causes.

    A line that only the rule tells, say of an edit that was not asked, keeps the rule's own list.
    """
    elsewhere = {}
    for cause in causes:
        others = [one for one in causes if one.rule in _SAME_LINES.get(cause.rule, ())]
        if others and sum(one.lines for one in others) == cause.lines:
            elsewhere[cause.rule] = others
    return elsewhere


def names(findings: Iterable[Finding]) -> list[str]:
    """Return each requirement with the rules of its findings, in one line each."""
    rules: dict[str, dict[str, int]] = {}
    for finding in findings:
        counted = rules.setdefault(finding.requirement_id, {})
        counted[finding.rule] = counted.get(finding.rule, 0) + 1
    return [
        f"{requirement}: "
        + ", ".join(f"{rule} ({count:,})" if count > 1 else rule for rule, count in counted.items())
        for requirement, counted in sorted(rules.items())
    ]


def clauses(findings: Iterable[Finding]) -> list[Clause]:
    """Group findings by requirement, gravest first."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.plan_id, finding.requirement_id), []).append(finding)
    made = [Clause(tuple(group)) for group in groups.values()]
    return sorted(made, key=lambda one: (one.severity.rank, one.head.requirement_id))


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
    # A time is not one of so many: its numerator and denominator count unlike things.
    timed = finding.unit in ("days", "months")
    if finding.numerator is not None and finding.denominator is not None and not timed:
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
    environment.filters["short"] = short
    environment.filters["in_words"] = rule_in_words
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment.get_template("page.html.jinja")


def _shown(value: Any) -> Any:
    """Show control characters in whatever the page prints."""
    return visible(value) if type(value) is str else value
