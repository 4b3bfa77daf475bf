import numpy as np
import polars as pl

from geodata.points import clean, zip_centroids


def test_unique_points_are_numbered_and_every_row_keeps_its_own():
    points = clean(pl.Series([36.0, 35.0, 36.0, 35.0]), pl.Series([-86.0, -90.0, -86.0, -89.0]))
    assert list(zip(points.latitude, points.longitude, strict=True)) == [
        (35.0, -90.0),
        (35.0, -89.0),
        (36.0, -86.0),
    ]
    assert (len(points), points.of_row.tolist(), points.unlocated) == (3, [2, 0, 2, 1], 0)
    assert not points.approximate.any()
    assert set(points.dropped.values()) == {0}


def test_what_is_dropped_is_counted_by_its_reason():
    north = ["36.5", "", None, "n/a", "NaN", "inf", "90.0001", "-86", "36", "0", "0.0", " 35.5 "]
    east = ["-86.5", "-86", "-86", "-86", "-86", "-86", "0", "36", "-180.5", "0", "1", " -85 "]
    points = clean(pl.Series(north), pl.Series(east))
    assert dict(points.dropped) == {
        "missing": 2,
        "not_a_number": 3,
        "out_of_range": 2,
        "zero_zero": 1,
        "off_the_map": 2,
    }
    assert (points.of_row >= 0).tolist() == [
        True, False, False, False, False, False, False, False, False, False, False, True,
    ]  # fmt: skip
    assert points.unlocated == 10
    assert points.latitude.tolist() == [35.5, 36.5]


def test_the_edges_of_the_map_belong_to_it():
    """Guam, Samoa, Puerto Rico, Attu and the Bering Strait lie inside; Bermuda does not."""
    north = pl.Series([13.4, -14.3, 18.2, 52.9, 65.8, -15.0, 72.0, 32.3, 47.0, -15.001, 72.001])
    east = pl.Series(
        [144.8, -170.7, -64.0, 172.9, -180.0, -180.0, 180.0, -63.9, 143.9, -170.0, -150.0]
    )
    points = clean(north, east)
    assert (points.of_row >= 0).tolist() == [True] * 7 + [False] * 4


def test_a_missing_half_of_a_point_is_missing():
    points = clean(pl.Series([36.0, None]), pl.Series([None, -86.0]))
    assert (dict(points.dropped)["missing"], points.unlocated, len(points)) == (2, 2, 0)


def test_nan_given_as_a_number_is_not_a_number():
    points = clean(pl.Series([float("nan"), 36.0]), pl.Series([-86.0, -86.0]))
    assert dict(points.dropped) == {
        "missing": 0,
        "not_a_number": 1,
        "out_of_range": 0,
        "zero_zero": 0,
        "off_the_map": 0,
    }


def test_a_zip_code_locates_approximately_what_has_no_usable_point():
    points = clean(
        pl.Series([36.0, None, 0.0, None, None, None]),
        pl.Series([-86.0, None, 0.0, None, None, None]),
        pl.Series(["37203", "37203", "37203-1234", "99999", "", None]),
    )
    north, east = zip_centroids()["37203"]
    assert points.approximate.tolist() == [False, True, True, False, False, False]
    assert points.unlocated == 3
    at = points.of_row[1]
    assert (points.latitude[at], points.longitude[at], points.of_row[2]) == (north, east, at)
    assert np.hypot(north - 36.15, east + 86.79) < 0.05  # Nashville
    assert dict(points.dropped)["missing"] == 4


def test_military_codes_without_a_place_locate_nothing():
    assert "09001" not in zip_centroids()
    assert clean(pl.Series([None]), pl.Series([None]), pl.Series(["09001"])).unlocated == 1


def test_no_rows():
    points = clean(pl.Series([], dtype=pl.Float64), pl.Series([], dtype=pl.Float64))
    assert (len(points), points.unlocated, points.of_row.tolist()) == (0, 0, [])
