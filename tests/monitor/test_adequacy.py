"""``adequacy`` on small files: whom it counts, and how the answer is laid out."""

from datetime import date
from functools import partial

import pytest

from tests.monitor.adequacy_sample import (
    FAR,
    HERE,
    MEMBERS,
    ONE,
    PROVIDERS,
    PSYCHIATRIST,
    THIRTY_MILES,
    answer_of,
    shown,
)
from tests.monitor.standards import DAY, REACH, contract, requirement


@pytest.fixture
def ask(tmp_path):
    return partial(answer_of, tmp_path)


def test_one_row_by_hand(ask):
    answer = ask(
        [f"{MEMBERS},weight", f"M1,A,47037,{THIRTY_MILES},8", f"M2,A,47037,{FAR},2"],
        [PROVIDERS, PSYCHIATRIST],
    )
    [row] = answer.rows.iter_rows(named=True)
    assert row == {
        "plan_id": "A",
        "county_fips": "47037",
        "county_class": "metro",
        "specialty": "psychiatry",
        "specialty_code": "029",
        "population": "all",
        "members": 10.0,
        "max_minutes_allowed": None,
        "max_miles_allowed": 30.0,
        "within": 8.0,
        "borderline": 8.0,
        "share": 0.8,
        "required_share": 0.9,
        "providers_counted": 1,
        "providers_required": 1,
        "longest_miles": pytest.approx(69.0934, abs=1e-4),
        "longest_minutes": pytest.approx(69.0934 * 60 / 40, abs=1e-3),
        "unlocated": 0.0,
        "travel": "estimated",
        "verdict": "not_met",
        "count_verdict": "met",
        "approximate": 0.0,
        "unreachable": 0.0,
        "unsnapped": 0.0,
        "outside": 0.0,
        "undecided": 0.0,
        "choices_required": 1,
        "telehealth": 0,
        "share_credited": 0.8,
        "providers_listed": 1,
        "providers_unlocated": 0,
        "providers_approximate": 0,
        "exception": "",
        "serving_within": None,
        "serving_share": None,
        "serving_providers": None,
        "serving_verdict": None,
        "lost_members": None,
    }
    assert answer.notes == (
        "straight-line miles; time not independently measured",
        "minimum numbers are per 1,000 of the plan's members of the county",
        "members.csv has no column zip, birth_date, enrolled_from, enrolled_to",
        "providers.csv has no column program, site_id, zip, contract_effective, contract_end, "
        "age_min, age_max, telehealth, beds",
    )


def test_rows_come_by_plan_and_county_and_then_in_the_packs_order(ask):
    pack = contract(
        requirement("TD-P", REACH, population="pediatric"),
        requirement("TD", REACH),
        requirement("MIN", ONE),
    )
    answer = ask(
        [f"{MEMBERS},birth_date", f"1,B,47037,{HERE},2000-01-01", f"2,A,47189,{HERE},2020-01-01",
         f"3,A,47037,{HERE},2020-01-01"],
        [PROVIDERS, PSYCHIATRIST],
        pack,
    )  # fmt: skip
    assert shown(answer, "plan_id", "county_fips", "population", "members", "verdict") == [
        ("A", "47037", "pediatric", 1.0, "met"),
        ("A", "47037", "all", 1.0, "met"),
        ("A", "47189", "pediatric", 1.0, "met"),
        ("A", "47189", "all", 1.0, "met"),
        ("B", "47037", "pediatric", 0.0, "not_applicable"),
        ("B", "47037", "all", 1.0, "met"),
    ]
    # No minimum is asked of the pediatric population; the providers in reach are counted anyway.
    assert shown(answer, "providers_counted", "providers_required", "count_verdict")[:2] == [
        (1, None, "not_applicable"),
        (1, 1, "met"),
    ]
    # No standard here depends on a county's class, so that none is missed.
    assert not [note for note in answer.notes if "class" in note]


def test_a_group_without_members_has_no_share(ask):
    answer = ask([f"{MEMBERS},weight", f"1,A,47037,{HERE},0"], [PROVIDERS, PSYCHIATRIST])
    assert shown(
        answer, "members", "within", "share", "longest_miles", "verdict", "count_verdict"
    ) == [(0.0, 0.0, None, None, "not_applicable", "not_applicable")]


@pytest.mark.parametrize("rows", [[], [f"1000000004,207Q00000X,{HERE}"]])
def test_no_provider_of_the_specialty_is_0_percent(ask, rows):
    answer = ask([MEMBERS, f"1,A,47037,{HERE}"], [PROVIDERS, *rows])
    assert shown(
        answer, "share", "providers_counted", "longest_miles", "verdict", "count_verdict"
    ) == [(0.0, 0, None, "not_met", "not_met")]


def test_day_of_contract_enrolment_and_age(ask):
    members = [
        f"{MEMBERS},birth_date,enrolled_from,enrolled_to",
        f"1,A,47037,{HERE},2008-03-31,2026-03-31,",
        f"2,A,47037,{HERE},2008-03-31,2026-04-01,",
    ]
    providers = [f"{PROVIDERS},contract_end", f"{PSYCHIATRIST},2026-03-31"]
    pack = contract(requirement("TD", REACH, starts=date(2024, 1, 1), population="adult"))
    got = [
        shown(ask(members, providers, pack, day), "members", "share", "verdict")
        for day in (date(2026, 3, 30), DAY, date(2026, 4, 1))
    ]
    assert got == [[(0.0, None, "not_applicable")], [(1.0, 1.0, "met")], [(2.0, 0.0, "not_met")]]


def test_what_does_not_count_is_told(ask):
    answer = ask(
        [f"{MEMBERS},zip", f"1,A,47037,{HERE},", "2,A,47037,,,37203", "3,A,47037,,,"],
        [
            f"{PROVIDERS},telehealth,contract_end,zip",
            f"1,2084P0800X,{HERE},only,,",
            f"2,2084P0800X,{HERE},none,2026-03-30,",
            "3,2084P0800X,x,y,,,",
            "4,2084P0800X,,,,,37203",
            f"5,183500000X,{HERE},,,",
        ],
    )
    # Nashville's 37203 is over 40 miles from the first member, and at the second.
    assert shown(answer, "members", "within", "unlocated", "providers_counted") == [
        (3.0, 1.0, 1.0, 1)
    ]
    assert answer.notes[2:7] == (
        "A: 1 provider row not under contract on the day",
        "A: 1 provider row seen by telehealth only",
        "A: 1 provider row without a point",
        "A: 1 provider row of no specialty",
        "A: 1 provider row placed at the centroid of its ZIP code",
    )


def test_rows_that_no_specialty_counts_are_told_apart(ask):
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}"],
        [
            PROVIDERS,
            PSYCHIATRIST,
            f"1000000004,101YM0800X,{HERE}",  # a psychiatrist's second row: no outpatient clinic
            f"1000000004,101YP2500X,{HERE}",
            f"1000000012,101YM0800X,{HERE}",
            f"1000000020,106S00000X,{HERE}",  # a behavior technician
            f"1000000038,183500000X,{HERE}",  # a pharmacist
        ],
    )
    assert answer.notes[2:5] == (
        "A: 1 provider row of people who work under another's name, whom no specialty counts",
        "A: 1 provider row of no specialty",
        "A: 2 provider rows ruled out of outpatient behavioral health by another row of the same "
        "NPI (a psychiatrist, psychologist or clinical social worker is listed under that alone)",
    )


def test_a_plans_own_providers_count_for_it_alone(ask):
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,B,47037,{HERE}"],
        [f"{PROVIDERS},plan_id", f"{PSYCHIATRIST},A", f"2,2084P0800X,{HERE},"],
    )
    assert shown(answer, "plan_id", "providers_counted") == [("A", 2), ("B", 1)]


def test_a_named_specialty_goes_before_the_taxonomy(ask):
    answer = ask(
        [MEMBERS, f"1,A,47037,{HERE}"],
        [
            f"{PROVIDERS},specialty",
            f"1,207Q00000X,{HERE},psychiatry",
            f"2,2084P0800X,{HERE},primary_care",
            f"3,2084P0800X,{HERE},Psychiatrist",  # no slug: the taxonomy tells
        ],
    )
    assert answer.rows["providers_counted"].to_list() == [2]


def test_files_without_plan_or_county_are_one_plan_placed_by_point(ask):
    answer = ask(
        ["latitude,longitude", "36.1627,-86.7816", "36.1627,-86.7816"],
        ["npi,program,specialty,zip", "1,,psychiatry,37203"],
    )
    assert shown(answer, "plan_id", "county_fips", "members", "share") == [("", "47037", 2.0, 1.0)]
    assert "the plan: 1 provider row placed at the centroid of its ZIP code" in answer.notes


def test_progress_counts_specialties_over_plans(ask):
    seen = []
    ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,B,47037,{HERE}"],
        [PROVIDERS, PSYCHIATRIST],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
