"""From the findings of a review to the answers of CMS's form, by plan and by standard.

What no review can know is left empty and listed for the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.export import naaar_items as items
from monitor.export.cells import safe
from monitor.export.naaar_figures import (
    SMALL,
    Answer,
    Answers,
    areas,
    asked,
    non_compliance,
    placed,
    results,
)
from monitor.export.naaar_standards import Judged, Standard
from rules.model import Contract, Finding, Period, Review, Verdict


@dataclass(frozen=True)
class Notes:
    """Lines for the reader: what is left to the state, what it should look at, what is missing."""

    to_fill: list[str] = field(default_factory=list)
    to_check: list[str] = field(default_factory=list)
    not_measured: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Naaar:
    """Everything that the form is filled with.

    ``standards`` and the standards of ``by_plan`` (plan, then index of the standard) are in the
    same order; ``methods`` has the plans of each analysis method.
    """

    review: Review
    head: Answers
    plans: tuple[str, ...]
    names: Mapping[str, str]
    covered: tuple[str, ...]
    methods: Mapping[str, tuple[str, ...]]
    standards: tuple[Standard, ...]
    columns: tuple[Answers, ...]
    assurances: Mapping[str, Answer]
    by_plan: Mapping[str, tuple[Answers, ...]]
    notes: Notes


def answer(review: Review, contract: Contract | None, standards: Sequence[Standard]) -> Naaar:
    """Answer what a review can answer.

    Parameters
    ----------
    contract
        The pack, for the state, the program and the kind of plan; None when it is not known.
    """
    notes, period = Notes(), Period.parse(review.period)
    names = {plan: safe(plan) for plan in review.plans}
    columns = tuple(_column(standard, notes) for standard in standards)
    by_plan = {
        plan: tuple(_of_plan(standard, plan, period, notes) for standard in standards)
        for plan in review.plans
    }
    used = {
        method: tuple(plan for plan in review.plans if any(_measured_by(method, plan, standards)))
        for method in items.METHODS
    }
    _note_what_is_left(by_plan, standards, period, notes)
    return Naaar(
        review=review,
        head=_head(contract, period, notes),
        plans=review.plans,
        names=names,
        covered=tuple(
            kind for kind in items.TYPES if any(each.provider_type == kind for each in standards)
        ),
        methods={method: plans for method, plans in used.items() if plans},
        standards=tuple(standards),
        columns=columns,
        assurances={
            plan: told
            for plan in review.plans
            if (told := _assurance(plan, standards, notes)) is not None
        },
        by_plan=by_plan,
        notes=notes,
    )


def _measured_by(method: str, plan: str, standards: Iterable[Standard]) -> Iterable[bool]:
    for standard in standards:
        if standard.method == method:
            yield any(each.measured for each in _of(standard, plan))


def _of(standard: Standard, plan: str) -> list[Judged]:
    return [each for each in standard.judged if each.finding.plan_id == plan]


def _head(contract: Contract | None, period: Period, notes: Notes) -> Answers:
    told = {"period_start": Answer(period.start), "period_end": Answer(period.end)}
    if contract is None:
        notes.to_fill.append(
            "Program name, plan type and I.A.3: the contract's pack is not known; name it with "
            "--contract"
        )
    else:
        told["program_name"] = Answer(safe(contract.program))
        kind = items.PLAN_TYPES.get(contract.model)
        if kind:
            told["plan_type"] = Answer(kind)
        else:
            notes.to_fill.append(
                f"Plan type: the pack says {contract.model!r}, which is none of the list"
            )
        state = items.STATES.get(contract.state)
        if state:
            told["I.A.3"] = Answer(state)
        else:
            notes.to_fill.append(
                f"I.A.3 State or territory: the pack says {contract.state!r}, which is none of "
                "the list"
            )
    notes.to_fill.append("I.A.1, I.A.2, I.A.4, I.A.5, I.A.6: contact, day and reason of the report")
    notes.to_fill.append(
        "I.C: provider types that no standard of the review is about are left empty, not "
        "answered with Not covered"
    )
    left = ", ".join(items.METHODS_LEFT)
    notes.to_fill.append(f"I.D: how often each method is used; and whether these are used: {left}")
    notes.to_fill.append(
        "III.B.1 to III.B.9 of every plan: 42 CFR 438.206 asks more than is measured"
    )
    notes.to_check.append("I.B: plans stand under their ids; CMS wants the names of the MCPAR")
    return told


def _column(standard: Standard, notes: Notes) -> Answers:
    """Answer tab II for one standard."""
    given = {
        "II.A.1": standard.provider_type,
        "II.A.2": standard.detail,
        "II.A.3": standard.kind,
        "II.A.4": standard.description,
        "II.A.5": standard.method,
        "II.A.6": standard.population,
        "II.A.7": standard.region,
    }
    for number, text in given.items():
        if not text:
            notes.to_fill.append(f"{number} of {standard.name}: the review does not tell")
    if len(standard.slugs) > 1:
        notes.to_check.append(f"II.A.1 of {standard.name}: it is about {standard.detail}")
    if any(each.finding.unverified for each in standard.judged):
        notes.to_check.append(f"II.A.4 of {standard.name}: not verified in its source")
    return {number: Answer(safe(text)) for number, text in given.items() if text}


def _assurance(plan: str, standards: Sequence[Standard], notes: Notes) -> Answer | None:
    """Answer III.A.1: yes only where every standard was measured and met."""
    told = [each for standard in standards for each in _of(standard, plan)]
    failed = [each.finding for each in told if each.finding.verdict is Verdict.NOT_MET]
    if failed:
        return Answer(items.COMPLIES_NOT, findings=tuple(each.id for each in failed))
    open_ = sum(not any(each.measured for each in _of(one, plan)) for one in standards)
    ran = all(each.finding.verdict is not Verdict.COULD_NOT_RUN for each in told)
    if told and not open_ and ran:
        notes.to_check.append(
            f"III.A.1 of {plan}: every standard is met; it is the state's assurance"
        )
        return Answer(items.COMPLIES, findings=tuple(each.finding.id for each in told))
    notes.to_fill.append(
        f"III.A.1 of {plan}: nothing is not met, but {open_} of {len(standards)} standards have no "
        "figure, or some of their counties could not be measured"
    )
    return None


def _of_plan(standard: Standard, plan: str, period: Period, notes: Notes) -> Answers:
    """Answer sections C and D of tab III for one plan and standard."""
    judged = _of(standard, plan)
    measured = [each for each in judged if each.measured]
    idle = [each.finding for each in judged if each.finding.verdict is Verdict.COULD_NOT_RUN]
    figures = results(standard, measured)
    told: dict[str, Answer] = {}
    for number in asked(standard):
        figure = figures.get(number)
        told |= placed(number, figure or Answer(items.NOT_AVAILABLE), period)
        if measured and figure is None:
            notes.not_measured.append(
                f"{number} of {plan}, {standard.name}: the review has no figure"
            )
    told |= non_compliance(standard, measured)
    if idle:
        reason = "; ".join(dict.fromkeys(finding.message for finding in idle[:2]))
        said = f"Not measured in {areas(len(idle), 'area')}: {reason}"
        before = told.get("III.C.2b")
        text = f"{before.value} {said}" if before else said
        ids = (*(before.findings if before else ()), *(finding.id for finding in idle))
        told["III.C.2b"] = Answer(safe(text), findings=ids)
    if idle or not measured:
        notes.not_measured.append(f"{plan}, {standard.name}: {_why_not(judged, idle, measured)}")
    _note_lost(standard, plan, measured, notes)
    members = sum(each.finding.denominator or 0 for each in measured)
    if standard.rule != "NW04" and 0 < members < SMALL:
        notes.to_check.append(
            f"III.D of {plan}, {standard.name}: fewer than {SMALL} enrollees; a published "
            "percentage may give them away"
        )
    return told


def _why_not(judged: list[Judged], idle: list[Finding], measured: list[Judged]) -> str:
    if not judged:
        return "N/A, the review has nothing of this plan here"
    if not idle:
        reasons = dict.fromkeys(each.finding.message for each in judged)
        return f"N/A, {'; '.join(list(reasons)[:2])}"
    part = f"{len(idle)} of {len(judged)} areas" if measured else "all of it"
    return f"{part} could not be measured: {idle[0].message}"


def _note_what_is_left(
    by_plan: Mapping[str, tuple[Answers, ...]],
    standards: Sequence[Standard],
    period: Period,
    notes: Notes,
) -> None:
    """List what only the state can say of each plan that falls short."""
    for plan, answers in by_plan.items():
        short = [
            standard.name
            for standard, told in zip(standards, answers, strict=True)
            if "III.C.1" in told
        ]
        if short:
            notes.to_fill.append(
                f"III.C.2c, III.C.2d, III.C.2e of {plan} (what the plan will do, how it is "
                f"watched, when it is looked at again): {'; '.join(short)}"
            )
    if period.months == 3:
        notes.to_check.append("III.D: quarters are those of the calendar year")
    elif period.months != 12:
        notes.to_check.append(
            f"III.D: the figures of {period} stand as an annual snapshot of its last day"
        )
    if any(standard.rule == "NW04" for standard in standards):
        notes.to_check.append("III.D.6: the percentage is of appointments asked for, not providers")
    sources = _sources(standards)
    if sources:
        notes.to_check.append(
            f"III.D.1 to III.D.3: miles and minutes are {', '.join(sources)}; enrollees without a "
            "way count in the base, and in no longest way"
        )


LOST = ("unlocated", "unreachable", "unsnapped", "outside")
"""Evidence of NW01: members whom nothing locates, or to whom no way leads."""


def _sources(standards: Iterable[Standard]) -> list[str]:
    """Return what travel was measured by, each source once."""
    told = (
        each.finding.evidence.get("travel") or "straight lines"
        for standard in standards
        if standard.rule == "NW01"
        for each in standard.judged
        if each.measured
    )
    return sorted({str(source) for source in told})


def _note_lost(standard: Standard, plan: str, measured: list[Judged], notes: Notes) -> None:
    """Say how many enrollees have no way, for the longest way is not theirs."""
    told = [each.finding.evidence.get(name) or 0 for each in measured for name in LOST]
    lost = sum(count for count in told if isinstance(count, int | float))
    if standard.rule == "NW01" and lost:
        notes.to_check.append(
            f"III.D.2, III.D.3 of {plan}, {standard.name}: {lost:,.0f} enrollees have no way "
            "(not located, not reached, or off the map)"
        )
