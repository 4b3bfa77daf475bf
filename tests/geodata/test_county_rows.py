"""Counties of rows, and classes of counties by the density of their land."""

from collections import Counter

import polars as pl
import pytest

from geodata.counties import (
    SQUARE_METERS_PER_SQUARE_MILE,
    PopulationFileError,
    density_classes_from,
    row_counties,
    shapes,
)
from geodata.points import clean

LEAST = {"rural": 0, "urban": 250}


def population_file(folder, rows):
    lines = [f"{fips[:2]},{fips[2:]},{people}" for fips, people in rows]
    path = folder / "people.csv"
    path.write_text("\n".join(["STATEFP,COUNTYFP,POPULATION", *lines, ""]))
    return path


def test_a_county_at_250_is_urban_and_below_it_rural(tmp_path):
    land = dict(zip(shapes()["fips"], shapes()["land_square_miles"], strict=True))
    # Davidson County, Tennessee has 1,305,403,184 square metres of land.
    assert land["47037"] == pytest.approx(1_305_403_184 / SQUARE_METERS_PER_SQUARE_MILE, rel=1e-3)
    at = 250 * land["47037"]
    over, under = int(at) + 1, int(at)
    for people, wanted in ((over, "urban"), (under, "rural"), (0, "rural")):
        path = population_file(tmp_path, [("47037", people)])
        assert dict(density_classes_from(path, LEAST)) == {"47037": wanted}


def test_exactly_at_the_bound_is_at_or_above(tmp_path):
    land = shapes().set_index("fips")["land_square_miles"]["47037"]
    path = population_file(tmp_path, [("47037", 126_000)])
    exact = 126_000 / land
    for bound, wanted in ((exact, "urban"), (exact * (1 + 1e-12), "rural")):
        found = density_classes_from(path, {"urban": bound, "rural": 0})
        assert dict(found) == {"47037": wanted}


def test_classes_may_be_more_than_two_in_any_order_and_leave_out_what_is_below(tmp_path):
    path = population_file(tmp_path, [("47037", 700_000), ("47181", 16_000), ("47149", 340_000)])
    found = density_classes_from(path, {"suburban": 100, "urban": 1000})
    assert dict(found) == {"47037": "urban", "47149": "suburban"}


def test_counties_without_land_area_and_files_that_cannot_be_read(tmp_path):
    path = population_file(tmp_path, [("02063", 7_102)])
    assert dict(density_classes_from(path, LEAST)) == {}
    with pytest.raises(PopulationFileError, match=r"^gone\.csv: cannot be read: "):
        density_classes_from(tmp_path / "gone.csv", LEAST)


@pytest.mark.shared
def test_north_carolina_at_250_people_per_square_mile(shared):
    found = density_classes_from(shared / "data" / "cenpop2020" / "county2020.csv.gz", LEAST)
    ours = {fips: word for fips, word in found.items() if fips.startswith("37")}
    # The NC Rural Center counts 78 rural counties of 100 by the same bound and census.
    assert Counter(ours.values()) == {"rural": 78, "urban": 22}
    lee, pitt, mecklenburg, hyde = (ours[f"37{code}"] for code in ("105", "147", "119", "095"))
    assert (lee, pitt, mecklenburg, hyde) == ("rural", "urban", "urban", "rural")


def test_a_row_is_in_the_county_that_it_names_else_in_that_of_its_point():
    rows = pl.DataFrame(
        {
            "county": ["47149", " 47149 ", None, "Davidson", "", None, "4714", "４７１４９"],
            "latitude": [36.1627, 36.1627, 36.1627, 35.1495, 30.0, None, 36.1627, 36.1627],
            "longitude": [-86.7816, -86.7816, -86.7816, -90.0490, -80.0, None, -86.7816, -86.7816],
            "zip": [None] * 8,
        },
        schema_overrides={"zip": pl.String},
    )
    points = clean(rows["latitude"], rows["longitude"], rows["zip"])
    assert row_counties(rows["county"], points).to_list() == [
        "47149", "47149", "47037", "47157", "", "", "47037", "47037",
    ]  # fmt: skip
    nobody = clean(*(rows[name].clear() for name in ("latitude", "longitude", "zip")))
    assert row_counties(rows["county"].clear(), nobody).is_empty()
