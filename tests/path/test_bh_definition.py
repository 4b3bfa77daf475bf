"""A pack's definition of behavioral health, from its file to findings, report and lines."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.domain_definition import DEFINITIONS

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
"""
DEMAND = """
requirements:
  - id: ENC-1
    title: Encounters in time
    rule: EN01
    severity: major
    values:
      - starts: 2024-01-01
        params: {max_share: 0.5, max_days: 30}
        cite: {document: base, section: "1"}
"""
ENCOUNTERS = [
    "encounter_id,line_number,member_id,claim_type,line_status,service_from,service_to,"
    "adjudicated_on,submitted_on,paid_amount,procedure_code,diagnosis_codes,place_of_service,"
    "rendering_npi,billing_npi,frequency,received_on,payment_arrangement,units",
]
DAYS = "2026-01-05,2026-01-05,2026-01-10,2026-01-20,40.00"
SEEN = "11,1234567893,1234567893,1,2026-01-06,ffs,1"
CARE = {  # what was done, principal diagnosis -> BH by each definition, in their order
    "E1": ("99213", "F331", (True, True, False, True)),
    "E2": ("90834", "I10", (True, False, True, True)),
    "E3": ("99213", "I10", (False, False, False, False)),
    "E4": ("T1019", "F200", (False, True, False, True)),
}
ENCOUNTERS += [
    f"{name},1,M1,P,paid,{DAYS},{done},{diagnosis},{SEEN}"
    for name, (done, diagnosis, _) in CARE.items()
]
MEMBERS = [
    "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,longitude",
    "M1,ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,36.15,-86.79",
]


@pytest.fixture
def written(
    tmp_path: Path, submission: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Write a submission beside a pack with the definition given; return the pack's folder."""
    submission("anchor", {"members": MEMBERS, "encounters": ENCOUNTERS})
    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))

    def write(definition: str) -> Path:
        folder = tmp_path / "pack"
        folder.mkdir(exist_ok=True)
        stated = f"bh_definition: {definition}\n" if definition else ""
        (folder / "contract.yaml").write_text(PACK + stated)
        (folder / "asks.yaml").write_text(DEMAND)
        return folder

    return write


def counted(carvein: Callable[..., Any]) -> dict[str, tuple[str, float | None]]:
    rows = json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)
    return {
        row["subject"]: (row["verdict"], row["denominator"])
        for row in rows
        if row["requirement_id"] == "ENC-1"
    }


@pytest.mark.parametrize(("place", "definition"), list(enumerate(DEFINITIONS))[1:3])
def test_a_review_and_its_lines_go_by_the_definition_of_the_pack(
    carvein: Callable[..., Any],
    written: Callable[[str], Path],
    tmp_path: Path,
    place: int,
    definition: str,
) -> None:
    folder = written(definition)
    carvein("review", "anchor", "--contract", folder, "--as-of", "2026-04-30", "--keep")
    behavioral = {name for name, (_, _, is_bh) in CARE.items() if is_bh[place]}
    assert counted(carvein)["BH"] == ("met", len(behavioral))

    note = json.loads(carvein("export", "encounters", "--to", "e.csv", "--format", "json").out)
    assert note["bh_definition"] == definition
    with (tmp_path / "e.csv").open(newline="") as file:
        told = {row["line"]: row["domain"] for row in csv.DictReader(file)}
    names = dict(zip(("2", "3", "4", "5"), CARE, strict=True))
    assert {names[line] for line, domain in told.items() if domain == "MH"} == behavioral


def test_a_report_names_the_definition_that_it_was_made_with(
    carvein: Callable[..., Any], written: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = written("principal_diagnosis")
    carvein("validate", "anchor", "--contract", folder, "--report", "r", "--as-of", "2026-04-30")
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["bh_definition"] == "principal_diagnosis"
    page = (tmp_path / "r" / "report.html").read_text()
    assert "<dt>behavioral health by</dt><dd>principal diagnosis</dd>" in page


def test_another_definition_needs_the_data_again(
    carvein: Callable[..., Any], written: Callable[[str], Path]
) -> None:
    folder = written("")
    carvein("review", "anchor", "--contract", folder, "--as-of", "2026-04-30")
    before = counted(carvein)
    written("hierarchy")
    carvein("rejudge", "latest", "--contract", folder)
    assert counted(carvein) == before

    written("any")
    carvein("rejudge", "latest", "--contract", folder)
    rows = json.loads(carvein("findings", "--verdict", "could_not_run", "--format", "json").out)
    assert {row["message"] for row in rows if row["rule"] in ("EN01", "PFD01")} == {
        "measured with other terms: bh_definition was hierarchy, is now any; "
        "run carvein review again"
    }
    assert {row["subject"] for row in rows if row["rule"] == "EN01"} == {"PH", "BH"}


def test_an_unknown_definition_is_refused_at_its_place(
    carvein: Callable[..., Any], written: Callable[[str], Path]
) -> None:
    ran = carvein("packs", "check", written("diagnosis"))
    assert (ran.code, ran.out) == (
        1,
        "pack/contract.yaml: bh_definition: found diagnosis, wanted one of hierarchy, "
        "principal_diagnosis, service_or_provider, any\n",
    )
