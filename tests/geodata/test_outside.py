"""How far outside: against geodesics on a sphere, on both sides of borders, and on true points."""

import numpy as np
import polars as pl
import pyproj
import pytest
import shapely

from geodata.counties import shapes
from geodata.distance import EARTH_RADIUS_MILES
from geodata.outside import county_codes, miles_outside, state_codes, state_shapes

MILE = 1609.344
SPHERE = pyproj.Geod(a=EARTH_RADIUS_MILES * MILE, b=EARTH_RADIUS_MILES * MILE)


def outline(area):
    counties, states = shapes(), state_shapes()
    held = counties.geometry[counties["fips"] == area]
    return (held if len(held) else states.geometry[states["code"] == area]).iloc[0]


def to_border(area, latitude, longitude):
    """Return miles to the nearest of the points every 0.001 degrees (about 100 yards) of it."""
    border = shapely.get_coordinates(shapely.segmentize(outline(area).boundary, 0.001))
    here = np.full(len(border), longitude), np.full(len(border), latitude)
    return SPHERE.inv(*here, border[:, 0], border[:, 1])[2].min() / MILE


@pytest.mark.parametrize(
    ("area", "latitude", "longitude"),
    [
        ("47055", 35.20, -87.60),
        ("47055", 36.50, -86.00),
        ("47055", 34.50, -87.00),
        ("47037", 36.015, -86.78),
        ("25001", 42.20, -70.50),
        ("TN", 34.95, -90.00),
        ("TN", 36.60, -83.00),
        ("TX", 36.70, -101.00),
        ("MA", 41.20, -70.10),
    ],
)
def test_miles_are_those_of_a_fine_walk_along_the_border(area, latitude, longitude):
    [miles] = miles_outside(np.array([area]), np.array([latitude]), np.array([longitude]))

    assert miles > 0
    assert miles == pytest.approx(to_border(area, latitude, longitude), rel=0.002, abs=0.01)


def test_inside_is_nothing_and_what_cannot_be_told_is_not_a_number():
    area = np.array(["47037", "TN", "47999", "", "47037", "47037"])
    latitude = np.array([36.16, 36.16, 36.16, 36.16, np.nan, 36.16])
    longitude = np.array([-86.78, -86.78, -86.78, -86.78, -86.78, np.inf])

    miles = miles_outside(area, latitude, longitude)

    assert miles[:2].tolist() == [0.0, 0.0]
    assert np.isnan(miles[2:]).all()
    assert len(miles_outside(np.array([], dtype=str), np.array([]), np.array([]))) == 0


def test_the_aleutians_lie_on_both_sides_of_the_antimeridian():
    # Attu is at 172.9 E, Adak at 176.6 W; between them lies sea, not half the Earth.
    latitude, longitude = np.array([52.90, 51.88, 52.0]), np.array([172.90, -176.65, -179.9])

    miles = miles_outside(np.array(["02016"] * 3), latitude, longitude)

    assert miles[:2].max() < 0.5
    assert 0 < miles[2] < 60


def test_a_hundred_random_points_are_inside_where_shapely_says_so():
    rng = np.random.default_rng(7)
    latitude, longitude = rng.uniform(34.9, 36.8, 100), rng.uniform(-90.4, -81.6, 100)
    area = rng.choice(shapes().query("state == '47'")["fips"].to_numpy(), 100)

    miles = miles_outside(area, latitude, longitude)

    inside = [
        outline(code).covers(shapely.Point(east, north))
        for code, north, east in zip(area, latitude, longitude, strict=True)
    ]
    assert (miles == 0).tolist() == inside


def test_codes_are_those_of_the_shapes_and_what_came_later():
    assert len(county_codes()) == len(shapes()) + 11
    assert {"47037", "72127", "09110", "09190", "02063"} <= county_codes()
    assert not {"47999", "00000", "09100"} & county_codes()
    assert state_codes()["47"] == "TN"
    assert len(state_codes()) == 56


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "points", "outside", "farthest"),
    [("block_group", 9_639, 6, 0.21), ("tract", 3_299, 2, 0.35)],
)
def test_true_points_lie_within_a_third_of_a_mile_of_their_county(
    shared, name, points, outside, farthest
):
    path = shared / "data" / "cenpop2020" / f"{name}2020_TN_MA.csv.gz"
    read = pl.read_csv(path, infer_schema_length=0).filter(pl.col("POPULATION") != "0")
    read = read.filter(pl.col("POPULATION").cast(pl.Int64) > 0)

    miles = miles_outside(
        (read["STATEFP"] + read["COUNTYFP"]).to_numpy(),
        read["LATITUDE"].cast(pl.Float64).to_numpy(),
        read["LONGITUDE"].cast(pl.Float64).to_numpy(),
    )

    assert len(miles) == points
    assert (miles > 0).sum() == outside
    assert miles.max() < farthest
