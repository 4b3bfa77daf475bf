"""The pack ma-422-116 against CMS's own tables, and Tennessee's counties against CMS's list."""

import csv
import gzip
from datetime import date

import pytest

from rules.contract import load
from rules.network import nw01_beyond_reach as nw01
from rules.specialty import specialties

DAY = date(2026, 3, 31)
CLASSES = {
    "Large Metro": "large_metro",
    "Metro": "metro",
    "Micro": "micro",
    "Rural": "rural",
    "CEAC": "ceac",
}
# 42 CFR 422.116(e)(3)(i)(C) Table 2: large metro and metro, then micro, rural and CEAC.
RATIOS = """
S03 1.67 1.42|007 .05 .04|008 .27 .23|010 .10 .09|011 .16 .14|012 .04 .03|013 .06 .05|014 .12 .10
015 .28 .24|016 .04 .03|017 .03 .03|018 .09 .08|019 .12 .10|020 .01 .01|021 .19 .16|022 .06 .05
023 .24 .20|025 .20 .17|026 .04 .03|027 .01 .01|028 .19 .16|029 .14 .12|030 .13 .11|031 .07 .06
033 .12 .10|034 .02 .02|035 .01 .01|036 .15 .13|037 .25 .22
"""


@pytest.fixture(scope="module")
def pack():
    return load("ma-422-116")


def test_every_specialty_has_a_limit_and_a_minimum_and_both_are_info(pack):
    codes = {specialty.hsd_code for specialty in specialties().values()} - {""}
    assert {requirement.id for requirement in pack.requirements} == {
        f"MA-{kind}-{code}" for code in codes for kind in ("TD", "MIN")
    }
    for requirement in pack.requirements:
        code = requirement.id.rpartition("-")[2]
        assert specialties()[requirement.applies_to["specialty"]].hsd_code == code
        assert (requirement.applies_to["population"], str(requirement.severity)) == ("all", "info")
        assert requirement.in_force(DAY).citation.document in pack.documents
        assert not requirement.in_force(DAY).unverified


def test_outpatient_behavioral_health_starts_a_year_later(pack):
    for requirement_id in ("MA-TD-068", "MA-MIN-068"):
        assert pack.requirement(requirement_id).in_force(date(2024, 12, 31)) is None
        assert pack.requirement(requirement_id).in_force(date(2025, 1, 1)) is not None
    assert pack.requirement("MA-TD-029").in_force(date(2024, 1, 1)) is not None


@pytest.mark.shared
def test_every_limit_is_that_of_cms(pack, shared):
    with (shared / "data" / "cms_hsd_2026" / "base_time_distance_2026.csv").open() as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 43
    for row in rows:
        params = pack.requirement(f"MA-TD-{row['code']}").in_force(DAY).params
        assert (params.logic, set(params.by_county_class)) == ("both", set(CLASSES.values()))
        for name, county_class in CLASSES.items():
            minutes, miles = map(float, row[name].split("/"))
            share = 0.9 if county_class in ("large_metro", "metro") else 0.85
            assert params.limit_in(county_class) == nw01.ClassLimit(share, minutes, miles)


def test_every_minimum_is_that_of_the_table(pack):
    ratios = dict.fromkeys(specialty.hsd_code for specialty in specialties().values())
    for entry in RATIOS.replace("\n", "|").strip("|").split("|"):
        code, dense, sparse = entry.split()
        ratios[code] = [float(dense)] * 2 + [float(sparse)] * 3
    ratios["040"] = [12.2] * 5
    assert sum(ratio is not None for ratio in ratios.values()) == 30
    for code, ratio in ratios.items():
        if not code:
            continue
        params = pack.requirement(f"MA-MIN-{code}").in_force(DAY).params
        assert params.within == f"MA-TD-{code}"
        assert params.counts == ("beds" if code == "040" else "providers")
        wanted = dict(zip(CLASSES.values(), ratio, strict=True)) if ratio else {}
        assert (params.by_county_class, params.minimum) == (wanted, None if ratio else 1)


def test_demo_imc_adopts_all_of_it_as_major():
    demo = load("demo-imc")
    adopted = [asked for asked in demo.requirements if asked.rule in ("NW01", "NW02")]
    assert len(adopted) == 86
    assert {str(requirement.severity) for requirement in adopted} == {"major"}
    assert "adopted by" in str(demo.requirement("MA-TD-029").in_force(DAY).citation)


@pytest.mark.shared
def test_tennessees_counties_have_the_class_that_cms_gives_them(shared):
    with gzip.open(shared / "data" / "cms_hsd_2026" / "counties_TN_MA.csv.gz", "rt") as opened:
        theirs = {
            row["fips"]: CLASSES[row["designation"]]
            for row in csv.DictReader(opened)
            if row["st"] == "TN"
        }
    assert len(theirs) == 95
    assert dict(load("demo-imc").county_classes) == theirs
