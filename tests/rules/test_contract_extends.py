"""Packs that build on others: what may not be named, adopted or extended twice."""

from __future__ import annotations

from tests.rules.refusals import CHILD, CITE, KNOWN, problems


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
