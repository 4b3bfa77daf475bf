"""What a column is declared to hold is held: presence, form, set and range, in every table."""

from collections import defaultdict

import pytest

from rules.tables import TABLES
from rules.tables.column import Kind
from rules.tables.edit import column_edits


def by_line(taken):
    found = defaultdict(list)
    for code, line, _, _ in taken.faults():
        found[line].append(code)
    return found


@pytest.mark.parametrize("table", TABLES)
def test_a_good_row_has_no_fault(take, as_csv, table):
    taken = take({f"{table}.csv": as_csv(table, [{}])})
    assert taken.faults() == []
    assert taken.count(table) == (1, 1, 0)


def declared_cases(column):
    """Yield what must and what must not be found, by what a column is declared to hold."""
    wrong = {
        Kind.DATE: ("2026-02-29", "2026-1-5", "05/01/2026", "20260105", "1799-12-31"),
        Kind.MONTH: ("2026-13", "2026-1", "2026-01-05", "0026-01"),
        Kind.NUMBER: ("abc", "1,5", "NaN", "inf", "1e999", "$5", "１"),
        Kind.COUNT: ("1.5", "abc", "1e300", "0x1"),
    }.get(column.kind, ())
    suffix = column.kind.value
    if column.kind is Kind.FLAG:
        suffix, wrong = "value", ("y", "yes", "1")
    elif column.kind is Kind.CHOICE:
        suffix, wrong = "value", ("zzz", column.values[0] + " x")
    elif column.kind is Kind.LIST and (column.values or column.form):
        suffix, wrong = "value", ("?", "zzz;zzz")
    elif column.kind is Kind.DIAGNOSES:
        suffix, wrong = "form", ("?", "F3;", "329")
    elif column.form:
        suffix, wrong = "form", ("?", "? ?")
    for value in wrong:
        yield value, f"{column.name}.{suffix}", True
    if column.required and not column.may_be_empty:
        yield "", f"{column.name}.empty", True
        yield "  ", f"{column.name}.empty", True
    elif column.required or column.kind is not Kind.TEXT:
        yield "", f"{column.name}.{suffix}", False
    if column.low is not None:
        yield f"{column.low:g}", f"{column.name}.range", False
        yield f"{column.low - 1:g}", f"{column.name}.range", True
    if column.high is not None:
        yield f"{column.high:g}", f"{column.name}.range", False
        yield f"{column.high + 1:g}", f"{column.name}.range", True


@pytest.mark.parametrize("table", TABLES)
def test_each_declaration_is_held(take, as_csv, table):
    cases = [
        (column.name, *case) for column in TABLES[table].columns for case in declared_cases(column)
    ]
    rows = [{name: value} for name, value, _, _ in cases]
    found = by_line(take({f"{table}.csv": as_csv(table, rows)}))
    wrong = [
        case
        for line, case in enumerate(cases, start=2)
        if (f"{table}.{case[2]}" in found[line]) is not case[3]
    ]
    assert wrong == []


def test_every_declared_edit_has_a_case_that_fires():
    """The others have theirs in tests/rules/edits."""
    for table, shape in TABLES.items():
        declared = {edit.code: edit for column in shape.columns for edit in column_edits(column)}
        firing = {
            code for column in shape.columns for _, code, finds in declared_cases(column) if finds
        }
        assert firing == set(declared), table


def test_a_day_that_cannot_be_read_is_told_why(take, as_csv):
    rows = [
        {"birth_date": "1899-12-31"},
        {"birth_date": "0026-01-05"},
        {"birth_date": "2026-02-29"},
        {"birth_date": "01/05/2026"},
        {"enrolled_to": "NULL"},
        {"enrolled_to": "0000-00-00"},
    ]
    taken = take({"members.csv": as_csv("members", rows)})
    told = [m.violations.collect() for m in taken.shaped.measures if m.value]
    assert [row for f in told for row in f.select("line", "value", "expected").iter_rows()] == [
        (2, "1899-12-31", "a year from 1900 on"),
        (3, "0026-01-05", "a year from 1900 on"),
        (4, "2026-02-29", "a day of the calendar"),
        (5, "01/05/2026", "a day as YYYY-MM-DD"),
        (6, "NULL", "a day as YYYY-MM-DD, or empty"),
        (7, "0000-00-00", "a day of the calendar, or empty"),
    ]


@pytest.mark.parametrize(
    ("named", "found"), [("plan_id: ANCHOR\n", ["members.plan_id.other_plan"]), ("", [])]
)
def test_a_member_is_of_another_plan_only_than_one_that_is_named(take, as_csv, named, found):
    manifest = (
        f"{named}contract_id: c\nperiod: 2026Q1\nsubmitted_on: 2026-04-20\n"
        "tables:\n  members: {file: members.csv}\n"
    )
    taken = take({"members.csv": as_csv("members", [{"plan_id": "OTHER"}])}, manifest)
    assert [code for code in taken.codes() if code.startswith("members.")] == found
