"""Tally: how many rows came and where they went, what each check saw, and how many failed it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.faults import Fault, violations_of
from monitor.manifest import Manifest
from monitor.sources import Source
from monitor.stage import Lines, Parts
from rules.domain_told import Teller
from rules.layout import OWN
from rules.model import Check, Measure
from rules.tables import TableShape


@dataclass(frozen=True)
class TableCount:
    """How many rows came in, and where they went: ``rows`` is the sum of the other two."""

    rows: int = 0
    staged: int = 0
    quarantined: int = 0

    def __add__(self, other: TableCount) -> TableCount:
        return TableCount(
            self.rows + other.rows,
            self.staged + other.staged,
            self.quarantined + other.quarantined,
        )


@dataclass
class Run:
    """One table on its way: where its rows go, and what has been counted so far.

    ``ran`` maps the code of each check that ran to how many rows, files or columns it saw;
    ``asked`` counts, for each edit of a row, those rows that it had something to ask of;
    ``teller`` tells what encounter lines are for.
    """

    shape: TableShape
    manifest: Manifest
    sources: list[Source]
    lines: Lines
    kept: Parts
    staged: Parts | None = None
    teller: Teller | None = None
    others: dict[str, str] = field(default_factory=dict)
    files: dict[str, TableCount] = field(default_factory=dict)
    ran: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> TableCount:
        """All files of the table together."""
        return sum(self.files.values(), TableCount())

    @property
    def not_carried(self) -> frozenset[str]:
        """Columns that no file of the table carries, for all of them come in a layout."""
        read = [source for source in self.sources if source.header.usable]
        if not read or any(source.bound is None for source in read):
            return frozenset()
        carried = {name for source in read for name in source.known.values()}
        return frozenset(self.shape.by_name) - carried

    def tell(self, faults: Iterable[Fault]) -> None:
        """Keep faults as faulty lines, each under its check."""
        by_code: dict[str, list[Fault]] = defaultdict(list)
        for fault in faults:
            by_code[fault.code].append(fault)
        for code, found in by_code.items():
            self.lines.add(code, violations_of(found))


def measure_of(check: Check, lines: Lines, seen: float, plan_id: str) -> Measure:
    """Return how many of the ``seen`` rows, files or columns failed a check, as a measure."""
    faulty = float(lines.counts[check.code])
    return Measure(
        subject="plan",
        numerator=faulty,
        denominator=seen,
        value=faulty,
        evidence={"first": lines.first[check.code]} if faulty else {},
        violations=lines.of(check.code),
        plan_id=plan_id,
        requirement_id=f"DATA-{check.table.upper()}",
        rule=check.code,
        unit=check.unit,
    )


def count_what_ran(run: Run) -> None:
    """Note for each check that ran how many files, columns or rows it saw."""
    entry = run.manifest.tables.get(run.shape.name)
    files = float(max(len(run.sources), len(entry.files) if entry else 0, 1))
    columns = float(sum(len(source.header.names) for source in run.sources))
    usable = [source for source in run.sources if source.header.usable]
    for source in usable:
        if not source.lacking:
            for code in run.shape.edits_for(source.known.values()):
                run.ran[code] = float(max(run.asked[code], run.lines.counts[code]))
    for code, check in run.shape.checks.items():
        if code in run.shape.edits:
            continue
        if ".x12." in code:
            if x12 := [source.seen for source in run.sources if source.file.format == "x12"]:
                held = sum(seen[check.unit] for seen in x12)
                run.ran[code] = float(max(held, run.lines.counts[code], 1))
        elif ".layout." in code:
            if entry and any(name != OWN for name in entry.layouts):
                run.ran[code] = _under_layout(run, code, files)
        elif check.unit == "rows":
            run.ran[code] = float(run.count.rows)
        elif check.unit == "columns":
            run.ran[code] = columns
        elif code.endswith(".missing") and not code.endswith(".file.missing"):
            column = code.split(".")[1]
            if asked := [source for source in usable if source.asks_for(column)]:
                run.ran[code] = float(len(asked))
        else:
            run.ran[code] = files


def _under_layout(run: Run, code: str, files: float) -> float:
    """Return how many columns (or files) a check of layouts saw."""
    laid_out = [source for source in run.sources if source.bound is not None]
    if code.endswith(".cannot_carry"):
        return float(len(laid_out) * len(run.shape.columns))
    if code.endswith(".not_used"):
        return float(sum(len(source.header.names) for source in laid_out))
    return files
