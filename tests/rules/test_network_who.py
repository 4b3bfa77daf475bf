"""Who is meant by a requirement: populations, ages, sexes; and whose ages a provider admits."""

from datetime import date

import polars as pl
import pytest

from geodata.coverage import Limits
from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS
from rules.network.reach import prepare_network, restrict
from rules.network.scope import Scope, meant
from rules.network.who import Who

DAY = date(2026, 3, 31)
HERE = {"county_fips": "47037", "latitude": 36.0, "longitude": -86.0}
DOCTOR = {"taxonomy": "2084P0800X", "latitude": 36.0, "longitude": -86.0}


def network(people, listed):
    frames = [
        pl.DataFrame(
            [{**dict.fromkeys(columns), **row} for row in rows], schema=dict(columns), orient="row"
        )
        for rows, columns in ((people, MEMBER_COLUMNS), (listed, PROVIDER_COLUMNS))
    ]
    return prepare_network(*frames, DAY)


@pytest.mark.parametrize(
    ("who", "words", "key"),
    [
        (Who(), "members", "all"),
        (Who("adult"), "adult members", "adult"),
        (Who("adult", 21), "adult members aged 21 or older", "adult-from-21"),
        (Who("pediatric", None, 20), "pediatric members aged 0 to 20", "pediatric-to-20"),
        (Who("all", 14, 44, "F"), "female members aged 14 to 44", "all-f-14-to-44"),
        (Who("smi"), "members with serious mental illness", "smi"),
        (Who("dual", sex="M"), "male dually eligible members", "dual-m"),
        (Who("all", 65), "members aged 65 or older", "all-from-65"),
    ],
)
def test_who_is_told_in_words_and_in_subjects(who, words, key):
    assert (who.words, who.key) == (words, key)


@pytest.mark.parametrize(
    ("applies_to", "message"),
    [
        ({"population": "elderly"},
         "population 'elderly' is not one of all, adult, pediatric, smi, dual"),
        ({"age_from": "x"}, "age_from 'x' is not a number of whole years"),
        ({"age_to": "-1"}, "age_to '-1' is not a number of whole years"),
        ({"age_from": "40", "age_to": "39"}, "ages from 40 to 39 hold nobody"),
        ({"population": "adult", "age_to": "17"}, "ages from 18 to 17 hold nobody"),
        ({"sex": "X"}, "sex 'X' is not F or M"),
    ],
)  # fmt: skip
def test_scopes_that_mean_nobody(applies_to, message):
    with pytest.raises(ValueError) as refused:
        Scope.read({"specialty": "psychiatry", **applies_to})
    assert str(refused.value) == message


def test_members_by_age_sex_and_flag_on_both_sides_of_each_edge():
    born = {
        "turned 21 today": (date(2005, 3, 31), "F", "Y", "full"),
        "turns 21 tomorrow": (date(2005, 4, 1), "M", "N", "partial"),
        "turned 45 today": (date(1981, 3, 31), "F", None, "none"),
        "44 until tomorrow": (date(1981, 4, 1), "F", "Y", None),
        "unknown": (None, None, None, None),
    }
    people = [
        {**HERE, "birth_date": day, "sex": sex, "smi": smi, "dual_status": dual}
        for day, sex, smi, dual in born.values()
    ]
    reached = network(people, [])
    counts = {
        who.key: reached.group("47037", who).members
        for who in (
            Who(), Who("adult", 21), Who("pediatric", None, 20), Who("all", 21, 44, "F"),
            Who("smi"), Who("dual"), Who("smi", 21, 30), Who("all", sex="M"), Who("all", 150),
        )
    }  # fmt: skip
    assert counts == {
        "all": 5, "adult-from-21": 3, "pediatric-to-20": 1, "all-f-21-to-44": 2, "smi": 2,
        "dual": 2, "smi-21-to-30": 1, "all-m": 1, "all-from-150": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ages", "who", "counts"),
    [
        ((None, None), Who("pediatric"), True),
        ((17, 30), Who("pediatric"), True),
        ((18, None), Who("pediatric"), False),
        ((18, None), Who("pediatric", None, 20), True),
        ((None, 20), Who("adult", 21), False),
        ((None, 21), Who("adult", 21), True),
        ((45, None), Who("all", 14, 44), False),
        ((44, 44), Who("all", 14, 44), True),
        ((65, None), Who(), True),
        ((65, None), Who("smi"), True),
    ],
)
def test_a_row_counts_when_its_ages_overlap(ages, who, counts):
    row = {**DOCTOR, "npi": "1", "age_min": ages[0], "age_max": ages[1]}
    assert network([HERE], [row]).listed("psychiatry", who) == int(counts)


def test_providers_are_told_by_how_they_are_listed():
    reached = network(
        [HERE],
        [
            {**DOCTOR, "npi": "1", "telehealth": "offers"},
            {**DOCTOR, "npi": "1", "latitude": None, "telehealth": "only"},
            {**DOCTOR, "npi": "2", "telehealth": "only"},
            {**DOCTOR, "npi": "3", "latitude": None},
            {**DOCTOR, "npi": "4", "latitude": None, "zip": "37203"},
            {**DOCTOR, "npi": "5", "latitude": None, "zip": "37203"},
            {**DOCTOR, "npi": "5"},
            {**DOCTOR, "npi": "6", "contract_end": date(2026, 3, 30), "telehealth": "only"},
        ],
    )
    told = reached.told("psychiatry", "all")
    assert (told.listed, told.unlocated, told.approximate, told.telehealth) == (3, 1, 1, 2)
    some = restrict(reached, {"2", "3", "5", "77"}).told("psychiatry", "all")
    assert (some.listed, some.unlocated, some.approximate, some.telehealth) == (1, 1, 0, 1)


def test_contracts_count_on_their_first_and_last_day():
    row = {**DOCTOR, "npi": "1"}
    for name, day, counts in (
        ("contract_effective", DAY, 1),
        ("contract_effective", date(2026, 4, 1), 0),
        ("contract_end", DAY, 1),
        ("contract_end", date(2026, 3, 30), 0),
    ):
        assert network([HERE], [{**row, name: day}]).listed("psychiatry", "all") == counts


def test_restricting_leaves_the_members_and_takes_the_providers():
    near, far = {**DOCTOR, "npi": "1"}, {**DOCTOR, "npi": "2", "latitude": 36.5}
    reached = network([HERE], [near, far])
    limits = Limits("distance", 20.0, None, None)
    told = []
    for npis in ({"1", "2"}, {"2"}, set()):
        some = restrict(reached, npis)
        covered = some.cover("47037", "all", "psychiatry", limits)
        counted = some.count("47037", "all", "psychiatry", limits)
        told.append((covered.people, covered.within, counted.providers))
    assert told == [(1.0, 1.0, 1), (1.0, 0.0, 0), (1.0, 0.0, 0)]
    assert reached.cover("47037", "all", "psychiatry", limits).within == 1.0


def test_counties_by_class_and_region():
    classes = {"1": "urban", "2": "other", "3": "other"}
    regions = {"1": "north", "2": "north", "3": "south"}

    def counties(**applies_to):
        scope = Scope.read({"specialty": "psychiatry", **applies_to})
        return list(meant(scope, ("", "1", "2", "3"), classes, regions))

    assert counties() == [("", None), ("1", "urban"), ("2", "other"), ("3", "other")]
    assert counties(county_class="other") == [("", None), ("2", "other"), ("3", "other")]
    assert counties(region="north") == [("1", "urban"), ("2", "other")]
    assert counties(region="north", county_class="other") == [("2", "other")]
    with pytest.raises(ValueError, match=r"^region 'east' is not one of the contract's regions$"):
        Scope.read({"specialty": "psychiatry", "region": "east"}).check_region(regions)
