"""Places held against each other: true addresses are acquitted, in batches as at once."""

import ibis
import polars as pl
import pytest

from geodata.distance import Sites
from geodata.zips import zip_codes
from monitor.export.mask import Mask
from rules.relational import places
from rules.relational.places import WORDS, hold_places, judge_places
from rules.tables import TABLES

SITES = {
    "MentalHealthProviders": ("zip", "latitude", "longitude", "state"),
    "SubstanceUseTreatment": ("zip", "latitude", "longitude", "state"),
    "OpioidTreatmentProgram": ("POSTAL", "Latitude", "Longitude", "STATE"),
}


@pytest.mark.shared
def test_block_groups_with_the_zip_code_nearest_to_them_are_acquitted(shared):
    path = shared / "data" / "cenpop2020" / "block_group2020_TN_MA.csv.gz"
    read = pl.read_csv(path, infer_schema_length=0).filter(pl.col("POPULATION").cast(pl.Int64) > 0)
    groups = read.select(
        pl.col("LATITUDE").cast(pl.Float64).alias("latitude"),
        pl.col("LONGITUDE").cast(pl.Float64).alias("longitude"),
        (pl.col("STATEFP") + pl.col("COUNTYFP")).alias("county_fips"),
    )
    centers = zip_codes().filter(pl.col("latitude").is_not_null())
    sites = Sites(centers["latitude"].to_numpy(), centers["longitude"].to_numpy())
    _, nearest = sites.nearest(groups["latitude"].to_numpy(), groups["longitude"].to_numpy())
    groups = groups.with_columns(zip=centers["zip"].gather(nearest[:, 0]))

    assert groups.height == 9_639
    assert judge_places(groups).is_empty()


@pytest.mark.shared
def test_of_308_hospitals_two_are_accused_and_both_are_wrong(shared):
    path = shared / "data" / "hospitals" / "hifld_TN_MA.csv.gz"
    read = pl.read_csv(path, infer_schema_length=0)
    hospitals = read.select(
        pl.col("LATITUDE").cast(pl.Float64).alias("latitude"),
        pl.col("LONGITUDE").cast(pl.Float64).alias("longitude"),
        pl.col("COUNTYFIPS").alias("county_fips"),
        pl.col("STATE").alias("state"),
        pl.col("ZIP").str.zfill(5).alias("zip"),
    )

    judged = judge_places(hospitals)

    # TrustPoint in Murfreesboro is given a county at the other end of Tennessee; Parkridge West in
    # Jasper has the ZIP code of Hixson. Four of Massachusetts have codes that were retired.
    assert hospitals.height == 308
    assert [
        (row["zip"], row["county_fips"], word)
        for row in judged.sort("zip").iter_rows(named=True)
        for word in WORDS
        if row[word]
    ] == [
        ("02146", "25021", "zip_unknown"),
        ("02167", "25021", "zip_unknown"),
        ("02254", "25017", "zip_unknown"),
        ("02401", "25023", "zip_unknown"),
        ("37129", "47179", "county_contradicted"),
        ("37343", "47115", "point_far_from_zip"),
    ]


@pytest.mark.shared
@pytest.mark.parametrize("name", SITES)
def test_treatment_sites_lie_near_their_zip_codes(shared, name):
    code, north, east, state = SITES[name]
    path = shared / "data" / "treatment_sites" / f"{name}_TN_MA.csv.gz"
    read = pl.read_csv(path, infer_schema_length=0).select(
        pl.col(north).cast(pl.Float64, strict=False).alias("latitude"),
        pl.col(east).cast(pl.Float64, strict=False).alias("longitude"),
        pl.lit(None, pl.String).alias("county_fips"),
        pl.col(state).alias("state"),
        pl.col(code).str.zfill(5).alias("zip"),
    )

    judged = judge_places(read).filter(pl.col("point_far_from_zip").is_not_null())

    # One clinic is given the ZIP code of Oak Ridge (37830) and a point in the next county but one.
    assert judged["zip"].to_list() == (["37830"] if name == "SubstanceUseTreatment" else [])


def test_batches_say_what_one_batch_says(monkeypatch):
    rows = pl.DataFrame(
        {
            "_line": range(6),
            "latitude": [36.1652, 35.1450, 36.1652, None, 36.1652, 35.1450],
            "longitude": [-86.7781, -90.0470, -86.7781, None, -86.7781, -90.0470],
            "county_fips": ["47037", "47037", "47157", "47157", "47999", "47037"],
            "zip": ["37201", "37201", "37201", "37201", None, "37201"],
        }
    )
    table = ibis.duckdb.connect().create_table("places", rows.to_arrow())
    whole = hold_places(table).order_by("_line").to_polars()

    monkeypatch.setattr(places, "BATCH", 2)
    parts = hold_places(table).order_by("_line").to_polars()

    assert parts.equals(whole)
    assert whole["_line"].to_list() == [1, 2, 3, 4, 5]
    assert [next(word for word in WORDS if row[word]) for row in whole.iter_rows(named=True)] == [
        "point_outside_county",
        "county_contradicted",
        "zip_outside_county",
        "county_unknown",
        "point_outside_county",
    ]


def test_nothing_to_hold_tells_nothing():
    rows = pl.DataFrame(schema={"_line": pl.Int64, "zip": pl.String, "county_fips": pl.String})
    table = ibis.duckdb.connect().create_table("places", rows.to_arrow())

    assert hold_places(table) is None


def test_a_masked_report_names_the_county_and_not_the_point():
    judged = judge_places(
        pl.DataFrame(
            {
                "latitude": [36.015],
                "longitude": [-86.78],
                "county_fips": ["47037"],
                "zip": ["37027"],
            }
        ),
        discreet=True,
    )
    [expected] = judged["point_outside_county"].to_list()
    assert TABLES["members"].by_name["latitude"].private
    violations = pl.DataFrame(
        {
            "table": ["members"],
            "file": ["members.csv"],
            "line": [2],
            "natural_key": ["M1/2024-01-01"],
            "field": ["latitude"],
            "value": ["36.015, -86.78"],
            "expected": [expected],
        }
    )

    masked = Mask().apply(violations)

    assert masked.select("value", "expected").rows() == [
        (
            "masked, like 99.999, -99.99",
            "a point in Davidson masked (county_fips); this one lies over 1 mile outside",
        )
    ]
