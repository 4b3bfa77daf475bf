"""X12 along the whole path: names that are taken, what the report says, what stays masked."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.desk import latest_service
from monitor.intake import Unreadable, receive
from monitor.x12.opening import latest_day

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = """plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
certification: {name: A. Officer, title: CFO, certified_on: 2026-04-20}
tables:
  encounters: {file: claims.837}
"""


def validate(folder: Path, report: Path):
    arguments = ["validate", str(folder), "--contract", "demo-imc", "--report", str(report)]
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ANCHOR"
    made.mkdir()
    return made


def test_validate_reads_a_file_that_the_manifest_names(folder: Path, made, tmp_path: Path) -> None:
    (folder / "submission.yaml").write_text(MANIFEST)
    bad = made.good.replace("SE*29*", "SE*30*").replace("NM1*85*2*CLINIC", "NM1*85*2*SECRET CLINIC")
    (folder / "claims.837").write_text(f"PATIENT DOE 12 {bad}")
    done = validate(folder, tmp_path / "report")
    assert done.exit_code == 1, done.output
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert summary["tables"]["encounters"] == {"rows": 3, "staged": 2, "quarantined": 1}
    lines = (tmp_path / "report" / "violations.csv").read_text()
    assert 'encounters,claims.837,32,"",SE01,30,"29, the segments from ST to SE"' in lines
    assert "DOE" not in lines
    page = (tmp_path / "report" / "report.html").read_text()
    assert "claims.837 segment 32" in page
    assert "claims.837 line 32" not in page


@pytest.mark.parametrize("suffix", [".837", ".edi", ".x12", ".txt", ".837.gz", ".txt.gz"])
def test_without_a_manifest_the_name_says_the_table(folder: Path, made, suffix: str) -> None:
    (folder / f"encounters{suffix}").write_text(made.good)
    (folder / f"members{suffix}").write_text(made.good)
    taken = receive(folder, folder.parent / "work")
    files = {name: [(f.name, f.format) for f in files] for name, files in taken.tables.items()}
    assert files == {"encounters": [(f"encounters{suffix}", "x12")]}


def test_validate_finds_a_file_that_is_named_after_the_table(
    folder: Path, made, tmp_path: Path
) -> None:
    (folder / "encounters.x12.gz").write_bytes(gzip.compress(made.good.encode()))
    done = validate(folder, tmp_path / "report")
    assert done.exit_code == 1, done.output  # there is no manifest, and no members
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert summary["tables"]["encounters"] == {"rows": 2, "staged": 2, "quarantined": 0}
    assert summary["period"] == "2026Q1"
    assert "encounters.submitted_on.empty" in (tmp_path / "report" / "findings.csv").read_text()


def test_the_period_is_that_of_the_latest_service(folder: Path, made) -> None:
    path = folder / "encounters.837"
    path.write_text(made.good.replace("20260110", "20251231"))
    assert str(latest_day(path)) == "2025-12-31"
    assert str(latest_service(receive(folder, folder.parent / "work"))) == "2025-12-31"
    path.write_text(made.good.replace("20260110", "20260132"))
    assert latest_day(path) is None


def test_several_files_and_kinds_make_one_table(folder: Path, made) -> None:
    from monitor.shape import shape

    (folder / "submission.yaml").write_text(MANIFEST.replace("claims.837", "[a.837, b.csv]"))
    (folder / "a.837").write_text(made.good)
    (folder / "b.csv").write_text("encounter_id,line_number,unit_basis\nE1,1,UN\n")
    shaped = shape(receive(folder, folder.parent / "work"), folder.parent / "shaped")
    counts = {name: (n.rows, n.staged, n.quarantined) for (_, name), n in shaped.files.items()}
    assert counts == {"a.837": (2, 2, 0), "b.csv": (1, 0, 1)}


@pytest.mark.parametrize("name", ["members.837", "members.x12.gz", "members.txt"])
def test_other_tables_do_not_come_as_x12(folder: Path, made, name: str) -> None:
    text = f"plan_id: ANCHOR\ntables:\n  members: {{file: {name}}}\n"
    (folder / "submission.yaml").write_text(text)
    (folder / name).write_text(made.good)
    with pytest.raises(Unreadable) as refused:
        receive(folder, folder.parent / "work")
    wanted = "wanted a .csv or .parquet file, not compressed; X12 files hold encounters alone"
    assert str(refused.value).endswith(f"no table can be read: {name}; {wanted}")


def test_a_name_of_another_kind_is_told_what_is_read(folder: Path) -> None:
    (folder / "submission.yaml").write_text(MANIFEST.replace("claims.837", "claims.xlsx"))
    (folder / "claims.xlsx").write_text("x")
    with pytest.raises(Unreadable) as refused:
        receive(folder, folder.parent / "work")
    wanted = "a .csv or .parquet file, not compressed, or X12 (.837, .edi, .x12, .txt, or .gz)"
    assert str(refused.value).endswith(f"claims.xlsx; wanted {wanted}")


def test_a_day_of_submission_comes_from_the_manifest(read, made) -> None:
    days = read(made.good).rows("submitted_on")
    assert [str(day) for (day,) in days] == ["2026-04-20"] * 2


def test_the_benchmark_writes_a_sound_file(read, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("benchmark_x12", ROOT / "benchmarks" / "x12.py")
    assert spec
    assert spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    path = tmp_path / "made.837"
    segments = benchmark.write_file(path, 7)
    assert segments == path.read_text().count("~")
    taken = read(path.read_bytes())
    assert (taken.count, taken.faults) == ((14, 14, 0), [])
