"""Massachusetts' people at their tracts' centres, and its real mental-health sites."""

import csv
import gzip

import numpy as np
import polars as pl
import pytest

from geodata.blocks import make_blocks, order_by_place
from geodata.choices import Choices, straight_lines
from geodata.coverage import Limits
from geodata.lines import cover_parts
from geodata.points import clean

pytestmark = pytest.mark.shared


def rows_of(path):
    with gzip.open(path, "rt", encoding="utf-8-sig") as opened:
        yield from csv.DictReader(opened)


def test_98_996_percent_live_within_ten_miles_of_a_mental_health_site(shared):
    data = shared / "data"
    listed = [
        row
        for row in rows_of(data / "treatment_sites" / "MentalHealthProviders_TN_MA.csv.gz")
        if row["state"] == "MA"
    ]
    assert len(listed) == 266
    sites = clean(*(pl.Series([row[name] for row in listed]) for name in ("latitude", "longitude")))
    choices = Choices(sites.latitude, sites.longitude, sites.of_row, np.arange(len(listed)))
    tracts = [
        row
        for row in rows_of(data / "cenpop2020" / "tract2020_TN_MA.csv.gz")
        if row["STATEFP"] == "25" and int(row["POPULATION"]) > 0
    ]
    people = np.array([float(row["POPULATION"]) for row in tracts])
    north = np.array([float(row["LATITUDE"]) for row in tracts])
    east = np.array([float(row["LONGITUDE"]) for row in tracts])
    order = order_by_place(np.zeros(len(tracts), dtype=np.int64), north, east)
    blocks = make_blocks(1, np.zeros(len(tracts), dtype=np.int64), north[order], east[order])
    limits = Limits("distance", 10.0, None, None)
    lines = straight_lines(blocks, choices, 1)
    got = cover_parts(blocks, [0], people[order], lines, limits)[0]
    assert f"{got.within / got.people:.3%}" == "98.996%"
