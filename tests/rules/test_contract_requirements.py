"""A requirement that is refused: its keys, its dated values and its citations."""

from __future__ import annotations

import pytest

from tests.rules.refusals import ASKED, CITE, FIELDS, FIRST, KNOWN, RULES, VALUE, problems


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
