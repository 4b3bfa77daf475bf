"""Making the demo state: what is refused, what stays the same, and the parts it stands on."""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pytest
import shapely

from geodata.counties import county_of
from monitor.demo import make_state
from monitor.demo.calendars import Calendar
from monitor.demo.draw import _stays, prices_of_year
from monitor.demo.geography import miles, on_sphere, read_land, scatter
from monitor.demo.identity import break_npis, check_digit, make_npis
from monitor.demo.network import choose_sites
from monitor.demo.write import in_order


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_same_seed_makes_the_same_bytes(
    format: Literal["csv", "parquet"], tmp_path: Path
) -> None:
    first = digests(make_state("TN", 1200, 18, 3, tmp_path / "a", format))
    again = digests(make_state("TN", 1200, 18, 3, tmp_path / "b", format))
    assert first == again
    assert len(first) == 4 * 18 + 1
    assert {Path(name).suffix for name in first} == {f".{format}", ".yaml", ".json"}


def test_a_second_run_takes_the_place_of_the_first(tmp_path: Path) -> None:
    fresh = digests(make_state("TN", 400, 15, 2, tmp_path / "fresh", "parquet"))
    make_state("TN", 600, 15, 1, tmp_path / "again", "csv")
    assert digests(make_state("TN", 400, 15, 2, tmp_path / "again", "parquet")) == fresh


def test_parquet_and_csv_hold_the_same_and_another_seed_does_not(tmp_path: Path) -> None:
    make_state("MA", 600, 18, 1, tmp_path / "csv", "csv")
    make_state("MA", 600, 18, 1, tmp_path / "parquet", "parquet")
    make_state("MA", 600, 18, 2, tmp_path / "other", "csv")
    for name in ("members", "encounters", "ledger"):
        typed = pl.read_parquet(tmp_path / "parquet/STEADY" / f"{name}.parquet")
        text = pl.read_csv(tmp_path / "csv/STEADY" / f"{name}.csv", schema=typed.schema)
        assert text.equals(typed, null_equal=True), name
        other = (tmp_path / "other/STEADY" / f"{name}.csv").read_bytes()
        assert other != (tmp_path / "csv/STEADY" / f"{name}.csv").read_bytes()


def test_the_demo_ends_where_it_ends_and_goes_back_from_there() -> None:
    assert (Calendar(18).names[0], Calendar(18).names[-1]) == ("2024-10", "2026-03")
    assert (Calendar(36).names[0], Calendar(36).names[-1]) == ("2023-04", "2026-03")
    first, last = Calendar(24).window
    assert (Calendar(24).names[first], Calendar(24).names[last]) == ("2025-01", "2025-12")
    assert Calendar(18).days == 547


@pytest.mark.parametrize(
    ("state", "members", "months", "seed", "format", "message"),
    [
        (
            "XX",
            8000,
            18,
            7,
            "csv",
            "state 'XX': no such state, wanted a postal code such as TN or MA",
        ),
        (
            "GU",
            8000,
            18,
            7,
            "csv",
            "state 'GU': 0 residential ZIP codes are known, wanted 10 or more",
        ),
        ("TN", 399, 18, 7, "csv", "members 399: wanted 400 to 4,000,000"),
        ("TN", 4_000_001, 18, 7, "csv", "members 4000001: wanted 400 to 4,000,000"),
        ("TN", 8000, 14, 7, "csv", "months 14: wanted 15 to 36"),
        ("TN", 8000, 37, 7, "csv", "months 37: wanted 15 to 36"),
        ("TN", 8000, 18, -1, "csv", "seed -1: wanted 0 or more"),
        ("TN", 8000, 18, 7, "xlsx", "format 'xlsx': wanted csv or parquet"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(
    state: str, members: int, months: int, seed: int, format: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError) as refused:
        make_state(state, members, months, seed, tmp_path / "out", format)  # type: ignore[arg-type]
    assert str(refused.value) == message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("state", "members", "months"), [("TN", 400, 15), ("DC", 800, 18), ("WY", 800, 36)]
)
def test_the_smallest_states_can_be_made_too(
    state: str, members: int, months: int, tmp_path: Path
) -> None:
    steps: list[str] = []
    make_state(state, members, months, 0, tmp_path, "csv", steps.append)
    assert (tmp_path / "GHOST" / "encounters.csv").stat().st_size > 10_000
    assert steps[0] == f"{state}: counties, ZIP codes, providers"
    assert steps[-1] == "GHOST: writing"


def test_check_digits_agree_with_the_published_example() -> None:
    # NPI 1234567893 is the worked example of the check digit's description.
    assert check_digit(np.array([123456789])).tolist() == [3]
    npis = make_npis(20_000, np.random.default_rng(1))
    assert len(set(npis)) == 20_000
    assert {npi[0] for npi in npis} == {"1"}
    broken = break_npis(npis, np.random.default_rng(2))
    assert (check_digit(broken.astype(np.int64) // 10) != broken.astype(np.int64) % 10).all()


@pytest.mark.parametrize("state", ["TN", "MA", "LA", "AK"])
def test_points_lie_in_the_county_of_their_zip_code(state: str) -> None:
    land = read_land(state)
    rng = np.random.default_rng(4)
    at = rng.integers(0, len(land.z_zip), 3000)
    latitude, longitude = scatter(land, at, 1.0, rng)
    assert county_of(latitude, longitude) == land.c_fips[land.z_county[at]].tolist()
    centers = on_sphere(land.z_latitude[at], land.z_longitude[at])
    chord = np.linalg.norm(on_sphere(latitude, longitude) - centers, axis=1)
    assert (miles(chord) <= land.z_spread[at] * 1.01 + 0.01).all()
    assert (latitude != land.z_latitude[at]).mean() > 0.97


def test_the_land_of_tennessee() -> None:
    land = read_land("tn")
    assert (land.state, len(land.c_fips)) == ("TN", 95)
    assert set(land.z_county) == set(range(95))
    people = np.bincount(land.z_county, land.z_people)
    largest = land.c_name[np.argsort(-people)[:4]]
    assert {"Shelby", "Davidson"} <= set(largest)
    assert 5e6 < people.sum() < 9e6
    assert np.bincount(land.c_tier).tolist() == [0, 31, 37, 27]
    assert all(isinstance(shape, shapely.Geometry) for shape in land.c_shape)


def test_miles_are_great_circle_miles() -> None:
    nashville, memphis = on_sphere(np.array([36.1627, 35.1495]), np.array([-86.7816, -90.0490]))
    gap = miles(np.linalg.norm(nashville - memphis, keepdims=True))
    assert gap[0] == pytest.approx(197, abs=2)


def test_every_place_has_a_chosen_site_within_reach() -> None:
    rng = np.random.default_rng(5)
    where = rng.uniform(0, 100, (150, 2))
    apart = np.linalg.norm(where[:, None] - where[None], axis=2)
    within = apart <= rng.uniform(5, 20, 150)[None, :]
    chosen = choose_sites(within, rng.uniform(1, 50, 150), rng.uniform(1, 3, 150), rng)
    assert within[chosen].any(axis=0).all()
    assert len(set(chosen.tolist())) == len(chosen) < 60
    nowhere = np.array([[True, False], [False, False]])
    assert choose_sites(nowhere, np.ones(2), np.ones(2), rng).tolist() == [0]


@pytest.mark.parametrize("mean", [2.2, 4.0, 7.5, 16.0])
def test_few_stays_in_a_row_have_about_the_mean_length(mean: float) -> None:
    days = _stays(mean, 600, np.random.default_rng(6))
    assert days.min() >= 1
    assert days.mean() == pytest.approx(mean, rel=0.06)
    rows = days.reshape(30, 20).mean(axis=1)
    assert rows.std() < 0.06 * mean


def test_prices_rise_each_january() -> None:
    level = prices_of_year(np.array([2023, 2024, 2025, 2026]))
    assert level == pytest.approx([1 / 1.03, 1.0, 1.03, 1.0609])


def test_columns_come_in_the_order_of_the_interface_whatever_is_given() -> None:
    given = pl.DataFrame({"zip": ["37203"], "_shown": [1], "office_id": ["A"]})
    told = in_order("plan_offices", given)
    assert told.columns == ["office_id", "street", "city", "state", "zip", "latitude", "longitude"]
    assert told.row(0) == ("A", None, None, None, "37203", None, None)
