"""Names in a pack that would only be missed when a rule runs: specialties, and whose reach."""

from dataclasses import dataclass

import pytest

from rules.contract import load
from tests.rules.refusals import TABLES, problems


@dataclass(frozen=True)
class WithinParams:
    within: str


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("psychiatrist", "no specialty 'psychiatrist'; near it are psychiatry, podiatry, pediatry"),
        ("029", "no specialty '029'; see the value set of specialties"),
        ("Psychiatry", "no specialty 'Psychiatry'; near it are psychiatry"),
        ("", "no specialty ''; see the value set of specialties"),
    ],
)
def test_a_specialty_is_a_slug_of_the_value_set(toy_pack, toys, name, reason):
    folder = toy_pack(asked=toy_pack.list.replace("specialty: psychiatry", f"specialty: '{name}'"))
    [(file, key, told)] = problems(folder, toys)
    assert (file, key) == ("toy/asked.yaml", "requirements[0].applies_to.specialty")
    assert told.split(",")[0] == reason.split(",")[0]


def test_every_slug_of_the_value_set_is_taken(toy_pack, toys):
    folder = toy_pack(asked=toy_pack.list.replace("psychiatry", "opioid_treatment"))
    [requirement] = load(folder, toys, TABLES).requirements
    assert requirement.applies_to == {"specialty": "opioid_treatment"}


ASKED = """\
requirements:
  - id: T-1
    title: One
    rule: TY01
    severity: major
    values:
      - starts: 2024-07-01
        params: {within: T-2}
        cite: {document: base, section: "1"}
      - starts: 2025-07-01
        params: {within: T-3}
        cite: {document: base, section: "1"}
  - id: T-2
    title: Two
    rule: TY01
    severity: major
    values:
      - starts: 2024-07-01
        params: {within: T-1}
        cite: {document: base, section: "1"}
"""


def test_within_names_a_requirement_of_the_contract(toy_pack, make_toy):
    rules = {"TY01": make_toy(params=WithinParams, judged_by=("within",))}
    assert problems(toy_pack(asked=ASKED), rules) == [
        (
            "toy/asked.yaml",
            "requirements[0].values[1].params.within",
            "no requirement T-3; wanted the one whose limit is reach",
        )
    ]


def test_within_may_name_an_inherited_requirement(toy_pack, make_toy):
    rules = {"TY01": make_toy(params=WithinParams, judged_by=("within",))}
    toy_pack(
        "base", toy_pack.main.replace("id: toy", "id: base"), asked=ASKED.replace("T-3", "T-1")
    )
    child = toy_pack.main.replace("id: toy", "id: child\nextends: [base]")
    child = child.replace("  base: {", "  own: {")
    asked = ASKED.split("  - id: T-2")[0].replace("id: T-1", "id: C-1").replace("T-3", "T-1")
    folder = toy_pack("child", child, asked=asked.replace("document: base", "document: own"))
    assert [each.id for each in load(folder, rules, TABLES).requirements] == ["T-1", "T-2", "C-1"]
