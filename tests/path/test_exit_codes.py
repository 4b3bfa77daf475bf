"""Exit codes 0, 1, 2 and 3, and that screen, report and code say the same."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command import summary

PACK = """
id: small
title: A contract with one demand
program: test
model: mco
state: TN
plans: []
starts: 2024-01-01
extends: []
documents:
  base: {title: Base (invented), dated: "2024-01-01", source: written for this test, invented: true}
runout_months: 0
distance_basis: straight_line
"""
DEMAND = """
requirements:
  - id: REP-1
    title: Certified and on time
    rule: RP01
    severity: major
    values:
      - starts: 2024-01-01
        params: {max_days: 30, titles: [CFO]}
        cite: {document: base, section: "1"}
"""


@pytest.fixture
def small_pack(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "contract.yaml").write_text(PACK)
    (folder / "asks.yaml").write_text(DEMAND)
    return folder


def answers_to(folder: Path, contract: str) -> None:
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("demo-imc", contract))


def test_0_when_nothing_is_wrong(
    carvein: Callable[..., Any], submission: Callable[..., Path], small_pack: Path, tmp_path: Path
) -> None:
    folder = submission()
    answers_to(folder, "small")
    ran = carvein("validate", folder, "--contract", small_pack, "--report", "report")

    assert (ran.code, ran.err) == (0, "")
    told = summary(tmp_path / "report")
    assert (told["verdict"], told["exit_code"]) == ("accepted", 0)
    assert "ANCHOR 2026Q1: accepted:" in ran.out


def test_1_when_a_major_requirement_is_not_met(
    carvein: Callable[..., Any], submission: Callable[..., Path], small_pack: Path, tmp_path: Path
) -> None:
    folder = submission()
    answers_to(folder, "small")
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("2026-04-20\ncert", "2026-06-20\ncert"))
    ran = carvein("validate", folder, "--contract", small_pack, "--report", "report")

    told = summary(tmp_path / "report")
    assert (ran.code, told["exit_code"], told["verdict"]) == (1, 1, "accepted_with_errors")
    assert "accepted with errors" in ran.out

    lenient = carvein(
        "validate", folder, "--contract", small_pack, "--report", "r2", "--fail-on", "critical"
    )
    assert (lenient.code, lenient.err) == (0, "")
    assert summary(tmp_path / "r2")["verdict"] == "accepted"


def test_1_when_a_named_table_cannot_be_read(
    carvein: Callable[..., Any], submission: Callable[..., Path], small_pack: Path, tmp_path: Path
) -> None:
    folder = submission()
    answers_to(folder, "small")
    (folder / "plan_offices.csv").write_bytes(b"")
    ran = carvein("validate", folder, "--contract", small_pack, "--report", "report")

    assert (ran.code, summary(tmp_path / "report")["unreadable_tables"]) == (1, ["plan_offices"])


@pytest.mark.parametrize("what", ["no such path", "empty folder", "bad zip", "other contract"])
def test_2_when_nothing_can_be_taken_and_a_report_is_still_written(
    what: str, carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "given"
    if what == "empty folder":
        path.mkdir()
    elif what == "bad zip":
        path = tmp_path / "given.zip"
        path.write_bytes(b"PK\x03\x04 and then it breaks off")
    elif what == "other contract":
        path = submission()
        answers_to(path, "another-contract")
    ran = carvein("validate", path, "--contract", "demo-imc", "--report", "report")

    told = summary(tmp_path / "report")
    assert (ran.code, told["exit_code"], told["verdict"]) == (2, 2, "unreadable")
    assert (tmp_path / "report" / "report.html").exists()
    assert "Traceback" not in ran.err + ran.out


def test_2_on_an_unknown_pack_names_the_shipped_ones(
    carvein: Callable[..., Any], submission: Callable[..., Path]
) -> None:
    ran = carvein("validate", submission(), "--contract", "nowhere", "--report", "report")

    assert ran.code == 2
    assert "shipped are az-acom-436, ca, demo-imc, federal-438" in ran.err


def test_3_is_one_line_and_a_private_log(
    carvein_process: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    """A fault of carvein's own, forced by a broken copy of a library on the path."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "polars.py").write_text("raise RuntimeError('polars is broken')\n")
    logs = tmp_path / "logs"
    logs.mkdir()
    ran = carvein_process(
        "validate",
        submission(),
        "--contract",
        "demo-imc",
        "--report",
        "report",
        env={"PYTHONPATH": str(broken), "TMPDIR": str(logs)},
    )

    assert ran.code == 3
    assert ran.err.startswith("carvein: internal error: RuntimeError: polars is broken\n")
    assert "Traceback" not in ran.err
    log = next(logs.glob("carvein-error-*.log"))
    assert log.stat().st_mode & 0o777 == 0o600
    assert "RuntimeError: polars is broken" in log.read_text()


def test_screen_json_summary_and_acknowledgment_agree(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    ran = carvein(
        "validate", submission(), "--contract", "demo-imc", "--report", "report", "--format", "json"
    )

    told = summary(tmp_path / "report")
    assert json.loads(ran.out) == told
    assert ran.code == told["exit_code"]
    acknowledged = json.loads((tmp_path / "report" / "acknowledgment.json").read_text())
    assert acknowledged["verdict"] == told["verdict"]


def test_review_of_one_good_and_one_unreadable_stores_the_good_one_and_exits_2(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    folder = submission()
    ran = carvein("review", folder, tmp_path / "missing", "--contract", "demo-imc")

    assert ran.code == 2
    assert "missing: no such file or folder" in ran.err
    listed = carvein("findings", "--verdict", "all", "--format", "json")
    assert {row["plan_id"] for row in json.loads(listed.out)} == {"ANCHOR"}


def test_the_same_plan_twice_is_refused(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    folder = submission()
    shutil.copytree(folder, tmp_path / "again")
    ran = carvein("review", folder, tmp_path / "again", "--contract", "demo-imc")

    assert ran.code == 2
    assert "another submission here is of plan ANCHOR too" in ran.err


def test_where_nothing_was_to_read_the_whole_place_of_the_report_is_told(
    carvein: Callable[..., Any], tmp_path: Path
) -> None:
    ran = carvein("validate", "nosuch", "--contract", "demo-imc")
    place = tmp_path / "carvein-report" / "report.html"
    assert (ran.code, place.exists()) == (2, True)
    assert ran.out.endswith(f"Report: {place}\n")
