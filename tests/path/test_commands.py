"""The commands over a store: review, findings, dispose, export, rejudge, packs, rules, adequacy."""

import csv
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).resolve().parents[2] / "rules" / "packs"


@pytest.fixture
def reviewed(carvein: Callable[..., Any], submission: Callable[..., Path]) -> Path:
    folder = submission()
    assert carvein("review", folder, "--contract", "demo-imc").code in (0, 1)
    return folder


def test_a_second_review_says_what_is_new_persisting_and_resolved(
    carvein: Callable[..., Any], reviewed: Path
) -> None:
    manifest = reviewed / "submission.yaml"
    manifest.write_text(manifest.read_text().replace("title: CFO", "title: Clerk"))
    assert carvein("review", reviewed, "--contract", "demo-imc").code == 1
    again = json.loads(carvein("findings", "--rule", "RP01", "--format", "json").out)
    assert [(row["requirement_id"], row["change"]) for row in again if row["change"]] != []
    assert {row["change"] for row in again} == {"new"}

    carvein("review", reviewed, "--contract", "demo-imc")
    third = json.loads(carvein("findings", "--rule", "RP01", "--format", "json").out)
    assert {row["change"] for row in third} == {"persisting"}

    manifest.write_text(manifest.read_text().replace("title: Clerk", "title: CFO"))
    carvein("review", reviewed, "--contract", "demo-imc")
    told = carvein("findings", "--rule", "RP01", "--verdict", "all", "--format", "json")
    assert {(row["verdict"], row["change"]) for row in json.loads(told.out)} == {
        ("met", "resolved")
    }


def test_a_disposition_is_appended_and_shown(carvein: Callable[..., Any], reviewed: Path) -> None:
    first = json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)[0]
    said = carvein(
        "dispose", first["finding_id"], "--state", "disputed", "--note", "see letter", "--by", "AB"
    )
    assert said.code == 0
    assert said.out.startswith(f"{first['finding_id']}: disputed, by AB at ")
    assert "disputed" in carvein("findings", "--verdict", "all").out
    wrong = carvein("dispose", first["finding_id"], "--state", "hidden", "--note", "x")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert carvein("dispose", "nosuch", "--state", "waived", "--note", "x").code == 2


def test_what_is_not_listed_is_counted(carvein: Callable[..., Any], reviewed: Path) -> None:
    """No verdict is lost: the findings that are listed and those told besides are all of them."""
    every = Counter(
        row["verdict"]
        for row in json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)
    )
    head = carvein("findings").out.splitlines()[0]
    others = ", ".join(f"{every[name]:,} {name}" for name in sorted(every) if name != "not_met")
    assert head.endswith(f": {every['not_met']} findings; --verdict shows {others} besides")
    head = carvein("findings", "--verdict", "all").out.splitlines()[0]
    assert head.endswith(f": {every.total():,} findings")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--verdict", "--verdict wrong: wanted all, could_not_run, not_applicable, not_met, met\n"),
        ("--severity", "--severity wrong: wanted critical, major, minor, info\n"),
    ],
)
def test_a_word_that_is_none_is_refused(
    carvein: Callable[..., Any], option: str, said: str
) -> None:
    ran = carvein("findings", option, "wrong")
    assert (ran.code, ran.err) == (2, f"carvein: {said}")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json", ".html"])
def test_findings_are_exported(
    suffix: str, carvein: Callable[..., Any], reviewed: Path, tmp_path: Path
) -> None:
    ran = carvein("export", "findings", "--to", f"out{suffix}")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / f"out{suffix}").stat().st_size > 1000


def test_the_json_export_has_the_columns_of_findings_csv(
    carvein: Callable[..., Any], reviewed: Path, tmp_path: Path
) -> None:
    carvein("export", "findings", "--to", "out.json")
    carvein("export", "findings", "--to", "out.csv")
    listed = json.loads((tmp_path / "out.json").read_text())
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in listed] == [list(row) for row in rows]
    assert [row["finding_id"] for row in listed] == [row["finding_id"] for row in rows]


def test_an_amended_pack_is_judged_again_without_the_data(
    carvein: Callable[..., Any], reviewed: Path, tmp_path: Path
) -> None:
    """NW01's share is judged, not counted: a stricter one needs no data."""
    amended = tmp_path / "amended"
    shutil.copytree(SHIPPED / "demo-imc", amended)
    for file in amended.glob("*.yaml"):
        file.write_text(file.read_text().replace("max_share: 0.15", "max_share: 0.10"))
    before = json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)
    shutil.rmtree(reviewed)
    ran = carvein("rejudge", "latest", "--contract", amended)

    assert ran.code in (0, 1)
    after = json.loads(carvein("findings", "--verdict", "all", "--format", "json").out)
    assert [row["finding_id"] for row in after] == [row["finding_id"] for row in before]
    assert [row["verdict"] for row in after] == [row["verdict"] for row in before]
    assert {row["review_id"] for row in after} != {row["review_id"] for row in before}


def test_rejudge_refuses_another_contract(carvein: Callable[..., Any], reviewed: Path) -> None:
    ran = carvein("rejudge", "latest", "--contract", "federal-438")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "is of demo-imc, not of federal-438" in ran.err


def test_an_empty_store_says_which_command_fills_it(carvein: Callable[..., Any]) -> None:
    for command in (
        ("findings",),
        ("export", "findings", "--to", "x.csv"),
        ("rejudge", "latest", "--contract", "demo-imc"),
    ):
        ran = carvein(*command)
        assert ran.code == 2
        assert "run `carvein review SUBMISSION --contract PACK` first" in ran.err


def test_a_store_that_is_no_store(carvein: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("these are notes")
    ran = carvein("findings", "--store", "sqlite:///notes.db")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE reviews (id TEXT)")
    connection.commit()
    connection.close()
    ran = carvein("findings", "--store", "sqlite:///other.db")
    assert (ran.code, ran.err.count("\n")) == (2, 1)


def test_packs_are_listed_shown_and_checked(carvein: Callable[..., Any], tmp_path: Path) -> None:
    listed = json.loads(carvein("packs", "list", "--format", "json").out)
    assert [pack["id"] for pack in listed] == sorted(
        path.parent.name for path in SHIPPED.glob("*/contract.yaml")
    )
    shown = carvein("packs", "show", "demo-imc").out
    assert "MA-TD-029" in shown
    assert "unverified" in shown
    broken = tmp_path / "broken"
    shutil.copytree(SHIPPED / "demo-imc", broken)
    file = broken / "money.yaml"
    file.write_text(file.read_text().replace("rule: SP01", "rule: SP99"))
    ran = carvein("packs", "check", broken)
    assert ran.code == 1
    assert "money.yaml: requirements[0].rule: " in ran.out
    assert carvein("packs", "check", SHIPPED / "demo-imc").code == 0


def test_rules_are_listed_and_shown(carvein: Callable[..., Any]) -> None:
    codes = [rule["code"] for rule in json.loads(carvein("rules", "list", "--format", "json").out)]
    assert codes == sorted(codes)
    assert {"NW01", "NW02", "NW06", "SP01", "DL01", "RP01"} <= set(codes)
    assert "## What it measures" in carvein("rules", "show", "nw06").out
    assert carvein("rules", "show", "XX99").code == 2


CODES = [
    ("providers.npi.check_digit", "providers.md#providersnpicheck_digit", "npi ends in a wrong"),
    ("encounters.member_id.unknown", "encounters.md#encountersmember_idunknown", "a paid line"),
    ("PFE03", "encounters.md#profile", "Inpatient claims per member-month"),
    ("encounters.x12.se_count", "encounters.md#files-and-columns", "SE01 is not the number"),
    ("members.file.bom", "members.md#files-and-columns", "a file starts with a byte order mark"),
]


@pytest.mark.parametrize(("code", "page", "checked"), CODES)
def test_every_code_of_a_report_is_shown(
    carvein: Callable[..., Any], code: str, page: str, checked: str
) -> None:
    told = json.loads(carvein("rules", "show", code, "--format", "json").out)
    assert (told["code"], told["page"]) == (code, f"docs/rules/tables/{page}")
    assert told["checked"].startswith(checked)
    assert told["wanted"] and told["severity"] and told["what to do"]
    assert checked in carvein("rules", "show", code).out


def test_every_page_that_a_code_names_has_its_heading() -> None:
    from monitor.codes import known
    from rules.page import pages

    written = pages()
    for code, told in known().items():
        path, heading = told["page"].removeprefix("docs/").split("#")
        lines = re.findall("^#+ (.*)$", written[path], re.MULTILINE)
        anchors = {re.sub("[^a-z0-9_-]", "", line.lower().replace(" ", "-")) for line in lines}
        assert heading in anchors, code


def test_a_code_that_there_is_not_names_those_like_it(carvein: Callable[..., Any]) -> None:
    ran = carvein("rules", "show", "providers.npi.chek_digit")
    assert ran.code == 2
    assert ran.err == (
        "carvein: no rule, edit or figure providers.npi.chek_digit; did you mean "
        "providers.npi.check_digit, providers.group_npi.check_digit, "
        "appointments.npi.check_digit?\n"
    )


def test_doctor_finds_everything_in_order(carvein: Callable[..., Any]) -> None:
    ran = carvein("doctor", "--format", "json")
    assert [check["check"] for check in json.loads(ran.out) if not check["ok"]] == []
    assert ran.code == 0


def test_the_dashboard_serves_this_machine_only(carvein: Callable[..., Any]) -> None:
    ran = carvein("dashboard", "--host", "0.0.0.0")
    assert ran.code == 2
    assert "serves this machine only" in ran.err


def test_adequacy_exits_0_unless_asked_to_fail(carvein: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text(
        "member_id,plan_id,county_fips,latitude,longitude\n1,A,47037,36.15,-86.79\n"
    )
    (tmp_path / "providers.csv").write_text(
        "npi,entity_type,taxonomy,latitude,longitude\n1234567893,individual,2084P0800X,36.16,-86.78\n"
    )
    command = (
        *("adequacy", "--members", "members.csv", "--providers", "providers.csv"),
        *("--pack", "demo-imc", "--to", "out.csv", "--as-of", "2026-03-31"),
    )
    assert carvein(*command).code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = {row["specialty"]: row for row in csv.DictReader(file)}
    assert rows["psychiatry"]["verdict"] == "met"
    assert rows["psychiatry"]["county_class"] == "metro"
    assert rows["primary_care"]["verdict"] == "not_met"
    assert carvein(*command, "--fail-on", "not_met").code == 1
    assert carvein(*command, "--fail-on", "sometimes").code == 2
    assert carvein(*command[:2], "nosuch.csv", *command[3:]).code == 2
