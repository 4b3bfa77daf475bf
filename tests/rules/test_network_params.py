"""What the params of NW01 and NW02 refuse, and what they answer."""

import pytest

from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02

LIMIT = nw01.ClassLimit(share=0.9, max_minutes=45.0, max_miles=30.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"logic": "both", "max_minutes": 45.0, "max_miles": 30.0},
         "no share; wanted one here or limits by_county_class"),
        ({"logic": "both", "share": 0.9, "max_miles": 30.0},
         "logic both needs max_minutes above 0"),
        ({"logic": "either", "share": 0.9, "max_minutes": 45.0},
         "logic either needs max_miles above 0"),
        ({"logic": "time", "share": 0.9, "max_minutes": 0.0},
         "logic time needs max_minutes above 0"),
        ({"logic": "distance", "share": 0.9, "max_miles": -5.0},
         "logic distance needs max_miles above 0"),
        ({"logic": "distance", "share": 0.0, "max_miles": 5.0},
         "share 0 is not above 0 and at most 1"),
        ({"logic": "distance", "share": 90.0, "max_miles": 5.0},
         "share 90 is not above 0 and at most 1"),
        ({"logic": "both", "share": 0.9, "by_county_class": {"metro": LIMIT}},
         "a limit for every county and limits by_county_class; wanted one"),
        ({"logic": "both", "by_county_class": {"metro": nw01.ClassLimit(0.9, 45.0)}},
         "logic both needs max_miles above 0"),
    ],
)  # fmt: skip
def test_limits_that_say_nothing_or_too_much(given, message):
    with pytest.raises(ValueError) as refused:
        nw01.Params(**given)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"within": "TD"}, "wanted either a minimum or numbers by_county_class"),
        ({"within": "TD", "minimum": 1, "by_county_class": {"metro": 1.0}},
         "wanted either a minimum or numbers by_county_class"),
        ({"within": "TD", "minimum": 0}, "minimum 0 is below 1"),
        ({"within": "TD", "by_county_class": {"metro": 0.0}},
         "by_county_class metro is not above 0"),
    ],
)  # fmt: skip
def test_minimums_that_say_nothing_or_too_much(given, message):
    with pytest.raises(ValueError) as refused:
        nw02.Params(**given)
    assert str(refused.value) == message


def test_a_limit_for_every_county_asks_for_no_class():
    params = nw01.Params("both", 0.9, 45.0, 30.0)
    assert params.limit_in(None) == params.limit_in("rural") == LIMIT
    assert params.reach_in(None).travel.minutes_per_mile == 1.5


def test_limits_by_class_need_the_class():
    params = nw01.Params("both", by_county_class={"metro": LIMIT})
    assert params.limit_in("metro") == LIMIT
    for county_class in (None, "rural"):
        with pytest.raises(LookupError):
            params.reach_in(county_class)
