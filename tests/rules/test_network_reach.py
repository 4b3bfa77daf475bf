"""The network's figures against loops written here, on made-up people and providers."""

from datetime import date

import ibis
import numpy as np
import polars as pl
import pytest

from geodata.coverage import Limits
from geodata.travel import estimate
from rules.model import Citation, Contract, Filing, Period, Requirement, Severity, Value
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02
from rules.network.members import COLUMNS as MEMBER_COLUMNS
from rules.network.members import prepare_members
from rules.network.providers import COLUMNS as PROVIDER_COLUMNS
from rules.network.providers import prepare_providers
from rules.network.reach import prepare_network

DAY = date(2026, 3, 31)
POPULATIONS = ("all", "adult", "pediatric")


def frame(rows, columns):
    return pl.DataFrame(rows, schema=dict(columns), orient="row")


def members(*rows):
    return frame([{**dict.fromkeys(MEMBER_COLUMNS), **row} for row in rows], MEMBER_COLUMNS)


def providers(*rows):
    return frame([{**dict.fromkeys(PROVIDER_COLUMNS), **row} for row in rows], PROVIDER_COLUMNS)


def haversine(a, b):
    phi, theta, to_phi, to_theta = np.radians([*a, *b])
    half = np.sin((to_phi - phi) / 2) ** 2
    half += np.cos(phi) * np.cos(to_phi) * np.sin((to_theta - theta) / 2) ** 2
    return 2 * 3958.7613 * np.arcsin(np.sqrt(half))


@pytest.fixture(scope="module")
def made_up():
    draw = np.random.default_rng(11)

    def place():
        # A coarse grid, so that points repeat.
        return round(draw.uniform(35, 36.5), 1), round(draw.uniform(-88, -86), 1)

    people = []
    for at in range(300):
        north, east = place() if draw.random() < 0.95 else (None, None)
        people.append(
            {
                "member_id": f"M{at}",
                "county_fips": str(draw.choice(["47037", "47157", "47181"])),
                "latitude": north,
                "longitude": east,
                "birth_date": draw.choice([date(1980, 1, 1), date(2015, 6, 1), None]),
                "weight": float(draw.choice([0, 1, 2.5])),
            }
        )
    listed = []
    for _ in range(60):
        north, east = place()
        listed.append(
            {
                "npi": str(draw.integers(1, 25)),
                "taxonomy": str(draw.choice(["2084P0800X", "2084P0804X", "207Q00000X"])),
                "latitude": north,
                "longitude": east,
                "age_min": draw.choice([None, 0, 17, 18]),
                "age_max": draw.choice([None, 17, 18, 64]),
                "telehealth": str(draw.choice(["none", "offers", "only"])),
            }
        )
    return people, listed


@pytest.mark.parametrize("logic", ["both", "either", "time", "distance"])
def test_every_figure_equals_a_plain_loop(made_up, logic):
    people, listed = made_up
    reached = prepare_network(members(*people), providers(*listed), DAY)
    limits = Limits(logic, 12.0, 30.0, estimate(None, 30.0, "large_metro"))  # 15 miles in time
    far = {"both": 12.0, "either": 15.0, "time": 15.0, "distance": 12.0}[logic]
    seen = 0
    for specialty in ("primary_care", "psychiatry"):
        for population in POPULATIONS:
            chosen = [
                row
                for row in listed
                if row["telehealth"] != "only"
                and (row["taxonomy"] == "207Q00000X") == (specialty == "primary_care")
                and (population != "pediatric" or (row["age_min"] or 0) < 18)
                and (population != "adult" or (row["age_max"] or 99) >= 18)
            ]
            for county in reached.counties:
                group = [
                    row
                    for row in people
                    if row["county_fips"] == county
                    and row["weight"] > 0
                    and (
                        population == "all"
                        or (
                            (row["birth_date"] is not None)
                            and (row["birth_date"].year < 2000) == (population == "adult")
                        )
                    )
                ]
                located = [row for row in group if row["latitude"] is not None]
                nearest = [
                    min(
                        haversine(
                            (row["latitude"], row["longitude"]),
                            (site["latitude"], site["longitude"]),
                        )
                        for site in chosen
                    )
                    for row in located
                ]
                in_reach = {
                    site["npi"]
                    for site in chosen
                    for row in located
                    if haversine(
                        (row["latitude"], row["longitude"]), (site["latitude"], site["longitude"])
                    )
                    <= far
                }
                got = reached.cover(county, population, specialty, limits)
                held = reached.group(county, population)
                weigh = [row["weight"] for row in located]
                assert held.members == sum(row["weight"] for row in group)
                assert held.unlocated == held.members - sum(weigh)
                assert got.within == sum(w for w, d in zip(weigh, nearest, strict=True) if d <= far)
                assert got.borderline == sum(
                    w for w, d in zip(weigh, nearest, strict=True) if d <= far < d * 1.3
                )
                assert got.longest_miles == pytest.approx(max(nearest), abs=1e-6)
                counted = reached.count(county, population, specialty, limits)
                assert counted.providers == len(in_reach)
                assert reached.listed(specialty, population) == len({r["npi"] for r in chosen})
                seen += 0 < got.within < sum(weigh)
    assert seen >= 9  # the case is not all or nothing


def test_asking_again_gives_the_same(made_up):
    people, listed = made_up
    reached = prepare_network(members(*people), providers(*listed), DAY)
    limits = Limits("distance", 12.0, None, None)
    order = [(s, p) for s in ("psychiatry", "primary_care", "urology") for p in POPULATIONS]
    first = [reached.cover("47037", p, s, limits) for s, p in order]
    assert [reached.cover("47037", p, s, limits) for s, p in reversed(order)] == first[::-1]
    assert reached.count("47037", "all", "psychiatry", limits) is reached.count(
        "47037", "all", "psychiatry", limits
    )


def test_members_are_counted_once_by_the_span_that_began_last():
    row = {"member_id": "A", "county_fips": "47037", "latitude": 36.0, "longitude": -86.0}
    held = prepare_members(
        members(
            {**row, "enrolled_from": date(2026, 2, 1), "weight": 3.0},
            {**row, "enrolled_from": date(2025, 1, 1), "weight": 1.0},
            {**row, "weight": 5.0},
            {**row, "member_id": None, "weight": 10.0},
            {**row, "member_id": None, "weight": 20.0},
        ),
        DAY,
    )
    assert held.group("47037", "all").members == 33.0


def test_weights_that_are_missing_or_below_zero():
    row = {"county_fips": "47037", "latitude": 36.0, "longitude": -86.0}
    held = prepare_members(members(row, {**row, "weight": -2.0}, {**row, "weight": 0.5}), DAY)
    assert held.group("47037", "all").members == 1.5


@pytest.mark.parametrize(
    ("born", "day", "population"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), "pediatric"),
        (date(2008, 2, 29), date(2026, 3, 1), "adult"),
        (date(2006, 2, 28), date(2024, 2, 29), "adult"),
        (date(2006, 3, 1), date(2024, 2, 29), "pediatric"),
        (date(2006, 3, 1), date(2024, 3, 1), "adult"),
    ],
)
def test_leap_days_and_coming_of_age(born, day, population):
    row = {"county_fips": "47037", "latitude": 36.0, "longitude": -86.0, "birth_date": born}
    held = prepare_members(members(row), day)
    assert {name: held.group("47037", name).members for name in POPULATIONS} == {
        "all": 1.0,
        "adult": float(population == "adult"),
        "pediatric": float(population == "pediatric"),
    }


def test_rows_that_do_not_count_are_counted_by_their_first_reason():
    row = {"npi": "1", "taxonomy": "2084P0800X", "latitude": 36.0, "longitude": -86.0}
    held = prepare_providers(
        providers(
            row,
            {**row, "contract_end": date(2026, 3, 30), "telehealth": "only"},
            {**row, "telehealth": " ONLY "},
            {**row, "latitude": None, "zip": "37203"},
            {**row, "latitude": None},
            {**row, "taxonomy": "183500000X", "latitude": None},
            {**row, "taxonomy": "261QM2800X"},  # two specialties, one row
        ),
        DAY,
    )
    assert dict(held.left_out) == {
        "not_under_contract": 1,
        "telehealth_only": 1,
        "unlocated": 1,
        "supervised": 0,
        "no_specialty": 1,
    }
    assert held.approximate == 1
    # The clinic is the psychiatrist's NPI, so it is not also outpatient behavioral health.
    counts = {slug: len(listed.npi) for slug, listed in held.listed.items()}
    assert (counts["psychiatry"], counts["opioid_treatment"]) == (2, 1)
    assert "outpatient_behavioral_health" not in counts


def test_a_provider_listed_by_telehealth_only_is_listed_all_the_same():
    row = {"npi": "1", "latitude": 36.0, "longitude": -86.0}
    held = prepare_providers(
        providers(
            {**row, "taxonomy": "2084P0800X", "telehealth": "only"},
            {**row, "taxonomy": "2084A0401X"},
        ),
        DAY,
    )
    # Psychiatry by telehealth rules out the broader specialty for the in-person row as well.
    assert not {"psychiatry", "outpatient_behavioral_health"} & set(held.listed)


def test_nobody_and_nothing():
    reached = prepare_network(members(), providers(), DAY)
    assert (reached.counties, reached.listed("psychiatry", "all")) == ((), 0)


def test_rows_that_were_quarantined_are_told_and_the_network_is_prepared_once():
    limit = nw01.Params("distance", share=0.9, max_miles=30.0)
    number = nw02.Params(within="TD", minimum=1)
    asked = [
        Requirement(code, code, rule, Severity.MAJOR, (Value(DAY, params, Citation("b", "1")),))
        for code, rule, params in (("TD", "NW01", limit), ("MIN", "NW02", number))
    ]
    row = {"county_fips": "47037", "latitude": 36.0, "longitude": -86.0}
    psychiatrist = {"npi": "1", "taxonomy": "2084P0800X", "latitude": 36.0, "longitude": -86.0}
    filing = Filing(
        review_id="R",
        plan_id="A",
        contract=Contract(
            "toy", "Toy", "Toy", "mco", "TN", ("A",), DAY, None, (), {}, tuple(asked)
        ),
        period=Period.parse("2026Q1"),
        as_of=DAY,
        tables={
            "members": ibis.memtable(members(row)),
            "providers": ibis.memtable(providers(psychiatrist)),
        },
        quarantined={"members": 1200, "providers": 3, "encounters": 9},
    )
    scope = {"specialty": "psychiatry"}
    [share] = nw01.measure(filing, scope, limit)
    [count] = nw02.measure(filing, scope, number)
    assert (share.value, count.value) == (1.0, 1.0)
    for measure in (share, count):
        assert measure.evidence["quarantined"] == {"members": 1200, "providers": 3}
        assert measure.note.endswith(
            "; quarantined rows left out: 1,200 of members, 3 of providers"
        )
    assert filing.once("network", pytest.fail) is not None
