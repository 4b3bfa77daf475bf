"""Staged encounter lines as a file: all of them accounted for, members' facts by the rules."""

import csv
import json

import polars as pl
import pytest

from monitor.export import encounters
from monitor.export.encounters import export_encounters
from monitor.export.mask import REDISCLOSURE, ExportError, Mask
from rules.tables import staged_schema

BASIS = "state audit, 42 CFR 2.53"
CODES = {  # procedure, diagnosis -> domain, reason
    "E1": ("H0020", "F1120", "SUD", "procedure"),
    "E2": ("90834", "F331", "MH", "procedure"),
    "E3": ("99213", "I10", "PH", "none"),
    "E4": ("99213", "F1120", "SUD", "diagnosis"),
    "E5": ("99213", "", "PH", "none"),
}


def stage(folder, plan, names, more=None):
    """Stage one encounter line each, two to a file, the last file first."""
    schema = {**staged_schema("encounters"), **dict.fromkeys(more or {}, pl.String)}
    rows = [
        dict.fromkeys(schema, None)
        | {
            "encounter_id": name,
            "member_id": f"M{name}",
            "claim_type": "P",
            "procedure_code": CODES[name][0],
            "diagnosis_codes": CODES[name][1] or None,
            "paid_amount": 12.5,
            "_plan": plan,
            "_file": f"{'ba'[number // 3]}.csv",
            "_line": 2 + number % 3,
        }
        | (more or {})
        for number, name in enumerate(names)
    ]
    staged = folder / "plans" / plan / "staged" / "encounters"
    staged.mkdir(parents=True)
    pl.DataFrame(rows, schema=schema).write_parquet(staged / "part-00000.parquet")


@pytest.fixture
def kept(tmp_path):
    folder = tmp_path / "kept"
    stage(folder, "ANCHOR", CODES, {"=evil": "=1+1", "domain": "mine"})
    stage(folder, "STEADY", ["E3"])
    set_aside = folder / "plans" / "ANCHOR" / "quarantine" / "encounters"
    set_aside.mkdir(parents=True)
    pl.DataFrame({"_line": [9, 10]}).write_parquet(set_aside / "part-00000.parquet")
    return folder


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("at_once", [3, 500_000])
def test_lines_leave_with_their_domain_by_plan_file_and_line(kept, tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(encounters, "_AT_ONCE", at_once)
    note = export_encounters(kept, tmp_path / "e.csv", review_id="R1", mask=Mask(part2_basis=BASIS))
    names = ("plan_id", "file", "line", "encounter_id", "domain", "domain_reason")
    assert [tuple(row[name] for name in names) for row in read(tmp_path / "e.csv")] == [
        ("ANCHOR", "a.csv", "2", "E4", "SUD", "diagnosis"),
        ("ANCHOR", "a.csv", "3", "E5", "PH", "none"),
        ("ANCHOR", "b.csv", "2", "E1", "SUD", "procedure"),
        ("ANCHOR", "b.csv", "3", "E2", "MH", "procedure"),
        ("ANCHOR", "b.csv", "4", "E3", "PH", "none"),
        ("STEADY", "b.csv", "2", "E3", "PH", "none"),
    ]
    assert note == json.loads((tmp_path / "e.csv.json").read_text())
    assert note == {
        "file": "e.csv",
        "review_id": "R1",
        "staged": 6,
        "written": 6,
        "held_back": 0,
        "quarantined": 2,
        "domains": {"MH": 1, "PH": 3, "SUD": 2},
        "part2_basis": BASIS,
        "notice": Mask().notice,
        "bh_definition": "hierarchy",
    }
    for name in ("e.csv", "e.csv.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_without_a_basis_lines_for_sud_are_held_back_and_counted(kept, tmp_path):
    for mask in (Mask(show_phi=True), Mask(part2_basis="  ")):
        note = export_encounters(kept, tmp_path / "e.parquet", review_id="R1", mask=mask)
        frame = pl.read_parquet(tmp_path / "e.parquet")
        assert sorted(frame["domain"].unique()) == ["MH", "PH"]
        assert (note["staged"], note["written"], note["held_back"]) == (6, 4, 2)
        assert len(frame) == 4
        assert "2 lines for a substance use disorder are held back" in note["notice"]


def one_line(kept, tmp_path, name, **how):
    export_encounters(kept, tmp_path / "e.csv", review_id="R1", mask=Mask(**how))
    return next(row for row in read(tmp_path / "e.csv") if row["encounter_id"] in (name, "masked"))


def test_members_facts_are_masked_unless_asked_for(kept, tmp_path):
    row = one_line(kept, tmp_path, "E2")
    shown = {name: value for name, value in row.items() if value and value != "masked"}
    assert shown == {
        "plan_id": "ANCHOR",
        "file": "b.csv",
        "line": "3",
        "encounter_id": "E2",
        "claim_type": "P",
        "paid_amount": "12.5",
        "domain": "MH",
        "domain_reason": "procedure",
    }
    hidden = [name for name, value in row.items() if value == "masked"]
    assert hidden == ["member_id", "procedure_code", "diagnosis_codes", "'=evil", "sent_domain"]


def test_who_is_shown_without_a_basis_and_what_of_their_care_is_not(kept, tmp_path):
    row = one_line(kept, tmp_path, "E2", show_phi=True)
    assert {name: value for name, value in row.items() if value and value != "masked"} == {
        "plan_id": "ANCHOR",
        "file": "a.csv",
        "line": "3",
        "member_id": "ME5",
        "domain": "PH",
        "domain_reason": "none",
    }


def test_all_is_shown_on_a_basis_and_made_safe(kept, tmp_path):
    row = one_line(kept, tmp_path, "E1", show_phi=True, part2_basis=BASIS)
    assert (row["member_id"], row["procedure_code"]) == ("ME1", "H0020")
    assert (row["'=evil"], row["sent_domain"]) == ("'=1+1", "mine")
    note = json.loads((tmp_path / "e.csv.json").read_text())
    assert note["notice"] == f"Members' facts are shown. Basis: {BASIS}. {REDISCLOSURE}"


def test_lines_leave_by_the_definition_of_the_review_that_kept_them(kept, tmp_path):
    told = {}
    for definition in ("principal_diagnosis", "service_or_provider"):
        note = export_encounters(
            kept,
            tmp_path / "e.csv",
            review_id="R1",
            plan="ANCHOR",
            mask=Mask(part2_basis=BASIS),
            bh_definition=definition,
        )
        assert note["bh_definition"] == definition
        names = ("encounter_id", "domain", "domain_reason")
        told[definition] = [tuple(row[name] for name in names) for row in read(tmp_path / "e.csv")]
    assert told == {
        "principal_diagnosis": [
            ("E4", "SUD", "diagnosis"),
            ("E5", "PH", "none"),
            ("E1", "SUD", "diagnosis"),
            ("E2", "MH", "diagnosis"),
            ("E3", "PH", "none"),
        ],
        "service_or_provider": [
            ("E4", "PH", "none"),
            ("E5", "PH", "none"),
            ("E1", "SUD", "procedure"),
            ("E2", "MH", "procedure"),
            ("E3", "PH", "none"),
        ],
    }


def test_one_plan_alone(kept, tmp_path):
    note = export_encounters(kept, tmp_path / "e.csv", review_id="R1", plan="STEADY")
    assert [row["plan_id"] for row in read(tmp_path / "e.csv")] == ["STEADY"]
    assert (note["staged"], note["quarantined"]) == (1, 0)


@pytest.mark.parametrize(
    ("name", "plan", "reason"),
    [
        ("e.txt", "", "{to}: wanted a file name that ends in .csv or .parquet"),
        ("folder.csv", "", "{to}: is a folder, wanted a file name"),
        ("no/e.csv", "", "{to}: cannot be written: No such file or directory"),
        ("e.csv", "X", "review R1 has no staged encounters of plan X"),
    ],
)
def test_what_cannot_be_written_is_one_line_and_leaves_nothing(kept, tmp_path, name, plan, reason):
    (tmp_path / "folder.csv").mkdir()
    to = tmp_path / name
    with pytest.raises(ExportError) as error:
        export_encounters(kept, to, review_id="R1", plan=plan)
    assert str(error.value) == reason.format(to=to)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "kept"]


def test_a_review_without_encounters_is_said(tmp_path):
    with pytest.raises(ExportError, match=r"^review R1 has no staged encounters$"):
        export_encounters(tmp_path, tmp_path / "e.csv", review_id="R1")
