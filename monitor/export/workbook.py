"""``findings.xlsx``: a summary, the findings, and one sheet of faulty lines a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from monitor.answer import Answer
from monitor.export.cells import all_visible, visible
from monitor.export.findings import FINDING_COLUMNS, in_order, record
from monitor.export.sheets import CELL, fill_sheets
from monitor.export.violations import Lines
from monitor.store import VIOLATION_SCHEMA
from rules.model import Finding

SHEET_ROWS = 1_000_000
"""Lines of a sheet; Excel itself ends at 1,048,576."""

_WIDE = {"message": 60, "remedy": 50, "citation": 40, "rule_name": 30, "subject": 26, "value": 26}
_WIDE |= {"expected": 40, "finding_id": 19, "requirement_id": 20, "file": 22, "natural_key": 19}


def write_workbook(
    path: Path,
    answers: Sequence[Answer],
    findings: Iterable[Finding],
    lines: Lines,
    notice: str,
    complete: str,
) -> None:
    """Write the workbook; every text is a string cell, never a formula or a link.

    Parameters
    ----------
    lines
        Their true totals go on the Summary sheet; a sheet that is cut says so in its last row too.
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
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#e8edf2", "bottom": 1})
        summary = book.add_worksheet("Summary")
        found = in_order(findings)
        _table(book, "Findings", FINDING_COLUMNS, bold, len(found))
        for table, total in sorted(lines.by_table.items()):
            name = f"Violations {table}"[:31]
            _table(book, name, tuple(VIOLATION_SCHEMA), bold, min(total, SHEET_ROWS))
        _summary(summary, answers, lines, notice, complete, bold)
    # Sheets are numbered in the order in which they were added; the summary is the first.
    rows: list[Iterable[pl.DataFrame]] = [[all_visible(_frame(found))]]
    rows += [_lines(lines, table, complete) for table in sorted(lines.by_table)]
    parts = {f"xl/worksheets/sheet{number}.xml": part for number, part in enumerate(rows, start=2)}
    fill_sheets(path, parts)


def _frame(found: Sequence[Finding]) -> pl.DataFrame:
    kinds: dict[str, Any] = dict.fromkeys(FINDING_COLUMNS, pl.String)
    kinds |= {"numerator": pl.Float64, "denominator": pl.Float64}
    kinds |= {"violations": pl.Int64, "unverified": pl.Boolean}
    return pl.DataFrame([record(finding) for finding in found], schema=kinds)


def _lines(lines: Lines, table: str, complete: str) -> Iterator[pl.DataFrame]:
    """Yield a table's lines; where the sheet ends before them its last row says so."""
    left = SHEET_ROWS
    for frame in lines.batches():
        found = frame.filter(pl.col("table") == table).head(left)
        left -= len(found)
        yield found
    total = lines.by_table[table]
    if total > SHEET_ROWS:
        text = f"{SHEET_ROWS:,} of {total:,} lines are shown; all of them are in {complete}"
        yield pl.DataFrame({"finding_id": [text]})


def _summary(
    sheet: Worksheet,
    answers: Sequence[Answer],
    lines: Lines,
    notice: str,
    complete: str,
    bold: Format,
) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 5, 22)
    rows: list[Sequence[Any]] = []
    heads = set()
    for answer in answers:
        heads.add(len(rows))
        rows += [
            (answer.sentence,),
            ("plan", answer.plan_id),
            ("contract", answer.contract_id),
            ("period", answer.period),
            ("verdict", answer.verdict.words),
            ("exit code", answer.exit_code),
            ("violations", answer.violations),
            ("partial", "yes" if answer.partial else "no"),
            ("carvein", answer.tool_version),
            ("pack digest", answer.pack_digest),
            *((f"value set {name}", version) for name, version in answer.value_sets.items()),
            (),
            ("findings", *next(iter(answer.findings.values()), {})),
            *((name, *counts.values()) for name, counts in answer.findings.items()),
            (),
            ("table", "rows", "staged", "quarantined"),
            *((name, *counts.values()) for name, counts in answer.tables.items()),
            (),
        ]
    rows += [("faulty lines", "in all", "on the sheet", "all of them in")]
    heads.add(len(rows) - 1)
    rows += [
        (table, total, min(total, SHEET_ROWS), complete)
        for table, total in sorted(lines.by_table.items())
    ]
    rows += [(), (notice,)]
    for number, row in enumerate(rows):
        _row(sheet, number, row, bold if number in heads else None)


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


def _row(sheet: Worksheet, number: int, values: Sequence[Any], style: Format | None = None) -> None:
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, int):
            sheet.write_number(number, column, value, style)
        else:
            sheet.write_string(number, column, visible(str(value))[:CELL], style)
