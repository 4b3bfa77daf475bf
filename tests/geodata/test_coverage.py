import numpy as np
import pytest

from geodata.coverage import Coverage, Limits, cover
from geodata.travel import estimate

FORTY = estimate(30, 45, None)


def limits(logic="both", max_miles=30.0, max_minutes=45.0, travel=FORTY):
    return Limits(logic, max_miles, max_minutes, travel)


@pytest.mark.parametrize(
    ("max_miles", "max_minutes"), [(30, 45), (35, 50), (25, 40), (140, 155), (45, 70), (5, 10)]
)
@pytest.mark.parametrize("logic", ["both", "either", "time", "distance"])
def test_the_limit_itself_is_within_to_a_billionth_of_a_mile(logic, max_miles, max_minutes):
    held = limits(logic, max_miles, max_minutes, estimate(max_miles, max_minutes, None))
    edge = np.array([0, 0.5e-9, 0.9e-9, 3e-9, 1e-6]) + max_miles
    assert held.hold(edge).tolist() == [True, True, True, False, False]
    assert held.farthest_miles == pytest.approx(max_miles)


@pytest.mark.parametrize(
    ("logic", "within", "farthest"),
    [
        ("both", [True, False, False], 20.0),
        ("either", [True, True, False], 30.0),
        ("time", [True, False, False], 20.0),
        ("distance", [True, True, False], 30.0),
    ],
)
def test_time_and_distance_are_held_apart(logic, within, farthest):
    # 30 minutes at 40 miles an hour are 20 miles; the other limit is 30 miles.
    held = limits(logic, 30.0, 30.0, estimate(None, 30, "metro"))
    assert held.hold(np.array([20.0, 30.0, 30.1])).tolist() == within
    assert held.farthest_miles == pytest.approx(farthest)


def test_a_limit_that_the_logic_does_not_count_may_be_missing():
    assert limits("time", None, 45.0).hold(np.array([30.0, 31.0])).tolist() == [True, False]
    far = limits("distance", 30.0, None, None)
    assert far.hold(np.array([30.0, 31.0])).tolist() == [True, False]
    assert far.farthest_miles == 30.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("both", None, 45, FORTY), "logic both needs max_miles above 0, found None"),
        (("either", 30, None, FORTY), "logic either needs max_minutes above 0, found None"),
        (("time", 30, 0, FORTY), "logic time needs max_minutes above 0, found 0"),
        (("distance", -1, 45, FORTY), "logic distance needs max_miles above 0, found -1"),
        (("time", 30, 45, None), "logic time needs a source of minutes, found none"),
    ],
)
def test_limits_that_cannot_be_held(given, message):
    with pytest.raises(ValueError) as refused:
        Limits(*given)
    assert str(refused.value) == message


def test_people_are_added_up_by_hand():
    miles = np.array([0.0, 23.0, 23.1, 30.0, 30.1, np.inf, 99.0])
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 0.0, 0.0])
    # 23.1 x 1.3 is 30.03: within by straight line only. Nobody lives at the last two points.
    assert cover(miles, weight, limits()) == Coverage(
        people=31.0,
        within=15.0,
        borderline=12.0,
        longest_miles=30.1,
        longest_minutes=pytest.approx(45.15),
    )


@pytest.mark.parametrize(
    ("miles", "weight", "people"), [([], [], 0.0), ([np.inf], [3.0], 3.0), ([5.0], [0.0], 0.0)]
)
def test_without_people_or_sites_nobody_is_within_and_nothing_is_longest(miles, weight, people):
    counted = cover(np.array(miles), np.array(weight), limits())
    assert counted == Coverage(people, 0.0, 0.0, None, None)


def test_miles_without_a_source_of_minutes():
    counted = cover(np.array([5.0]), np.array([1.0]), limits("distance", 30.0, None, None))
    assert (counted.longest_miles, counted.longest_minutes) == (5.0, None)
