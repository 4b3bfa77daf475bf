"""The floating catchment against hand-worked cases, brute force, a published case and `access`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from access import Access, weights

from geodata.catchment import SLOW_DECAY, Bands, share_pairs, share_places
from geodata.distance import great_circle_miles

# access 1.1.10 sets an index the way that pandas 4 drops.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

A_DEGREE = 3958.7613 * np.pi / 180


def north(miles: float) -> float:
    """Return the latitude so many miles north of 36."""
    return 36 + miles / A_DEGREE


def scattered(people: int, sites: int, seed: int):
    draw = np.random.default_rng(seed)
    points = draw.uniform(35, 36.6, people), draw.uniform(-88, -85, people)
    places = draw.uniform(35, 36.6, sites), draw.uniform(-88, -85, sites)
    counts = draw.integers(0, 5, people).astype(float)
    return points, counts, places, draw.integers(0, 900, sites).astype(float)


def test_two_towns_and_two_sites_by_hand():
    # 10 people at the first site, 10 people 15 miles off; the second site is 15 miles farther.
    found = share_places(
        ([36.0, north(15)], [-86.0, -86.0]), [10.0, 10.0], ([36.0, north(30)], [-86, -86]), [84, 90]
    )

    # The first site: 84 / (10 + 0.68 x 10) = 5; the second: 90 / (0.22 x 10 + 0.68 x 10) = 10.
    assert found.ratio.tolist() == pytest.approx([5.0, 10.0])
    # 5 + 0.22 x 10; 0.68 x 5 + 0.68 x 10.
    assert found.access.tolist() == pytest.approx([7.2, 10.2])


def test_the_limit_of_a_band_is_inside_it_and_beyond_the_last_nothing_weighs():
    miles = np.array([0, 10, 10.001, 20, 20.001, 30, 30.001])

    assert SLOW_DECAY(miles).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0]
    for away, expected in ((30.0, 1 / 0.22), (30 + 1e-6, 0.0)):
        found = share_places(([north(away)], [-86.0]), [1.0], ([36.0], [-86.0]), [1.0])
        assert found.ratio.tolist() == pytest.approx([expected])


def test_a_site_without_people_around_shares_nothing_and_nobody_without_a_site_gets_anything():
    points = ([36.0, 36.0, 36.0], [-86.0, -100.0, -110.0])
    found = share_places(
        points, [4.0, 9.0, 0.0], ([36.0, 36.0, 36.0], [-86, -120, -110]), [8, 8, 8]
    )

    assert found.ratio.tolist() == [2, 0, 0]
    assert found.access.tolist() == [2, 0, 0]


@pytest.mark.parametrize(("people", "sites"), [(0, 2), (2, 0), (0, 0)])
def test_nobody_or_no_site_is_no_crash(people, sites):
    points, counts, places, supply = scattered(people, sites, 1)
    found = share_places(points, counts, places, supply)

    assert found.access.tolist() == [0.0] * people
    assert found.ratio.tolist() == [0.0] * sites


@pytest.mark.parametrize("at_once", [1, 700, 4_000_000])
def test_equal_to_brute_force_however_many_pairs_are_held(at_once):
    points, counts, places, supply = scattered(900, 120, 3)
    miles = great_circle_miles(points[0][:, None], points[1][:, None], *places)
    weight = np.select([miles <= 10, miles <= 20, miles <= 30], [1, 0.68, 0.22], 0.0)
    ratio = supply / (weight * counts[:, None]).sum(axis=0)

    found = share_places(points, counts, places, supply, pairs_at_once=at_once)

    assert np.abs(found.ratio - ratio).max() < 1e-9
    assert np.abs(found.access - weight @ ratio).max() < 1e-9
    # What the sites have is what the people get.
    assert (found.access * counts).sum() == pytest.approx(supply.sum())


def test_across_the_antimeridian_and_at_the_pole():
    over_the_line = share_places(([0.0], [179.95]), [2.0], ([0.0], [-179.95]), [6.0])
    at_the_pole = share_places(([89.95], [0.0]), [2.0], ([89.95], [180.0]), [6.0])

    assert over_the_line.access.tolist() == at_the_pole.access.tolist() == [3.0]


def test_equal_to_access_on_the_same_input():
    points, counts, places, supply = scattered(400, 60, 5)
    counts += 1
    miles = great_circle_miles(points[0][:, None], points[1][:, None], *places)
    person, site = np.nonzero(miles <= 35)
    other = Access(
        demand_df=pd.DataFrame({"id": np.arange(400), "people": counts}),
        demand_index="id",
        demand_value="people",
        supply_df=pd.DataFrame({"id": np.arange(60), "places": supply}),
        supply_index="id",
        supply_value=["places"],
        cost_df=pd.DataFrame({"from": person, "to": site, "miles": miles[person, site]}),
        cost_origin="from",
        cost_dest="to",
        cost_name="miles",
    )
    theirs = other.enhanced_two_stage_fca(
        weight_fn=weights.step_fn({10: 1, 20: 0.68, 30: 0.22}), max_cost=30
    )

    found = share_places(points, counts, places, supply)

    ours = pd.Series(found.access, index=np.arange(400))
    theirs = theirs["e2sfca_places"].reindex(ours.index).fillna(0)
    assert np.abs(ours - theirs).max() < 1e-9
    assert (ours > 0).sum() > 300


# The three tracts of pysal/access, access/tests/test_hospital_example.py (commit 26e29ef2): people
# 100, 50, 10 and doctors 15, 20, 100; one minute within a tract; 80 between 1 and 2, which is
# beyond the 61 minutes that count, but in the last case 40; the weight is one over the minutes.
PEOPLE, DOCTORS = np.array([100.0, 50.0, 10.0]), np.array([15.0, 20.0, 100.0])
CASES = {"congested": (40, 40, 80), "in": (20, 40, 80), "out": (40, 20, 80), "both": (20, 20, 40)}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # Tract 3, congested: 100 doctors over 100/40 + 50/40 + 10 = 13.75 people.
        ("congested", (15 / 100.25 + 100 / 13.75 / 40, 20 / 50.25 + 100 / 13.75 / 40, None)),
        ("in", (15 / 100.25 + 100 / 17.5 / 20, 20 / 50.25 + 100 / 17.5 / 20, None)),
        ("out", (15 / 100.5 + 100 / 13.75 / 40, 20 / 50.5 + 100 / 13.75 / 40, None)),
        ("both", (None, None, 100 / 17.5 + 15 / 101.75 / 20 + 20 / 53 / 20)),
    ],
)
def test_three_tracts_as_published(case, expected):
    inbound, outbound, across = CASES[case]
    minutes = np.array([[1, across, inbound], [across, 1, inbound], [outbound, outbound, 1]], float)
    person, site = np.nonzero(minutes < 61)

    found = share_pairs(person, site, 1 / minutes[person, site], PEOPLE, DOCTORS)

    for ours, by_hand in zip(found.access, expected, strict=True):
        assert by_hand is None or ours == pytest.approx(by_hand, abs=1e-12)
    costs = pd.DataFrame({"from": person, "to": site, "cost": minutes[person, site]})
    tracts = pd.DataFrame({"id": range(3), "people": PEOPLE, "doctors": DOCTORS})
    other = Access(
        demand_df=tracts,
        demand_index="id",
        demand_value="people",
        supply_df=tracts,
        supply_index="id",
        supply_value="doctors",
        cost_df=costs,
        cost_origin="from",
        cost_dest="to",
        cost_name="cost",
    )
    theirs = other.two_stage_fca(name="fca", weight_fn=weights.gravity(1, -1), max_cost=61)
    assert found.access.tolist() == pytest.approx(theirs["fca_doctors"].to_list(), abs=1e-12)


def test_three_tracts_change_as_published():
    access = {}
    for case, (inbound, outbound, across) in CASES.items():
        minutes = np.array(
            [[1, across, inbound], [across, 1, inbound], [outbound, outbound, 1]], float
        )
        person, site = np.nonzero(minutes < 61)
        found = share_pairs(person, site, 1 / minutes[person, site], PEOPLE, DOCTORS)
        access[case] = found.access

    signs = {case: np.sign(access[case] - access["congested"]).tolist() for case in CASES}
    assert signs["in"] == signs["both"] == [1, 1, -1]
    assert signs["out"] == [-1, -1, 1]


@pytest.mark.parametrize(
    ("limits", "shares", "why"),
    [
        ((), (), "wanted as many limits as weights, at least one"),
        ((10.0,), (1.0, 0.5), "wanted as many limits as weights, at least one"),
        ((0.0,), (1.0,), "limits rise, from above 0"),
        ((10.0, 10.0), (1.0, 0.5), "limits rise, from above 0"),
        ((10.0,), (0.0,), "weights are above 0"),
        ((float("nan"),), (1.0,), "limits and weights are finite numbers"),
    ],
)
def test_bands_that_make_no_sense_are_refused(limits, shares, why):
    with pytest.raises(ValueError, match=f"^{why}$"):
        Bands(limits, shares)
