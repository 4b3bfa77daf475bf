"""`carvein values`: what is in force, lists of the user's own, official files, broken folders."""

import gzip
import json
import os
import stat

import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the user's folder of value sets, not there yet."""
    monkeypatch.setenv("CARVEIN_VALUES", str(tmp_path / "values"))
    return tmp_path / "values"


PLACES = """\
name: places_of_service
title: Places of our state
version: "2026.9"
effective: 2026-01-01
source: a bulletin
match: whole
codes:
  office: ["11"]
  telehealth: ["02", "10"]
dates:
  "10": {start: 2026-02-01}
"""


def listed(carvein):
    return {
        each["name"]: each for each in json.loads(carvein("values", "list", "--format", "json").out)
    }


def test_the_list_names_every_set_with_its_version_and_source(carvein):
    sets = listed(carvein)
    assert list(sets) == sorted(sets)
    assert {each["origin"] for each in sets.values()} == {"shipped"}
    assert sets["icd10cm_2026"]["version"] == "April 2026"
    assert sets["icd10cm_2026"]["until"] == "2026-09-30"
    assert sets["revenue_codes"]["unverified"] is True
    assert all(each["codes"] > 0 and each["source"] for each in sets.values())
    lines = carvein("values", "list").out.splitlines()
    assert lines[0].split("\t") == [
        *("name", "title", "version", "effective", "until", "codes", "mark", "origin", "source")
    ]
    assert [line.split("\t")[0] for line in lines[1:]] == list(sets)


def test_a_list_of_ours_replaces_the_shipped_one_until_it_is_removed(carvein, tmp_path, folder):
    from rules.values import value_set, value_set_versions

    (tmp_path / "places.yaml").write_text(PLACES)
    ran = carvein("values", "update", "places.yaml", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "places_of_service: Places of our state, version 2026.9, from 2026-01-01",
        "Against version 2024-08-01 (shipped):",
        "  0 added",
        "  49 removed: 03, 04, 05, 06, 07, 08, 09, 13, 14, 15 ...",
        "  3 kept",
        "Nothing was changed (--dry-run).",
    ]
    assert not folder.exists()
    ran = carvein("values", "update", "places.yaml")
    assert ran.out.splitlines()[-1] == (
        f"Kept as {folder / 'places_of_service.json'}; "
        "undo with: carvein values remove places_of_service"
    )
    kept = folder / "places_of_service.json"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert listed(carvein)["places_of_service"]["origin"] == "replaced"
    assert value_set_versions()["places_of_service"] == "2026.9"
    from datetime import date

    assert value_set("places_of_service").valid("10", date(2026, 2, 1))
    assert not value_set("places_of_service").valid("10", date(2026, 1, 31))
    assert carvein("values", "remove", "places_of_service").out == (
        "places_of_service: removed; the shipped one is in force.\n"
    )
    assert listed(carvein)["places_of_service"]["origin"] == "shipped"
    again = carvein("values", "remove", "places_of_service")
    assert (again.code, again.err) == (
        2,
        "carvein: no value set places_of_service of yours; see carvein values list\n",
    )


def test_a_review_names_and_uses_the_replaced_set(carvein, tmp_path, submission):
    (tmp_path / "own.yaml").write_text(
        PLACES.replace("places_of_service", "bh_places")
        .replace("telehealth", "MH")
        .replace("office", "SUD")
    )
    assert carvein("values", "update", "own.yaml").code == 0
    carvein("validate", submission(), "--contract", "demo-imc", "--report", "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["value_sets"]["bh_places"] == "2026.9"
    assert summary["value_sets"]["icd10cm_2026"] == "April 2026"


ORDER = "".join(
    f"{number:05d} {code:<7} {flag} {'Short title':<60} A long title\n"
    for number, (code, flag) in enumerate(
        [("A00", 0), ("A000", 1), ("A001", 1), ("QA00101", 1), ("I10", 1)], 1
    )
)
NUCC = (
    "Code,Grouping,Classification,Specialization,Definition,Notes,Display Name,Section\n"
    '193200000X,Group,Multi-Specialty,,"A group, of many",,Group,Individual\n'
    "207Q00000X,Allopathic & Osteopathic Physicians,Family Medicine,,,,Family,Individual\n"
    "261QM0801X,Ambulatory Health Care Facilities,Clinic/Center,,,,Clinic,Non-Individual\n"
)
HCPCS = (
    "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,ACT EFF DT,TERM DT\n"
    "A1,10,7,Dressing for one wound,Dressing,,20040101,\n"
    "G0101,100,3,Cancer screening,Screening,19980101,20070101,20260131\n"
    "H0004,100,3,Counseling,Counseling,20030101,20030101,\n"
)
POS = (
    "Place of Service Code(s),Place of Service Name,Place of Service Description\n"
    '01,Pharmacy,"A place. (Effective October 1, 2003)"\n'
    '10,Telehealth at Home,"At home. (This code is effective January 1, 2022, and available)"\n'
    "28,Unassigned,N/A\n"
)


@pytest.mark.parametrize(
    ("file", "text", "name", "told", "codes", "dates"),
    [
        ("icd10cm_order_2025.txt", ORDER, "icd10cm_2025", ("2025", "2024-10-01", "2025-09-30"),
         {"billable": ["A000", "A001", "QA00101", "I10"], "header": ["A00"]}, {}),
        ("icd10cm-codes-2027.txt", "A000   Cholera\nI10    Hypertension\n", "icd10cm_2027",
         ("2027", "2026-10-01", "2027-09-30"), {"billable": ["A000", "I10"], "header": ["A00"]},
         {}),
        ("code-list-October-2026.txt", "1\nA00-A09\nA00\nA000\n", "icd10cm_2027",
         ("October 2026", "2026-10-01", "2027-09-30"), {"billable": ["A000"], "header": ["A00"]},
         {}),
        ("nucc_taxonomy_251.csv", NUCC, "nucc_taxonomy", ("25.1", "2025-10-01", None),
         {"individual": ["207Q00000X"], "organization": ["193200000X", "261QM0801X"]}, {}),
        ("nucc_taxonomy_260.csv", NUCC, "nucc_taxonomy", ("26.0", "2026-04-01", None),
         {"individual": ["207Q00000X"], "organization": ["193200000X", "261QM0801X"]}, {}),
        ("HCPC2026_JAN_ANWEB.csv", HCPCS, "hcpcs", ("2026-01", "2026-01-01", "2026-03-31"),
         {"codes": ["G0101", "H0004"], "modifiers": ["A1"]},
         {"G0101": {"start": "1998-01-01", "end": "2026-01-31"}, "H0004": {"start": "2003-01-01"}}),
        ("pos.csv", POS, "places_of_service", ("2022-01-01, pos.csv", "2022-01-01", None),
         {"other": ["01"], "telehealth": ["10"]},
         {"01": {"start": "2003-10-01"}, "10": {"start": "2022-01-01"}}),
    ],
)  # fmt: skip
def test_official_files_are_recognised(
    carvein, tmp_path, folder, file, text, name, told, codes, dates
):
    (tmp_path / file).write_text(text, encoding="utf-8-sig")
    ran = carvein("values", "update", file)
    assert (ran.code, ran.err) == (0, "")
    kept = json.loads((folder / f"{name}.json").read_text())
    assert (kept["version"], kept["effective"], kept.get("until")) == told
    assert kept["codes"] == codes
    assert kept.get("dates", {}) == dates
    assert listed(carvein)[name]["origin"] == "replaced"


def test_lists_of_several_years_stand_side_by_side(carvein, tmp_path):
    from rules import icd10cm

    (tmp_path / "icd10cm_order_2025.txt").write_text(ORDER)
    assert carvein("values", "update", "icd10cm_order_2025.txt").code == 0
    assert sorted(icd10cm.releases()) == [2025, 2026]
    assert icd10cm.kinds(2025).rows()[-1] == ("A00", "header", "A000")
    assert icd10cm.kinds(2026).height == 98_186


def test_the_day_that_a_file_does_not_tell_is_asked_for(carvein, tmp_path, folder):
    (tmp_path / "nucc.csv").write_text(NUCC)
    out = carvein("values", "update", "nucc.csv", "--dry-run").out
    assert "The file does not say from which day it is meant; today stands in." in out
    ran = carvein("values", "update", "nucc.csv", "--effective", "2026-04-01", "--version", "26.0")
    assert ran.out.splitlines()[0] == (
        "nucc_taxonomy: Provider taxonomy codes (NUCC), version 26.0, from 2026-04-01"
    )
    assert "does not say" not in ran.out
    assert carvein("values", "remove", "nucc_taxonomy").out == (
        "nucc_taxonomy: removed; none is in force.\n"
    )


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("icd10cm_order_2025.txt", ORDER + "00006 B0 x\n",
         "icd10cm_order_2025.txt: line 6: found '00006 B0 x', "
         "wanted an order number, a code, 0 or 1, and a title"),
        ("order.txt", ORDER, "order.txt: its name does not tell the year (icd10cm_order_2026.txt)"),
        ("icd10cm_codes_2025.txt", "A000 Cholera\nA00.1 Cholera\n",
         "icd10cm_codes_2025.txt: line 2: found 'A00.1 Cholera', "
         "wanted an ICD-10-CM code without the dot"),
        ("nucc.csv", NUCC + "207Q,Physicians,,,,,,Individual\n",
         "nucc.csv: line 5: found '207Q', wanted a taxonomy code"),
        ("nucc.csv", NUCC + "207Q00000X,Physicians\n", "nucc.csv: line 5: 2 fields, wanted 8"),
        ("hcpc.csv", HCPCS + "99213,1,3,Visit,Visit,,,\n",
         "hcpc.csv: line 5: found '99213', wanted a HCPCS code or modifier"),
        ("hcpc.csv", HCPCS.replace("19980101", "19981301"),
         "hcpc.csv: line 3: found '19981301', wanted a day as YYYYMMDD"),
        ("pos.csv", POS + "1x,Name,Text\n", "pos.csv: line 5: found '1x', wanted a two-digit code"),
        ("own.yaml", "", "own.yaml: empty"),
        ("own.yaml", "a\0b", "own.yaml: no text file (it holds NUL bytes)"),
        ("own.zip", "PK\x03\x04", "own.zip: a zip or workbook; unpack it, or save the list as CSV"),
        ("own.yaml", "- a list\n", "own.yaml: wanted a mapping; taken are a YAML file of ours "),
        ("wrong.csv", "a,b\n1,2\n", "wrong.csv: wanted a mapping; taken are a YAML file of ours "
         "(docs/guides/values.md), ICD-10-CM in order or code form (.txt), the NUCC taxonomy, "
         "CMS places of service, and HCPCS (.csv)"),
        ("own.yaml", PLACES.replace("effective: 2026-01-01\n", ""), "own.yaml: no effective"),
        ("own.yaml", PLACES.replace('["11"]', '["11"'), "own.yaml: line 9: "),
        ("own.yaml", PLACES.replace("office:", "offices:"),
         "own.yaml: no rule knows the group offices; known are ambulance, behavioral, community, "),
        ("own.yaml", PLACES.replace("places_of_service", "my_places"),
         "own.yaml: no rule reads a value set my_places; known are "),
        ("own.yaml", PLACES.replace("places_of_service", "../../etc/x"),
         "own.yaml: no rule reads a value set ../../etc/x; known are "),
        ("own.yaml", PLACES.replace("places_of_service", "specialties"),
         "own.yaml: specialties is no code list; it cannot be replaced"),
        ("own.yaml", PLACES.replace("places_of_service", "diagnosis_ages"),
         "own.yaml: group 'office' is no span such as '2 years to 19 years'"),
        ("own.yaml", PLACES.replace("places_of_service", "unit_limits"),
         "own.yaml: group 'office' is no number of units a day from 1 to 1440"),
    ],
)  # fmt: skip
def test_a_damaged_list_is_one_clear_line_and_changes_nothing(
    carvein, tmp_path, folder, file, content, message
):
    (tmp_path / file).write_text(content)
    ran = carvein("values", "update", file)
    assert ran.code == 2
    assert ran.err.startswith(f"carvein: {message}")
    assert ran.err.count("\n") == 1
    assert not folder.exists()


def test_a_file_that_is_not_there(carvein):
    ran = carvein("values", "update", "none.csv")
    assert (ran.code, ran.err) == (2, "carvein: none.csv: No such file or directory\n")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("hcpcs.json", "{", "{folder}/hcpcs.json: not the JSON that `carvein values update` wrote; "
         "undo it with `carvein values remove hcpcs` or load the list again"),
        ("hcpcs.json", '{"name": "hcpcs"}', "{folder}/hcpcs.json: no codes; "
         "undo it with `carvein values remove hcpcs` or load the list again"),
        ("hcpcs.json", "[" * 100_000, "{folder}/hcpcs.json: not the JSON that `carvein values "
         "update` wrote; undo it with `carvein values remove hcpcs` or load the list again"),
        ("note.txt", "hello", "the value folder {folder}: note.txt is not a value set that "
         "`carvein values update` stored; move it away"),
    ],
)  # fmt: skip
def test_a_broken_folder_stops_every_command_with_one_line(carvein, folder, name, content, reason):
    folder.mkdir()
    (folder / name).write_text(content)
    wanted = f"carvein: {reason.format(folder=folder)}\n"
    for command in (("packs", "list"), ("values", "list"), ("validate", "nowhere")):
        ran = carvein(*command)
        assert (ran.code, ran.out, ran.err) == (2, "", wanted)
    if name == "hcpcs.json":
        assert carvein("values", "remove", "hcpcs").code == 0
        assert carvein("values", "list").code == 0


def test_a_folder_that_is_a_file_or_closed(carvein, folder):
    folder.write_text("")
    ran = carvein("packs", "list")
    assert (ran.code, ran.err) == (2, f"carvein: the value folder {folder}: Not a directory\n")
    folder.unlink()
    folder.mkdir()
    (folder / "hcpcs.json").write_text(json.dumps({"name": "other"}))
    assert carvein("packs", "list").code == 2


def test_without_the_variable_the_folder_is_the_users_own(monkeypatch, tmp_path):
    from rules import replaced

    monkeypatch.delenv("CARVEIN_VALUES")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert replaced.folder() == tmp_path / "carvein" / "values"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert replaced.folder() == tmp_path / ".local" / "share" / "carvein" / "values"
    assert os.path.isdir(tmp_path)


@pytest.mark.shared
def test_the_real_lists_of_cms_are_taken(carvein, tmp_path, shared, folder):
    for name in ("place_of_service_codes", "hcpcs_level_2"):
        with gzip.open(shared / "data" / "codes" / f"{name}.csv.gz") as packed:
            (tmp_path / f"{name}_2022.csv").write_bytes(packed.read())
        assert carvein("values", "update", f"{name}_2022.csv").code == 0
    sets = listed(carvein)
    assert (sets["hcpcs"]["codes"], sets["hcpcs"]["until"]) == (7500, "2022-03-31")
    assert sets["places_of_service"]["codes"] == 50
