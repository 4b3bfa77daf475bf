"""The report folder: complete, in agreement with itself, whole or not there."""

import csv
import json
import stat
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest

from monitor.answer import Answer
from monitor.export import report, violations
from monitor.export.mask import ExportError, Mask
from monitor.export.report import write_report
from rules.model import Layer, Severity, Submission

FILES = [
    "acknowledgment.json",
    "causes.csv",
    "findings.csv",
    "findings.jsonl",
    "findings.xlsx",
    "report.html",
    "summary.json",
    "violations.csv",
]
DATA = {"rule": "encounters.npi.form", "requirement": "DATA-ENCOUNTERS", "layer": Layer.SHAPE}


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def found(finding):
    return [
        finding("b", violations=2),
        finding("a", violations=0, verdict="met"),
        finding("c", violations=3, severity=Severity.CRITICAL, **DATA),
    ]


@pytest.fixture
def frames(found, lines):
    return [
        lines(found[2], ("encounters", "e.csv", 9, "E9/1", "member_id", "=M9", "known in members")),
        lines(
            found[0],
            ("providers", "p.csv", 7, "1", "name", "=1+1", "a name"),
            ("providers", "p.csv", 3, "2", "name", "b", "a name"),
        ),
        lines(
            found[2],
            ("encounters", "e.csv", 4, "E4/1", "paid_amount", "-5.25", "0 or more"),
            ("encounters", "e.csv", 9, "E9/1", "line_number", "x\x00", "a whole number"),
        ),
    ]


def test_a_report_folder_holds_what_the_interface_names(tmp_path, found, frames, answer_to):
    folder = write_report(tmp_path / "report", answer_to(found), found, frames).folder
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"]


def test_every_line_is_there_in_order_masked_and_safe(tmp_path, found, frames, answer_to):
    folder = write_report(tmp_path / "r", answer_to(found), found, frames).folder
    text = (folder / "violations.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "finding_id,table,file,line,natural_key,field,value,expected"
    got = [
        tuple(row[name] for name in ("finding_id", "table", "line", "field", "value", "expected"))
        for row in read(folder / "violations.csv")
    ]
    b, _, c = (one.id for one in found)
    assert got == [
        (c, "encounters", "4", "paid_amount", "-5.25", "0 or more"),
        (c, "encounters", "9", "line_number", "x\\x00", "a whole number"),
        (c, "encounters", "9", "member_id", "masked, like =A9", "known in members"),
        (b, "providers", "3", "name", "b", "a name"),
        (b, "providers", "7", "name", "'=1+1", "a name"),
    ]


def test_two_reports_of_one_submission_differ_only_in_keys(tmp_path, found, frames, answer_to):
    answer = answer_to(found)
    one = write_report(tmp_path / "1", answer, found, frames).folder
    two = write_report(tmp_path / "2", answer, found[::-1], frames[::-1]).folder
    for name in ("summary.json", "findings.csv", "findings.jsonl", "acknowledgment.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    keyless = [
        [row | {"natural_key": ""} for row in read(folder / "violations.csv")]
        for folder in (one, two)
    ]
    assert keyless[0] == keyless[1]
    assert (
        one.joinpath("violations.csv").read_bytes() != two.joinpath("violations.csv").read_bytes()
    )


@pytest.mark.parametrize("fail_on", list(Severity))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("more", [{}, {"unreadable": ["ledger"]}, {"trouble": "no such path"}])
def test_every_part_of_a_report_says_what_the_answer_says(
    tmp_path, finding, lines, answer_to, fail_on, severity, more
):
    bad = finding("c", severity=severity, violations=1, **DATA)
    found = [bad, finding("m", verdict="met"), finding("n", verdict="could_not_run")]
    answer = answer_to(found, fail_on=fail_on, **more)
    frame = lines(bad, ("encounters", "e.csv", 9, "k", "npi", "1", "10 digits"))
    folder = write_report(tmp_path / "r", answer, found, [frame]).folder

    summary = json.loads((folder / "summary.json").read_text())
    acknowledged = json.loads((folder / "acknowledgment.json").read_text())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert Answer.read(summary) == answer
    assert summary["exit_code"] == acknowledged["exit_code"] == answer.exit_code
    assert summary["verdict"] == acknowledged["verdict"] == answer.verdict
    assert f'<span class="verdict {answer.verdict}">{answer.verdict.words}</span>' in page
    assert f'<h1 id="plan-1">{answer.sentence}</h1>' in page
    counted = Counter((row["severity"], row["verdict"]) for row in read(folder / "findings.csv"))
    assert {
        (severity, verdict): number
        for severity, numbers in summary["findings"].items()
        for verdict, number in numbers.items()
        if number
    } == dict(counted)
    assert summary["violations"] == len(read(folder / "violations.csv")) == 1
    replies = {name: part["verdict"] for name, part in acknowledged["tables"].items()}
    if answer.verdict == "accepted":
        assert set(replies.values()) == {"accepted"}
    else:
        assert acknowledged["causes"]
        assert answer.reasons
    if answer.verdict == "rejected":
        assert replies["encounters"] == "rejected"
        assert acknowledged["causes"][0]["first_at"] == "e.csv line 9, npi"


def test_the_acknowledgment_answers_table_by_table(tmp_path, finding, lines, answer_to):
    found = [
        finding("c", severity=Severity.CRITICAL, violations=1, **DATA),
        finding("p", requirement="DATA-PROVIDERS", layer=Layer.PROFILE),
        finding("o", requirement="DATA-PLAN-OFFICES", layer=Layer.SHAPE, severity=Severity.MINOR),
        finding("n"),
    ]
    tables = {"providers": (5, 1), "encounters": (9, 2), "plan_offices": (1, 0)}
    answer = answer_to(found, tables, unreadable=["ledger"])
    part = Submission("S", "demo-imc", "ANCHOR", "encounters", "2026Q1", "t", "e.csv", "ab", 9)
    frame = lines(found[0], ("encounters", "e.csv", 9, "k", "npi", "1", "10 digits"))
    folder = write_report(tmp_path / "r", answer, found, [frame], submissions=[part]).folder
    content = json.loads((folder / "acknowledgment.json").read_text())
    none = {"critical": 0, "major": 0, "minor": 0, "info": 0}
    assert content["tables"] == {
        "encounters": {
            "verdict": "rejected",
            "code": "R",
            "rows": 9,
            "staged": 7,
            "quarantined": 2,
            "findings_not_met": none | {"critical": 1},
            "faults": 1,
            "faulty_lines": 1,
            "causes": ["encounters.npi.form"],
            "files": [{"file": "e.csv", "sha256": "ab"}],
        },
        "ledger": {
            "verdict": "rejected",
            "code": "R",
            "rows": 0,
            "staged": 0,
            "quarantined": 0,
            "findings_not_met": none,
            "faults": 0,
            "faulty_lines": 0,
            "causes": [""],
            "files": [],
        },
        "plan_offices": {
            "verdict": "accepted",
            "code": "A",
            "rows": 1,
            "staged": 1,
            "quarantined": 0,
            "findings_not_met": none | {"minor": 1},
            "faults": 0,
            "faulty_lines": 0,
            "causes": [],
            "files": [],
        },
        "providers": {
            "verdict": "accepted_with_errors",
            "code": "E",
            "rows": 5,
            "staged": 4,
            "quarantined": 1,
            "findings_not_met": none | {"major": 1},
            "faults": 0,
            "faulty_lines": 0,
            "causes": ["NW06"],
            "files": [],
        },
    }
    assert (content["code"], content["findings_not_met"]["critical"]) == ("R", 1)
    assert [(cause["rule"], cause["first_at"], cause["at"]) for cause in content["causes"]] == [
        ("encounters.npi.form", "e.csv line 9, npi", "e.csv line 9, npi"),
        ("NW06", "", "table providers"),
        ("NW06", "", "n, requirement NET-1"),
        ("", "", "the file of ledger"),
    ]


def test_what_could_not_be_read_at_all_gets_a_report_with_its_cause(tmp_path, answer_to):
    answer = answer_to([], trouble="x.zip: not a zip archive", plan="")
    folder = write_report(tmp_path / "r", answer, []).folder
    assert sorted(path.name for path in folder.iterdir()) == FILES
    content = json.loads((folder / "acknowledgment.json").read_text())
    assert (content["verdict"], content["exit_code"]) == ("unreadable", 2)
    assert [(cause["message"], cause["at"]) for cause in content["causes"]] == [
        ("x.zip: not a zip archive", "the submission")
    ]
    assert read(folder / "findings.csv") == read(folder / "violations.csv") == []


def test_past_a_million_lines_they_are_parquet(tmp_path, found, frames, answer_to, monkeypatch):
    monkeypatch.setattr(violations, "CSV_ROWS", 4)
    folder = write_report(tmp_path / "r", answer_to(found), found, frames).folder
    assert not (folder / "violations.csv").exists()
    frame = pl.read_parquet(folder / "violations.parquet")
    assert len(frame) == 5
    assert sorted(frame["value"]) == ["-5.25", "=1+1", "b", "masked, like =A9", "x\\x00"]
    assert 'href="violations.parquet"' in (folder / "report.html").read_text(encoding="utf-8")


def test_lines_of_another_plan_stay_out(tmp_path, found, frames, finding, lines, answer_to):
    other = finding("b", plan_id="OTHER", violations=1)
    more = lines(other, ("providers", "p.csv", 1, "1", "name", "b", "a name"))
    folder = write_report(tmp_path / "r", answer_to(found), [*found, other], [*frames, more]).folder
    assert {row["plan_id"] for row in read(folder / "findings.csv")} == {"ANCHOR"}
    assert other.id not in {row["finding_id"] for row in read(folder / "violations.csv")}


def test_a_report_that_would_lose_lines_is_not_written(tmp_path, found, frames, answer_to):
    answer = answer_to(found)
    with pytest.raises(ValueError, match=r"^the answer counts 5 violations, 3 were given$"):
        write_report(tmp_path / "r", answer, found, frames[:2])
    assert list(tmp_path.iterdir()) == []


def test_members_facts_are_shown_on_a_basis_that_is_logged(tmp_path, found, frames, answer_to):
    mask = Mask(True, "state audit, 42 CFR 2.53")
    folder = write_report(tmp_path / "r", answer_to(found), found, frames, mask=mask).folder
    values = {row["field"]: row["value"] for row in read(folder / "violations.csv")}
    assert values["member_id"] == "'=M9"
    for name in ("summary.json", "acknowledgment.json", "report.html"):
        assert "state audit, 42 CFR 2.53" in (folder / name).read_text(encoding="utf-8")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keys = {row["natural_key"] for row in read(folder / "violations.csv")}
    assert not keys & {"E9/1", "E4/1", "1", "2"}


def test_data_docs_come_along(tmp_path, found, frames, answer_to):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.html").write_text("<p>docs</p>")
    answer = answer_to(found)
    for number, given in enumerate((docs, docs / "index.html")):
        folder = write_report(tmp_path / f"r{number}", answer, found, frames, docs=given).folder
        assert (folder / "expectations/index.html").read_text() == "<p>docs</p>"
        assert 'href="expectations/index.html"' in (folder / "report.html").read_text()


def test_an_earlier_report_is_replaced_whole(tmp_path, found, frames, answer_to, finding):
    folder = tmp_path / "r"
    folder.mkdir()
    write_report(folder, answer_to(found), found, frames)
    later = [finding("z", verdict="met")]
    write_report(folder, answer_to(later), later)
    assert json.loads((folder / "summary.json").read_text())["verdict"] == "accepted"
    assert [row["subject"] for row in read(folder / "findings.csv")] == ["z"]
    assert read(folder / "violations.csv") == []
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_what_is_no_report_is_left_alone(tmp_path, found, frames, answer_to):
    answer = answer_to(found)
    foreign, mixed, file = tmp_path / "foreign", tmp_path / "mixed", tmp_path / "file"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("years of work")
    write_report(mixed, answer, found, frames)
    (mixed / "notes.txt").write_text("my notes")
    file.write_text("x")
    forged = tmp_path / "forged"
    forged.mkdir()
    (forged / "summary.json").write_text("[1]")
    link = tmp_path / "link"
    link.symlink_to(foreign)
    for folder, reason in [
        (foreign, "holds files that are no carvein report, so it is left alone"),
        (forged, "holds files that are no carvein report, so it is left alone"),
        (mixed, "holds notes.txt, which is no part of a report, so it is left alone"),
        (file, "not a folder, so no report is written there"),
        (link, "not a folder, so no report is written there"),
        (file / "below", f"{file} is not a folder, so no report is written there"),
    ]:
        with pytest.raises(ExportError) as error:
            write_report(folder, answer, found, frames)
        assert str(error.value) == f"{folder}: {reason}"
    assert (foreign / "thesis.txt").read_text() == "years of work"
    assert (mixed / "notes.txt").read_text() == "my notes"
    assert len(list(tmp_path.iterdir())) == 5


def test_a_report_that_fails_midway_leaves_the_earlier_one(
    tmp_path, found, frames, answer_to, monkeypatch
):
    folder = write_report(tmp_path / "r", answer_to(found), found, frames).folder
    before = (folder / "summary.json").read_bytes()

    def breaks(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_page", breaks)
    worse = [replace(one, severity=Severity.CRITICAL) for one in found]
    with pytest.raises(ExportError) as error:
        write_report(folder, answer_to(worse), worse, frames)
    assert str(error.value) == f"{folder}: cannot be written: No space left on device"
    assert (folder / "summary.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
