"""ZIP codes: which have a center to rely on, and how far they reach."""

import polars as pl
import pytest
import zipcodes

from geodata.distance import great_circle_miles
from geodata.zips import zip_codes, zip_list


def test_every_code_of_the_list_is_there_once():
    listed = zip_codes()

    assert listed["zip"].to_list() == sorted(row["zip_code"] for row in zipcodes.list_all())
    assert listed["zip"].is_unique().all()
    assert zip_list() == "zipcodes 3.0.0"


def test_only_codes_that_people_live_in_have_a_center():
    listed = zip_codes().filter(pl.col("zip").is_in(["37201", "37041", "37202", "09001"]))
    rows = listed.select("zip", "state", pl.col("latitude").is_not_null()).rows()

    # 37041 and 37202 are post-office boxes, 09001 is the Army's.
    assert rows == [
        ("09001", "AE", False),
        ("37041", "TN", False),
        ("37201", "TN", True),
        ("37202", "TN", False),
    ]
    assert zip_codes().filter(pl.col("latitude").is_null() != pl.col("spread").is_null()).is_empty()


@pytest.mark.parametrize("code", ["37201", "37064", "82615", "99790"])
def test_spread_is_the_distance_to_the_fifth_neighbor(code):
    centers = zip_codes().filter(pl.col("latitude").is_not_null())
    [(north, east, spread)] = (
        centers.filter(zip=code).select("latitude", "longitude", "spread").rows()
    )

    miles = great_circle_miles(
        north, east, centers["latitude"].to_numpy(), centers["longitude"].to_numpy()
    )

    assert spread == pytest.approx(sorted(miles)[5], abs=1e-6)
