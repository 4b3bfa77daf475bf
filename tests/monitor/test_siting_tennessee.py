"""Tennessee's real mental-health sites: the best additions to one provider's, by brute force.

Under contract are the sites of three community mental-health organizations; candidates are all
sites of the list. The test measures by haversine and tries every pair.
"""

import csv
import gzip
from datetime import date

import numpy as np
import polars as pl
import pytest

from geodata.siting import GUARANTEE
from monitor.adequacy import Beside, adequacy
from monitor.adequacy_input import read_members, read_providers
from monitor.siting import Question, siting
from rules.contract import load

pytestmark = pytest.mark.shared

DAY = date(2026, 3, 31)
CODE = "261QM0801X"
OWN = ("Centerstone", "Volunteer", "Frontier")
CLASSES = {"Large Metro": "large_metro", "Metro": "metro", "Micro": "micro", "Rural": "rural"}


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        yield from csv.DictReader(opened)


@pytest.fixture(scope="module")
def files(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("siting")
    blocks = shared / "data" / "cenpop2020" / "block_group2020_TN_MA.csv.gz"
    pl.DataFrame(
        [
            {
                "member_id": str(at),
                "plan_id": "STATE",
                "county_fips": row["STATEFP"] + row["COUNTYFP"],
                "latitude": row["LATITUDE"],
                "longitude": row["LONGITUDE"],
                "weight": row["POPULATION"],
            }
            for at, row in enumerate(rows_of(blocks))
            if row["STATEFP"] == "47"
        ]
    ).write_csv(folder / "members.csv")
    listed = shared / "data" / "treatment_sites" / "MentalHealthProviders_TN_MA.csv.gz"
    sites = [row for row in rows_of(listed) if row["state"] == "TN"]
    pl.DataFrame(
        [
            {
                "id": row["Unnamed: 0"],
                "name": row["name1"],
                "latitude": row["latitude"],
                "longitude": row["longitude"],
            }
            for row in sites
        ]
    ).write_csv(folder / "candidates.csv")
    own = [row for row in sites if row["name1"].startswith(OWN)]
    contracted(folder / "providers.csv", [(row["latitude"], row["longitude"]) for row in own])
    return folder


def contracted(path, points):
    pl.DataFrame(
        [
            {"npi": str(10**9 + at), "taxonomy": CODE, "latitude": north, "longitude": east}
            for at, (north, east) in enumerate(points)
        ]
    ).write_csv(path)


def choose(shared, files, add):
    return siting(
        read_members(files / "members.csv").rows,
        read_providers(files / "providers.csv").rows,
        files / "candidates.csv",
        Question(
            load("ma-422-116"),
            "outpatient_behavioral_health",
            DAY,
            add,
            counties=shared / "data" / "cenpop2020" / "county2020.csv.gz",
        ),
    )


def miles_between(homes, sites):
    phi, theta = (np.radians(homes[name].to_numpy()) for name in ("latitude", "longitude"))
    to_phi, to_theta = (np.radians(sites[name].to_numpy()) for name in ("latitude", "longitude"))
    half = np.sin((to_phi - phi[:, None]) / 2) ** 2 + (
        np.cos(phi[:, None]) * np.cos(to_phi) * np.sin((to_theta - theta[:, None]) / 2) ** 2
    )
    return 2 * 3958.7613 * np.arcsin(np.sqrt(half))


def test_no_pair_of_sites_gains_more(shared, files):
    answer = choose(shared, files, 2)
    with (shared / "data" / "cms_hsd_2026" / "base_time_distance_2026.csv").open() as opened:
        [limits] = [row for row in csv.DictReader(opened) if row["code"] == "068"]
    miles_of = {word: float(limits[name].split("/")[1]) for name, word in CLASSES.items()}
    classes = dict(answer.counties.select("county_fips", "county_class").rows())
    homes, own, sites = (
        pl.read_csv(files / f"{name}.csv", schema_overrides={"county_fips": pl.String})
        for name in ("members", "providers", "candidates")
    )
    limit = np.array([miles_of[classes[fips]] for fips in homes["county_fips"]])[:, None]
    beyond = ~(miles_between(homes, own) <= limit).any(axis=1)
    people = homes["weight"].to_numpy() * beyond
    reached = (miles_between(homes, sites) <= limit).astype(float)
    alone = people @ reached
    pairs = alone[:, None] + alone - reached.T @ (people[:, None] * reached)
    assert answer.choice.proven
    assert answer.choice.total == pairs.max()
    assert answer.choice.total == 1_875_315


def test_five_more_sites_and_what_adequacy_then_says(shared, files):
    answer = choose(shared, files, 5)
    assert answer.verdict == "exact: no choice of 5 brings more members within the standard"
    assert answer.additions["cumulative_share"][-1] == pytest.approx(0.996298, abs=1e-6)
    assert (len(answer.counties), len(answer.additions)) == (95, 5)
    turned = answer.counties.filter(met_before="N", met_after="Y")
    assert (len(answer.counties.filter(met_before="N")), len(turned)) == (26, 25)
    points = pl.read_csv(files / "providers.csv").select("latitude", "longitude").rows()
    points += answer.additions.select("latitude", "longitude").rows()
    contracted(files / "after.csv", points)
    found = adequacy(
        files / "members.csv",
        files / "after.csv",
        load("ma-422-116"),
        DAY,
        Beside(counties=shared / "data" / "cenpop2020" / "county2020.csv.gz"),
    ).rows.filter(specialty="outpatient_behavioral_health")
    assert answer.counties["within_after"].to_list() == found["within"].to_list()
    verdicts = ["Y" if verdict == "met" else "N" for verdict in found["verdict"]]
    assert answer.counties["met_after"].to_list() == verdicts


def test_greedy_keeps_its_guarantee_and_says_how_near_it_is(shared, files, monkeypatch):
    best = choose(shared, files, 5).choice
    monkeypatch.setattr("geodata.siting_exact.MAX_SITES", 1)
    greedy = choose(shared, files, 5)
    assert greedy.choice.method == "greedy"
    assert GUARANTEE * best.total <= greedy.choice.total <= best.total <= greedy.choice.bound
