"""Findings of a stored review as one file, in each format."""

import csv
import json
import re
import stat
from datetime import date

import openpyxl
import pytest

from monitor.export import ExportError, export_findings
from monitor.export.findings import FINDING_COLUMNS, record
from monitor.export.report import stored_answers
from monitor.store import Store
from rules.model import Review, Severity, Submission


@pytest.fixture
def found(finding):
    return [
        finding("b", violations=7),
        finding("a", plan_id="STEADY", verdict="met"),
        finding("c", severity=Severity.CRITICAL, requirement="SP-1", rule="SP01"),
    ]


@pytest.fixture
def review():
    return Review(
        id="R1",
        contract_id="demo-imc",
        period="2026Q1",
        as_of=date(2026, 4, 30),
        engine="duckdb",
        plans=("STEADY", "ANCHOR"),
        submissions=(
            Submission("S", "demo-imc", "ANCHOR", "members", "2026Q1", "t", "m.csv", "ab" * 32, 9),
        ),
        code_version="0.1.0",
        pack_digest="d1",
    )


@pytest.fixture
def store(review, found, lines, answer_to):
    kept = Store("sqlite://")
    rows = [
        ("members", "m.csv", n + 2, f"M{n}", "member_id", f"M{n}", "known in members")
        for n in range(7)
    ]
    kept.append(
        review,
        [],
        found,
        [lines(found[0], *rows)],
        {"STEADY": {"members": {"rows": 3, "staged": 3, "quarantined": 0}}},
        [answer_to([one for one in found if one.plan_id == "ANCHOR"]).summary()],
    )
    return kept


def test_csv_and_json_hold_every_finding_of_the_review(tmp_path, store, review, found):
    assert export_findings(store, review, tmp_path / "f.csv") == 3
    assert export_findings(store, review, tmp_path / "f.json") == 3
    with (tmp_path / "f.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    listed = json.loads((tmp_path / "f.json").read_text())
    assert [tuple(row) for row in (*rows, *listed)] == [FINDING_COLUMNS] * 6
    expected = [record(one) for one in (found[0], found[2], found[1])]
    assert listed == expected
    assert [row["finding_id"] for row in rows] == [one["finding_id"] for one in expected]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.csv", "f.json"]


def test_json_lines_are_offered_too(tmp_path, store, review):
    export_findings(store, review, tmp_path / "f.jsonl")
    found = [json.loads(text) for text in (tmp_path / "f.jsonl").open()]
    assert [one["subject"] for one in found] == ["b", "c", "a"]


def test_the_workbook_has_every_plan_and_masked_lines(tmp_path, store, review):
    export_findings(store, review, tmp_path / "f.XLSX")
    book = openpyxl.load_workbook(tmp_path / "f.XLSX")
    assert book.sheetnames == ["summary", "findings", "members"]
    lines = [tuple(cell.value for cell in row) for row in book["members"].iter_rows()]
    assert [(row[4], row[6], row[7], row[8]) for row in lines[1:]] == [
        (n + 2, "member_id", "masked, like A9", "known in members") for n in range(7)
    ]
    keys = [row[5] for row in lines[1:]]
    assert all(re.fullmatch("[0-9a-f]{16}", key) for key in keys)
    first = [row[0].value for row in book["summary"].iter_rows()]
    assert [text for text in first if text and "2026Q1:" in text] == [
        "ANCHOR 2026Q1: rejected: 1 critical and 1 major findings are not met.",
        "STEADY 2026Q1: accepted: nothing at or above major is not met, 1 met.",
    ]
    assert "the store" in [cell.value for row in book["summary"].iter_rows() for cell in row]


def test_the_page_has_every_plan(tmp_path, store, review):
    export_findings(store, review, tmp_path / "f.html")
    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    assert re.findall(r'<h1 id="plan-(\d)">([^<]*)</h1>', page) == [
        ("1", "ANCHOR 2026Q1: rejected: 1 critical and 1 major findings are not met."),
        ("2", "STEADY 2026Q1: accepted: nothing at or above major is not met, 1 met."),
    ]
    assert page.count("<summary>Lines 6 to 7 of 7</summary>") == 1
    assert "violations.csv" not in page
    assert "member_id M1:" not in page


def test_members_facts_leave_on_a_basis_into_a_private_file(tmp_path, store, review):
    path = tmp_path / "f.html"
    export_findings(store, review, path, show_phi=True, part2_basis="audit")
    page = path.read_text(encoding="utf-8")
    assert "member_id M1: wanted known in members" in page
    assert "Basis: audit." in page
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    export_findings(store, review, tmp_path / "g.html", show_phi=True)
    assert "leaves only with --part2-basis TEXT" in (tmp_path / "g.html").read_text()


def test_an_answer_that_was_not_stored_is_made_from_the_findings(store, review):
    answers = {answer.plan_id: answer for answer in stored_answers(store, review)}
    assert answers["STEADY"].verdict == "accepted"
    assert answers["STEADY"].tables == {"members": {"rows": 3, "staged": 3, "quarantined": 0}}
    assert answers["ANCHOR"].verdict == "rejected"


@pytest.mark.parametrize("name", ["f.txt", "f", "f.xls"])
def test_another_format_is_refused(tmp_path, store, review, name):
    with pytest.raises(ExportError) as error:
        export_findings(store, review, tmp_path / name)
    assert str(error.value) == (
        f"{tmp_path / name}: wanted a file name that ends in .csv, .json, .jsonl, .xlsx or .html"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path, store, review):
    folder = tmp_path / "a.csv"
    folder.mkdir()
    for path, reason in [
        (folder, "is a folder, wanted a file name"),
        (tmp_path / "no/f.csv", "cannot be written: No such file or directory"),
    ]:
        with pytest.raises(ExportError) as error:
            export_findings(store, review, path)
        assert str(error.value) == f"{path}: {reason}"
