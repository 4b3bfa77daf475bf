"""The state packs on small made-up counties: their rows, and their edges worked out by hand.

A degree of latitude is 69.0934 miles here; all members and sites lie on one meridian.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from geodata.travel import MATRIX, REACHED, UNREACHABLE, Travelled
from monitor.adequacy import AdequacyError, Beside, adequacy
from rules.contract import load

DAY = date(2026, 3, 31)
DEGREE = 69.0934
SOUTH = 33.0

MEMBERS = "member_id,plan_id,county_fips,birth_date,sex,latitude,longitude,weight"
PROVIDERS = "npi,taxonomy,program,latitude,longitude,telehealth,age_min,age_max"


def north(miles):
    """Return a latitude so many miles north of the southern end."""
    return SOUTH + miles / DEGREE


@pytest.fixture
def ask(tmp_path):
    def run(name, members, providers, counties=None, travel=None):
        """Answer with the rows of a pack: (county, miles, weight) and (npi, code, miles, more)."""
        people = [
            f"M{at},A,{fips},{born},F,{north(miles)},-100.0,{weight}"
            for at, (fips, miles, weight, born) in enumerate(members)
        ]
        sites = [
            f"{npi},{taxonomy},{program},{north(miles)},-100.0,{telehealth},0,120"
            for npi, taxonomy, program, miles, telehealth in providers
        ]
        files = {"members": [MEMBERS, *people], "providers": [PROVIDERS, *sites]}
        if counties is not None:
            heads = "STATEFP,COUNTYFP,POPULATION"
            files["counties"] = [heads, *(f"{f[:2]},{f[2:]},{n}" for f, n in counties.items())]
        for file, lines in files.items():
            (tmp_path / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        file = tmp_path / "counties.csv" if counties is not None else None
        paths = (tmp_path / "members.csv", tmp_path / "providers.csv")
        return adequacy(*paths, load(name), DAY, Beside(counties=file, travel=travel)).rows

    return run


ADULT, CHILD = "1980-05-05", "2015-05-05"
NPIS = ["1000000004", "1000000012", "1000000020"]


def shown(rows, specialty, *columns, population=None):
    of = rows.filter(specialty=specialty)
    of = of if population is None else of.filter(population=population)
    return of.select(columns).rows()


@pytest.mark.parametrize(
    ("near", "telehealth", "credited", "verdict"),
    [
        (9, "none", 0.9, "met"),
        (8, "none", 0.8, "not_met"),
        (8, "offers", 0.9, "met"),  # 80 % where telehealth is available
        (7, "offers", 0.8, "not_met"),
        (10, "offers", 1.0, "met"),
    ],
)
def test_arizona_asks_80_percent_with_telehealth(ask, near, telehealth, credited, verdict):
    rows = ask(
        "az-acom-436",
        [("04013", 9.99, near, ADULT), ("04013", 10.01, 10 - near, ADULT)],
        [(NPIS[0], "261QM0801X", "", 0, telehealth)],
    )
    columns = ("county_class", "max_minutes_allowed", "max_miles_allowed", "within", "verdict")
    found = shown(rows, "bh_clinic", *columns, "share_credited", population="adult")
    wanted = ("maricopa_pima", 15.0, 10.0, float(near), verdict)
    assert found == [(*wanted, pytest.approx(credited))]


def test_arizonas_credit_is_for_the_categories_that_the_policy_marks(ask):
    rows = ask(
        "az-acom-436",
        [("04013", 0, 8, ADULT), ("04013", 99, 2, ADULT)],
        [(NPIS[0], "282N00000X", "", 0, "offers"), (NPIS[1], "3336C0003X", "", 0, "offers")],
    )
    assert shown(rows, "acute_hospital", "share", "verdict") == [(0.8, "not_met")]
    assert shown(rows, "pharmacy", "share", "verdict") == [(0.8, "not_met")]


def test_the_rest_of_arizona_has_a_distance_for_clinics(ask):
    rows = ask(
        "az-acom-436",
        [("04021", 59.99, 9, ADULT), ("04021", 60.01, 1, ADULT), ("04023", 60.01, 1, ADULT)],
        [(NPIS[0], "261QM0801X", "", 0, "none")],
    )
    columns = ("county_fips", "max_minutes_allowed", "max_miles_allowed", "within", "verdict")
    assert shown(rows, "bh_clinic", *columns, population="adult") == [
        ("04021", None, 60.0, 9.0, "met"),
        ("04023", None, 60.0, 0.0, "not_met"),
    ]


def test_arizona_tells_adults_from_children_at_18_and_at_21(ask):
    nineteen = "2006-05-05"
    rows = ask(
        "az-acom-436",
        [("04013", 0, 4, nineteen), ("04013", 0, 2, ADULT), ("04013", 0, 1, CHILD)],
        [(NPIS[0], "207Q00000X", "", 0, "none"), (NPIS[1], "261QM0801X", "", 0, "none")],
    )
    members = {
        (slug, who.split("-")[0]): count
        for slug, who, count in rows.select("specialty", "population", "members").iter_rows()
    }
    assert (members["bh_clinic", "adult"], members["bh_clinic", "pediatric"]) == (6, 1)
    assert (members["primary_care", "adult"], members["primary_care", "pediatric"]) == (2, 5)
    assert members["obgyn", "all"] == 6  # 15 to 45: the adult is 45, and counts
    assert rows["verdict"].is_in(["met", "not_met", "not_applicable"]).all()


TWO_HERE = [(NPIS[0], "207Q00000X", "", 0, "none"), (NPIS[1], "207Q00000X", "", 0, "none")]
ONE_TWICE = [(NPIS[0], "207Q00000X", "", 0, "none"), (NPIS[0], "207Q00000X", "", 1, "none")]
NC_PEOPLE = {"37119": 1_115_482, "37095": 4_589}


@pytest.mark.parametrize(
    ("providers", "far", "verdict"),
    [
        (TWO_HERE, 1, "met"),  # 19 of 20 have two
        (TWO_HERE, 2, "not_met"),
        (TWO_HERE[:1], 0, "not_met"),  # all have one
        (ONE_TWICE, 0, "not_met"),  # one provider at two sites is one choice
    ],
)
def test_north_carolina_asks_for_two_providers(ask, providers, far, verdict):
    members = [("37119", 9.99, 20 - far, ADULT), ("37119", 10.01, far, ADULT)]
    rows = ask("nc", members, providers, NC_PEOPLE)
    found = shown(rows, "primary_care", "county_class", "max_miles_allowed", "verdict")
    assert found == [("urban", 10.0, verdict)]


def test_one_hospital_is_enough_in_north_carolina(ask):
    hospital = [(NPIS[0], "282N00000X", "", 0, "none")]
    members = [("37119", 14.99, 19, ADULT), ("37119", 15.01, 1, ADULT), ("37095", 29.9, 1, ADULT)]
    rows = ask("nc", members, hospital, NC_PEOPLE)
    columns = ("county_fips", "county_class", "max_miles_allowed", "share", "verdict")
    assert shown(rows, "acute_hospital", *columns) == [
        ("37095", "rural", 30.0, 1.0, "met"),
        ("37119", "urban", 15.0, 0.95, "met"),
    ]


def test_california_by_group_of_counties(ask):
    psychologist = [(NPIS[0], "103TC0700X", "", 0, "none")]
    members = [
        ("06037", 14.99, 1, ADULT),
        ("06067", 15.01, 1, ADULT),
        ("06001", 15.01, 1, ADULT),
        ("06029", 44.99, 1, ADULT),
        ("06003", 59.99, 1, ADULT),
    ]
    rows = ask("ca", members, psychologist)
    columns = ("county_fips", "county_class", "max_minutes_allowed", "max_miles_allowed", "verdict")
    assert shown(rows, "outpatient_mental_health", *columns) == [
        ("06001", "miles_15_unread", 30.0, 15.0, "not_met"),
        ("06003", "miles_60_unread", 90.0, 60.0, "met"),
        ("06029", "miles_45", 75.0, 45.0, "met"),
        ("06037", "miles_15", 30.0, 15.0, "met"),
        ("06067", "miles_15", 30.0, 15.0, "not_met"),
    ]
    assert set(rows.filter(specialty="pharmacy")["verdict"]) == {"not_met"}


@pytest.mark.parametrize(
    ("name", "people", "program", "taxonomy", "specialty", "edge", "wanted"),
    [
        ("mi-pihp", {"26163": 1_793_561}, "", "283Q00000X", "inpatient_psychiatric", 15, 0.9),
        ("mi-pihp", {"26083": 2_116}, "", "283Q00000X", "inpatient_psychiatric", 140, 0.85),
        ("mi-mhp", {"26163": 1_793_561}, "", "363LP0808X", "psychiatry_with_pmhnp", 10, 0.9),
        ("mi-mhp", {"26163": 1_793_561}, "", "282N00000X", "acute_hospital", 10, 0.9),
        ("ia-bhaso", {"19153": 492_401}, "access center", "", "crisis_center", 60, 1.0),
        ("mn", {"27053": 1_281_565}, "", "101YM0800X", "outpatient_mental_health", 30, 1.0),
        ("mn", {"27053": 1_281_565}, "", "207RC0000X", "cardiology", 60, 1.0),
    ],
)
def test_both_sides_of_a_limit(ask, name, people, program, taxonomy, specialty, edge, wanted):
    (fips,) = people
    verdicts = []
    for miles in (edge - 0.01, edge + 0.01):
        site = [(NPIS[0], taxonomy, program, 0, "none")]
        rows = ask(name, [(fips, miles, 3, ADULT)], site, people)
        (row,) = shown(rows, specialty, "required_share", "max_miles_allowed", "verdict")
        assert row[:2] == (wanted, edge)
        verdicts.append(row[2])
    assert verdicts == ["met", "not_met"]


@dataclass(frozen=True)
class Roads:
    """A source that takes so many minutes from every home to every site, and tells no miles."""

    minutes: float
    source: str = MATRIX
    note: str = "minutes of a test"

    def nearest(self, homes_lat, homes_lon, sites_lat, sites_lon, k):
        shape = (len(homes_lat), 1)
        found = np.zeros(shape, np.int64) if len(sites_lat) else np.full(shape, -1)
        minutes = np.full(shape, self.minutes if len(sites_lat) else np.inf)
        state = np.full(len(homes_lat), REACHED if len(sites_lat) else UNREACHABLE, np.int8)
        return Travelled(minutes, np.full(shape, np.nan), found, state)


@pytest.mark.parametrize(
    ("name", "specialty", "miles", "minutes", "verdict"),
    [
        ("ca", "primary_care", 9.9, 31, "met"),  # 10 miles or 30 minutes
        ("ca", "primary_care", 10.1, 30, "met"),
        ("ca", "primary_care", 10.1, 31, "not_met"),
        ("mn", "primary_care", 29.9, 30, "met"),  # the lesser of 30 miles or 30 minutes
        ("mn", "primary_care", 29.9, 31, "not_met"),
        ("mn", "primary_care", 30.1, 30, "not_met"),
    ],
)
def test_either_limit_and_the_lesser_of_two(ask, name, specialty, miles, minutes, verdict):
    member = ("06037" if name == "ca" else "27053", miles, 1, ADULT)
    rows = ask(name, [member], TWO_HERE[:1], travel=Roads(minutes))
    assert shown(rows, specialty, "travel", "verdict") == [("matrix", verdict)]


def test_michigan_asks_85_percent_in_a_rural_county(ask):
    members = [("26083", 0, 17, ADULT), ("26083", 141, 3, ADULT)]
    rows = ask("mi-pihp", members, [(NPIS[0], "283Q00000X", "", 0, "none")], {"26083": 2_116})
    assert shown(rows, "inpatient_psychiatric", "share", "verdict") == [(0.85, "met")]


def test_new_york_has_waits_and_no_distances(ask):
    with pytest.raises(AdequacyError) as caught:
        ask("ny", [("36001", 0, 1, ADULT)], [(NPIS[0], "283Q00000X", "", 0, "none")])
    assert str(caught.value) == (
        "ny: no time, distance or minimum number is in force on 2026-03-31; "
        "measured by carvein review alone: NW04 (4)"
    )


def test_who_is_in_no_county_of_a_list_could_not_be_told(ask):
    rows = ask("az-acom-436", [("35001", 0, 1, ADULT)], [(NPIS[0], "282N00000X", "", 0, "none")])
    assert set(rows["verdict"]) == {"could_not_run"}
    assert rows["county_class"].is_null().all()
