"""CMS's Network Adequacy and Access Assurances Report out of a review: as workbook or as JSON.

The workbook is the user's copy of CMS's template. One holds 10 plans and 100 standards; with more
plans or standards the rest goes into further workbooks beside it (``OUT-2.xlsx`` ...).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from monitor import __version__
from monitor.export import naaar_items as items
from monitor.export.mask import ExportError
from monitor.export.naaar_answers import Naaar, answer
from monitor.export.naaar_figures import Answer, Answers, areas
from monitor.export.naaar_sheet import Value
from monitor.export.naaar_standards import METHOD, judged_by_standard
from monitor.export.naaar_workbook import column_name, read_template, write_workbook
from monitor.store import Store
from rules.model import Contract, Period, Review

__all__ = ["ExportError", "Written", "export_naaar"]

SEVERAL = ("II.A.5", "III.C.2a")
"""Items to choose several methods in: the workbook's lists end each choice with this."""

ENDING = "; \n\n"


@dataclass(frozen=True)
class Written:
    """What was written: the files, the note beside the first, and lines for the reader."""

    files: tuple[Path, ...]
    note: Path
    plans: int
    standards: int
    warnings: tuple[str, ...]


def export_naaar(
    store: Store,
    review: Review,
    to: Path,
    template: Path | None = None,
    contract: Contract | None = None,
    only: Sequence[str] = (),
) -> Written:
    """Write the report of a review.

    Parameters
    ----------
    to
        ``.xlsx``, which needs the template, or ``.json``.
    template
        The user's copy of CMS's workbook; it is not changed.
    contract
        The review's pack, for the program and the state; None when it is not known.
    only
        Ids of requirements, or what they begin with; every network standard when empty.

    Raises
    ------
    ExportError
        When there is nothing to report, the template cannot be used, or a file not be written.
    """
    kind = to.suffix.lower()
    if kind not in (".xlsx", ".json"):
        raise ExportError(f"{to}: wanted a file that ends in .xlsx or .json")
    if kind == ".xlsx" and template is None:
        raise ExportError("name CMS's workbook with --template: it is not part of carvein")
    standards = judged_by_standard(
        [finding for rule in METHOD for finding in store.findings(review.id, rule=rule)],
        store.measures(review.id),
        contract,
        Period.parse(review.period),
        only,
    )
    if not standards:
        raise ExportError(
            f"review {review.id} holds no network standard (rules NW01 to NW05)"
            + (f" whose id begins with {' or '.join(only)}" if only else "")
        )
    told = answer(review, contract, standards)
    warnings = tuple(_not_the_reviews(contract, review))
    if kind == ".json":
        files: tuple[Path, ...] = (to,)
        _save(to, json.dumps(as_json(told), indent=1, ensure_ascii=False) + "\n")
    else:
        assert template is not None
        files, more = _fill(told, template, to)
        warnings = (*warnings, *more)
    note = to.with_name(f"{to.name}.txt")
    _save(note, "\n".join(_note(told, files, warnings)) + "\n")
    return Written(files, note, len(told.plans), len(told.standards), warnings)


def _not_the_reviews(contract: Contract | None, review: Review) -> Iterator[str]:
    """Say that the pack here is not the one that the review was made under, if so."""
    if contract is None or contract.digest == review.pack_digest:
        return
    was = f"digest {review.pack_digest[:12]}" if review.pack_digest else "no digest recorded"
    yield (
        f"pack {contract.id} (digest {contract.digest[:12]}) is not the one of review {review.id} "
        f"({was}): figures and verdicts are the review's; names, the order of standards and what "
        "was not measured are told by this pack; name the review's pack with --contract, or run "
        "carvein review again"
    )


def as_json(told: Naaar) -> dict[str, Any]:
    """Return the answers keyed by item number, each with its value, unit and findings."""
    review = told.review
    return {
        "form": "NAAAR",
        "workbook_version": items.VERSION,
        "review_id": review.id,
        "contract_id": review.contract_id,
        "period": review.period,
        "pack_digest": review.pack_digest,
        "tool_version": __version__,
        "program": {each.number: _record(told.head.get(each.number)) for each in items.PROGRAM},
        **{each.number: _record(told.head.get(each.number)) for each in items.SCENARIO},
        "I.B": [_record(Answer(told.names[plan])) for plan in told.plans],
        "I.C": {
            kind: _record(Answer(items.COVERED) if kind in told.covered else None)
            for kind in items.TYPES
        },
        "I.D": {
            method: {
                "used": _record(Answer(items.YES) if method in told.methods else None),
                "frequency": _record(None),
                "plans": [told.names[plan] for plan in told.methods.get(method, ())],
            }
            for method in (*items.METHODS, *items.METHODS_LEFT)
        },
        "II.A": [
            {
                "standard": number,
                "requirement_id": standard.requirement_id,
                "rule": standard.rule,
                **{each.number: _record(column.get(each.number)) for each in items.STANDARD},
            }
            for number, (standard, column) in enumerate(
                zip(told.standards, told.columns, strict=True), 1
            )
        ],
        "III": {told.names[plan]: _plan_record(told, plan) for plan in told.plans},
        "notes": {
            "to_fill": told.notes.to_fill,
            "to_check": told.notes.to_check,
            "not_measured": told.notes.not_measured,
        },
    }


def _plan_record(told: Naaar, plan: str) -> dict[str, Any]:
    wanted = (*items.NON_COMPLIANCE, *items.result_items())
    return {
        "III.A.1": _record(told.assurances.get(plan)),
        **{each.number: _record(None) for each in items.AVAILABILITY},
        "standards": {
            str(number): {each.number: _record(answers.get(each.number)) for each in wanted}
            for number, answers in enumerate(told.by_plan[plan], 1)
        },
    }


def _record(told: Answer | None) -> dict[str, Any]:
    if told is None:
        return {"value": None}
    value = told.value.isoformat() if isinstance(told.value, date) else told.value
    record: dict[str, Any] = {"value": value}
    if told.unit:
        record["unit"] = told.unit
    if told.findings:
        record["findings"] = list(told.findings)
    return record


def _fill(told: Naaar, template: Path, to: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write as many workbooks as the plans and standards need."""
    if to.exists() and to.samefile(template):
        raise ExportError(f"{to}: is the template itself; name another file with --to")
    read = read_template(template)
    warnings = []
    if read.version != items.VERSION:
        warnings.append(
            f"{template}: version {read.version or 'not told'}; carvein knows {items.VERSION}, and "
            "found the same rows here: look the answers over"
        )
    files = []
    for number, (plans, indexes) in enumerate(_shares(told), 1):
        path = to if number == 1 else to.with_name(f"{to.stem}-{number}{to.suffix}")
        write_workbook(read, _cells(told, plans, indexes), path)
        files.append(path)
    if len(files) > 1:
        warnings.append(
            f"{areas(len(told.plans), 'plan')} and {areas(len(told.standards), 'standard')}: a "
            f"workbook holds "
            f"{items.PLANS} and {items.STANDARDS}, so there are {len(files)}"
        )
    return tuple(files), tuple(warnings)


def _shares(told: Naaar) -> Iterator[tuple[tuple[str, ...], range]]:
    """Yield the plans and the indexes of the standards of each workbook."""
    for at in range(0, len(told.plans), items.PLANS):
        for first in range(0, len(told.standards), items.STANDARDS):
            last = min(first + items.STANDARDS, len(told.standards))
            yield told.plans[at : at + items.PLANS], range(first, last)


def _cells(told: Naaar, plans: tuple[str, ...], indexes: range) -> dict[str, dict[str, Value]]:
    """Lay the answers out by sheet and cell."""
    first: dict[str, Value] = {
        f"E{each.row}": told.head[each.number].value
        for each in (*items.PROGRAM, *items.SCENARIO)
        if each.number in told.head
    }
    first |= {f"E{items.FIRST_PLAN_ROW + at}": told.names[plan] for at, plan in enumerate(plans)}
    for at, kind in enumerate(items.TYPES):
        if kind in told.covered:
            first[f"E{items.FIRST_TYPE_ROW + at}"] = items.COVERED
    for method, row in items.METHODS.items():
        using = [plan for plan in plans if plan in told.methods.get(method, ())]
        if using:
            first[f"E{row}"] = items.YES
            first[f"E{row + 2}"] = "".join(f"{told.names[plan]}; " for plan in using)
    second: dict[str, Value] = {}
    for at, index in enumerate(indexes):
        second |= _column(told.columns[index], items.STANDARD, at)
    sheets = {items.TAB_I: first, items.TAB_II: second}
    for number, plan in enumerate(plans, 1):
        third: dict[str, Value] = {}
        if plan in told.assurances:
            third[items.ASSURANCE_CELL] = told.assurances[plan].value
        for at, index in enumerate(indexes):
            answers = told.by_plan[plan][index]
            third |= _column(answers, (*items.NON_COMPLIANCE, *items.result_items()), at)
        sheets[items.tab_iii(number)] = third
    return sheets


def _column(answers: Answers, asked: Sequence[items.Item], at: int) -> dict[str, Value]:
    letters = column_name(items.FIRST_COLUMN + at)
    return {
        f"{letters}{each.row}": f"{told.value}{ENDING}" if each.number in SEVERAL else told.value
        for each in asked
        if (told := answers.get(each.number)) is not None
    }


def _note(told: Naaar, files: Sequence[Path], warnings: Sequence[str]) -> Iterator[str]:
    review = told.review
    yield f"NAAAR of review {review.id}, contract {review.contract_id}, {review.period}"
    yield f"Files: {', '.join(path.name for path in files)}"
    yield from warnings
    for title, lines in (
        ("To be filled by the state", told.notes.to_fill),
        ("To be looked at by the state", told.notes.to_check),
        ("Not measured, so neither compliance nor non-compliance (N/A)", told.notes.not_measured),
    ):
        yield ""
        yield f"{title} ({len(lines)})"
        yield from (f"- {line}" for line in lines)


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror}") from error
