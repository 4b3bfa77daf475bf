"""`--layouts`, `--nppes` and `carvein layouts` as a user runs them."""

import json
import re

from tests.monitor.layouts.test_nppes_file import DOE, GONE, MONTHLY, written

OWN = """\
id: offices
title: Our offices
table: plan_offices
source: our own export
columns:
  office_id: {from: Number}
  street: {from: Street}
  city: {from: Town}
  state: {constant: TN}
  zip: {from: Zip, zip5: true}
cannot_carry:
  latitude: no coordinates
  longitude: no coordinates
"""
OFFICES = {"offices.csv": "Number,Street,Town,Zip,Fax\n1,1 Main St,Nashville,37201-0001,none\n"}
TABLES = {"plan_offices": {"file": "offices.csv", "layout": "offices"}}
NAMES = "npi,entity_type,name,taxonomy,site_id,state,zip,contract_effective"
ROE = f"{NAMES}\n1234567893,individual,Roe,207Q00000X,S1,TN,37201,2020-01-01\n"


def test_a_layout_of_ones_own(write, tmp_path, carvein):
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "offices.yaml").write_text(OWN)
    write(OFFICES, TABLES)

    ran = carvein(
        "validate",
        "anchor",
        "--contract",
        "federal-438",
        "--layouts",
        "layouts",
        "--report",
        "r",
        "--format",
        "json",
    )

    assert json.loads(ran.out)["tables"] == {
        "plan_offices": {"rows": 1, "staged": 1, "quarantined": 0}
    }
    violations = (tmp_path / "r" / "violations.csv").read_text()
    assert "offices: no coordinates" in violations
    assert ",Fax,Fax,a column that offices uses" in violations


def test_without_the_folder_the_table_cannot_be_read(write, carvein):
    write(OFFICES, TABLES)
    ran = carvein("validate", "anchor", "--contract", "federal-438", "--report", "r")
    assert ran.code == 2
    assert (
        "no table can be read: offices; wanted one of carvein; others with --layouts"
        in ran.out + ran.err
    )


def test_a_broken_layout_is_one_line_a_problem(write, tmp_path, carvein):
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "offices.yaml").write_text(OWN.replace("Number}", "Number, date: never}"))
    write(OFFICES, TABLES)
    ran = carvein(
        "validate", "anchor", "--contract", "federal-438", "--layouts", "layouts", "--report", "r"
    )
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(
        "carvein: offices.yaml: columns.office_id.date: found never"
    )


def test_nppes_is_named_in_the_report_and_its_edits_are_told(write, tmp_path, carvein):
    (tmp_path / MONTHLY).write_bytes(written(DOE, GONE))
    hospital = "1245319599,facility,City Hospital,282N00000X,S2,TN,37201,2020-01-01\n"
    rows = f"{ROE}{hospital}"
    write({"providers.csv": rows}, {"providers": {"file": "providers.csv"}})

    ran = carvein(
        "validate",
        "anchor",
        "--contract",
        "federal-438",
        "--nppes",
        MONTHLY,
        "--report",
        "r",
        "--format",
        "json",
    )

    told = json.loads(ran.out)["value_sets"]["nppes"]
    assert re.fullmatch(MONTHLY.replace(".", r"\.") + ", sha256 [0-9a-f]{12}", told)
    lines = [
        line.split(",", 2)[2]
        for line in (tmp_path / "r" / "violations.csv").read_text().splitlines()
        if "NPPES" in line
    ]
    assert len(lines) == 2
    assert "an active NPI; NPPES deactivated it on 2026-01-04" in lines[0] + lines[1]
    assert "DOE, ANN in NPPES" in lines[0] + lines[1]


def test_without_nppes_its_edits_are_not_asked(write, tmp_path, carvein):
    write(
        {"providers.csv": ROE},
        {"providers": {"file": "providers.csv"}},
    )
    carvein("validate", "anchor", "--contract", "federal-438", "--report", "r")
    assert "nppes" not in (tmp_path / "r" / "findings.csv").read_text()


def test_a_wrong_nppes_file_is_one_line_and_exit_code_2(write, tmp_path, carvein):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    write(OFFICES, TABLES)
    for command in (("validate", "anchor", "--report", "r"), ("review", "anchor")):
        ran = carvein(*command, "--contract", "federal-438", "--nppes", "x.csv")
        assert ran.code == 2
        assert ran.err.splitlines()[-1] == (
            "carvein: x.csv: not the NPPES monthly file: line 1 does not begin with NPI"
        )


def test_an_nppes_file_that_breaks_off_is_one_line_and_exit_code_2(write, tmp_path, carvein):
    (tmp_path / MONTHLY).write_bytes(written(DOE, GONE)[:-700])
    write(
        {"providers.csv": ROE},
        {"providers": {"file": "providers.csv"}},
    )
    for command in (("validate", "anchor", "--report", "r"), ("review", "anchor")):
        ran = carvein(*command, "--contract", "federal-438", "--nppes", MONTHLY)
        assert ran.code == 2
        assert ran.err.splitlines()[-1].startswith(
            f"carvein: {MONTHLY}: cut off: the last line has "
        )


def test_layouts_are_listed_and_shown(carvein, layout_folder):
    assert [line.split("\t")[0] for line in carvein("layouts", "list").out.splitlines()] == [
        "layout",
        "cms_providers_json",
        "hsd_facility",
        "hsd_provider",
    ]
    listed = json.loads(
        carvein("layouts", "list", "--layouts", layout_folder, "--format", "json").out
    )
    assert [
        (each["layout"], each["mark"]) for each in listed if each["layout"].startswith("tuva")
    ] == [
        ("tuva_eligibility", ""),
        ("tuva_medical_claim", ""),
        ("tuva_pharmacy_claim", ""),
    ]
    shown = carvein("layouts", "show", "hsd_provider").out
    assert "contract_effective\tthe table has no contract dates" in shown
    told = json.loads(carvein("layouts", "show", "hsd_provider", "--format", "json").out)
    assert told["columns"]["entity_type"] == "always individual"
    assert told["columns"]["zip"] == "Provider Zip Code / Zip Code / Zip; pad_zeros 5, zip5 "[:-1]
    assert carvein("layouts", "show", "none").code == 2
