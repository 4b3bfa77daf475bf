"""Reading a pack: everything that is refused, each with its file, key and reason."""

from __future__ import annotations

import pytest

from rules.contract import PackError, Problem, load

TABLES = ("members", "providers")
CITE = '{document: base, section: "1"}'
RULES = "DATA, TY01, TY02"
FIELDS = "share, logic, months, strict, since, names, ratios, by_class, note"
KNOWN = {
    "main": "adopts, bh_definition, county_classes, distance_basis, documents, ends, extends, id, "
    "model, plans, program, regions, runout_months, starts, state, title",
    "requirement": "applies_to, demands_table, due, id, rule, severity, title, values",
    "value": "cite, params, starts, unverified",
}


def problems(folder, toys) -> list[tuple[str, str, str]]:
    with pytest.raises(PackError) as refused:
        load(folder, toys, TABLES)
    assert str(refused.value) == "\n".join(str(problem) for problem in refused.value.problems)
    return [(fault.file, fault.key, fault.reason) for fault in refused.value.problems]


ASKED = "toy/asked.yaml"
FIRST = "requirements[0]"
VALUE = f"{FIRST}.values[0]"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("id: T-1", "id: T 1", f"{FIRST}.id",
         "'T 1' is no id; wanted letters, digits, '.', '-' and '_'"),
        ("id: T-1", "name: T-1", f"{FIRST}.id", "missing; wanted text"),
        ("title: Toys are counted", "title: ' '", f"{FIRST}.title", "empty; wanted text"),
        ("title: Toys are counted", "title: 7", f"{FIRST}.title",
         "found 7, wanted text (in quotes)"),
        ("rule: TY01", "rule: TY77", f"{FIRST}.rule", f"no rule TY77; known are {RULES}"),
        ("severity: major", "severity: grave", f"{FIRST}.severity",
         "found grave, wanted one of critical, major, minor, info"),
        ("    severity: major\n", "", f"{FIRST}.severity",
         "missing; wanted one of critical, major, minor, info"),
        ("severity: major", "severity: major\n    weight: 2", f"{FIRST}.weight",
         f"unknown key; known are {KNOWN['requirement']}"),
        ("{specialty: psychiatry}", "{specialty: 29}", f"{FIRST}.applies_to.specialty",
         "found 29, wanted text (in quotes)"),
        ("{specialty: psychiatry}", "[psychiatry]", f"{FIRST}.applies_to",
         "found a list, wanted a mapping of text to text"),
        ("severity: major", "severity: major\n    demands_table: maybe",
         f"{FIRST}.demands_table", "found maybe, wanted true or false"),
        ("- starts: 2024-07-01", "- starts: July", f"{VALUE}.starts",
         "found July, wanted a date YYYY-MM-DD"),
        ("- starts: 2024-07-01\n        params", "- params", f"{VALUE}.starts",
         "missing; wanted a date YYYY-MM-DD"),
        ("- starts: 2024-07-01", "- starts: 2024-06-30", f"{VALUE}.starts",
         "2024-06-30 is before the contract starts, 2024-07-01"),
        ("- starts: 2024-07-01", "- starts: 2027-07-01", f"{VALUE}.starts",
         "2027-07-01 is after the contract ends, 2027-06-30"),
        ("- starts: 2024-07-01", "- starts: 2024-07-01\n        until: 2025-01-01",
         f"{VALUE}.until", f"unknown key; known are {KNOWN['value']}"),
        ("        cite:", "        unverified: 1\n        cite:", f"{VALUE}.unverified",
         "found 1, wanted true or false"),
        ("document: base", "document: side", f"{VALUE}.cite.document",
         "side is not declared; declared are base"),
        ("document: base, ", "", f"{VALUE}.cite.document", "missing; wanted text"),
        ('section: "3.2.1"', "section: 3.2", f"{VALUE}.cite.section",
         "found 3.2, wanted text (in quotes)"),
        ('section: "3.2.1", ', "", f"{VALUE}.cite.section", "missing; wanted text"),
        ("page: 41", "page: 0", f"{VALUE}.cite.page", "found 0, wanted 1 to 100000"),
        ("page: 41", "page: IV", f"{VALUE}.cite.page", "found IV, wanted a whole number"),
        ("page: 41", "line: 41", f"{VALUE}.cite.line",
         "unknown key; known are also, document, page, quote, section"),
        ('["42 CFR 438.68(b)"]', "[438]", f"{VALUE}.cite.also[0]",
         "found 438, wanted text (in quotes)"),
        ('["42 CFR 438.68(b)"]', "[a, a]", f"{VALUE}.cite.also[1]", "a is named twice"),
        ('["42 CFR 438.68(b)"]', "438.68", f"{VALUE}.cite.also",
         "found 438.68, wanted a list of text"),
        ("{share: 0.9, logic: either}", "[0.9]", f"{VALUE}.params",
         "found a list, wanted a mapping"),
        ("share: 0.9, ", "", f"{VALUE}.params.share", "missing; wanted a number"),
        ("share: 0.9", "share: 90%", f"{VALUE}.params.share", "found 90%, wanted a number"),
        ("share: 0.9", "share: 1.1", f"{VALUE}.params.share",
         "1.1, wanted a share from 0 to 1"),
        ("logic: either", "logic: neither", f"{VALUE}.params.logic",
         "found neither, wanted one of both, either"),
        ("logic: either", "miles: 3", f"{VALUE}.params.miles", f"unknown; wanted {FIELDS}"),
    ],
)  # fmt: skip
def test_one_fault_of_a_requirement(toy_pack, toys, old, new, key, reason):
    assert old in toy_pack.list
    found = problems(toy_pack(asked=toy_pack.list.replace(old, new)), toys)
    assert (ASKED, key, reason) in found
    assert len(found) == (2 if "name: T-1" in new else 1)


def test_a_value_without_a_citation_is_refused(toy_pack, toys):
    text = "\n".join(line for line in toy_pack.list.splitlines() if "cite:" not in line)
    assert problems(toy_pack(asked=text), toys) == [
        (ASKED, f"{VALUE}.cite", "missing: nothing is asked without a citation")
    ]


def test_a_clause_a_list_of_counties_and_an_adoption_need_citations_too(toy_pack, toys):
    toy_pack()
    main = (
        "id: child\ntitle: C\nprogram: P\nmodel: mco\nstate: TN\nplans: [A]\nstarts: 2024-07-01\n"
        "extends: [toy]\ncounty_classes: {file: counties.yaml}\n"
        "adopts: [{requirements: [T-1], severity: major}]\n"
    )
    law = "clauses: [{id: C-1, title: Waits, text: Ten days., starts: 2025-01-01}]\n"
    counties = 'counties: {"47037": metro}\n'
    reason = "missing: nothing is asked without a citation"
    folder = toy_pack("child", main, asked="", law=law, counties=counties)
    assert problems(folder, toys) == [
        ("child/contract.yaml", "county_classes.cite", reason),
        ("child/law.yaml", "clauses[0].cite", reason),
        ("child/contract.yaml", "adopts[0].cite", reason),
    ]


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


def test_a_day_is_dated_once(toy_pack, toys):
    again = f"      - {{starts: 2024-07-01, params: {{share: 1}}, cite: {CITE}}}\n"
    assert problems(toy_pack(asked=toy_pack.list + again), toys) == [
        (
            ASKED,
            f"{FIRST}.values[1].starts",
            f"2024-07-01 is dated twice, first in {VALUE}",
        )
    ]


@pytest.mark.parametrize("values", ["[]", "", "{}"])
def test_a_requirement_has_a_value(toy_pack, toys, values):
    head = toy_pack.list.split("    values:")[0]
    told = problems(toy_pack(asked=f"{head}    values: {values}\n"), toys)
    reason = {
        "[]": "empty; wanted at least one dated value",
        "": "missing; wanted at least one dated value",
        "{}": "found a mapping, wanted a list of mappings",
    }[values]
    assert told == [(ASKED, f"{FIRST}.values", reason)]


def test_an_id_is_given_once_over_all_files_requirements_and_clauses(toy_pack, toys):
    law = (
        f"clauses: [{{id: T-1, title: Waits, text: Ten days., starts: 2025-01-01, cite: {CITE}}}]\n"
    )
    more = toy_pack.list
    assert problems(toy_pack(law=law, more=more), toys) == [
        ("toy/law.yaml", "clauses[0].id",
         "T-1 is given twice, first in toy/asked.yaml requirements[0]"),
        ("toy/more.yaml", "requirements[0].id",
         "T-1 is given twice, first in toy/asked.yaml requirements[0]"),
    ]  # fmt: skip


def test_data_requirements_are_named_after_their_table_and_take_no_params(toy_pack, toys):
    text = f"""
requirements:
  - {{id: DATA-1, title: a, rule: DATA, severity: major, applies_to: {{table: members}},
     values: [{{starts: 2024-07-01, params: {{share: 1}}, cite: {CITE}}}]}}
  - {{id: DATA-2, title: b, rule: DATA, severity: major, applies_to: {{table: toys}},
     values: [{{starts: 2024-07-01, cite: {CITE}}}]}}
"""
    assert problems(toy_pack(asked=text), toys) == [
        (ASKED, f"{FIRST}.id", "found DATA-1, wanted DATA-MEMBERS"),
        (
            ASKED,
            f"{VALUE}.params",
            "DATA takes none: the checks of the table hold their own bounds",
        ),
        (
            ASKED,
            "requirements[1].applies_to.table",
            "no table 'toys'; known are members, providers",
        ),
    ]


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


CHILD = (
    "id: child\ntitle: C\nprogram: P\nmodel: mco\nstate: TN\nplans: [A]\nstarts: 2024-07-01\n"
    "extends: [toy]\n"
)


def test_a_document_id_means_one_document(toy_pack, toys):
    toy_pack()
    main = CHILD + 'documents: {base: {title: Another, dated: "2026"}}\n'
    assert problems(toy_pack("child", main, asked=""), toys) == [
        ("child/contract.yaml", "documents.base",
         "an extended pack has this document; choose another id")
    ]  # fmt: skip


def test_two_extended_packs_may_not_mean_two_documents_by_one_id(toy_pack, toys):
    toy_pack()
    other = toy_pack.main.replace("id: toy", "id: tot").replace("nowhere", "elsewhere")
    toy_pack("tot", other, asked="")
    main = CHILD.replace("[toy]", "[toy, tot]")
    assert problems(toy_pack("child", main, asked=""), toys) == [
        ("child/contract.yaml", "extends", "document base is not the same in all of them")
    ]


def test_a_requirement_is_adopted_once_and_own_ones_never(toy_pack, toys):
    toy_pack()
    adopts = f"""adopts:
  - {{requirements: [T-1], severity: major, cite: {CITE}}}
  - {{requirements: ["T*", U-1], severity: minor, cite: {CITE}}}
"""
    own = toy_pack.list.replace("T-1", "U-1")
    assert problems(toy_pack("child", CHILD + adopts, asked=own), toys) == [
        ("child/contract.yaml", "adopts[1].requirements[0]",
         "T-1 is adopted already, by adopts[0].requirements[0]"),
        ("child/contract.yaml", "adopts[1].requirements[1]",
         "U-1 matches no inherited requirement"),
    ]  # fmt: skip


def test_a_long_cycle_of_packs_is_refused(toy_pack, toys):
    for name, parent in (("one", "two"), ("two", "three"), ("three", "one")):
        folder = toy_pack(
            name,
            CHILD.replace("child", name).replace("toy", parent)
            + f'documents: {{d-{name}: {{title: D, dated: "2026"}}}}\n',
            asked="",
        )
    assert problems(folder, toys) == [
        ("two/contract.yaml", "extends[0]", "a cycle: three -> one -> two -> three")
    ]


def test_a_pack_goes_by_the_name_of_its_folder_where_it_is_extended(toy_pack, toys):
    toy_pack(main=toy_pack.main.replace("id: toy", "id: tot"))
    assert problems(toy_pack("child", CHILD, asked=""), toys) == [
        ("child/contract.yaml", "extends[0]", "the pack in toy calls itself tot")
    ]


def test_the_faults_of_an_extended_pack_are_told_too(toy_pack, toys):
    toy_pack(main=toy_pack.main.replace("TN", "tn"))
    assert problems(toy_pack("child", CHILD + "colour: red\n", asked=""), toys) == [
        ("toy/contract.yaml", "state",
         "found tn, wanted two capital letters, such as TN, or US"),
        ("child/contract.yaml", "colour", f"unknown key; known are {KNOWN['main']}"),
    ]  # fmt: skip


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
