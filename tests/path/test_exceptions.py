"""An exception in a pack, from the review to the judging again: shown, and no longer grave."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PACK = """
id: demo-imc
title: A contract with one demand
program: test
model: mco
state: TN
plans: []
starts: 2024-01-01
extends: []
documents:
  base: {title: Base (invented), dated: "2024-01-01", source: written for this test, invented: true}
regions: {file: regions.yaml, cite: {document: base, section: "2"}}
"""
REGIONS = 'counties: {"47037": Middle, "47149": Middle}\n'
DEMAND = """
requirements:
  - id: NET-1
    title: A psychiatrist in every county
    rule: NW05
    severity: major
    applies_to: {specialty: psychiatry}
    values:
      - starts: 2024-01-01
        params: {minimum: 1, area: county}
        cite: {document: base, section: "1"}
"""
GRANTED = """
exceptions:
  - id: X-1
    requirement: NET-1
    regions: [Middle]
    starts: 2026-01-01
    ends: 2026-03-31
    providers_in_area: 1
    monitored_on: 2026-02-01
    reason: the one who practises there takes no contract
    cite: {document: base, section: "9"}
"""
TABLES = {
    "members": [
        "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,"
        "longitude",
        "M1,ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,36.15,-86.79",
    ],
    "providers": [
        "npi,entity_type,name,taxonomy,site_id,street,city,state,zip,latitude,longitude,"
        "county_fips,contract_effective,contract_end,accepting_new,age_min,age_max,telehealth",
        "1234567893,individual,A. Doctor,207Q00000X,S1,1 Main St,Nashville,TN,37203,36.15,-86.79,"
        "47037,2024-01-01,,Y,0,120,none",
    ],
}
SHORT = (
    "Davidson (47037): 0 providers of Psychiatry in it, for 1 members; 1 needed. In no known "
    "county: 0."
)
EXCUSED = (
    f"{SHORT} Exception X-1, until 2026-03-31: the one who practises there takes no contract; "
    "providers in the area: 1; monitored on 2026-02-01 (Base (invented), 9)."
)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, text in (("contract", PACK), ("asks", DEMAND), ("regions", REGIONS)):
        (folder / f"{name}.yaml").write_text(text)
    return folder


def told(carvein: Callable[..., Any]) -> list[tuple[str, str, str]]:
    rows = json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)
    asked = [row for row in rows if row["requirement_id"] == "NET-1"]
    return [(row["verdict"], row["severity"], row["message"]) for row in asked]


def test_an_exception_granted_later_is_found_by_judging_again(
    carvein: Callable[..., Any], submission: Callable[..., Path], pack: Path
) -> None:
    folder = submission("anchor", TABLES)
    ran = carvein("review", folder, "--contract", pack, "--as-of", "2026-04-30")
    assert ran.code == 1
    assert told(carvein) == [("not_met", "major", SHORT)]

    (pack / "granted.yaml").write_text(GRANTED)
    assert carvein("rejudge", "latest", "--contract", pack).code == 0
    assert told(carvein) == [("not_met", "info", EXCUSED)]

    (pack / "granted.yaml").write_text(GRANTED.replace("2026-03-31", "2026-03-30"))
    assert carvein("rejudge", "latest", "--contract", pack).code == 1
    assert told(carvein) == [("not_met", "major", f"{SHORT} Exception X-1 ended on 2026-03-30.")]


def test_a_report_shows_the_exception(
    carvein: Callable[..., Any], submission: Callable[..., Path], pack: Path, tmp_path: Path
) -> None:
    (pack / "granted.yaml").write_text(GRANTED)
    folder = submission("anchor", TABLES)
    ran = carvein(
        *("validate", folder, "--contract", pack, "--report", "report", "--as-of", "2026-04-30")
    )
    assert ran.code == 0
    with (tmp_path / "report" / "findings.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["requirement_id"] == "NET-1"]
    assert [(row["verdict"], row["severity"], row["message"]) for row in rows] == [
        ("not_met", "info", EXCUSED)
    ]
    assert "the one who practises there takes no contract" in (
        (tmp_path / "report" / "report.html").read_text()
    )
