import csv
import gzip
import json

import numpy as np
import pytest
import shapely

from geodata import counties
from geodata.counties import (
    CLASSES,
    PopulationFileError,
    classes_from,
    county_class,
    county_name,
    county_of,
    geojson,
    read_population,
)


@pytest.mark.parametrize(
    ("population", "square_miles", "wanted"),
    [
        # Large metro: 1,000,000 or more at 1,000 or more; then down to 10 metro, below it CEAC.
        (1_000_000, 1_000, "large_metro"),
        (1_000_000, 1_000.1, "metro"),
        (999_999, 999.9, "metro"),
        (1_000_000, 100_000, "metro"),
        (1_000_000, 100_001, "ceac"),
        # 500,000 to 999,999: large metro at 1,500 or more, metro at 10 or more.
        (900_000, 600, "large_metro"),
        (899_999, 600, "metro"),
        (500_000, 250, "large_metro"),
        (499_999, 250, "metro"),
        (500_000, 50_000, "metro"),
        (500_000, 50_001, "ceac"),
        # Any number of people at 5,000 or more.
        (5_000, 1, "large_metro"),
        (4_999, 1, "rural"),
        (50_000, 10, "large_metro"),
        (49_999, 10, "metro"),
        (1_000_000, 200, "large_metro"),
        # 200,000 to 499,999: metro from 10 to 4,999.9.
        (499_999, 100, "metro"),
        (200_000, 20_000, "metro"),
        (200_000, 20_001, "ceac"),
        (199_999, 19_999, "micro"),
        # 50,000 to 199,999: metro at 100 or more, micro at 10 or more.
        (199_900, 1_999, "metro"),
        (199_899, 1_999, "micro"),
        (50_000, 500, "metro"),
        (50_000, 5_000, "micro"),
        (50_000, 5_001, "ceac"),
        (49_999, 499, "micro"),
        # 10,000 to 49,999: metro at 1,000 or more, micro at 50 or more, rural at 10 or more.
        (40_000, 40, "metro"),
        (39_999, 40, "micro"),
        (40_000, 800, "micro"),
        (39_999, 800, "rural"),
        (10_000, 10, "metro"),
        (10_000, 1_000, "rural"),
        (10_000, 1_001, "ceac"),
        # Under 10,000: rural at 50 to 999.9 by the text, and at 10 to 4,999.9 by assumption.
        (9_999, 9.99, "rural"),
        (9_990, 9.99, "rural"),
        (9_999, 199.9, "rural"),
        (9_999, 200, "rural"),
        (9_990, 999, "rural"),
        (9_989, 999, "ceac"),
        (0, 100, "ceac"),
    ],
)
def test_every_row_of_the_table_on_both_sides_of_its_edges(population, square_miles, wanted):
    assert county_class(population, square_miles) == wanted


def test_bands_reach_up_to_the_next_band():
    # The text stops at 999.9 and goes on at 1,000; 999.95 belongs to the lower band.
    assert county_class(1_000_000, 1_000_000 / 999.95) == "metro"
    assert county_class(60_000, 60_000 / 99.95) == "micro"


def test_points_find_their_county():
    found = county_of(
        np.array([36.1627, 35.1495, 42.3601, 36.1627, 30.0]),
        np.array([-86.7816, -90.0490, -71.0589, -86.7816, -80.0]),
    )
    assert found == ["47037", "47157", "25025", "47037", ""]
    assert county_of(np.array([]), np.array([])) == []


def test_a_point_on_a_shared_border_gets_the_lower_code():
    shapes = counties.shapes().set_index("fips")
    border = shapes.geometry["47037"].intersection(shapes.geometry["47189"])
    north, east = next(
        (y, x) for line in shapely.get_parts(border) for x, y in shapely.get_coordinates(line)
    )
    assert county_of(np.array([north]), np.array([east])) == ["47037"]


def test_county_names():
    assert (county_name("47037"), county_name("35013"), county_name("99999")) == (
        "Davidson",
        "Doña Ana",
        "",
    )


def write(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_classes_from_a_population_file(tmp_path):
    text = "STATEFP,COUNTYFP,COUNAME,POPULATION\n47,037,Davidson,715884\n2,63,Chugach,7102\n"
    for name in ("counties.csv", "counties.csv.gz"):
        path = write(tmp_path / name, text)
        assert read_population(path) == {"47037": 715884, "02063": 7102}
        # Chugach is younger than the shapes: no land area, so no class.
        assert dict(classes_from(path)) == {"47037": "metro"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.csv: no column STATEFP, COUNTYFP, POPULATION"),
        ("STATEFP,COUNTYFP\n47,037\n", "p.csv: no column POPULATION"),
        (
            "STATEFP,COUNTYFP,POPULATION\n47,037,many\n",
            "p.csv line 2: found '47', '037', 'many'; wanted two and three digits and a "
            "population of 0 or more",
        ),
        (
            "STATEFP,COUNTYFP,POPULATION\n47,0371,5\n",
            "p.csv line 2: found '47', '0371', '5'; wanted two and three digits and a "
            "population of 0 or more",
        ),
        (
            "STATEFP,COUNTYFP,POPULATION\n47,037\n",
            "p.csv line 2: found '47', '037', ''; wanted two and three digits and a "
            "population of 0 or more",
        ),
        (
            "STATEFP,COUNTYFP,POPULATION\n47,037,5\n47,37,6\n",
            "p.csv line 3: county 47037 a second time",
        ),
    ],
)
def test_population_files_that_cannot_be_used(tmp_path, text, message):
    with pytest.raises(PopulationFileError) as refused:
        classes_from(write(tmp_path / "p.csv", text))
    assert str(refused.value) == message


def test_population_files_that_cannot_be_read(tmp_path):
    (tmp_path / "latin.csv").write_bytes(b"STATEFP,COUNTYFP,POPULATION,N\n35,013,1,Do\xf1a Ana\n")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"STATEFP,COUNTYFP,POPULATION\n")[:-9])
    for name in ("none.csv", "latin.csv", "cut.csv.gz"):
        with pytest.raises(PopulationFileError, match=rf"^{name}: cannot be read: "):
            classes_from(tmp_path / name)


@pytest.mark.shared
def test_classes_agree_with_cms_for_tennessee_and_massachusetts(shared):
    ours = classes_from(shared / "data" / "cenpop2020" / "county2020.csv.gz")
    with gzip.open(shared / "data" / "cms_hsd_2026" / "counties_TN_MA.csv.gz", "rt") as opened:
        theirs = {
            row["fips"]: (row["st"], row["designation"].lower().replace(" ", "_"))
            for row in csv.DictReader(opened)
        }
    agree = {
        state: sum(ours[fips] == cls for fips, (st, cls) in theirs.items() if st == state)
        for state in ("TN", "MA")
    }
    assert agree == {"TN": 94, "MA": 14}
    # Giles has 49.67 people per square mile of the land area of 2016; CMS has it as micro.
    assert [fips for fips, (_, cls) in theirs.items() if ours[fips] != cls] == ["47055"]
    assert set(ours.values()) == set(CLASSES)


def test_shapes_for_a_map():
    collection = geojson(("47",))
    ids = [feature["id"] for feature in collection["features"]]
    assert (len(ids), ids[0], ids[-1]) == (95, "47001", "47189")
    assert collection["features"][18]["properties"] == {"name": "Davidson"}
    assert len(json.dumps(collection)) < 250_000
    drawn = shapely.from_geojson([json.dumps(f["geometry"]) for f in collection["features"]])
    exact = counties.shapes().query("state == '47'").geometry.to_numpy()
    assert shapely.is_valid(drawn).all()
    assert np.abs(shapely.area(drawn) / shapely.area(exact) - 1).max() < 0.03
    outer = [shapely.get_exterior_ring(part) for part in shapely.get_parts(drawn)]
    assert not shapely.is_ccw(outer).any()
    # Neighbours still meet: the state has no hole and loses no land.
    whole = shapely.union_all(drawn)
    assert shapely.area(whole) == pytest.approx(shapely.area(drawn).sum(), rel=1e-4)
    assert sum(shapely.get_num_interior_rings(shapely.get_parts(whole))) < 5


def test_shapes_of_every_county():
    everywhere = geojson(tolerance=0.05)
    assert len(everywhere["features"]) == len(counties.shapes()) == 3233
