"""``findings.xlsx``: a summary, the findings, and one sheet a table with its faulty lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from monitor.answer import Answer
from monitor.export.cells import all_visible, visible, would_run
from monitor.export.findings import FINDING_COLUMNS, in_order, record
from monitor.export.sheets import CELL, fill_sheets
from monitor.export.violations import Lines
from rules.model import Finding, Verdict

SHEET_ROWS = 1_000_000
"""Lines of a sheet; Excel itself ends at 1,048,576."""

LINE_COLUMNS = (
    *("finding", "severity", "rule", "file", "line", "key", "field", "found", "wanted"),
    "what to do",
)
"""Columns of a table's sheet."""

_VERDICTS = (Verdict.NOT_MET, Verdict.COULD_NOT_RUN, Verdict.NOT_APPLICABLE, Verdict.MET)
_NAMES = {"finding_id": "finding", "natural_key": "key", "value": "found", "expected": "wanted"}
_WIDE = {"message": 60, "remedy": 50, "citation": 40, "rule_name": 30, "subject": 26, "found": 26}
_WIDE |= {"wanted": 40, "finding_id": 19, "requirement_id": 20, "file": 22, "key": 19}
_WIDE |= {"finding": 19, "rule": 34, "field": 20, "line": 10, "severity": 10, "what to do": 60}


def write_workbook(
    path: Path,
    answers: Sequence[Answer],
    findings: Iterable[Finding],
    lines: Lines,
    notice: str,
    complete: str,
) -> None:
    """Write the workbook; every text is a string cell, never a formula or a link.

    Text that begins as a formula does stays text even when its cell is edited.

    Parameters
    ----------
    lines
        Their true totals go on the summary sheet; a sheet that is cut says so in its last row too.
    complete
        What holds every line.
    notice
        How members' facts are treated in it.
    """
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    found = in_order(findings)
    tables = sorted(lines.by_table)
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#e8edf2", "bottom": 1})
        quoted = book.add_format({"quote_prefix": True})
        summary = book.add_worksheet("summary")
        _table(book, "findings", FINDING_COLUMNS, bold, len(found))
        for table, name in zip(tables, sheet_names(tables), strict=True):
            _table(book, name, LINE_COLUMNS, bold, min(lines.listed[table], SHEET_ROWS))
        _summary(summary, answers, lines, notice, complete, (bold, quoted))
    # Sheets are numbered in the order in which they were added; the summary is the first.
    graver = sorted(found, key=lambda one: (_VERDICTS.index(one.verdict), one.severity.rank))
    rows: list[Iterable[pl.DataFrame]] = [[all_visible(_frame(graver))]]
    rows += [_lines(lines, table, found, complete) for table in tables]
    parts = {f"xl/worksheets/sheet{number}.xml": part for number, part in enumerate(rows, start=2)}
    fill_sheets(path, parts, numeric=("observed", "required"))


def sheet_names(tables: Iterable[str]) -> list[str]:
    """Return a name for each table's sheet that Excel takes and that no other sheet has."""
    taken, names = {"summary", "findings", "history"}, []
    for table in tables:
        # Excel refuses these characters, 32 characters, and an apostrophe at either end.
        plain = re.sub(r"[\[\]:*?/\\'\x00-\x1f]|^[=+\-@]", "_", visible(table))[:31] or "_"
        name, number = plain, 2
        while name.casefold() in taken:
            name, number = f"{plain[:27]} {number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _frame(found: Sequence[Finding]) -> pl.DataFrame:
    kinds: dict[str, Any] = dict.fromkeys(FINDING_COLUMNS, pl.String)
    kinds |= {"numerator": pl.Float64, "denominator": pl.Float64}
    kinds |= {"violations": pl.Int64, "unverified": pl.Boolean}
    return pl.DataFrame([record(finding) for finding in found], schema=kinds)


def _lines(
    lines: Lines, table: str, found: Sequence[Finding], complete: str
) -> Iterator[pl.DataFrame]:
    """Yield a table's lines, those of the gravest rules first; a sheet that ends early says so."""
    told = all_visible(
        pl.DataFrame(
            [(one.id, str(one.severity), one.rule, one.remedy) for one in found],
            schema=dict.fromkeys(("finding", "severity", "rule", "what to do"), pl.String),
            orient="row",
        )
    )
    left = SHEET_ROWS
    for frame in _gravest_first(lines, table, found):
        chosen = frame.head(left).rename(_NAMES)
        left -= len(chosen)
        yield chosen.join(told, on="finding", how="left", maintain_order="left").select(
            *LINE_COLUMNS
        )
        if not left:
            break
    text = cut(lines, table, complete)
    if text:
        yield pl.DataFrame({"finding": [text]})


def _gravest_first(lines: Lines, table: str, found: Sequence[Finding]) -> Iterator[pl.DataFrame]:
    """Yield a table's lines by severity, then by rule; those of one rule in their own order."""
    rules: dict[tuple[int, str], list[str]] = {}
    for one in found:
        if lines.by_finding[one.id]:
            rules.setdefault((one.severity.rank, one.rule), []).append(one.id)
    for _, ids in sorted(rules.items()):
        yield from lines.batches(table, ids)


def cut(lines: Lines, table: str, complete: str) -> str:
    """Say how many of a table's lines its sheet leaves out, and where they are; else nothing."""
    total, kept = lines.by_table[table], lines.listed[table]
    shown = min(kept, SHEET_ROWS)
    if shown == total:
        return ""
    if kept == total:
        return f"{shown:,} of {total:,} lines are shown; all of them are in {complete}"
    where = f"; {kept:,} are in {complete}" if shown < kept else ""
    return f"{shown:,} of {total:,} lines are shown, for a limit was asked for{where}"


def _summary(
    sheet: Worksheet,
    answers: Sequence[Answer],
    lines: Lines,
    notice: str,
    complete: str,
    styles: tuple[Format, Format],
) -> None:
    bold, quoted = styles
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 5, 22)
    rows: list[Sequence[Any]] = []
    heads = set()
    for answer in answers:
        heads.add(len(rows))
        rows += [
            (answer.sentence,),
            *([(answer.limits,)] if answer.limits else []),
            ("plan", answer.plan_id),
            ("contract", answer.contract_id),
            ("period", answer.period),
            ("verdict", answer.verdict.words),
            ("exit code", answer.exit_code),
            ("violations", answer.violations),
            ("partial", "yes" if answer.partial else "no"),
            ("carvein", answer.tool_version),
            ("pack digest", answer.pack_digest),
            ("behavioral health by", answer.bh_definition.replace("_", " ")),
            *((f"value set {name}", version) for name, version in answer.value_sets.items()),
            (),
            ("findings", *next(iter(answer.findings.values()), {})),
            *((name, *counts.values()) for name, counts in answer.findings.items()),
            (),
            ("table", "rows", "staged", "quarantined"),
            *((name, *counts.values()) for name, counts in answer.tables.items()),
            (),
        ]
    rows += [("faults", "in all", "on the sheet", "all of them in")]
    heads.add(len(rows) - 1)
    for table, total in sorted(lines.by_table.items()):
        kept = lines.listed[table]
        where = complete if kept == total else f"{kept:,} of them in {complete}"
        rows.append((table, total, min(kept, SHEET_ROWS), where))
    rows += [(), (notice,)]
    for number, row in enumerate(rows):
        _row(sheet, number, row, bold if number in heads else None, quoted)


def _table(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[str], bold: Format, rows: int
) -> Worksheet:
    sheet = book.add_worksheet(name)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, _WIDE.get(column, 14))
    _row(sheet, 0, columns, bold)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, len(columns) - 1)
    return sheet


def _row(
    sheet: Worksheet,
    number: int,
    values: Sequence[Any],
    style: Format | None = None,
    quoted: Format | None = None,
) -> None:
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, int):
            sheet.write_number(number, column, value, style)
        else:
            text = visible(str(value))[:CELL]
            sheet.write_string(number, column, text, quoted if would_run(text) else style)
