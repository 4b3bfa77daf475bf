"""The one path: a submission goes in, cited findings come out.

file -> intake -> shape -> stage -> profile -> measure -> judge; what comes out is one value,
:class:`Reviewed`, that the store, the exports and the command line all read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from geodata.travel import Source
from monitor import __version__
from monitor.answer import Answer, build_answer
from monitor.discovery import hold_discovery
from monitor.engine import ENGINE, Engine, with_room
from monitor.intake import Received
from monitor.judge import compare, could_not_run, judge, judge_check, not_in_force, params_used
from monitor.nppes import NppesFile, beside
from monitor.obstacles import obstacles, uncarried, why_missing
from monitor.profile import profile
from monitor.relate import relate
from monitor.shape import Shaped, shape
from monitor.violations import ViolationFolder
from rules.contract import load
from rules.domain_definition import KEY, check_rests_on_domain
from rules.model import (
    Check,
    Contract,
    Filing,
    Finding,
    Measure,
    Outcome,
    Period,
    Requirement,
    Review,
    Rule,
    Severity,
    Submission,
)
from rules.network.memory import Memory
from rules.registry import rules
from rules.relational import NPPES
from rules.values import value_set_versions

Say = Callable[[str], None]

DATA = "DATA"
"""The reserved rule of a requirement that the checks of one table answer to."""

FEDERAL = "federal-438"
"""The pack whose requirements on data hold where a contract states none of its own."""

NOTHING = "there is nothing that this requirement applies to"


@dataclass(frozen=True)
class Terms:
    """What a review holds submissions against, the same for every plan in it.

    ``travel`` measures minutes, and ``memory`` keeps network figures; each may be None.
    """

    review_id: str
    contract: Contract
    period: Period
    as_of: date
    county_classes: Mapping[str, str]
    fail_on: Severity = Severity.MAJOR
    nppes: NppesFile | None = None
    travel: Source | None = None
    memory: Memory | None = None

    @property
    def value_sets(self) -> dict[str, str]:
        """Every list that the review is held against, by name, with its version."""
        brought = {NPPES: self.nppes.version} if self.nppes else {}
        return {**value_set_versions(), **brought}


@dataclass(frozen=True)
class PlanResult:
    """One plan's part of a review."""

    answer: Answer
    submissions: tuple[Submission, ...]
    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...]
    docs: Path | None = None


@dataclass(frozen=True)
class Reviewed:
    """A whole review: what was submitted, measured and found, and every faulty line."""

    review: Review
    plans: tuple[PlanResult, ...]
    violations: ViolationFolder

    @property
    def measures(self) -> list[Measure]:
        """Every measure of every plan."""
        return [measure for plan in self.plans for measure in plan.measures]

    @property
    def findings(self) -> list[Finding]:
        """Every finding of every plan."""
        return [finding for plan in self.plans for finding in plan.findings]

    @property
    def answers(self) -> list[Answer]:
        """One answer a plan."""
        return [plan.answer for plan in self.plans]


def new_review_id(now: datetime) -> str:
    """Return an id that sorts by time and that no other review has."""
    return f"R{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def review(
    submissions: Sequence[Received],
    terms: Terms,
    folder: Path,
    earlier: Callable[[str], Sequence[Finding]],
    docs: Path | None = None,
    say: Say = lambda step: None,
) -> Reviewed:
    """Take received submissions of one contract and period to findings.

    Parameters
    ----------
    folder
        A private folder for staged tables; the caller removes it.
    earlier
        Gives a plan's findings in its latest earlier review, for what is new or resolved.
    docs
        Folder for the Data Docs of each plan's profile; None writes none.
    """
    violations = ViolationFolder(folder / "violations")
    started = datetime.now(UTC).isoformat(timespec="seconds")
    plans = tuple(
        review_plan(received, terms, folder / "plans" / f"{number}", violations, earlier, docs, say)
        for number, received in enumerate(submissions)
    )
    plans = hold_discovery(plans, terms.contract, terms.period, earlier)
    return Reviewed(
        review=Review(
            id=terms.review_id,
            contract_id=terms.contract.id,
            period=str(terms.period),
            as_of=terms.as_of,
            engine=ENGINE,
            plans=tuple(plan.answer.plan_id for plan in plans),
            submissions=tuple(part for plan in plans for part in plan.submissions),
            code_version=__version__,
            pack_digest=terms.contract.digest,
            started_at=started,
            value_sets=terms.value_sets,
        ),
        plans=plans,
        violations=violations,
    )


def review_plan(
    received: Received,
    terms: Terms,
    folder: Path,
    violations: ViolationFolder,
    earlier: Callable[[str], Sequence[Finding]],
    docs: Path | None,
    say: Say,
) -> PlanResult:
    """Take one plan's submission down the path."""
    plan_id = received.manifest.plan_id
    say(f"{plan_id}: reading and checking every line")
    shaped = shape(
        received,
        folder,
        lambda step: say(f"{plan_id}: {step}"),
        terms.contract.bh_definition,
    )
    if terms.nppes:
        say(f"{plan_id}: looking its providers up in NPPES")
    shaped = replace(shaped, staged=beside(shaped.staged, terms.nppes))

    def count(engine: Engine) -> tuple[list[Held], Path | None]:
        filing = open_filing(received, shaped, terms, engine)
        unusable = obstacles(filing, shaped)
        related = relate(
            filing, unusable, folder / "related", lambda step: say(f"{plan_id}: {step}")
        )
        say(f"{plan_id}: profile")
        rows = {table: count.rows for table, count in shaped.counts.items()}
        spoiled = {table: why for table, why in unusable.items() if rows.get(table)}
        profiled = profile(filing, docs / plan_id if docs else None, unusable=spoiled)
        checks = {**shaped.checks, **related.checks, **profiled.checks}
        counted = [*shaped.measures, *related.measures, *profiled.measures]
        held = [
            *check_findings(counted, checks, terms, violations),
            *missing_tables(filing, shaped, terms),
            *rule_findings(filing, terms, violations, say, unusable),
        ]
        return held, profiled.docs_index

    mark = violations.mark()
    held, docs_index = with_room(folder, count, lambda: violations.back_to(mark))
    findings = compare([finding for _, finding in held], earlier(plan_id))
    return PlanResult(
        answer=build_answer(
            plan_id=plan_id,
            contract_id=terms.contract.id,
            period=str(terms.period),
            tables=shaped.counts,
            findings=findings,
            contract=terms.contract,
            fail_on=terms.fail_on,
            unreadable=shaped.unreadable,
            pack_digest=terms.contract.digest,
            value_sets=terms.value_sets,
        ),
        submissions=tuple(received_tables(received, shaped, terms)),
        measures=tuple(measure for measure, _ in held if measure is not None),
        findings=tuple(findings),
        docs=docs_index,
    )


def open_filing(received: Received, shaped: Shaped, terms: Terms, engine: Engine) -> Filing:
    """Hand one plan's staged tables to the rules."""
    tables = {name: engine.table(staged) for name, staged in shaped.staged.items()}
    return Filing(
        review_id=terms.review_id,
        plan_id=received.manifest.plan_id,
        contract=terms.contract,
        period=terms.period,
        as_of=terms.as_of,
        tables=tables,
        quarantined={name: count.quarantined for name, count in shaped.counts.items()},
        county_classes=terms.county_classes,
        set_aside={name: engine.table(kept) for name, kept in shaped.quarantine.items()},
        not_carried=shaped.not_carried,
        travel=terms.travel,
        memory=terms.memory,
    )


Held = tuple[Measure | None, Finding]


def check_findings(
    measures: Sequence[Measure],
    checks: Mapping[str, Check],
    terms: Terms,
    violations: ViolationFolder,
) -> Iterator[Held]:
    """Judge what shape and profile counted; keep the faulty lines by finding."""
    for counted in measures:
        check = checks[counted.rule]
        used = {KEY: terms.contract.bh_definition} if check_rests_on_domain(check) else {}
        measure = replace(counted, review_id=terms.review_id, measured_with=used)
        requirement = data_requirement(terms.contract, measure.requirement_id)
        finding = judge_check(measure, check, requirement, terms.contract, terms.period)
        kept = violations.add(finding.id, measure.violations)
        yield replace(measure, violations=None), replace(finding, violations=kept)


def data_requirement(contract: Contract, requirement_id: str) -> Requirement:
    """Return what a table's checks answer to: the contract's own clause, else federal law's."""
    for requirement in contract.requirements:
        if requirement.id == requirement_id:
            return requirement
    return federal().requirement(requirement_id)


@cache
def federal() -> Contract:
    """Return the pack of federal law."""
    return load(FEDERAL)


def missing_tables(filing: Filing, shaped: Shaped, terms: Terms) -> Iterator[Held]:
    """Say of each table that the contract asks about whether it was not sent or not readable."""
    for requirement in terms.contract.requirements:
        table = requirement.applies_to.get("table", "")
        if requirement.rule == DATA and table not in filing.tables:
            note = why_missing(table, shaped.unreadable)
            yield (
                None,
                could_not_run(
                    requirement,
                    None,
                    terms.contract,
                    terms.period,
                    filing.plan_id,
                    terms.review_id,
                    note,
                ),
            )


def rule_findings(
    filing: Filing,
    terms: Terms,
    violations: ViolationFolder,
    say: Say,
    unusable: Mapping[str, str],
) -> Iterator[Held]:
    """Measure and judge every requirement that binds a rule."""
    registered = rules()
    for requirement in terms.contract.requirements:
        if requirement.rule == DATA:
            continue
        rule = registered[requirement.rule]
        value = requirement.in_force(terms.period.end)
        if value is None:
            yield (
                None,
                not_in_force(
                    requirement,
                    rule,
                    terms.contract,
                    terms.period,
                    filing.plan_id,
                    terms.review_id,
                ),
            )
            continue
        say(f"{filing.plan_id}: {rule.name} ({requirement.id})")
        used = params_used(rule, value.params, requirement, terms.contract)
        for counted in measured(filing, rule, requirement.applies_to, value.params, unusable):
            measure = replace(
                counted,
                review_id=terms.review_id,
                plan_id=filing.plan_id,
                requirement_id=requirement.id,
                rule=rule.code,
                unit=rule.unit,
                measured_with=used,
            )
            finding = judge(
                measure, requirement, rule, terms.contract, terms.period, counted_so=True
            )
            kept = violations.add(finding.id, measure.violations)
            yield replace(measure, violations=None), replace(finding, violations=kept)


def measured(
    filing: Filing,
    rule: Rule,
    scope: Mapping[str, str],
    params: object,
    unusable: Mapping[str, str],
) -> Iterator[Measure]:
    """Run one rule, or say what is wrong with the tables that it reads."""
    missing = [unusable[table] for table in rule.reads if table in unusable]
    missing += uncarried(filing, rule)
    if missing:
        note = "; ".join(missing)
        yield Measure(subject="plan", outcome=Outcome.COULD_NOT_RUN, note=note)
        return
    counted = False
    for measure in rule.measure(filing, scope, params):
        counted = True
        yield measure
    if not counted:
        yield Measure(subject="plan", outcome=Outcome.NOT_APPLICABLE, note=NOTHING)


def received_tables(received: Received, shaped: Shaped, terms: Terms) -> Iterator[Submission]:
    """Record each table as it was received: file, hash, rows in, staged and quarantined."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for table, files in received.tables.items():
        for file in files:
            counts = shaped.files[table, file.name]
            yield Submission(
                id=f"{terms.review_id}/{received.manifest.plan_id}/{file.name}",
                contract_id=terms.contract.id,
                plan_id=received.manifest.plan_id,
                table=table,
                period=str(terms.period),
                received_at=now,
                path=file.name,
                sha256=file.sha256,
                rows=counts.rows,
                staged=counts.staged,
                quarantined=counts.quarantined,
                certification=received.manifest.certification,
            )
