"""Addresses in one spelling, points, and where a subcontractor is, against plain trigonometry."""

import math
import random

import pytest

from rules.delegation.places import Place, same_building, street_key, zip5
from rules.delegation.whereabouts import locate


@pytest.mark.parametrize(
    ("street", "key"),
    [
        ("500 Church Street", "500 church st"),
        ("500 CHURCH ST., Suite 200", "500 church st"),
        ("Suite 200, 500 Church St", "500 church st"),
        ("500 Church St #200", "500 church st"),
        ("500 Church St Ste # 200", "500 church st"),
        ("500 Church St Building C Room 4", "500 church st"),
        ("2nd Floor, 500 Church St", "500 church st"),
        ("500 Church St, Second Fl", "500 church st"),
        ("500 Church St, Floor 2", "500 church st"),
        ("1200 West End Avenue", "1200 w end ave"),
        ("1200 W. End Ave", "1200 w end ave"),
        ("One Vanderbilt Plaza", "1 vanderbilt plz"),
        ("10 Fifth Ave", "10 5th ave"),
        ("10 5th Avenue N", "10 5th ave n"),
        ("100-102 O'Neil Blvd", "100-102 o neil blvd"),
        ("221B Baker St", "221b baker st"),
        ("P.O. Box 12", ""),
        ("Church Street", ""),
        ("500", ""),
        ("", ""),
    ],
)
def test_a_street_has_one_spelling(street, key):
    assert street_key(street) == key


def test_a_zip_is_five_digits():
    codes = ["37203", "37203-1234", "372031234", " 37203 ", "3720", "", "3720A"]
    assert [zip5(code) for code in codes] == ["37203"] * 4 + [""] * 3


CHURCH = Place("500 Church St", "Nashville", "TN", "37219")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Place("500 Church Street, Suite 9", "NASHVILLE", "tn", "37219-0001"), True),
        (Place("500 Church Street", "Downtown Nashville", "", "37219"), True),
        (Place("501 Church St", "Nashville", "TN", "37219"), False),
        (Place("500 Church St", "Nashville", "TN", "37220"), False),
        (Place("500 Church St", "Nashville", "TN", ""), True),
        (Place("500 Church St", "Memphis", "TN", ""), False),
        (Place("500 Church St", "Nashville", "", ""), None),
        (Place("PO Box 5", "Nashville", "TN", "37219"), None),
        (Place("", "Nashville", "TN", "37219"), None),
    ],
)
def test_one_building_is_number_street_and_zip(other, same):
    assert same_building(CHURCH, other) is same
    assert same_building(other, CHURCH) is same


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        (36.1, -86.7, (36.1, -86.7)),
        (90.0, 180.0, (90.0, 180.0)),
        (0.0, -86.7, (0.0, -86.7)),
        (0.0, 0.0, None),
        (90.1, 0.0, None),
        (36.1, 180.1, None),
        (None, -86.7, None),
        (36.1, None, None),
        (math.nan, -86.7, None),
    ],
)
def test_only_a_possible_point_is_one(latitude, longitude, point):
    assert Place(latitude=latitude, longitude=longitude).point == point


def haversine(one, other):
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 3958.7613 * math.asin(math.sqrt(half))


def test_the_nearest_office_is_the_one_haversine_finds():
    chance = random.Random(11)

    def point():
        return chance.uniform(36.14, 36.18), chance.uniform(-86.80, -86.76)

    sites = 0
    for _ in range(300):
        offices = {f"O{number}": point() for number in range(4)}
        here = point()
        miles = {name: haversine(here, there) for name, there in offices.items()}
        nearest = min(miles, key=miles.get)
        found = locate(
            Place(latitude=here[0], longitude=here[1]),
            [(name, Place(latitude=lat, longitude=lon)) for name, (lat, lon) in offices.items()],
            0.5,
        )
        assert (found.office, found.on_site) == (nearest, miles[nearest] <= 0.5)
        assert found.miles == pytest.approx(miles[nearest], rel=1e-9, abs=1e-9)
        assert found.basis == "distance"
        sites += found.on_site
    assert 30 < sites < 270


def test_a_quarantined_office_may_be_the_one():
    place = Place("9 Elm St", "Nashville", "TN", "37219")
    found = locate(place, [("O1", CHURCH)], 0.1, quarantined=2)
    assert (found.on_site, found.reason) == (None, "2 rows of plan_offices lie in quarantine")
    assert locate(CHURCH, [("O1", CHURCH)], 0.1, quarantined=2).on_site is True


def test_every_address_agrees_with_itself_in_capitals_and_with_a_suite():
    for street in ("1 Oak Terrace", "77 North Fort Square", "9 Saint Mary Highway Northwest"):
        one = Place(street, "Knoxville", "TN", "37902")
        other = Place(f"{street.upper()}, STE 4-B", "KNOXVILLE", "TN", "379021111")
        assert same_building(one, other) is True
