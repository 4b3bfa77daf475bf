"""``adequacy`` on small files: what is counted, what is asked for, and what is refused."""

import gzip
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from monitor.adequacy import SCHEMA, AdequacyError, Beside, adequacy, write
from rules.contract import load
from rules.model import Citation, Contract, Document, Requirement, Severity, Value
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network import nw03_too_many_members as nw03

DAY = date(2026, 3, 31)
HERE = "36.0,-86.0"
THIRTY_MILES = "36.4341947531397,-86.0"
FAR = "37.0,-86.0"


def requirement(requirement_id, params, severity="major", pack="toy", starts=DAY, **scope):
    return Requirement(
        id=requirement_id,
        title=requirement_id,
        rule="NW02" if isinstance(params, nw02.Params) else "NW01",
        severity=Severity(severity),
        values=(Value(starts, params, Citation("base", "1")),),
        applies_to={"specialty": "psychiatry", **scope},
        pack=pack,
    )


def contract(*requirements, **classes):
    return Contract(
        id="toy",
        title="Toy",
        program="Toy",
        model="mco",
        state="TN",
        plans=("A", "B"),
        starts=DAY,
        ends=None,
        extends=(),
        documents={"base": Document("base", "Base", "2026")},
        requirements=requirements,
        county_classes={name.removeprefix("c"): word for name, word in classes.items()},
    )


REACH = nw01.Params(logic="distance", share=0.9, max_miles=30.0)
ONE = nw02.Params(within="TD", minimum=1)
TOY = contract(requirement("TD", REACH), requirement("MIN", ONE), c47037="metro")


@pytest.fixture
def ask(tmp_path):
    def run(members, providers, pack=TOY, day=DAY, progress=None, **beside):
        for name, lines in (("members", members), ("providers", providers)):
            (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return adequacy(tmp_path / "members.csv", tmp_path / "providers.csv", pack, day,
                        Beside(**beside), progress)  # fmt: skip

    return run


MEMBERS = "member_id,plan_id,county_fips,latitude,longitude"
PROVIDERS = "npi,taxonomy,latitude,longitude"
PSYCHIATRIST = f"1000000004,2084P0800X,{HERE}"


def shown(answer, *columns):
    return [tuple(row) for row in answer.rows.select(columns).iter_rows()]


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
    assert answer.notes[-1] == "county class unknown: 47037, 47189; name a population file"


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
    assert answer.notes[-1] == "county class unknown: (none), 47189; name a population file"


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
    answer = ask([MEMBERS, *lines], [PROVIDERS, PSYCHIATRIST])
    assert answer.notes[-1] == (
        "county class unknown: 47001, 47002, 47003, 47004, 47005, 47006, 47007, 47008, 47009, "
        "47010 and 3 more; name a population file"
    )


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
        "A: 1 provider rows are not under contract on the day",
        "A: 1 provider rows are seen by telehealth only",
        "A: 1 provider rows have no point",
        "A: 1 provider rows map to no specialty",
        "A: 1 provider rows are placed at the centroid of their ZIP code",
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
    assert "the plan: 1 provider rows are placed at the centroid of their ZIP code" in answer.notes


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
    assert [note for note in answer.notes if "carvein review" in note] == [
        "in no row, because another standard of the same specialty and members goes before: WIDE; "
        "carvein review measures each",
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


def test_progress_counts_specialties_over_plans(ask):
    seen = []
    ask(
        [MEMBERS, f"1,A,47037,{HERE}", f"2,B,47037,{HERE}"],
        [PROVIDERS, PSYCHIATRIST],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]


def test_gzip_and_parquet_say_what_csv_says(tmp_path):
    members = pl.DataFrame(
        {
            "member_id": ["1", "2"],
            "plan_id": ["A", "A"],
            "county_fips": [1001, 47037],  # as numbers: the zero is lost, and put back
            "latitude": [36.0, 36.0],
            "longitude": [-86.0, -86.0],
            "birth_date": [date(2020, 1, 1), None],
            "weight": [2, 3],
        }
    )
    providers = pl.DataFrame(
        {"npi": [1], "taxonomy": ["2084P0800X"], "latitude": [36.0], "longitude": [-86.0],
         "age_max": [64.0], "contract_effective": [date(2026, 1, 1)]}
    )  # fmt: skip
    members.write_parquet(tmp_path / "m.parquet")
    providers.write_parquet(tmp_path / "p.parquet")
    text = members.with_columns(pl.col("county_fips").cast(pl.String).str.zfill(5)).write_csv()
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "p.csv").write_text(providers.write_csv(), encoding="utf-8")
    first = adequacy(tmp_path / "m.parquet", tmp_path / "p.parquet", TOY, DAY)
    second = adequacy(tmp_path / "m.csv.gz", tmp_path / "p.csv", TOY, DAY)
    assert first.rows.equals(second.rows)
    assert shown(first, "county_fips", "members", "share") == [
        ("01001", 2.0, 1.0),
        ("47037", 3.0, 1.0),
    ]


def test_written_figures_are_unrounded_and_no_cell_is_a_formula(ask, tmp_path):
    answer = ask(
        [MEMBERS, *(f"{at},=1+1,47037,{HERE if at < 2 else FAR}" for at in range(3))],
        [PROVIDERS, PSYCHIATRIST],
    )
    write(answer.rows, tmp_path / "out.csv")
    header, line = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert header == ",".join(SCHEMA)
    cells = line.split(",")
    assert (cells[0], cells[11]) == ("'=1+1", repr(2 / 3))
    with pytest.raises(AdequacyError, match=r"none/out\.csv: cannot be written: No such file"):
        write(answer.rows, tmp_path / "none" / "out.csv")


GOOD = [MEMBERS, f"1,A,47037,{HERE}"]


@pytest.mark.parametrize(
    ("members", "providers", "message"),
    [
        ([MEMBERS], [PROVIDERS], "members.csv: no rows"),
        (["member_id", "1"], [PROVIDERS],
         "members.csv: no column latitude and longitude, zip or county_fips"),
        (["member_id;zip", "1;37203"], [PROVIDERS],
         "members.csv: no column latitude and longitude, zip or county_fips"),
        (["zip,zip", "37203,37203"], [PROVIDERS], "members.csv: a second column zip"),
        (["zip,weight", "37203,1", "37203,-1"], [PROVIDERS],
         "members.csv row 3: weight '-1'; wanted a number of 0 or more"),
        (["zip,weight", "37203,much"], [PROVIDERS],
         "members.csv row 2: weight 'much'; wanted a number of 0 or more"),
        (["zip,weight", "37203,inf"], [PROVIDERS],
         "members.csv row 2: weight 'inf'; wanted a number of 0 or more"),
        (["zip,birth_date", "37203,31.12.1990"], [PROVIDERS],
         "members.csv row 2: birth_date '31.12.1990'; wanted a date YYYY-MM-DD"),
        (["zip,birth_date", "37203,2026-02-30"], [PROVIDERS],
         "members.csv row 2: birth_date '2026-02-30'; wanted a date YYYY-MM-DD"),
        (GOOD, ["taxonomy,zip"], "providers.csv: no column npi"),
        (GOOD, ["npi,zip"], "providers.csv: no column taxonomy, program or specialty"),
        (GOOD, ["npi,taxonomy,latitude"],
         "providers.csv: no column latitude and longitude, or zip"),
        (GOOD, [f"{PROVIDERS},age_min", f"{PSYCHIATRIST},17.5"],
         "providers.csv row 2: age_min '17.5'; wanted a whole number"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(ask, members, providers, message):
    with pytest.raises(AdequacyError) as refused:
        ask(members, providers)
    assert str(refused.value) == message


def test_files_that_cannot_be_read(tmp_path):
    good = tmp_path / "p.csv"
    good.write_text(f"{PROVIDERS}\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "latin.csv").write_bytes(b"member_id,zip\nJos\xe9,37203\n")
    (tmp_path / "ragged.csv").write_bytes(b"member_id,zip\n1,37203,x\n")
    (tmp_path / "not.parquet").write_bytes(b"no parquet")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"member_id,zip\n1,37203\n")[:-9])
    for name in ("none.csv", "empty.csv", "latin.csv", "ragged.csv", "not.parquet", "cut.csv.gz"):
        with pytest.raises(AdequacyError, match=rf"^{name}: cannot be read: \S") as refused:
            adequacy(tmp_path / name, good, TOY, DAY)
        assert "\n" not in str(refused.value)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(AdequacyError) as refused:
        adequacy(tmp_path, tmp_path, TOY, DAY)
    assert str(refused.value) == f"{tmp_path.name}: a folder; wanted a CSV or Parquet file"


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


def test_a_population_file_that_cannot_be_read(ask, tmp_path):
    with pytest.raises(AdequacyError, match=r"^none\.csv: cannot be read: "):
        ask(GOOD, [PROVIDERS], counties=tmp_path / "none.csv")
