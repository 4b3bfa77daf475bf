"""Walking the rule families: one code, one name, one rule."""

from __future__ import annotations

from types import ModuleType

import pytest

from rules.registry import RegistryError, collect, find


def module(name: str, rule: object = None) -> ModuleType:
    made = ModuleType(name)
    if rule is not None:
        made.RULE = rule  # type: ignore[attr-defined]
    return made


def test_rules_come_in_the_order_of_their_codes(make_toy):
    first, second = make_toy("TY01"), make_toy("TY02")
    modules = [module("rules.toys.ty02_lost", second), module("rules.toys.ty01_broken", first)]
    assert list(collect(modules).items()) == [("TY01", first), ("TY02", second)]
    assert collect([]) == {}


def test_a_rule_is_found_by_code_name_and_alias(make_toy):
    rule = make_toy("TY01", aliases=("TY98",))
    known = collect([module("rules.toys.ty01_broken", rule)])
    assert [find(word, known) for word in ("TY01", "toys.broken-ty01", "TY98", "TY02")] == [
        rule,
        rule,
        rule,
        None,
    ]


@pytest.mark.parametrize(
    ("name", "changed", "fault"),
    [
        ("rules.toys.ty02_broken", {}, "the file does not carry the code TY01"),
        ("rules.toys.broken", {}, "the file does not carry the code TY01"),
        ("rules.games.ty01_broken", {}, "family toys, in the folder games"),
        ("rules.toys.ty01_broken", {"name": "toys.Broken"},
         "name toys.Broken, wanted toys.words-of-the-fault"),
        ("rules.toys.ty01_broken", {"name": "broken"},
         "name broken, wanted toys.words-of-the-fault"),
        ("rules.toys.ty01_broken", {"judged_by": ("share", "colour")},
         "judged_by names no param: colour"),
    ],
)  # fmt: skip
def test_a_rule_agrees_with_its_file(make_toy, name, changed, fault):
    with pytest.raises(RegistryError) as refused:
        collect([module(name, make_toy("TY01", **changed))])
    assert str(refused.value) == f"{name}: {fault}"


def test_codes_names_and_aliases_are_taken_once(make_toy):
    modules = [
        module("rules.toys.ty01_broken", make_toy("TY01")),
        module("rules.toys.ty01_lost", make_toy("TY01", name="toys.lost")),
        module("rules.toys.ty02_gone", make_toy("TY02", aliases=("TY01", "toys.lost"))),
        module("rules.toys.ty03_none"),
    ]
    with pytest.raises(RegistryError) as refused:
        collect(modules)
    assert str(refused.value).splitlines() == [
        "rules.toys.ty01_lost: TY01 is taken by rules.toys.ty01_broken",
        "rules.toys.ty02_gone: TY01 is taken by rules.toys.ty01_broken",
        "rules.toys.ty02_gone: toys.lost is taken by rules.toys.ty01_lost",
        "rules.toys.ty03_none: no RULE",
    ]
