"""`validate --limit` and `--against`, and the export of staged encounters, as a user runs them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import monitor.workspace
from tests.command import summary

from .conftest import SOUND

ENCOUNTER = (
    "encounter_id,line_number,member_id,claim_type,service_from,service_to,billing_npi,"
    "rendering_npi,billed_amount,paid_amount,line_status,payment_arrangement,submitted_on,"
    "procedure_code,diagnosis_codes,domain"
)
TABLES = SOUND | {
    "encounters": [
        ENCOUNTER,
        "E1,1,M1,P,2026-01-05,2026-01-05,1234567893,1234567893,50,40,paid,ffs,2026-02-01,99213,I10,x",
        "E2,1,M2,P,2026-01-06,2026-01-06,1234567893,1234567893,50,40,paid,ffs,2026-02-01,H0020,F1120,x",
        "E3,1,M2,P,2026-01-32,2026-01-06,1234567893,1234567893,50,40,paid,ffs,2026-02-01,99213,I10,x",
    ],
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep staged files of these tests in a folder of their own."""
    folder = tmp_path / "staging"
    folder.mkdir()
    monkeypatch.setattr(monitor.workspace.tempfile, "tempdir", str(folder))


def faulty(sexes: int) -> dict[str, list[str]]:
    """Return tables with as many members of a sex that there is not."""
    header, first, _ = SOUND["members"]
    return SOUND | {
        "members": [
            header,
            *(first.replace("M1,", f"M{n},").replace(",F,", ",Q,") for n in range(sexes)),
            first.replace("M1,", "M9,"),
        ]
    }


def test_a_limit_is_told_on_the_screen_and_in_every_file(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    given = submission(tables=faulty(8))
    whole = carvein("validate", given, "--contract", "demo-imc", "--report", "whole")
    ran = carvein("validate", given, "--contract", "demo-imc", "--report", "r", "--limit", 2)
    all_of_it, told = summary(tmp_path / "whole"), summary(tmp_path / "r")

    assert (all_of_it["partial"], all_of_it["limit"]) == (False, 0)
    assert all_of_it["listed"] == all_of_it["violations"] == told["violations"] > told["listed"]
    assert (told["partial"], told["limit"], ran.code) == (True, 2, whole.code)
    sentence = (
        f"Partial: a limit of 2 lines a cause was asked for; {told['listed']} of "
        f"{told['violations']} faulty lines are listed."
    )
    assert sentence in ran.out
    assert sentence not in whole.out
    assert sentence in (tmp_path / "r" / "report.html").read_text()
    acknowledged = json.loads((tmp_path / "r" / "acknowledgment.json").read_text())
    assert (acknowledged["partial"], acknowledged["listed"]) == (True, told["listed"])
    with (tmp_path / "r" / "violations.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == told["listed"]
    with (tmp_path / "r" / "causes.csv").open(newline="") as file:
        causes = list(csv.DictReader(file))
    assert ("members.sex.value", "8", "2") in [
        (row["rule"], row["lines"], row["listed"]) for row in causes
    ]
    assert sum(int(row["lines"]) for row in causes) == told["violations"]


def test_the_screen_shows_the_first_lines_of_a_cause_and_where_the_rest_is(
    carvein: Callable[..., Any], submission: Callable[..., Path]
) -> None:
    given = submission(tables=faulty(8))
    offices = given / "plan_offices.csv"
    offices.write_text(offices.read_text().replace(",", ";"))
    ran = carvein("validate", given, "--contract", "demo-imc", "--report", "r")
    assert (
        "members.sex.value (major): 8 lines\n"
        "  members.csv line 2: sex Q: wanted one of F, M, X, U\n"
        "  members.csv line 3: sex Q: wanted one of F, M, X, U\n"
        "  members.csv line 4: sex Q: wanted one of F, M, X, U\n"
        "  members.csv line 5: sex Q: wanted one of F, M, X, U\n"
        "  members.csv line 6: sex Q: wanted one of F, M, X, U\n"
        "  and 3 more\n"
    ) in ran.out
    assert "  plan_offices.csv line 1: semicolons: wanted commas between fields\n" in ran.out
    assert "Lines: r/violations.csv\n" in ran.out
    assert ran.out.endswith("Report: r/report.html\n")


def test_a_report_is_held_against_an_earlier_one(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    before = submission("before", tables=faulty(8))
    after = submission("after", tables=faulty(3))
    manifest = after / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("title: CFO", "title: Clerk"))
    offices = after / "plan_offices.csv"
    offices.write_text(offices.read_text().replace("TN", "TNX"))
    arguments = ("validate", "--contract", "demo-imc", "--report")
    assert carvein(*arguments, "r1", before).code == 1
    ran = carvein(*arguments, "r2", after, "--against", tmp_path / "r1" / "findings.csv")
    told = summary(tmp_path / "r2")["against"]
    assert ran.code == 1
    assert (told["report"], told["same_period"], told["same_pack"]) == ("findings.csv", True, True)
    assert told["new"] >= 1
    with (tmp_path / "r2" / "findings.csv").open(newline="") as file:
        change = {row["rule"]: (row["change"], row["violations"]) for row in csv.DictReader(file)}
    assert change["members.sex.value"] == ("persisting", "3")
    assert {rule for rule, (word, _) in change.items() if word == "new"} != set()
    assert f"Against the report findings.csv on 2026Q1: {told['new']} new" in ran.out

    again = carvein(*arguments, "r3", before, "--against", "r1")
    told = summary(tmp_path / "r3")["against"]
    assert (again.code, told["new"], told["resolved"], told["cannot_be_told"]) == (1, 0, 0, 0)
    assert told["lines_before"] == told["lines_now"] > 0


def test_what_cannot_be_compared_is_one_line_and_exit_2(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    given = submission()
    arguments = ("validate", given, "--report", "r2", "--contract", "demo-imc")
    carvein("validate", given, "--contract", "demo-imc", "--report", "r1")
    other = submission("other")
    manifest = other / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("ANCHOR", "OTHER"))
    carvein("validate", other, "--contract", "demo-imc", "--report", "r0")
    report = tmp_path / "r1" / "summary.json"
    report.write_text(report.read_text().replace('"demo-imc"', '"other"'))
    for against, reason in [
        ("nowhere", "no such report"),
        (given, "no carvein report: summary.json is missing"),
        ("r0", "a report on plan OTHER, not on ANCHOR"),
        ("r1", "a report on contract other, not on demo-imc"),
    ]:
        ran = carvein(*arguments, "--against", against)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert f"{against}: {reason}" in ran.err
        assert not (tmp_path / "r2").exists()


def test_staged_encounters_of_a_kept_review_leave_with_their_domain(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    given = submission(tables=TABLES)
    carvein("review", given, "--contract", "demo-imc", "--keep")
    ran = carvein("export", "encounters", "--to", "e.csv")
    note = json.loads((tmp_path / "e.csv.json").read_text())
    assert ran.code == 0
    counts = (note["staged"], note["written"], note["held_back"], note["quarantined"])
    assert counts == (2, 1, 1, 1)
    assert (
        f"{note['written']} of {note['staged']} staged encounter lines written to e.csv" in ran.out
    )
    assert "1 lines for a substance use disorder are held back" in ran.err
    with (tmp_path / "e.csv").open(newline="") as file:
        assert {(row["member_id"], row["domain"]) for row in csv.DictReader(file)} == {
            ("masked", "PH")
        }
    basis = ("--part2-basis", "state audit", "--format", "json")
    whole = json.loads(carvein("export", "encounters", "--to", "e.parquet", *basis).out)
    assert (whole["written"], whole["part2_basis"]) == (note["staged"], "state audit")


def test_staged_lines_that_are_gone_are_said_with_the_next_step(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    carvein("review", submission(), "--contract", "demo-imc")
    ran = carvein("export", "encounters", "--to", "e.csv")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "its staged lines are gone, for they go after a review: run" in ran.err
    assert "again with --keep" in ran.err
    assert not (tmp_path / "e.csv").exists()
    assert list((tmp_path / "staging").iterdir()) == []
