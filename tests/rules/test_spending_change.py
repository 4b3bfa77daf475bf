"""The split of a change, and the account of where money went: by hand and by a second reckoning."""

import math
from itertools import pairwise

import numpy as np
import pytest

from rules.spending.change import Used, split, totals
from rules.spending.flow import Flow, cents


def used(dollars, users, units, member_months=100.0):
    return Used(member_months, *(np.array(each, dtype=float) for each in (dollars, users, units)))


def test_a_split_worked_by_hand():
    """From 10 users x 2 units x $5 to 20 x 1 x $10: $1 to $2 per member month, mean 1 / ln 2."""
    [told] = split(used([100], [10], [20]), used([200], [20], [20]), ["visits"])

    assert (told.service, told.before, told.after) == ("visits", 1.0, 2.0)
    assert told.penetration == pytest.approx(1.0)
    assert told.units_per_user == pytest.approx(-1.0)
    assert told.unit_price == pytest.approx(1.0)


def test_growth_in_members_alone_changes_nothing():
    grown = split(used([100], [10], [20]), used([300], [30], [60], 300.0), ["visits"])
    assert [(each.penetration, each.units_per_user, each.unit_price) for each in grown] == [
        (0.0, 0.0, 0.0)
    ]


def by_definition(before, after, steps=20_000):
    """Return the parts as integrals of V dln(x) on the path of constant growth rates."""
    times = np.linspace(0, 1, steps + 1)
    parts = []
    for old, new in zip(before, after, strict=True):
        rate = math.log(new / old)
        values = math.prod(before) * (math.prod(after) / math.prod(before)) ** times
        parts.append(sum((a + b) / 2 for a, b in pairwise(values)) / steps * rate)
    return parts


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_those_of_the_definition_and_sum_to_the_whole(seed):
    rng = np.random.default_rng(seed)
    spells = []
    for _ in range(2):
        users = rng.integers(1, 50, 4).astype(float)
        units = users * rng.uniform(1, 9, 4)
        months = float(rng.integers(500, 900))
        spells.append(Used(months, units * rng.uniform(5, 90, 4), users, units))
    told = split(*spells, ["a", "b", "c", "d"])

    for at, each in enumerate(told):
        factors = [
            (s.users[at] / s.member_months, s.units[at] / s.users[at], s.dollars[at] / s.units[at])
            for s in spells
        ]
        assert (each.penetration, each.units_per_user, each.unit_price) == pytest.approx(
            tuple(by_definition(*factors)), rel=1e-6
        )
        assert math.fsum((each.penetration, each.units_per_user, each.unit_price)) == (
            pytest.approx(each.change, abs=1e-12)
        )
    whole = totals(told)
    dollars = [s.dollars.sum() / s.member_months for s in spells]
    assert whole["change"] == pytest.approx(dollars[1] - dollars[0])
    assert math.fsum(whole[part] for part in ("penetration", "units_per_user", "unit_price")) == (
        pytest.approx(whole["change"])
    )


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (([0], [0], [0]), ([300], [3], [6]), (3.0, 0.0, 0.0)),
        (([300], [3], [6]), ([0], [0], [0]), (-3.0, 0.0, 0.0)),
        (([300], [3], [6]), ([0], [3], [6]), (0.0, 0.0, -3.0)),
        (([0], [3], [6]), ([300], [9], [9]), (0.0, 0.0, 3.0)),
    ],
)
def test_zero_is_met_by_its_limit(before, after, parts):
    [told] = split(used(*before), used(*after), ["visits"])
    assert (told.penetration, told.units_per_user, told.unit_price) == parts


def test_the_limit_is_what_small_figures_come_to():
    """The part of a factor that comes from nearly nothing goes to the whole, slowly."""
    shares = []
    for small in (1e-3, 1e-30, 1e-300):
        [told] = split(
            used([300 * small], [3 * small], [6 * small]), used([600], [3], [12]), ["visits"]
        )
        shares.append(told.penetration / told.change)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=2e-3)


def test_a_service_of_nobody_is_left_out_and_nonsense_is_refused():
    assert split(used([0], [0], [0]), used([0], [4], [4]), ["visits"]) == []
    with pytest.raises(ValueError, match=r"^no member months, wanted some before and after$"):
        split(used([1], [1], [1], 0.0), used([1], [1], [1]), ["visits"])
    with pytest.raises(ValueError, match=r"^dollars without users or units$"):
        split(used([1], [1], [1]), used([1], [0], [1]), ["visits"])


def test_an_account_that_does_not_balance_is_refused():
    assert Flow(100, 60, 10, 10, 10, 5, 5).in_dollars()["bh_benefit"] == 0.6
    with pytest.raises(ValueError, match=r"^the parts sum to 99 cents, not to 100$"):
        Flow(100, 60, 10, 10, 10, 5, 4)


@pytest.mark.parametrize(
    ("dollars", "whole"), [(0.005, 0), (0.015, 2), (0.1 + 0.2, 30), (-1.5, -150)]
)
def test_cents(dollars, whole):
    assert cents(dollars) == whole
