"""Siting on small files: what is chosen, by which standard, and what is refused."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import polars as pl
import pytest

from monitor.adequacy import adequacy
from monitor.adequacy_input import AdequacyError, read_members, read_providers
from monitor.siting import siting
from monitor.siting_answer import ADDITIONS, COUNTIES, GAINED, write_siting
from rules.network import nw01_beyond_reach as nw01
from tests.monitor.siting_sample import (
    ASKED,
    BY_CLASS,
    COUNSELOR,
    HERE,
    MEMBERS,
    NOTHING,
    PROVIDERS,
    STRAIGHT,
    THERE,
    YONDER,
    chosen,
    requirement,
)
from tests.monitor.standards import DAY, contract

EXACT = "exact: no choice of 2 brings more members within the standard"
EVERY_AGE = "candidates are taken to see members of every age, in person, at their one point"
ALL_COUNT = (
    "candidates.csv has no taxonomy, program or specialty: all in it count as "
    "Outpatient behavioral health"
)


@pytest.fixture
def ask(tmp_path):
    return partial(chosen, tmp_path)


def test_the_three_tables_by_hand(ask, tmp_path):
    answer = ask(
        [
            f"1,A,47037,{HERE},8",
            f"2,A,47037,{THERE},2",
            f"3,A,47189,{THERE},5",
            "4,A,47189,36.5,-84.0,3",
            "5,A,47189,,,1",
        ],
        [f"1000000004,{COUNSELOR},{HERE}"],
        [f"B,Bell,Ames,TN,37203,{THERE}", f"C,Cole,,,,{YONDER}", "D,Dee,Cane,TN,,36.6,-84.0"],
    )
    assert answer.additions.rows() == [
        (1, "B", "Bell", "Ames TN 37203", "47093", 36.0, -84.0, "N", 0, 10.0, 10.0, 18 / 19)
    ]
    assert answer.gained.rows() == [
        (1, "B", "47037", "Davidson", 2.0),
        (1, "B", "47189", "Wilson", 8.0),
    ]
    assert answer.counties.rows() == [
        (
            *("47037", "Davidson", "metro", "TD", "10 miles", 10.0, 0.0, 8.0, 2.0, 10.0),
            *(0.8, 1.0, 0.9, "N", "Y"),
        ),
        (
            *("47189", "Wilson", "rural", "TD", "60 miles", 9.0, 1.0, 0.0, 8.0, 8.0),
            *(0.0, 8 / 9, 0.85, "N", "Y"),
        ),
    ]
    assert (answer.verdict, answer.notes) == (
        EXACT,
        (
            STRAIGHT,
            ALL_COUNT,
            EVERY_AGE,
            "members without a point, whom no addition reaches: 1",
            "2 were asked for and 1 named: no other gains anybody",
        ),
    )
    beside = write_siting(answer, tmp_path / "out.csv")
    assert [path.name for path in beside] == ["out-gained.csv", "out-counties.csv"]
    for path, rows, schema in (
        (tmp_path / "out.csv", answer.additions, ADDITIONS),
        (beside[0], answer.gained, GAINED),
        (beside[1], answer.counties, COUNTIES),
    ):
        assert pl.read_csv(path, schema=dict(schema)).equals(rows)


@pytest.mark.parametrize("seed", range(6))
def test_adequacy_finds_the_gain_when_the_additions_are_under_contract(tmp_path, seed):
    draw = np.random.default_rng(seed)
    points = np.round(np.column_stack([35.5 + draw.random(95), -86.5 + draw.random(95)]), 5)
    homes, own, could = points[:70], points[70:75], points[75:]
    lines = [
        f"{at},A,{'47037' if at % 2 else '47189'},{p[0]},{p[1]},{1 + at % 4}"
        for at, p in enumerate(homes)
    ]
    contracted = [f"{10**9 + at},{COUNSELOR},{p[0]},{p[1]}" for at, p in enumerate(own)]
    pack = contract(
        requirement("TD", replace(BY_CLASS, by_county_class={
            "metro": nw01.ClassLimit(share=0.9, max_miles=12.0),
            "rural": nw01.ClassLimit(share=0.85, max_miles=20.0),
        })),
        c47037="metro",
        c47189="rural",
    )  # fmt: skip

    def write(name, *rows):
        (tmp_path / name).write_text("\n".join(rows) + "\n")
        return tmp_path / name

    members = write("m.csv", MEMBERS, *lines)
    before = write("p.csv", PROVIDERS, *contracted)
    sites = write(
        "c.csv",
        "npi,latitude,longitude",
        *(f"{2 * 10**9 + at},{p[0]},{p[1]}" for at, p in enumerate(could)),
    )
    answer = siting(
        read_members(members).rows,
        read_providers(before).rows,
        sites,
        replace(ASKED, contract=pack, add=4),
    )
    assert len(answer.additions) == 4
    added = [
        f"{npi},{COUNSELOR},{north},{east}"
        for npi, north, east in answer.additions.select("candidate", "latitude", "longitude").rows()
    ]
    after = write("q.csv", PROVIDERS, *contracted, *added)
    for file, within, met in (
        (before, "within_before", "met_before"),
        (after, "within_after", "met_after"),
    ):
        found = adequacy(members, file, pack, DAY).rows
        told = answer.counties
        assert told["county_fips"].to_list() == found["county_fips"].to_list()
        assert told[within].to_list() == found["within"].to_list()
        assert told[met].to_list() == ["Y" if v == "met" else "N" for v in found["verdict"]]
    assert answer.additions["cumulative_gained"][-1] == answer.counties["gained"].sum()
    assert answer.gained["members_gained"].sum() == answer.counties["gained"].sum()


def test_of_candidates_at_one_point_the_first_id_is_named_with_how_many_more(ask):
    lines = [f"{name},,,,,{THERE}" for name in ("C", "A", "B", "A")]
    for order in (lines, lines[::-1]):
        answer = ask([f"1,A,47037,{THERE},2"], [], order)
        assert answer.additions.select("candidate", "others_at_point").rows() == [("A", 2)]


def test_ties_fall_to_the_lower_id_whatever_the_order_of_the_file(ask):
    lines = [f"Z,,,,,{HERE}", f"K,,,,,{THERE}", f"M,,,,,{YONDER}"]
    people = [f"{at},A,47037,{place},4" for at, place in enumerate((HERE, THERE, YONDER))]
    for order in (lines, lines[::-1]):
        answer = ask(people, [], order)
        assert answer.additions["candidate"].to_list() == ["K", "M"]


def test_nothing_to_gain_no_candidates_and_more_asked_for_than_there_are(ask):
    people = [f"1,A,47037,{HERE},2"]
    own = [f"1000000004,{COUNSELOR},{HERE}"]
    assert ask(people, own, [f"B,,,,,{HERE}"]).verdict == NOTHING
    assert ask(people, own, [f"B,,,,,{THERE}"]).verdict == NOTHING
    empty = ask(people, [], [])
    assert (empty.verdict, empty.additions.rows(), empty.gained.rows()) == (NOTHING, [], [])
    assert "no candidate is left to choose from" in empty.notes
    assert empty.counties.select("share_before", "share_after", "met_after").rows() == [(0, 0, "N")]
    more = ask(people, [], [f"B,,,,,{HERE}"], replace(ASKED, add=9))
    assert more.additions["candidate"].to_list() == ["B"]
    assert more.notes[-1] == "9 were asked for and 1 named: no other gains anybody"


def test_a_county_whose_class_is_unknown_is_told_and_left_out(ask):
    answer = ask([f"1,A,47001,{HERE},2", f"2,A,47037,{HERE},1"], [], [f"B,,,,,{HERE}"])
    assert answer.counties["county_fips"].to_list() == ["47037"]
    assert answer.notes[-2] == (
        "Anderson (47001): the county's class is unknown, and the limit depends on it"
    )


def test_the_population_and_the_requirement_asked_for(ask):
    flat = nw01.Params(logic="distance", share=0.9, max_miles=5.0)
    pack = contract(
        requirement("TD", BY_CLASS),
        requirement("CHILD", flat, population="pediatric"),
        requirement("TD2", flat),
        c47037="metro",
    )
    asked = replace(ASKED, contract=pack)
    case = ([f"1,A,47037,{HERE},2"], [], [f"B,,,,,{HERE}"])

    def limit(**more):
        return ask(*case, replace(asked, **more)).counties.select("requirement", "limit").rows()

    assert limit(population="all") == [("TD", "10 miles")]
    assert limit(requirement="TD2") == [("TD2", "5 miles")]
    told = "held against TD; not against TD2: name it with --requirement"
    for more, said in (({"population": "all"}, True), ({"requirement": "TD2"}, False)):
        assert (told in ask(*case, replace(asked, **more)).notes) is said
    for more, message in (
        (
            {},
            "toy on 2026-03-31 has standards of outpatient_behavioral_health for all, pediatric: "
            "choose one with --population",
        ),
        (
            {"population": "adult"},
            "--population adult: toy on 2026-03-31 has all, pediatric for "
            "outpatient_behavioral_health",
        ),
        (
            {"requirement": "NO"},
            "--requirement NO: toy on 2026-03-31 has TD, TD2, CHILD for "
            "outpatient_behavioral_health",
        ),
        (
            {"specialty": "psychiatry"},
            "toy on 2026-03-31: no time and distance standard for psychiatry",
        ),
        ({"specialty": "x"}, "--specialty x: not in the value set of specialties"),
        (
            {"specialty": "Psychiatri"},
            "--specialty Psychiatri: not in the value set of specialties; is it psychiatry?",
        ),
        ({"as_of": date(2020, 1, 1)}, "toy: no network standard is in force on 2020-01-01"),
    ):
        with pytest.raises(AdequacyError) as refused:
            limit(**more)
        assert str(refused.value) == message


def test_a_standard_of_two_choices_is_refused(ask):
    two = nw01.Params(logic="distance", share=0.9, max_miles=5.0, providers=2)
    asked = replace(ASKED, contract=contract(requirement("TWO", two)))
    with pytest.raises(AdequacyError) as refused:
        ask([f"1,A,47037,{HERE},2"], [], [f"B,,,,,{HERE}"], asked)
    assert str(refused.value) == (
        "TWO asks for 2 providers within reach; siting answers standards that ask for one: name "
        "another with --requirement, or add sites of your choice to the providers and let carvein "
        "adequacy count"
    )


def test_the_telehealth_credit_decides_whether_a_county_meets_the_standard(tmp_path):
    credit = nw01.Params(logic="distance", share=0.9, max_miles=5.0, telehealth_credit=0.1)
    (tmp_path / "p.csv").write_text(
        f"{PROVIDERS},telehealth\n1000000004,{COUNSELOR},{YONDER},offers\n"
    )
    people = [f"{at},A,47037,{HERE if at < 8 else THERE},1" for at in range(10)]
    (tmp_path / "m.csv").write_text("\n".join([MEMBERS, *people]) + "\n")
    (tmp_path / "c.csv").write_text(f"id,latitude,longitude\nB,{HERE}\n")
    answer = siting(
        read_members(tmp_path / "m.csv").rows,
        read_providers(tmp_path / "p.csv").rows,
        tmp_path / "c.csv",
        replace(ASKED, contract=contract(requirement("TD", credit))),
    )
    told = ("share_before", "share_after", "met_before", "met_after")
    assert answer.counties.select(told).rows() == [(0.0, 0.8, "N", "Y")]
