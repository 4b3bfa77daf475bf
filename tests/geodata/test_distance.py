"""Distances against a haversine written here, and against known places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.distance import EARTH_RADIUS_MILES, Sites, great_circle_miles


def haversine(latitude, longitude, to_latitude, to_longitude):
    """Miles by the haversine formula, in long double: independent of chords."""
    phi, theta, to_phi, to_theta = (
        np.radians(np.asarray(degrees, dtype=np.longdouble))
        for degrees in (latitude, longitude, to_latitude, to_longitude)
    )
    half = (
        np.sin((to_phi - phi) / 2) ** 2
        + np.cos(phi) * np.cos(to_phi) * np.sin((to_theta - theta) / 2) ** 2
    )
    return 2 * 3958.7613 * np.arcsin(np.sqrt(np.minimum(half, 1)))


PLACES = np.array(
    [
        [0.0, 0.0],
        [0.0, 179.9999],
        [0.0, -179.9999],  # across the antimeridian
        [51.88, 179.5],
        [51.90, -179.4],
        [90.0, 0.0],
        [90.0, 77.0],  # the same pole by another name
        [-90.0, 12.0],
        [89.999, 45.0],
        [36.1627, -86.7816],  # Nashville
        [36.1627, -86.7816],  # the same point again
        [35.1495, -90.0490],  # Memphis
        [42.3601, -71.0589],  # Boston
        [36.1627, 93.2184],  # Nashville's meridian on the other side
    ]
)


def test_one_pair_is_a_float_and_one_degree_of_latitude_is_69_09_miles():
    assert great_circle_miles(0.0, 0.0, 1.0, 0.0) == pytest.approx(69.0934, abs=1e-4)
    assert isinstance(great_circle_miles(0, 0, 1, 0), float)
    assert great_circle_miles(12.5, -7.0, 12.5, -7.0) == 0.0


def test_nashville_to_memphis():
    # 196.2 miles by the ellipsoid; the sphere may differ by half a percent.
    miles = great_circle_miles(36.1627, -86.7816, 35.1495, -90.0490)
    assert miles == pytest.approx(196.2, rel=0.005)


def test_all_pairs_of_difficult_places_agree_with_haversine():
    north, east = PLACES[:, 0], PLACES[:, 1]
    ours = great_circle_miles(north[:, None], east[:, None], north, east)
    theirs = haversine(north[:, None], east[:, None], north, east)
    assert np.abs(ours - theirs).max() < 1e-6


def test_nan_stays_nan():
    assert np.isnan(great_circle_miles(np.array([np.nan]), 0.0, 0.0, 0.0)).all()


def test_nearest_k_agrees_with_brute_force_everywhere_on_earth():
    draw = np.random.default_rng(5)
    sites = np.vstack(
        [PLACES, np.c_[draw.uniform(-90, 90, 300), draw.uniform(-180, 180, 300)], PLACES[:3]]
    )
    people = np.vstack([PLACES, np.c_[draw.uniform(-90, 90, 500), draw.uniform(-180, 180, 500)]])
    miles, index = Sites(sites[:, 0], sites[:, 1]).nearest(people[:, 0], people[:, 1], k=4)
    table = haversine(people[:, :1], people[:, 1:], sites[:, 0], sites[:, 1])
    assert np.abs(miles - np.sort(table, axis=1)[:, :4]).max() < 1e-6
    # The site that is named lies as far away as is said, whichever of several equals it is.
    assert np.abs(np.take_along_axis(table, index, axis=1) - miles).max() < 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-90, 90, width=32), st.floats(-180, 180, width=32)),
        min_size=1,
        max_size=12,
    ),
    st.tuples(st.floats(-90, 90, width=32), st.floats(-180, 180, width=32)),
)
def test_nearest_of_any_sites(sites, person):
    table = haversine(*person, *np.array(sites).T)
    if table.min() > 12_430:  # nearly opposite, where chords lose digits
        return
    miles, _ = Sites(*np.array(sites).T).nearest([person[0]], [person[1]])
    assert miles[0, 0] == pytest.approx(float(table.min()), abs=1e-6)


def test_a_site_at_the_very_point_is_no_distance_away():
    miles, index = Sites([36.0, 36.5], [-86.0, -86.0]).nearest([36.0], [-86.0], k=2)
    assert (miles[0, 0], index.tolist()) == (0.0, [[0, 1]])


def test_fewer_sites_than_asked_for_are_infinitely_far():
    miles, index = Sites([36.0], [-86.0]).nearest([36.0, 37.0], [-86.0, -86.0], k=3)
    assert np.isinf(miles[:, 1:]).all() and index.tolist() == [[0, -1, -1], [0, -1, -1]]


def test_no_sites_at_all():
    none = Sites([], [])
    miles, index = none.nearest([36.0], [-86.0])
    assert (len(none), miles.tolist(), index.tolist()) == (0, [[np.inf]], [[-1]])
    assert none.nearest_within([36.0], [-86.0], 10).tolist() == [np.inf]


def test_nearest_within_finds_what_is_within_and_no_farther():
    sites = Sites([36.0, 36.0], [-86.0, -80.0])
    north = 36.0 + np.array([0.0, 9.999, 10.0, 10.1]) / (np.pi * EARTH_RADIUS_MILES / 180)
    found = sites.nearest_within(north, np.full(4, -86.0), 10.0)
    assert found[:3] == pytest.approx([0.0, 9.999, 10.0], abs=1e-6)
    assert np.isinf(found[3])
    assert sites.nearest_within([], [], 10.0).tolist() == []
    assert sites.nearest_within([-36.0], [94.0], 1e9) == pytest.approx([12101.5], abs=0.1)
