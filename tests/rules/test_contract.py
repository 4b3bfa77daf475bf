"""Reading a pack: what comes out when nothing is wrong."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from rules import contract as contracts
from rules.contract import PackError, available, cited, load
from rules.model import Citation, Document, Requirement, Severity, Value

TABLES = ("members", "providers")

CHILD = """\
id: child
title: Child contract
program: Toys
model: bho
state: MA
plans: [GAMMA]
starts: 2025-01-01
extends: [toy]
runout_months: 3
distance_basis: road
documents:
  own: {title: Child contract, dated: "2025"}
"""

CITE = '{document: base, section: "3.2.1", page: 41, also: ["42 CFR 438.68(b)"]}'


def test_a_pack_is_read_whole(toy_pack, toys, toy_params):
    read = load(toy_pack(), toys, TABLES)
    citation = Citation("base", "3.2.1", 41, "", ("42 CFR 438.68(b)",))
    assert read.requirements == (
        Requirement(
            id="T-1",
            title="Toys are counted",
            rule="TY01",
            severity=Severity.MAJOR,
            values=(Value(date(2024, 7, 1), toy_params(share=0.9, logic="either"), citation),),
            applies_to={"specialty": "psychiatry"},
            pack="toy",
        ),
    )
    assert (read.id, read.title, read.program, read.model, read.state, read.plans) == (
        "toy",
        "Toy contract",
        "Toys",
        "mco",
        "TN",
        ("ALPHA", "BETA"),
    )
    assert (read.starts, read.ends, read.extends) == (date(2024, 7, 1), date(2027, 6, 30), ())
    assert read.documents == {
        "base": Document("base", "Toy contract (invented)", "2024", "nowhere", invented=True)
    }
    assert (read.clauses, read.runout_months, read.distance_basis) == ((), 0, "unstated")
    assert (read.county_classes, read.bh_definition) == ({}, "hierarchy")


def test_a_citation_is_told_with_the_title_of_its_document(toy_pack, toys):
    read = load(toy_pack(), toys, TABLES)
    citation = read.requirements[0].values[0].citation
    assert str(citation) == "base 3.2.1, p. 41 (42 CFR 438.68(b))"
    assert cited(citation, read.documents) == (
        "Toy contract (invented), 3.2.1, p. 41 (42 CFR 438.68(b))"
    )
    assert cited(Citation("gone", "1"), read.documents) == "gone 1"


def test_an_amendment_is_one_more_dated_value_and_the_order_in_the_file_does_not_matter(
    toy_pack, toys
):
    later = f"""
      - starts: 2026-01-01
        params: {{share: 0.95}}
        unverified: true
        cite: {CITE}
"""
    head, first = toy_pack.list.split("    values:\n")
    folder = toy_pack(asked=f"{head}    values:{later.rstrip()}\n{first}")
    (asked,) = load(folder, toys, TABLES).requirements
    assert [
        (value.starts, value.params.share, value.params.logic, value.unverified)
        for value in asked.values
    ] == [(date(2024, 7, 1), 0.9, "either", False), (date(2026, 1, 1), 0.95, "both", True)]
    edges = [date(2024, 6, 30), date(2024, 7, 1), date(2025, 12, 31), date(2026, 1, 1)]
    shares = [value and value.params.share for value in map(asked.in_force, edges)]
    assert shares == [None, 0.9, 0.9, 0.95]


def test_a_value_may_start_on_the_first_and_on_the_last_day_of_the_contract(toy_pack, toys):
    text = toy_pack.list + (
        f"      - starts: 2027-06-30\n        params: {{share: 1}}\n        cite: {CITE}\n"
    )
    (asked,) = load(toy_pack(asked=text), toys, TABLES).requirements
    assert [value.starts for value in asked.values] == [date(2024, 7, 1), date(2027, 6, 30)]


def test_a_requirement_may_name_its_rule_by_alias_or_name(toy_pack, toys):
    for i, word in enumerate(("TY99", "toys.broken-ty02")):
        folder = toy_pack(f"toy{i}", asked=toy_pack.list.replace("TY01", word))
        assert load(folder, toys, TABLES).requirements[0].rule == "TY02"


def test_a_data_requirement_stands_for_the_checks_of_its_table(toy_pack, toys):
    text = f"""
requirements:
  - id: DATA-MEMBERS
    title: Members
    rule: DATA
    severity: minor
    applies_to: {{table: members}}
    demands_table: false
    due: monthly
    values:
      - {{starts: 2024-07-01, cite: {CITE}}}
"""
    (asked,) = load(toy_pack(asked=text), toys, TABLES).requirements
    assert (asked.rule, asked.values[0].params, asked.demands_table, asked.due) == (
        "DATA",
        None,
        False,
        "monthly",
    )


def test_a_clause_is_recorded(toy_pack, toys):
    text = f"""
clauses:
  - id: C-1
    title: Waits
    text: At most ten days.
    starts: 2025-01-01
    unverified: true
    cite: {CITE}
"""
    (clause,) = load(toy_pack(law=text), toys, TABLES).clauses
    assert (
        clause.id,
        clause.title,
        clause.text,
        clause.starts,
        clause.unverified,
        clause.pack,
    ) == (
        "C-1",
        "Waits",
        "At most ten days.",
        date(2025, 1, 1),
        True,
        "toy",
    )


def test_county_classes_come_from_the_file_that_is_cited(toy_pack, toys):
    main = toy_pack.main + f"county_classes: {{file: counties.yaml, cite: {CITE}}}\n"
    folder = toy_pack(main=main, counties='counties: {"47037": large_metro, "01001": metro}\n')
    assert load(folder, toys, TABLES).county_classes == {"47037": "large_metro", "01001": "metro"}


def test_a_child_inherits_requirements_with_their_pack_and_documents(toy_pack, toys):
    toy_pack()
    read = load(toy_pack("child", CHILD, asked=""), toys, TABLES)
    assert [(asked.id, asked.pack) for asked in read.requirements] == [("T-1", "toy")]
    assert sorted(read.documents) == ["base", "own"]
    assert (read.id, read.plans, read.state, read.starts) == (
        "child",
        ("GAMMA",),
        "MA",
        date(2025, 1, 1),
    )
    assert (read.extends, read.runout_months, read.distance_basis) == (("toy",), 3, "road")


def test_the_same_id_in_the_child_replaces_the_inherited_requirement(toy_pack, toys):
    toy_pack()
    own = toy_pack.list.replace("2024-07-01", "2025-01-01").replace("share: 0.9", "share: 0.8")
    read = load(toy_pack("child", CHILD, asked=own), toys, TABLES)
    assert [(asked.pack, asked.values[0].params.share) for asked in read.requirements] == [
        ("child", 0.8)
    ]


def test_adopting_gives_inherited_requirements_a_severity_and_a_citation(toy_pack, toys):
    toy_pack(more=toy_pack.list.replace("T-1", "U-1"))
    adopts = """\
adopts:
  - requirements: [T-*]
    severity: critical
    cite: {document: own, section: "9", page: 2}
"""
    read = load(toy_pack("child", CHILD + adopts, asked=""), toys, TABLES)
    assert [(asked.id, str(asked.severity), asked.pack) for asked in read.requirements] == [
        ("T-1", "critical", "toy"),
        ("U-1", "major", "toy"),
    ]
    assert [asked.values[0].citation.also for asked in read.requirements] == [
        ("42 CFR 438.68(b)", "adopted by Child contract, 9, p. 2"),
        ("42 CFR 438.68(b)",),
    ]


def test_two_ways_to_the_same_pack_give_its_requirements_once(toy_pack, toys):
    toy_pack()
    toy_pack("child", CHILD, asked="")
    main = CHILD.replace("id: child", "id: grandchild").replace("[toy]", "[toy, child]")
    read = load(toy_pack("grandchild", main.replace("own:", "mine:"), asked=""), toys, TABLES)
    assert [asked.id for asked in read.requirements] == ["T-1"]
    assert sorted(read.documents) == ["base", "mine", "own"]


def test_a_child_chooses_where_its_parents_differ(toy_pack, toys):
    toy_pack()
    other = toy_pack.main.replace("id: toy", "id: tot").replace("base:", "other:")
    toy_pack("tot", other, asked=toy_pack.list.replace("document: base", "document: other"))
    main = CHILD.replace("[toy]", "[toy, tot]")
    own = toy_pack.list.replace("2024-07-01", "2025-01-01")
    read = load(toy_pack("child", main, asked=own), toys, TABLES)
    assert [(asked.id, asked.pack) for asked in read.requirements] == [("T-1", "child")]
    with pytest.raises(PackError) as refused:
        load(toy_pack("torn", main.replace("id: child", "id: torn"), asked=""), toys, TABLES)
    assert [str(problem) for problem in refused.value.problems] == [
        "torn/contract.yaml: extends: requirements T-1 differs between them; give it here to choose"
    ]


def test_run_out_is_inherited_where_the_child_says_nothing(toy_pack, toys):
    toy_pack(main=toy_pack.main + "runout_months: 4\n")
    silent = CHILD.replace("runout_months: 3\n", "")
    zero = CHILD.replace("runout_months: 3", "runout_months: 0").replace("id: child", "id: zero")
    assert load(toy_pack("child", silent, asked=""), toys, TABLES).runout_months == 4
    assert load(toy_pack("zero", zero, asked=""), toys, TABLES).runout_months == 0


def test_what_behavioral_health_is_comes_from_the_pack_or_from_one_above_it(toy_pack, toys):
    toy_pack(main=toy_pack.main + "bh_definition: any\n")
    other = (
        CHILD.replace("id: child", "id: other").replace("  own:", "  theirs:")
        + "bh_definition: service_or_provider\n"
    )
    plain = CHILD.replace("id: child", "id: plain") + "bh_definition: hierarchy\n"
    assert load(toy_pack("child", CHILD, asked=""), toys, TABLES).bh_definition == "any"
    read = load(toy_pack("other", other, asked=""), toys, TABLES)
    assert read.bh_definition == "service_or_provider"
    assert load(toy_pack("plain", plain, asked=""), toys, TABLES).bh_definition == "hierarchy"
    torn = CHILD.replace("id: child", "id: torn").replace("[toy]", "[child, other]")
    torn = torn.partition("documents:")[0]
    with pytest.raises(PackError) as refused:
        load(toy_pack("torn", torn, asked=""), toys, TABLES)
    assert [str(problem) for problem in refused.value.problems] == [
        "torn/contract.yaml: extends: bh_definition differs between them (any, "
        "service_or_provider); give it here to choose"
    ]
    chosen = torn.replace("id: torn", "id: chosen") + "bh_definition: principal_diagnosis\n"
    read = load(toy_pack("chosen", chosen, asked=""), toys, TABLES)
    assert read.bh_definition == "principal_diagnosis"


def test_the_digest_is_over_every_file_read_those_of_extended_packs_too(toy_pack, toys):
    parent = toy_pack()
    folder = toy_pack("child", CHILD, asked="")
    digest = hashlib.sha256()
    for name, path in (
        ("child/contract.yaml", folder / "contract.yaml"),
        ("toy/asked.yaml", parent / "asked.yaml"),
        ("toy/contract.yaml", parent / "contract.yaml"),
    ):
        data = path.read_bytes()
        digest.update(name.encode() + b"\0" + str(len(data)).encode() + b"\0" + data)
    before = load(folder, toys, TABLES).digest
    assert before == digest.hexdigest()
    (parent / "asked.yaml").write_bytes((parent / "asked.yaml").read_bytes() + b"# amended\n")
    assert load(folder, toys, TABLES).digest != before


def test_a_pack_is_found_by_folder_and_by_its_main_file(toy_pack, toys):
    folder = toy_pack()
    by_folder = load(str(folder), toys, TABLES)
    assert load(folder / "contract.yaml", toys, TABLES) == by_folder


def test_a_pack_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(PackError) as refused:
        load("no-such")
    assert str(refused.value) == (
        f"no-such: no pack: no folder with contract.yaml; shipped are {', '.join(available())}"
    )


def test_shipped_packs_are_listed_from_their_folders(tmp_path, monkeypatch):
    for name in ("b", "a", "not-a-pack"):
        (tmp_path / name).mkdir()
    for name in ("b", "a"):
        (tmp_path / name / "contract.yaml").touch()
    monkeypatch.setattr(contracts, "SHIPPED", tmp_path)
    assert available() == ("a", "b")


def test_a_pack_may_extend_a_shipped_one(toy_pack, toys, monkeypatch):
    monkeypatch.setattr(contracts, "SHIPPED", toy_pack().parent)
    elsewhere = toy_pack("far", "id: far\n", asked="") / "child"
    elsewhere.mkdir()
    (elsewhere / "contract.yaml").write_text(CHILD, "utf-8")
    assert load(elsewhere, toys, TABLES).extends == ("toy",)
