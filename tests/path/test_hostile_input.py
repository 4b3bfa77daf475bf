"""Bad and hostile submissions: a located finding or one line, never a traceback, no row lost."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

HOSTILE = "<img src=x onerror=alert(1)>"
MEMBERS = (
    "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,longitude"
)
GOOD = "M{n},ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,36.15,-86.79"
OFFICES = [
    "office_id,street,city,state,zip,latitude,longitude",
    "O1,1 Main St,Nashville,TN,37203,36.1500,-86.7900",
]


def rows(*lines: str) -> bytes:
    return ("\n".join((MEMBERS, *lines)) + "\n").encode()


def good(number: int) -> str:
    return GOOD.format(n=number)


def validated(
    carvein: Callable[..., Any], folder: Path, report: Path
) -> tuple[Any, dict[str, Any], list[dict[str, str]]]:
    ran = carvein("validate", folder, "--contract", "demo-imc", "--report", report)
    assert "Traceback" not in ran.out + ran.err
    summary = json.loads((report / "summary.json").read_text())
    with (report / "findings.csv").open(newline="") as file:
        findings = list(csv.DictReader(file))
    for counts in summary["tables"].values():
        assert counts["rows"] == counts["staged"] + counts["quarantined"]
    return ran, summary, findings


def not_met(findings: list[dict[str, str]], prefix: str) -> set[str]:
    return {
        row["rule"]
        for row in findings
        if row["verdict"] == "not_met" and row["rule"].startswith(prefix)
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "could not be read"),
        (rows(), None),
        (rows(good(1)).replace(b",", b"|"), "could not be read"),
        (rows(good(1), good(2)).replace(b"M2", b"M\xe9"), None),
        (b"\xef\xbb\xbf" + rows(good(1)), None),
        (rows(good(1)).replace(b"zip,latitude", b"zip,zip"), None),
        (rows(good(1), good(2) + ",extra", "M3,ANCHOR"), None),
        (rows(good(1), good(2).replace("F", "F\0")), None),
        (rows(good(1), good(2).replace("37203", "x" * 10_000_000)), None),
    ],
    ids=[
        "empty file",
        "header only",
        "wrong delimiter",
        "latin-1 bytes",
        "a UTF-8 BOM",
        "duplicate header",
        "ragged rows",
        "a NUL",
        "a 10 MB field",
    ],
)
def test_a_damaged_table_among_good_ones(
    content: bytes,
    told: str | None,
    carvein: Callable[..., Any],
    submission: Callable[..., Path],
    tmp_path: Path,
) -> None:
    folder = submission(tables={"members": [MEMBERS, good(1)], "plan_offices": OFFICES})
    (folder / "members.csv").write_bytes(content)
    ran, summary, findings = validated(carvein, folder, tmp_path / "report")

    assert ran.code == 1
    assert not_met(findings, "members.") != set()
    assert summary["tables"]["plan_offices"] == {"rows": 1, "staged": 1, "quarantined": 0}
    if told:
        assert summary["unreadable_tables"] == ["members"]
        assert f"members {told}" in " ".join(summary["reasons"])


def test_a_missing_table_is_could_not_run(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    _, summary, findings = validated(carvein, submission(), tmp_path / "report")

    told = {row["requirement_id"]: row for row in findings if row["rule"] in ("NW06", "DATA")}
    assert told["DATA-ENCOUNTERS"]["verdict"] == "could_not_run"
    assert told["DATA-ENCOUNTERS"]["message"] == "encounters was not sent"
    assert summary["findings"]["critical"]["met"] == 0


def test_a_parquet_table_with_other_types(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    folder = submission()
    frame = pl.read_csv(io.BytesIO(rows(good(1), good(2))))
    frame.with_columns(member_id=pl.lit(7), sex=pl.lit(1.5)).write_parquet(
        folder / "members.parquet"
    )
    manifest = folder / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("members.csv", "members.parquet"))
    ran, summary, findings = validated(carvein, folder, tmp_path / "report")

    assert ran.code == 1
    assert summary["tables"]["members"]["rows"] == 2
    assert "members.sex.value" in not_met(findings, "members.")


@pytest.mark.parametrize("evil", ["climbs", "swells", "is cut off", "links"])
def test_a_hostile_zip_is_one_line_and_exit_2(
    evil: str, carvein: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if evil == "climbs":
            archive.writestr("../escaped.csv", rows(good(1)))
        elif evil == "swells":
            archive.writestr("members.csv", b"0" * 200_000_000)
        elif evil == "links":
            link = zipfile.ZipInfo("members.csv")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        else:
            archive.writestr("members.csv", rows(*(good(n) for n in range(1000))))
    if evil == "is cut off":
        path.write_bytes(path.read_bytes()[:-100])
    ran = carvein("validate", path, "--contract", "demo-imc", "--report", "report")

    assert ran.code == 2
    assert "Traceback" not in ran.out + ran.err
    assert not (tmp_path.parent / "escaped.csv").exists()
    assert not (tmp_path / "escaped.csv").exists()
    assert json.loads((tmp_path / "report" / "summary.json").read_text())["verdict"] == "unreadable"


def test_submitted_text_is_escaped_wherever_it_is_shown(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    columns = (
        "npi,entity_type,name,taxonomy,site_id,street,city,state,zip,latitude,longitude,"
        "county_fips,contract_effective,contract_end,accepting_new,age_min,age_max,telehealth,"
        f"{HOSTILE}"
    )
    line = (
        f"{HOSTILE},individual,{HOSTILE},{HOSTILE},S1,=1+1,Nashville,TN,37203,36.15,-86.79,"
        f"47037,2024-01-01,,Y,0,120,none,{HOSTILE}"
    )
    folder = submission(
        tables={
            "members": [MEMBERS, good(1)],
            "plan_offices": OFFICES,
            "providers": [columns, line],
            "subcontracts": [
                "subcontractor_id,name,functions,domain,payment,effective,end",
                f"{HOSTILE},{HOSTILE},claims,BH,subcapitation,2024-01-01,",
            ],
        }
    )
    validated(carvein, folder, tmp_path / "report")

    for page in (tmp_path / "report").rglob("*.html"):
        assert "<img" not in page.read_text(), page
    page = (tmp_path / "report" / "report.html").read_text()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    for name in ("findings.csv", "violations.csv"):
        with (tmp_path / "report" / name).open(newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell[:1] in ("=", "+", "@")] == []


def test_a_table_mostly_in_quarantine_decides_nothing(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    """Ten members, nine of them without use: no share may be told from the tenth."""
    bad = [good(n).replace("2024-10-01", "10/01/2024") for n in range(2, 11)]
    providers = [
        "npi,entity_type,name,taxonomy,site_id,street,city,state,zip,latitude,longitude,"
        "county_fips,contract_effective,contract_end,accepting_new,age_min,age_max,telehealth",
        "1234567893,individual,A. B.,2084P0800X,S1,1 Main St,Nashville,TN,37203,36.15,-86.79,"
        "47037,2024-01-01,,Y,0,120,none",
    ]
    folder = submission(tables={"members": [MEMBERS, good(1), *bad], "providers": providers})
    _, summary, findings = validated(carvein, folder, tmp_path / "report")

    assert summary["tables"]["members"] == {"rows": 10, "staged": 1, "quarantined": 9}
    told = {(row["verdict"], row["message"]) for row in findings if row["rule"] in ("NW01", "NW02")}
    note = "9 of 10 rows of members lie in quarantine, more than 5%"
    assert told == {("could_not_run", note)}


def test_free_text_for_a_county_is_nobodys_subject(
    carvein: Callable[..., Any], submission: Callable[..., Path], tmp_path: Path
) -> None:
    rows_ = [good(1), good(2).replace("47037", "Doe-Jane-1961-05-07")]
    validated(carvein, submission(tables={"members": [MEMBERS, *rows_]}), tmp_path / "report")
    for name in ("findings.csv", "findings.jsonl", "violations.csv", "report.html"):
        assert "Doe-Jane" not in (tmp_path / "report" / name).read_text(), name
