"""Which standards of a pack ``adequacy`` holds a county against, and what it says of the others."""

import gzip
from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
import pytest

from monitor.adequacy import EVERY, SCHEMA, AdequacyError
from rules.contract import load
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network import nw03_too_many_members as nw03
from tests.monitor.adequacy_sample import (
    FAR,
    HERE,
    MEMBERS,
    ONE,
    PROVIDERS,
    PSYCHIATRIST,
    THIRTY_MILES,
    TOY,
    answer_of,
    shown,
)
from tests.monitor.standards import REACH, contract, requirement

GOOD = [MEMBERS, f"1,A,47037,{HERE}"]


@pytest.fixture
def ask(tmp_path):
    return partial(answer_of, tmp_path)


def test_an_unknown_class_is_not_guessed(ask):
    by_class = nw01.Params(
        logic="both",
        by_county_class={"metro": nw01.ClassLimit(share=0.9, max_minutes=45.0, max_miles=30.0)},
    )
    pack = contract(requirement("TD", by_class), requirement("MIN", ONE), c47037="metro")
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,A,47189,{HERE}", "3,A,,30,-80"],
        [PROVIDERS, PSYCHIATRIST],
        pack,
    )
    assert shown(answer, "county_fips", "members", "share", "max_miles_allowed", "verdict") == [
        ("", 1.0, None, None, "could_not_run"),
        ("47037", 1.0, 1.0, 30.0, "met"),
        ("47189", 1.0, None, None, "could_not_run"),
    ]
    assert answer.rows["count_verdict"].to_list() == ["could_not_run", "met", "could_not_run"]
    assert (
        answer.notes[-1]
        == "county class unknown: (none), 47189; name a population file (--counties)"
    )


def test_a_population_file_gives_classes_and_the_packs_own_list_goes_first(ask, tmp_path):
    people = tmp_path / "counties.csv.gz"
    people.write_bytes(gzip.compress(b"STATEFP,COUNTYFP,POPULATION\n47,037,715884\n47,055,30346\n"))
    pack = replace(TOY, county_classes={"47055": "micro"})
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,A,47055,{HERE}"],
        [PROVIDERS, PSYCHIATRIST],
        pack,
        counties=people,
    )
    assert shown(answer, "county_fips", "county_class") == [("47037", "metro"), ("47055", "micro")]
    assert answer.notes[-1].startswith("42 CFR 422.116(c) puts a county of under 10,000 people")


def test_many_unknown_classes_are_named_in_part(ask):
    lines = [f"{at},A,{47000 + at},{HERE}" for at in range(1, 14)]
    pack = contract(requirement("TD", REACH, county_class="metro"))
    answer = ask([MEMBERS, *lines], [PROVIDERS, PSYCHIATRIST], pack)
    assert answer.notes[-1] == (
        "county class unknown: 47001, 47002, 47003, 47004, 47005, 47006, 47007, 47008, 47009, "
        "47010 and 3 more; name a population file (--counties)"
    )


def test_the_contracts_own_standard_goes_before_an_inherited_and_a_milder_one(ask):
    far = nw01.Params(logic="distance", share=0.5, max_miles=100.0)
    near = nw01.Params(logic="distance", share=0.9, max_miles=5.0)
    own = [requirement("OWN-2", far, severity="minor"), requirement("OWN-1", near)]
    pack = contract(requirement("BASE", REACH, severity="critical", pack="base"), *own)
    members, providers = [MEMBERS, f"1,A,47037,{THIRTY_MILES}"], [PROVIDERS, PSYCHIATRIST]
    assert shown(ask(members, providers, pack), "max_miles_allowed") == [(5.0,)]
    inherited = replace(pack, requirements=pack.requirements[:1])
    assert shown(ask(members, providers, inherited), "max_miles_allowed") == [(30.0,)]


def test_standards_that_are_in_no_row_are_named(ask):
    wide = nw01.Params(logic="distance", share=1.0, max_miles=90.0)
    ratio = replace(requirement("RATIO", nw03.Params(per_members=400)), rule="NW03")
    pack = contract(requirement("NEAR", REACH), requirement("WIDE", wide), ratio)
    members, providers = [MEMBERS, f"1,A,47037,{FAR}"], [PROVIDERS, PSYCHIATRIST]
    answer = ask(members, providers, pack)
    assert shown(answer, "max_miles_allowed", "verdict") == [(30.0, "not_met")]
    assert [note for note in answer.notes if "standard gives" in note or "review" in note] == [
        "in no row, because another standard of the same specialty and members goes before: WIDE; "
        "--every-standard gives each a row of its own",
        "measured by carvein review alone: NW03 (1)",
    ]
    alone = replace(pack, requirements=pack.requirements[:1])
    assert not [note for note in ask(members, providers, alone).notes if "carvein review" in note]


def test_a_standard_for_one_class_of_county(ask):
    pack = contract(
        requirement("TD", REACH, county_class="metro"),
        requirement("MIN-R", nw02.Params(within="TD", minimum=3), county_class="rural"),
        requirement("MIN", nw02.Params(within="TD", minimum=2)),
        c47037="metro",
        c47181="rural",
    )
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,A,47181,{HERE}"], [PROVIDERS, PSYCHIATRIST], pack
    )
    assert shown(answer, "county_fips", "verdict", "providers_counted", "providers_required") == [
        ("47037", "met", 1, 2),
        ("47181", "not_applicable", 1, 3),
    ]
    only_metro = replace(pack, requirements=pack.requirements[:1])
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,A,47181,{HERE}"], [PROVIDERS, PSYCHIATRIST], only_metro
    )
    assert shown(answer, "county_fips") == [("47037",)]


def test_the_minimum_that_names_the_limit_goes_first(ask):
    pack = contract(
        requirement("TD", REACH),
        requirement("OTHER", replace(REACH, max_miles=1.0), population="adult"),
        requirement("MIN-O", nw02.Params(within="OTHER", minimum=9)),
        requirement("MIN", nw02.Params(within="TD", minimum=2)),
    )
    answer = ask([MEMBERS, f"1,A,47037,{HERE}"], [PROVIDERS, PSYCHIATRIST], pack)
    assert answer.rows.filter(pl.col("population") == "all")["providers_required"].to_list() == [2]


def test_packs_that_ask_nothing_that_can_be_measured(ask):
    day = date(2023, 12, 31)
    with pytest.raises(AdequacyError) as refused:
        ask(GOOD, [PROVIDERS], load("ma-422-116"), day)
    assert str(refused.value) == "ma-422-116: no network standard is in force on 2023-12-31"
    with pytest.raises(AdequacyError) as refused:
        ask(GOOD, [PROVIDERS], contract(requirement("TD", REACH, specialty="palmistry")))
    assert str(refused.value) == (
        "toy TD: specialty 'palmistry' is not in the value set of specialties"
    )
    with pytest.raises(AdequacyError) as refused:
        ask(GOOD, [PROVIDERS], contract(requirement("MIN", ONE)))
    assert str(refused.value) == "toy MIN: reach is that of TD, which the contract lacks"


PAIR = ("requirement", "verdict", "required_share", "count_requirement", "providers_required",
        "count_verdict")  # fmt: skip


def test_every_standard_in_force_has_a_row_of_its_own(ask):
    wide = nw01.Params(logic="distance", share=1.0, max_miles=90.0)
    pack = contract(
        requirement("NEAR", REACH),
        requirement("WIDE", wide),
        requirement("MIN-W", nw02.Params(within="WIDE", minimum=1)),
        requirement("MIN-W2", nw02.Params(within="WIDE", minimum=3)),
        requirement("LATER", REACH, starts=date(2026, 4, 1)),
        requirement("RURAL", REACH, county_class="rural"),
        c47037="metro",
    )
    members, providers = [MEMBERS, f"1,A,47037,{FAR}"], [PROVIDERS, PSYCHIATRIST]
    answer = ask(members, providers, pack, every=True)
    assert answer.rows.columns == [*SCHEMA, *EVERY]
    assert shown(answer, *PAIR) == [
        ("NEAR", "not_met", 0.9, "", None, "not_applicable"),
        ("WIDE", "met", 1.0, "MIN-W", 1, "met"),
        ("", "not_applicable", None, "MIN-W2", 3, "not_met"),
    ]
    assert not [note for note in answer.notes if "in no row" in note]
    # The first row of a specialty and population is the one that stands alone otherwise,
    # but for the minimum number, which then is of whichever limit.
    alone = ask(members, providers, pack)
    assert alone.rows.columns == list(SCHEMA)
    assert shown(alone, "max_miles_allowed", "verdict", "providers_required") == [
        (30.0, "not_met", 1)
    ]


@pytest.mark.parametrize(
    ("params", "scope", "needed"),
    [
        (REACH, {}, False),
        (REACH, {"county_class": "metro"}, True),
        (nw01.Params(logic="time", share=0.9, max_minutes=30.0), {}, True),  # the speed
        (nw01.Params(logic="both", share=0.9, max_minutes=30.0, max_miles=20.0), {}, False),
    ],
)
def test_an_unknown_class_is_told_where_a_standard_depends_on_it(ask, params, scope, needed):
    answer = ask(GOOD, [PROVIDERS, PSYCHIATRIST], contract(requirement("TD", params, **scope)))
    told = "county class unknown: 47037; name a population file (--counties)"
    assert (told in answer.notes) is needed
