"""Measured ways against all pairs, for every logic and number of choices."""

import numpy as np
import pytest

from geodata.choices import Choices
from geodata.coverage import Limits
from geodata.distance import great_circle_miles
from geodata.travel import OUTSIDE, REACHED, UNREACHABLE, UNSNAPPED, Travelled
from geodata.ways import MOST, add_up, ask, find_ways, first_ask, sites_reached, soonest_homes


class Table:
    """A source that knows minutes and miles of every pair of points, by their latitudes."""

    source, note = "matrix", "minutes as made up"

    def __init__(self, homes, sites, minutes, miles, state=None):
        self.homes = {north: at for at, north in enumerate(homes)}
        self.sites = {north: at for at, north in enumerate(sites)}
        self.minutes, self.miles = minutes, miles
        self.state = np.zeros(len(homes), np.int8) if state is None else state
        self.asked = []

    @property
    def backwards(self):
        back = Table(self.sites, self.homes, self.minutes.T, self.miles.T)
        return back if not self.state.any() else None

    def nearest(self, homes_lat, homes_lon, sites_lat, sites_lon, k):
        self.asked.append(k)
        rows = [self.homes[each] for each in homes_lat]
        columns = [self.sites[each] for each in sites_lat]
        minutes = np.full((len(rows), k), np.inf)
        miles, index = minutes.copy(), np.full((len(rows), k), -1)
        for at, row in enumerate(rows):
            if self.state[row] == REACHED:
                order = np.argsort(self.minutes[row, columns], kind="stable")[:k]
                order = order[np.isfinite(self.minutes[row, columns][order])]
                index[at, : len(order)] = order
                minutes[at, : len(order)] = self.minutes[row, columns][order]
                miles[at, : len(order)] = self.miles[row, columns][order]
        return Travelled(minutes, miles, index, self.state[rows])


def made_up(seed, homes=120, sites=40):
    draw = np.random.default_rng(seed)
    north, east = draw.uniform(35, 36, homes), draw.uniform(-87, -86, homes)
    to_north, to_east = draw.uniform(35, 36, sites), draw.uniform(-87, -86, sites)
    straight = great_circle_miles(north[:, None], east[:, None], to_north, to_east)
    road = straight * draw.uniform(1, 1.8, straight.shape)
    minutes = road * draw.uniform(0.5, 4, straight.shape)
    minutes[draw.random(straight.shape) < 0.1] = np.inf
    return draw, (north, east), (to_north, to_east), straight, road, minutes


@pytest.mark.parametrize("road", [False, True])
@pytest.mark.parametrize("wanted", [1, 2, 3])
@pytest.mark.parametrize("logic", ["time", "both", "either", "distance"])
def test_who_is_within_is_who_is_within_by_all_pairs(logic, wanted, road):
    if logic == "distance" and not road:
        return  # straight lines alone: no source is asked
    draw, homes, sites, straight, by_road, minutes = made_up(wanted)
    provider = draw.integers(0, 12, 40)
    choices = Choices(*sites, np.arange(40), provider)
    source = Table(homes[0], sites[0], minutes, by_road)
    seen = 0
    for max_miles, max_minutes in ((8.0, 12.0), (15.0, 20.0), (25.0, 9.0), (6.0, 60.0)):
        limits = Limits(logic, max_miles, max_minutes, source, wanted, road)
        miles = by_road if road else straight
        fast, near = minutes <= max_minutes, miles <= max_miles
        pairs = {
            "time": fast,
            "both": fast & near,
            "either": fast | near,
            "distance": near & np.isfinite(minutes),
        }[logic]
        if logic == "either" and road:
            pairs &= np.isfinite(minutes)
        enough = [len(set(provider[row])) >= wanted for row in pairs]
        found = ask(source, choices, *homes, first_ask(choices, wanted))
        ways = find_ways(choices, limits, *homes, found)
        assert ways.within.tolist() == enough
        assert not ways.undecided.any()
        seen += 0 < sum(enough) < len(enough)
        mask, whole = sites_reached(*sites, limits, *homes)
        assert (mask.tolist(), whole) == (pairs.any(axis=0).tolist(), True)
        soonest = soonest_homes(source, *sites, *homes)
        again = sites_reached(*sites, limits, *homes, soonest)
        assert (again[0].tolist(), again[1]) == (mask.tolist(), True)
    assert seen >= 2


def test_the_way_told_leads_to_the_provider_that_makes_the_number():
    _, homes, sites, straight, road, minutes = made_up(9)
    choices = Choices(*sites, np.arange(40), np.repeat(np.arange(20), 2))
    source = Table(homes[0], sites[0], minutes, road)
    limits = Limits("time", None, 30.0, source, 3)
    ways = find_ways(choices, limits, *homes, ask(source, choices, *homes, 6))
    by_provider = np.minimum(minutes[:, ::2], minutes[:, 1::2])
    assert ways.minutes == pytest.approx(np.sort(by_provider, axis=1)[:, 2])
    assert ways.miles == pytest.approx(
        [straight[at][minutes[at] == told][0] for at, told in enumerate(ways.minutes)]
    )


def test_one_provider_must_keep_both_limits_by_itself():
    sites = np.array([35.1, 35.2]), np.array([-86.0, -86.0])
    home = np.array([35.15]), np.array([-86.0])
    choices = Choices(*sites, np.array([0, 1]), np.array([0, 1]))
    # One is fast and far by road, the other near and slow.
    source = Table(home[0], sites[0], np.array([[5.0, 50.0]]), np.array([[40.0, 4.0]]))
    for logic, within in (("both", False), ("either", True)):
        limits = Limits(logic, 10.0, 10.0, source, road=True)
        ways = find_ways(choices, limits, *home, ask(source, choices, *home, 1))
        assert ways.within.tolist() == [within]


def test_the_limit_itself_is_within():
    sites = np.array([35.1]), np.array([-86.0])
    home = np.array([35.15]), np.array([-86.0])
    choices = Choices(*sites, np.array([0]), np.array([0]))
    told = []
    for minutes in (30.0, 30.0 + 0.9e-9, 30.0 + 1e-6):
        source = Table(home[0], sites[0], np.array([[minutes]]), np.array([[4.0]]))
        limits = Limits("time", None, 30.0, source)
        ways = find_ways(choices, limits, *home, ask(source, choices, *home, 1))
        told.append(bool(ways.within[0]))
    assert told == [True, True, False]


def test_miles_that_a_source_does_not_tell_are_straight_lines():
    _, homes, sites, straight, road, minutes = made_up(4)
    source = Table(homes[0], sites[0], minutes, np.full_like(road, np.nan))
    choices = Choices(*sites, np.arange(40), np.arange(40))
    limits = Limits("both", 9.0, 20.0, source, road=True)
    ways = find_ways(choices, limits, *homes, ask(source, choices, *homes, 1))
    assert ways.within.tolist() == ((straight <= 9) & (minutes <= 20)).any(axis=1).tolist()


def test_people_without_a_way_are_classes_of_their_own():
    north = np.array([35.1, 35.2, 35.3, 35.4, 35.5])
    homes, sites = (north, np.full(5, -86.0)), (np.array([35.1]), np.array([-86.0]))
    state = np.array([REACHED, UNREACHABLE, UNSNAPPED, OUTSIDE, REACHED], np.int8)
    source = Table(north, sites[0], np.array([[5.0], [0], [0], [0], [90]]), np.ones((5, 1)), state)
    choices = Choices(*sites, np.array([0]), np.array([0]))
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    limits = Limits("time", None, 30.0, source)
    got = add_up(find_ways(choices, limits, *homes, ask(source, choices, *homes, 1)), weight)
    assert (got.people, got.within, got.unreachable, got.unsnapped, got.outside) == (
        31.0, 1.0, 2.0, 4.0, 8.0
    )  # fmt: skip
    assert (got.undecided, got.untold, got.longest_minutes) == (0.0, 12.0, 90.0)
    # Who is near enough by straight line needs no road where either limit will do.
    either = Limits("either", 8.0, 30.0, source)
    got = add_up(find_ways(choices, either, *homes, ask(source, choices, *homes, 1)), weight)
    assert (got.within, got.unreachable, got.unsnapped, got.outside) == (3.0, 0.0, 4.0, 8.0)


def test_past_many_sites_a_home_is_undecided():
    count = MOST + 20
    sites = np.linspace(35, 35.01, count), np.full(count, -86.0)
    home = np.array([35.0]), np.array([-86.0])
    minutes = np.arange(count, dtype=float)[None]
    miles = np.where(np.arange(count) < count - 1, 50.0, 1.0)[None]  # only the slowest is near
    source = Table(home[0], sites[0], minutes, miles)
    choices = Choices(*sites, np.arange(count), np.arange(count))
    limits = Limits("both", 10.0, 500.0, source, road=True)
    ways = find_ways(choices, limits, *home, ask(source, choices, *home, 1))
    assert (ways.within.tolist(), ways.undecided.tolist()) == ([False], [True])
    assert source.asked == [1, 4, 16, MOST]
    mask, whole = sites_reached(*sites, limits, *home)
    assert (mask.sum(), whole) == (0, False)


def test_no_sites_at_all():
    none = np.array([])
    choices = Choices(none, none, none.astype(int), none.astype(int))
    home = np.array([35.0]), np.array([-86.0])
    source = Table(home[0], none, np.empty((1, 0)), np.empty((1, 0)))
    limits = Limits("time", None, 30.0, source)
    found = ask(source, choices, *home, first_ask(choices, 1))
    got = add_up(find_ways(choices, limits, *home, found), np.array([3.0]))
    assert (got.people, got.within, got.unreachable, got.longest_minutes) == (3.0, 0.0, 0.0, None)
    assert source.asked == []


def test_the_soonest_home_decides_without_asking_again():
    _, homes, sites, straight, _, minutes = made_up(6)
    source = Table(homes[0], sites[0], minutes, straight)
    soonest = soonest_homes(source, *sites, *homes)
    for limit in (1.0, 9.0, 400.0):
        mask, whole = sites_reached(*sites, Limits("time", None, limit, source), *homes, soonest)
        assert (mask.tolist(), whole) == ((minutes <= limit).any(axis=0).tolist(), True)
    assert source.asked == []
    # Of both limits it decides where the home is near as well, or no home is.
    mask, _ = sites_reached(*sites, Limits("both", 9.0, 20.0, source), *homes, soonest)
    assert mask.tolist() == ((minutes <= 20) & (straight <= 9)).any(axis=0).tolist()
    assert len(source.asked) < 12
