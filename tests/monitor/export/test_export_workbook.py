"""The workbook as another reader (openpyxl) sees it."""

import openpyxl
import polars as pl
import pytest

from monitor.export import workbook
from monitor.export.findings import FINDING_COLUMNS, record
from monitor.export.report import write_report
from monitor.export.sheets import CELL
from monitor.export.workbook import LINE_COLUMNS, sheet_names
from rules.model import Layer, Severity

DATA = {"rule": "encounters.npi.form", "requirement": "DATA-ENCOUNTERS", "layer": Layer.SHAPE}
TEXTS = [
    "=1+1",
    "+1",
    "-5.25",
    "@x",
    "http://example.org",
    "mailto:a@example.org",
    "<b>&amp;</b>",
    "]]>",
    " two  blanks ",
    "two\nlines\r\nand a\ttab",
    "_x0041_",
    "\x00\x1b",
    "Zürich 北京 🙂",
    '"quoted"',
    "0012",
]


def opened(folder):
    return openpyxl.load_workbook(folder / "findings.xlsx")


def rows_of(sheet):
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


@pytest.fixture
def written(tmp_path, finding, lines, answer_to):
    found = [
        finding("b", violations=len(TEXTS), message="=SUM(A1)", unverified=True),
        finding("c", violations=2, numerator=-0.5, denominator=None, **DATA),
    ]
    frames = [
        lines(
            found[0], *(("providers", "p.csv", n, "k", "name", t, t) for n, t in enumerate(TEXTS))
        ),
        lines(found[1], ("encounters", "e.csv", 9, "", "paid_amount", "-1", "0 or more")),
        lines(found[1], ("encounters", "e.csv", 4, "", "paid_amount", "-2", "0 or more")),
    ]
    return write_report(tmp_path / "r", answer_to(found), found, frames).folder, found


def test_the_sheets_and_their_headers(written):
    book = opened(written[0])
    assert book.sheetnames == [
        "summary",
        "findings",
        "encounters",
        "providers",
    ]
    for name, columns, extent in [
        ("findings", FINDING_COLUMNS, "A1:W3"),
        ("encounters", LINE_COLUMNS, "A1:J3"),
        ("providers", LINE_COLUMNS, "A1:J16"),
    ]:
        sheet = book[name]
        assert tuple(cell.value for cell in sheet[1]) == columns
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", extent)
        assert sheet.dimensions == extent


def test_the_findings_are_those_of_the_csv_with_numbers_as_numbers(written):
    book = opened(written[0])
    expected = sorted((record(one) for one in written[1]), key=lambda one: one["requirement_id"])
    blank = [{name: None if v == "" else v for name, v in one.items()} for one in expected]
    got = [dict(zip(FINDING_COLUMNS, row, strict=True)) for row in rows_of(book["findings"])[1:]]
    figures = [(row.pop("observed"), row.pop("required")) for row in got]
    assert figures == [(0.19339622641509435, 0.15)] * 2
    assert got == [{n: v for n, v in one.items() if n in got[0]} for one in blank]
    assert [(row["numerator"], row["denominator"]) for row in got] == [(-0.5, None), (41, 212)]
    types = {cell.data_type for row in book["findings"].iter_rows(min_row=2) for cell in row}
    assert types == {"s", "n", "b"}


def test_the_lines_are_all_there_as_text(written):
    sheet = opened(written[0])["providers"]
    got = {row[4]: row[7] for row in rows_of(sheet)[1:]}
    # openpyxl does not undo Excel's escape of what looks like its escape.
    shown = {"\x00\x1b": "\\x00\\x1b", "_x0041_": "_x005F_x0041_"}
    shown["two\nlines\r\nand a\ttab"] = "two\nlines\nand a\ttab"
    assert [got[line] for line in range(len(TEXTS))] == [shown.get(text, text) for text in TEXTS]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert [row[4] for row in rows_of(opened(written[0])["encounters"])[1:]] == [4, 9]


def test_the_workbook_has_the_lines_of_the_csv(written):
    folder = written[0]
    sheet = rows_of(opened(folder)["encounters"])[1:]
    frame = pl.read_csv(folder / "violations.csv", infer_schema=False)
    frame = frame.filter(pl.col("table") == "encounters")
    places = [LINE_COLUMNS.index(name) for name in ("finding", "file", "line", "key", "field")]
    places += [LINE_COLUMNS.index(name) for name in ("found", "wanted")]
    assert [tuple(str(row[at] or "") for at in places) for row in sheet] == [
        tuple(value or "" for value in row) for row in frame.drop("table").rows()
    ]
    told = {tuple(row[at] for at in (1, 2, 9)) for row in sheet}
    assert told == {("major", "encounters.npi.form", "Take them off the list.")}


def test_the_summary_gives_the_answer_and_the_true_totals(written):
    rows = rows_of(opened(written[0])["summary"])
    flat = [tuple(value for value in row if value is not None) for row in rows]
    assert flat[0] == ("ANCHOR 2026Q1: accepted with errors: 2 major findings are not met.",)
    for row in [
        ("plan", "ANCHOR"),
        ("verdict", "accepted with errors"),
        ("exit code", 1),
        ("violations", 17),
        ("value set specialties", "2026-01"),
        ("findings", "could_not_run", "not_applicable", "not_met", "met"),
        ("major", 0, 0, 2, 0),
        ("providers", 5, 4, 1),
        ("faults", "in all", "on the sheet", "all of them in"),
        ("providers", 15, 15, "violations.csv"),
        ("encounters", 2, 2, "violations.csv"),
    ]:
        assert row in flat


def test_a_sheet_that_is_cut_says_so(tmp_path, finding, lines, answer_to, monkeypatch):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 3)
    found = [finding("b", violations=5)]
    frame = lines(found[0], *(("providers", "p.csv", n, "k", "name", "v", "w") for n in range(5)))
    book = opened(write_report(tmp_path / "r", answer_to(found), found, [frame]).folder)
    rows = rows_of(book["providers"])
    assert [row[4] for row in rows[1:4]] == [0, 1, 2]
    assert [row[0] for row in rows[4:]] == [
        "3 of 5 lines are shown; all of them are in violations.csv"
    ]
    assert ("providers", 5, 3, "violations.csv") in [row[:4] for row in rows_of(book["summary"])]


def test_a_text_that_no_cell_holds_is_cut_and_counted(tmp_path, finding, lines, answer_to):
    long = "x" * (CELL + 1)
    found = [finding("b", violations=2, message=long)]
    frame = lines(
        found[0],
        ("providers", "p.csv", 1, "k", "name", long, "w"),
        ("providers", "p.csv", 2, "k", "name", long[:CELL], "w"),
    )
    folder = write_report(tmp_path / "r", answer_to(found), found, [frame]).folder
    book = opened(folder)
    first, second = (row[7] for row in rows_of(book["providers"])[1:])
    message = dict(zip(FINDING_COLUMNS, rows_of(book["findings"])[1], strict=True))["message"]
    assert second == long[:CELL]
    for cut in (first, message):
        assert len(cut) <= CELL
        assert cut == "x" * (CELL - 40) + " … (32768 characters in all)"
    assert long in (folder / "violations.csv").read_text(encoding="utf-8")


def test_a_report_without_lines_has_no_sheet_of_lines(tmp_path, finding, answer_to):
    found = [finding("b", verdict="met")]
    book = opened(write_report(tmp_path / "r", answer_to(found), found).folder)
    assert book.sheetnames == ["summary", "findings"]


def test_a_limit_is_told_on_the_sheet_and_on_the_summary(tmp_path, finding, lines, answer_to):
    found = [finding("b", violations=5)]
    frame = lines(found[0], *(("providers", "p.csv", n, "k", "name", "v", "w") for n in range(5)))
    folder = write_report(tmp_path / "r", answer_to(found), found, [frame], limit=2).folder
    rows = rows_of(opened(folder)["providers"])
    assert [row[4] for row in rows[1:3]] == [0, 1]
    assert [row[0] for row in rows[3:]] == ["2 of 5 lines are shown, for a limit was asked for"]
    told = [row[:4] for row in rows_of(opened(folder)["summary"])]
    assert ("providers", 5, 2, "2 of them in violations.csv") in told
    assert told[1][0] == (
        "Partial: a limit of 2 lines a cause was asked for; 2 of 5 faulty lines are listed."
    )


def test_figures_are_numbers_and_bands_are_text(tmp_path, finding, answer_to):
    found = [
        finding("a", observed="-12", required="0.9 to 1"),
        finding("b", observed="=1+1", required="007"),
    ]
    folder = write_report(tmp_path / "r", answer_to(found), found).folder
    sheet = rows_of(opened(folder)["findings"])
    at = FINDING_COLUMNS.index("observed")
    assert [row[at : at + 2] for row in sheet[1:]] == [(-12, "0.9 to 1"), ("=1+1", "007")]


def test_a_sheet_has_a_name_that_excel_takes_and_no_other_has():
    given = ["members", "Summary", "a/b[c]*?:", "=1+1", "x" * 40, "x" * 41, "Members", "'q'", ""]
    names = sheet_names(given)
    assert names == [
        "members",
        "Summary 2",
        "a_b_c____",
        "_1+1",
        "x" * 31,
        f"{'x' * 27} 2",
        "Members 2",
        "_q_",
        "_",
    ]
    assert len({name.casefold() for name in names}) == len(given)


def test_the_gravest_stands_first_and_what_is_met_last(tmp_path, finding, lines, answer_to):
    ranks = (("A", "minor", "not_met"), ("B", "critical", "met"), ("C", "major", "not_met"))
    ranks += (("D", "critical", "could_not_run"), ("E", "critical", "not_met"))
    found = [
        finding(rule=rule, severity=Severity(severity), verdict=verdict, violations=2)
        for rule, severity, verdict in ranks
    ]
    frames = [
        lines(one, *(("providers", "p.csv", n, "k", "npi", "1", "10 digits") for n in (5, 2)))
        for one in found
    ]
    folder = write_report(tmp_path / "r", answer_to(found), found, frames).folder
    book = opened(folder)
    at = FINDING_COLUMNS.index("rule")
    assert [row[at] for row in rows_of(book["findings"])[1:]] == ["E", "C", "A", "D", "B"]
    told = [(row[2], row[4]) for row in rows_of(book["providers"])[1:]]
    assert told == [(rule, line) for rule in "BDECA" for line in (2, 5)]


def test_text_that_begins_as_a_formula_stays_text_when_it_is_edited(written):
    book = opened(written[0])
    found = [row[7] for row in book["providers"].iter_rows(min_row=2)]
    assert {cell.value for cell in found if cell.quotePrefix} == {"=1+1", "+1", "@x"}
    [message] = [cell for row in book["findings"] for cell in row if cell.value == "=SUM(A1)"][:1]
    assert (message.quotePrefix, message.data_type) == (True, "s")
    assert not any(cell.quotePrefix for cell in book["findings"][1])


def test_the_summary_keeps_submitted_text_from_being_run(tmp_path, finding, lines, answer_to):
    found = [finding("b", violations=1)]
    frame = lines(found[0], ("=cmd", "p.csv", 1, "k", "name", "x", "y"))
    write_report(tmp_path / "r", answer_to(found), found, [frame])
    cells = [cell for row in opened(tmp_path / "r")["summary"] for cell in row]
    assert [(c.value, c.quotePrefix) for c in cells if str(c.value).startswith("=")] == [
        ("=cmd", True)
    ]
