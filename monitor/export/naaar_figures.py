"""The figures of one standard for one plan, and where it falls short, as CMS's form asks for them.

Figures of a region are made of its counties: numerators and denominators are added up, the longest
of the longest ways is taken, and of counts the lowest county's. No percentage is ever averaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.export import naaar_items as items
from monitor.export.cells import safe
from monitor.export.naaar_sheet import Value
from monitor.export.naaar_standards import Judged, Standard
from rules.model import Finding, Period, Verdict

SMALL = 11
"""CMS's smallest count of people that may be shown (cell size suppression policy)."""

NAMED = 8
"""How many counties a description names before it says how many more there are."""


@dataclass(frozen=True)
class Answer:
    """One answer: what goes into the cell, its unit, and the findings that it rests on."""

    value: Value
    unit: str = ""
    findings: tuple[str, ...] = ()


Answers = Mapping[str, Answer]
"""Answers by item number; an item without one is left empty."""


def asked(standard: Standard) -> tuple[str, ...]:
    """Return the results that the form asks for by the standard's method and type."""
    if standard.rule == "NW01":
        logic = {items.MAX_TIME: (items.LONGEST_TIME,), items.MAX_DISTANCE: (items.LONGEST_MILES,)}
        both = (items.LONGEST_TIME, items.LONGEST_MILES)
        return (items.WITHIN, *logic.get(standard.kind, both))
    if standard.rule == "NW04":
        return (items.KEPT,)
    return (items.NUMBER, items.RATIO) if standard.kind == items.RATIOS else (items.NUMBER,)


def results(standard: Standard, measured: list[Judged]) -> dict[str, Answer]:
    """Return the figures of a region by the number of the result."""
    if not measured:
        return {}
    ids = tuple(each.finding.id for each in measured)
    if standard.rule == "NW01":
        ways = {items.LONGEST_TIME: "minutes", items.LONGEST_MILES: "miles"}
        found: dict[str, Value | None] = {items.WITHIN: _share(each.finding for each in measured)}
        found |= {item: _longest(measured, f"longest_{unit}") for item, unit in ways.items()}
        units = {items.WITHIN: "percent of enrollees", **ways}
    elif standard.rule == "NW04":
        found = {items.KEPT: _share(each.finding for each in measured)}
        units = {items.KEPT: "percent of appointments"}
    else:
        counts = _counted(measured)
        found = _counts(measured, counts)
        units = {items.NUMBER: counts, items.RATIO: f"{counts} to enrollees"}
    return {
        number: Answer(value, units[number], ids)
        for number, value in found.items()
        if value is not None
    }


def _share(findings: Iterable[Finding]) -> str | None:
    """Return the numerators' sum over the denominators', in percent with two decimals."""
    pairs = [(each.numerator, each.denominator) for each in findings]
    if any(one is None or of is None for one, of in pairs):
        return None
    whole = math.fsum(of or 0 for _, of in pairs)
    return f"{100 * math.fsum(one or 0 for one, _ in pairs) / whole:.2f}%" if whole else None


def _longest(measured: list[Judged], key: str) -> float | None:
    """Return the longest of the counties' longest ways, to one decimal."""
    told = [each.finding.evidence.get(key) for each in measured]
    known = [float(way) for way in told if isinstance(way, int | float) and math.isfinite(way)]
    return round(max(known), 1) if known else None


def _counted(measured: list[Judged]) -> str:
    told = (each.finding.evidence.get("counts") or each.params.get("counts") for each in measured)
    return next((str(word) for word in told if word), "providers")


def _counts(measured: list[Judged], counts: str) -> dict[str, Value | None]:
    """Return the lowest number, and the ratio that is furthest from one provider an enrollee."""
    numbers = [(figure, each) for each in measured if (figure := _figure(each)) is not None]
    if not numbers:
        return {}
    lowest = min(figure for figure, _ in numbers)
    plain = round(lowest) if lowest.is_integer() else round(lowest, 2)
    ratios = [
        (figure / of, figure, of)
        for figure, each in numbers
        if (of := _base(each)) is not None and of > 0
    ]
    ratio = None
    if ratios:
        _, figure, of = min(ratios)
        ratio = _ratio(figure, of)
    if counts == "providers":
        return {items.NUMBER: plain, items.RATIO: ratio}
    named = f"{ratio} ({counts} to enrollees)" if ratio else None
    return {items.NUMBER: f"{plain:,} {counts}", items.RATIO: named}


def _ratio(figure: float, of: float) -> str:
    """Say a ratio as one provider to so many enrollees; so few are not told that none can be."""
    if of < SMALL:
        return f"{figure:g}:fewer than {SMALL}"
    return f"1:{of / figure:,.1f}" if figure else f"0:{of:,.0f}"


def _figure(judged: Judged) -> float | None:
    try:
        figure = float(judged.finding.observed)
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def _base(judged: Judged) -> float | None:
    told: Any = judged.finding.evidence.get("members", judged.finding.denominator)
    return float(told) if isinstance(told, int | float) and math.isfinite(told) else None


def placed(number: str, told: Answer, period: Period) -> dict[str, Answer]:
    """Put a result where its time goes: a quarter's in its row, any other as a dated snapshot."""
    if period.months == 3:
        return {f"{number}{items.TIMES[(period.start.month - 1) // 3]}": told}
    annual, day = items.TIMES[4:]
    return {f"{number}{annual}": told, f"{number}{day}": Answer(period.end)}


def non_compliance(standard: Standard, measured: list[Judged]) -> dict[str, Answer]:
    """Answer section C where the plan falls short: how, found by what, and what is excepted.

    Where every county that falls short has an exception, the plan is not called non-compliant.
    """
    failed = [each for each in measured if each.finding.verdict is Verdict.NOT_MET]
    excepted = [each for each in failed if each.exception]
    told: dict[str, Answer] = {}
    if failed:
        ids = tuple(each.finding.id for each in failed)
        if len(excepted) < len(failed):
            told["III.C.1"] = Answer(items.NON_COMPLIANT, findings=ids)
        told["III.C.2a"] = Answer(standard.method, findings=ids)
        told["III.C.2b"] = Answer(safe(_deficiency(standard, measured, failed)), findings=ids)
    if excepted:
        ids = tuple(each.finding.id for each in excepted)
        told["III.C.3a"] = Answer(items.YES, findings=ids)
        told["III.C.3b"] = Answer(safe(_exceptions(excepted)), findings=ids)
        told["III.C.3c"] = Answer(safe(_justification(excepted)), findings=ids)
    return told


def _deficiency(standard: Standard, measured: list[Judged], failed: list[Judged]) -> str:
    worst = sorted(failed, key=lambda each: (_figure(each) or 0.0, each.finding.subject))
    named = [f"{_place(each)} {_shown(each)} [{each.finding.id}]" for each in worst[:NAMED]]
    more = len(failed) - len(named)
    if more:
        named.append(f"and {more} more")
    where = "" if standard.region in ("", items.STATEWIDE) else f"{standard.region} "
    of = f"{len(failed)} of {areas(len(measured), f'{where}area')}"
    excepted = sum(bool(each.exception) for each in failed)
    with_ = f", {excepted} of them with an exception" if excepted else ""
    return f"Not met in {of}{with_}: {'; '.join(named)}. Review {failed[0].finding.review_id}."


def areas(count: int, word: str) -> str:
    """Return a count and its word, e.g. ``3 Rural areas``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _place(judged: Judged) -> str:
    told = judged.finding.evidence
    named = told.get("county") or told.get("region") or told.get("area")
    return str(named) if named and named != "plan" else "the plan"


def _shown(judged: Judged) -> str:
    """Say a county's figure, unless so few live there that it would tell of persons."""
    finding = judged.finding
    if finding.rule in ("NW01", "NW04"):
        if finding.rule == "NW01" and 0 < (finding.denominator or 0) < SMALL:
            return f"(fewer than {SMALL} enrollees)"
        return _share([finding]) or finding.observed
    return f"{finding.observed} of {finding.required} needed"


def _exceptions(excepted: list[Judged]) -> str:
    said = []
    for each in excepted[:NAMED]:
        told = each.exception
        until = f" until {told['until']}" if told.get("until") else ""
        named = f"exception {told['id']}" if told.get("id") else "exception"
        cite = f" ({told['citation']})" if told.get("citation") else ""
        said.append(f"{_place(each)}: {named}{until}{cite}")
    more = len(excepted) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more else "")


def _justification(excepted: list[Judged]) -> str:
    said = []
    for each in excepted:
        told = each.exception
        number = told.get("providers_in_area")
        there = "" if number is None else f" ({number} such providers practise in the area)"
        there = there.replace("(1 such providers practise ", "(1 such provider practises ")
        reason = str(told.get("reason") or "the contract's reason is not in the review").strip()
        said.append(f"{reason}{there}")
    return "; ".join(dict.fromkeys(said))
