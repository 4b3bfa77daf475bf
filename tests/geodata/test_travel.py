import numpy as np
import pytest

from geodata.travel import MILES_PER_HOUR, estimate


@pytest.mark.parametrize(
    ("max_miles", "max_minutes", "miles", "minutes"),
    [(30, 45, 30, 45), (30, 45, 10, 15), (10, 20, 15, 30), (60, 70, 0, 0)],
)
def test_minutes_at_the_speed_that_the_standard_implies(max_miles, max_minutes, miles, minutes):
    travel = estimate(max_miles, max_minutes, None)
    assert travel.minutes(np.array([float(miles)])).tolist() == pytest.approx([minutes])
    assert travel.miles(max_minutes) == pytest.approx(max_miles)
    assert travel.source == "estimated"


@pytest.mark.parametrize(
    ("county_class", "miles_per_hour"),
    [("large_metro", 30), ("metro", 40), ("micro", 45), ("rural", 50), ("ceac", 53)],
)
def test_minutes_alone_use_the_speed_of_the_county_class(county_class, miles_per_hour):
    travel = estimate(None, 30, county_class)
    assert MILES_PER_HOUR[county_class] == miles_per_hour
    assert travel.miles(60) == pytest.approx(miles_per_hour)
    assert estimate(25, None, county_class) == travel


@pytest.mark.parametrize("county_class", [None, "", "urban"])
def test_nothing_implies_a_speed(county_class):
    assert estimate(None, 30, county_class) is None
    assert estimate(30, None, county_class) is None


def test_infinite_miles_take_infinite_minutes():
    assert np.isinf(estimate(30, 45, None).minutes(np.array([np.inf]))).all()
