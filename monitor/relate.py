"""Relate: run the relational edits of a filing; faulty lines go to disk, counts to measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from monitor.stage import make_private
from rules.model import VIOLATION_COLUMNS, Check, Filing, Measure, Outcome
from rules.relational import COMPARISONS, OPTIONAL, Comparison
from rules.relational.edit import may_hide, why_untold

Say = Callable[[str], None]


@dataclass(frozen=True)
class Related:
    """One measure for each relational edit that was asked, and the checks to judge them by."""

    measures: tuple[Measure, ...]
    checks: Mapping[str, Check]


def relate(
    filing: Filing,
    unusable: Mapping[str, str],
    folder: Path,
    say: Say = lambda step: None,
    comparisons: Sequence[Comparison] = COMPARISONS,
) -> Related:
    """Run every comparison whose table was sent.

    Parameters
    ----------
    unusable
        Tables that nothing may be counted on, each with the reason: what reads them could not run.
    folder
        A private folder that the engine may write to; faulty lines are kept below it.
    """
    measures: list[Measure] = []
    checks: dict[str, Check] = {}
    rows: dict[str, int] = {}
    for comparison in comparisons:
        absent = [table for table in comparison.reads if table not in filing.tables]
        if comparison.table not in filing.tables or OPTIONAL & set(absent):
            continue
        say(f"{comparison.table}: {comparison.name}")
        checks |= comparison.checks()
        if comparison.table not in rows:
            rows[comparison.table] = int(filing.tables[comparison.table].count().execute())
        measures += _compared(comparison, filing, unusable, folder, rows[comparison.table])
    return Related(tuple(measures), checks)


def _compared(
    comparison: Comparison,
    filing: Filing,
    unusable: Mapping[str, str],
    folder: Path,
    every: int,
) -> Iterator[Measure]:
    reasons = [
        unusable.get(table, f"{table} was not sent")
        for table in comparison.reads
        if table in unusable or table not in filing.tables
    ]
    if reasons:
        for edit in comparison.edits:
            yield _measure(
                filing, edit.full_code, outcome=Outcome.COULD_NOT_RUN, note="; ".join(reasons)
            )
        return
    path = folder / f"{comparison.name}.parquet"
    make_private(folder)
    found = comparison.faulty(filing).select("code", *VIOLATION_COLUMNS)
    found.order_by(["code", "file", "line"]).to_parquet(path)
    lines = pl.scan_parquet(path)
    counted = dict(lines.group_by("code").len().collect().iter_rows())
    seen = comparison.seen(filing) if comparison.seen else {}
    for edit in comparison.edits:
        code, rows = edit.full_code, seen.get(edit.full_code, every)
        if not rows:
            note = f"no row of {comparison.table} that this edit looks at"
            yield _measure(filing, code, outcome=Outcome.NOT_APPLICABLE, note=note)
            continue
        faulty = counted.get(code, 0)
        mine = lines.filter(pl.col("code") == code).select(*VIOLATION_COLUMNS)
        asks = faulty and edit.looks_up
        missed = int(mine.select(pl.col("value").n_unique()).collect().item()) if asks else 0
        if untold := why_untold(filing, edit, missed):
            yield _measure(filing, code, outcome=Outcome.COULD_NOT_RUN, note=untold)
            continue
        first = mine.head(5).select("file", "line").collect().iter_rows() if faulty else ()
        yield _measure(
            filing,
            code,
            numerator=float(faulty),
            denominator=float(rows),
            value=float(faulty),
            evidence=_evidence(first, may_hide(filing, edit, missed)),
            violations=mine if faulty else None,
        )


def _evidence(first: Iterable[tuple[str, int]], hidden: str) -> dict[str, object]:
    told: dict[str, object] = {}
    if places := [f"{file}:{line}" for file, line in first]:
        told["first"] = places
    return told | ({"quarantined": hidden} if hidden else {})


def _measure(filing: Filing, code: str, **counted: object) -> Measure:
    table = code.split(".", 1)[0]
    return Measure(
        subject="plan",
        plan_id=filing.plan_id,
        requirement_id=f"DATA-{table.upper()}",
        rule=code,
        unit="rows",
        **counted,  # type: ignore[arg-type]
    )
