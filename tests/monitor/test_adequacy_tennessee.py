"""Tennessee's real sites and people through ``adequacy``, held against a brute force written here.

The test reads the limits from CMS's own table, maps sites to specialties by hand, and measures
every distance by haversine; of carvein it uses the answer alone.
"""

import csv
import gzip
import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from monitor.adequacy import SCHEMA, Beside, adequacy, write
from rules.contract import load

pytestmark = pytest.mark.shared

SITES = [  # file of TN and MA, latitude, longitude, state, taxonomy
    ("MentalHealthProviders", "latitude", "longitude", "state", "261QM0801X"),
    ("SubstanceUseTreatment", "latitude", "longitude", "state", "261QR0405X"),
    ("OpioidTreatmentProgram", "Latitude", "Longitude", "STATE", "261QM2800X"),
    ("FQHC", "lat", "lon", "st_abbr", "261QF0400X"),
]  # fmt: skip
HOSPITALS = {
    "GENERAL ACUTE CARE": "282N00000X",
    "CRITICAL ACCESS": "282NC0060X",
    "PSYCHIATRIC": "283Q00000X",
    "CHILDREN": "282NC2000X",
}
CODES = {  # what each taxonomy counts for, by hand
    "261QM0801X": "068",
    "261QR0405X": "068",
    "261QM2800X": "068",
    "261QF0400X": "S03",
    "282N00000X": "040",
    "282NC0060X": "040",
    "283Q00000X": "052",
}
CLASSES = {"Large Metro": "large_metro", "Metro": "metro", "Micro": "micro", "Rural": "rural"}


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        yield from csv.DictReader(opened)


def real_providers(shared):
    found = [
        {"taxonomy": taxonomy, "latitude": row[north], "longitude": row[east], "beds": ""}
        for name, north, east, state, taxonomy in SITES
        for row in rows_of(shared / "data" / "treatment_sites" / f"{name}_TN_MA.csv.gz")
        if row[state] == "TN"
    ]
    found += [
        {
            "taxonomy": HOSPITALS.get(row["TYPE"], "283X00000X"),
            "latitude": row["LATITUDE"],
            "longitude": row["LONGITUDE"],
            "beds": row["BEDS"].replace("-999", ""),
        }
        for row in rows_of(shared / "data" / "hospitals" / "hifld_TN_MA.csv.gz")
        if row["STATE"] == "TN" and row["STATUS"] == "OPEN"
    ]
    # The lists have no NPI: one site, one provider.
    return pl.DataFrame([{"npi": str(10**9 + at), **row} for at, row in enumerate(found)])


def real_members(shared):
    return pl.DataFrame(
        [
            {
                "member_id": f"{at}",
                "plan_id": "STATE",
                "county_fips": row["STATEFP"] + row["COUNTYFP"],
                "latitude": row["LATITUDE"],
                "longitude": row["LONGITUDE"],
                "weight": row["POPULATION"],
            }
            for at, row in enumerate(
                rows_of(shared / "data" / "cenpop2020" / "block_group2020_TN_MA.csv.gz")
            )
            if row["STATEFP"] == "47"
        ]
    )


@pytest.fixture(scope="module")
def answer(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tennessee")
    members, providers = real_members(shared), real_providers(shared)
    members.write_csv(folder / "members.csv")
    providers.write_csv(folder / "providers.csv")
    found = adequacy(
        folder / "members.csv",
        folder / "providers.csv",
        load("ma-422-116"),
        date(2026, 3, 31),
        Beside(counties=shared / "data" / "cenpop2020" / "county2020.csv.gz"),
    )
    write(found.rows, folder / "answer.csv")
    written = pl.read_csv(folder / "answer.csv", schema=dict(SCHEMA))
    return members, providers, found, written


@pytest.fixture(scope="module")
def miles(answer):
    """Miles between every block group with people and every site, by haversine."""
    members, providers, _, _ = answer
    members = members.filter(pl.col("weight") != "0")
    phi, theta = (
        np.radians(members[name].cast(pl.Float64).to_numpy()) for name in ("latitude", "longitude")
    )
    to_phi, to_theta = (
        np.radians(providers[name].cast(pl.Float64).to_numpy())
        for name in ("latitude", "longitude")
    )
    half = np.sin((to_phi - phi[:, None]) / 2) ** 2 + (
        np.cos(phi[:, None]) * np.cos(to_phi) * np.sin((to_theta - theta[:, None]) / 2) ** 2
    )
    return members, 2 * 3958.7613 * np.arcsin(np.sqrt(half))


def test_every_county_and_specialty_has_its_row(answer):
    _, _, found, _ = answer
    assert found.rows.columns == list(SCHEMA)
    assert len(found.rows) == 95 * 43
    assert found.rows["county_fips"].n_unique() == 95
    assert found.rows.group_by("county_fips").len()["len"].unique().to_list() == [43]
    assert found.rows["county_class"].null_count() == 0


def test_the_file_says_what_the_answer_says(answer):
    _, _, found, written = answer
    assert written.equals(found.rows)


def test_limits_are_those_of_cms(answer, shared):
    _, _, found, _ = answer
    with (shared / "data" / "cms_hsd_2026" / "base_time_distance_2026.csv").open() as opened:
        table = {
            (row["code"], CLASSES[name]): tuple(map(float, row[name].split("/")))
            for row in csv.DictReader(opened)
            for name in CLASSES
        }
    for row in found.rows.iter_rows(named=True):
        wanted = table[row["specialty_code"], row["county_class"]]
        assert (row["max_minutes_allowed"], row["max_miles_allowed"]) == wanted
        assert row["required_share"] == (0.9 if "metro" in row["county_class"] else 0.85)
        assert row["travel"] == "estimated"


def test_every_figure_equals_brute_force(answer, miles):
    _, providers, found, _ = answer
    members, table = miles
    counties = members["county_fips"].to_numpy()
    people = members["weight"].cast(pl.Float64).to_numpy()
    codes = np.array([CODES.get(code, "") for code in providers["taxonomy"]])
    met = 0
    for row in found.rows.iter_rows(named=True):
        here = counties == row["county_fips"]
        sites = codes == row["specialty_code"]
        weight, limit = people[here], row["max_miles_allowed"]
        block = table[np.ix_(here, sites)]
        nearest = block.min(axis=1, initial=np.inf)
        within = nearest <= limit
        assert row["members"] == weight.sum()
        assert row["within"] == weight[within].sum()
        assert row["share"] == weight[within].sum() / weight.sum()
        assert row["borderline"] == weight[within & (nearest * 1.3 > limit)].sum()
        assert row["verdict"] == ("met" if row["share"] >= row["required_share"] else "not_met")
        met += row["verdict"] == "met"
        in_reach = (block <= limit).any(axis=0)
        assert row["providers_counted"] == in_reach.sum()
        enough = row["providers_counted"] >= row["providers_required"]
        if row["specialty_code"] == "040":
            beds = sum(int(given or 0) for given in providers["beds"].to_numpy()[sites][in_reach])
            assert row["providers_required"] == math.ceil(12.2 * weight.sum() / 1000)
            enough = beds >= row["providers_required"]
        assert row["count_verdict"] == ("met" if enough else "not_met")
        if sites.any():
            assert row["longest_miles"] == pytest.approx(nearest.max(), abs=1e-6)
            minutes = nearest.max() * row["max_minutes_allowed"] / limit
            assert row["longest_minutes"] == pytest.approx(minutes, abs=1e-6)
        else:
            assert (row["longest_miles"], row["longest_minutes"], row["share"]) == (None, None, 0.0)
        assert row["unlocated"] == 0
    assert 200 < met < 400  # neither all nor none of the four specialties' 380 rows


def test_the_demo_contracts_own_list_gives_giles_its_class(answer, tmp_path):
    members, providers, _, _ = answer
    members.filter(pl.col("county_fips") == "47055").write_csv(tmp_path / "m.csv")
    providers.write_csv(tmp_path / "p.csv")
    found = adequacy(tmp_path / "m.csv", tmp_path / "p.csv", load("demo-imc"), date(2026, 3, 31))
    assert found.rows["county_class"].unique().to_list() == ["micro"]
    assert len(found.rows) == 43
