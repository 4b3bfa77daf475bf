"""A contract file and its folder: everything that is refused, with its file, key and reason."""

from __future__ import annotations

import pytest

from rules.contract import Problem, load
from tests.rules.refusals import CITE, KNOWN, TABLES, problems


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("id: toy\n", "", [("id", "missing; wanted text")]),
        ("title: Toy contract\n", "", [("title", "missing; wanted text")]),
        ("program: Toys\n", "", [("program", "missing; wanted text")]),
        ("model: mco", "model: hmo",
         [("model", "found hmo, wanted one of mco, pccm, bho, partnership, law")]),
        ("state: TN", "state: Tennessee",
         [("state", "found Tennessee, wanted two capital letters, such as TN, or US")]),
        ("state: TN", "state: NO",
         [("state", "line 5 'NO': wanted text in quotes, true or false, a plain number or "
                    "YYYY-MM-DD")]),
        ("plans: [ALPHA, BETA]\n", "", [("plans", "missing; wanted a list of plans")]),
        ("plans: [ALPHA, BETA]", "plans: ALPHA",
         [("plans", "found ALPHA, wanted a list of text")]),
        ("plans: [ALPHA, BETA]", "plans: [ALPHA, ALPHA]", [("plans[1]", "ALPHA is named twice")]),
        ("starts: 2024-07-01\n", "", [("starts", "missing; wanted a date YYYY-MM-DD")]),
        ("starts: 2024-07-01", "starts: '2024-07-01'",
         [("starts", "found 2024-07-01, wanted a date YYYY-MM-DD")]),
        ("ends: 2027-06-30", "ends: 2024-06-30",
         [("ends", "2024-06-30 is before the start, 2024-07-01"),
          ("requirements[0].values[0].starts",
           "2024-07-01 is after the contract ends, 2024-06-30")]),
        ("plans:", "planes: []\nplans:",
         [("planes", f"unknown key; known are {KNOWN['main']}")]),
        ("plans:", "exceptions: []\nplans:",
         [("exceptions", "belongs in another .yaml file of the pack, such as exceptions.yaml")]),
        ("plans:", "runout_months: 25\nplans:", [("runout_months", "found 25, wanted 0 to 24")]),
        ("plans:", "distance_basis: crow\nplans:",
         [("distance_basis", "found crow, wanted one of unstated, straight_line, road")]),
        ("plans:", "bh_definition: diagnosis\nplans:",
         [("bh_definition", "found diagnosis, wanted one of hierarchy, principal_diagnosis, "
           "service_or_provider, any")]),
        ("plans:", "bh_definition: [any]\nplans:",
         [("bh_definition", "found a list, wanted one of hierarchy, principal_diagnosis, "
           "service_or_provider, any")]),
        ("  base:", "  big base:",
         [("documents.big base", "no id; wanted letters, digits, '.', '-' and '_'"),
          ("requirements[0].values[0].cite.document",
           "base is not declared; declared are big base")]),
        ("invented: true", "invented: true, author: me",
         [("documents.base.author",
           "unknown key; known are dated, invented, source, title")]),
        ('dated: "2024"', "dated: 2024",
         [("documents.base.dated", "found 2024, wanted text (in quotes)")]),
        ("{title: Toy contract (invented), dated: \"2024\", source: nowhere, invented: true}",
         "Toy contract",
         [("documents.base", "found Toy contract, wanted a mapping"),
          ("requirements[0].values[0].cite.document",
           "base is not declared; declared are none")]),
        ("plans:", "extends: [../toy]\nplans:",
         [("extends[0]", "no pack ../toy beside this one; shipped are {shipped}")]),
        ("plans:", "extends: [toys]\nplans:",
         [("extends[0]", "no pack toys beside this one; shipped are {shipped}")]),
        ("plans:", "extends: [toy]\nplans:", [("extends[0]", "a cycle: toy -> toy")]),
        ("plans:", f"county_classes: {{file: gone.yaml, cite: {CITE}}}\nplans:",
         [("county_classes.file", "no file 'gone.yaml' in the pack folder")]),
        ("plans:", f"adopts: [{{requirements: [T-1], severity: major, cite: {CITE}}}]\nplans:",
         [("adopts[0].requirements[0]", "T-1 matches no inherited requirement")]),
        ("plans:", f"adopts: [{{requirements: [], severity: mild, cite: {CITE}}}]\nplans:",
         [("adopts[0].severity", "found mild, wanted one of critical, major, minor, info")]),
        ("plans:", f"adopts: [{{severity: major, cite: {CITE}, from: toy}}]\nplans:",
         [("adopts[0].requirements", "missing; wanted ids"),
          ("adopts[0].from", "unknown key; known are cite, requirements, severity")]),
    ],
)  # fmt: skip
def test_the_faults_of_a_contract_file(toy_pack, toys, old, new, found):
    from rules.contract import available

    assert old in toy_pack.main
    told = problems(toy_pack(main=toy_pack.main.replace(old, new, 1)), toys)
    shipped = ", ".join(available())
    wanted = [
        (key, reason.replace("{shipped}", shipped))
        for key, reason in found
    ]  # fmt: skip
    assert sorted((key, reason) for _, key, reason in told) == sorted(wanted)


def test_documents_are_wanted_by_a_pack_that_extends_none(toy_pack, toys):
    main = toy_pack.main[: toy_pack.main.index("documents:")]
    assert problems(toy_pack(main=main, asked=""), toys) == [
        ("toy/contract.yaml", "documents", "missing; wanted the sources that citations name")
    ]


def test_law_needs_no_plans(toy_pack, toys):
    main = toy_pack.main.replace("plans: [ALPHA, BETA]\n", "").replace("mco", "law")
    assert load(toy_pack(main=main), toys, TABLES).plans == ()


def test_county_classes_are_words_by_five_digits(toy_pack, toys):
    main = toy_pack.main + f"county_classes: {{file: counties.yaml, cite: {CITE}}}\n"
    counties = 'counties: {"47037": "Big!", "4703": metro, 47035: metro}\nyear: 2026\n'
    assert problems(toy_pack(main=main, counties=counties), toys) == [
        ("toy/counties.yaml", "counties",
         "line 1 '47035': a key that is not text; put it in quotes"),
        ("toy/counties.yaml", "counties.47037",
         "'Big!' is not a class; wanted a word of a-z, 0-9 and _, such as urban"),
        ("toy/counties.yaml", "counties.4703", "no FIPS code; wanted five digits in quotes"),
        ("toy/counties.yaml", "year", "unknown key; known are counties"),
    ]  # fmt: skip


def test_an_empty_list_of_counties_is_refused(toy_pack, toys):
    main = toy_pack.main + f"county_classes: {{file: counties.yaml, cite: {CITE}}}\n"
    assert problems(toy_pack(main=main, counties="counties: {}\n"), toys) == [
        ("toy/counties.yaml", "counties", "missing; wanted a mapping of FIPS codes")
    ]


def test_all_faults_are_told_at_once(toy_pack, toys):
    main = toy_pack.main.replace("state: TN\n", "").replace("model: mco", "model: hmo")
    asked = toy_pack.list.replace("TY01", "TY77").replace("severity: major", "severity: grave")
    told = problems(toy_pack(main=main, asked=asked.replace("document: base", "page: 3")), toys)
    assert sorted(key for _, key, _ in told) == [
        "model",
        "requirements[0].rule",
        "requirements[0].severity",
        "requirements[0].values[0].cite.document",
        "requirements[0].values[0].cite.page",
        "state",
    ]


def test_other_files_hold_requirements_clauses_and_exceptions_only(toy_pack, toys):
    folder = toy_pack(law="rules: []\nrequirements: nothing\nclauses: [nothing]\n", note="[1, 2]")
    (folder / "late.yml").write_text("id: late\n")
    (folder / "README.md").write_text("# not read\n")
    (folder / "link.yaml").symlink_to(folder / "asked.yaml")
    (folder / "folder.yaml").mkdir()
    assert problems(folder, toys) == [
        ("toy/folder.yaml", "", "not a plain file"),
        ("toy/late.yml", "", "not read; name it .yaml"),
        ("toy/link.yaml", "", "not a plain file"),
        ("toy/note.yaml", "", "wanted a mapping of keys"),
        ("toy/law.yaml", "requirements", "found nothing, wanted a list of mappings"),
        ("toy/law.yaml", "clauses[0]", "found nothing, wanted a mapping"),
        ("toy/law.yaml", "rules", "unknown key; known are clauses, exceptions, requirements"),
    ]


def test_an_empty_contract_file_is_told_key_by_key(toy_pack, toys):
    told = problems(toy_pack(main=" ", asked=""), toys)
    assert told[0] == ("toy/contract.yaml", "", "wanted a mapping of keys")
    assert [key for _, key, _ in told[1:]] == [
        "id", "starts", "documents", "model", "plans", "title", "program", "state",
    ]  # fmt: skip


def test_only_so_many_files_are_read(toy_pack, toys, monkeypatch):
    from rules import contract

    monkeypatch.setattr(contract, "MAX_FILES", 2)
    assert problems(toy_pack(more="clauses: []\n"), toys) == [
        ("toy/more.yaml", "", "one file too many; at most 2 are read")
    ]


def test_a_problem_without_a_key_is_told_in_two_parts():
    assert str(Problem("a.yaml", "", "not UTF-8")) == "a.yaml: not UTF-8"
    assert str(Problem("a.yaml", "id", "missing")) == "a.yaml: id: missing"


def test_a_folder_that_cannot_be_listed_is_one_line(toy_pack, toys, monkeypatch):
    folder = toy_pack()

    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.iterdir", closed)
    assert problems(folder, toys) == [(str(folder.resolve()), "", "Permission denied")]
