"""Completion against triangles worked by hand, published results, and factors by brute force."""

import numpy as np
import pytest

from rules.spending.completion import CHAIN_LADDER, MATURE, RUNOUT, _fit, complete, first_usable

RAA = [
    [5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
    [106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704],
    [3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466],
    [5655, 11555, 15766, 21266, 23425, 26083, 27067],
    [1092, 9565, 15836, 22169, 25955, 26180],
    [1513, 6445, 11702, 12935, 15852],
    [557, 4020, 10946, 12314],
    [1351, 6947, 13112],
    [3133, 5395],
    [2063],
]
"""Mack, *Measuring the variability of chain ladder reserve estimates*, CAS Forum 1994."""
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
"""Taylor and Ashe 1983, as Mack 1993 works it."""


def increments(rows):
    size = len(rows)
    amounts = np.zeros((size, size))
    for at, row in enumerate(rows):
        amounts[at, : len(row)] = np.diff([0, *row])
    return amounts


def told_by(rows):
    size = len(rows)
    ages = list(range(size))[::-1]
    done = complete({"it": increments(rows)}, ages, np.ones(size, bool), recent=-1)["it"]
    ultimate = np.array([row[-1] for row in rows]) / done.factor
    return done, ultimate, ultimate - [row[-1] for row in rows]


def test_a_triangle_worked_by_hand():
    """Half arrives at once, three tenths and two tenths after: factors 1.6 and 1.25."""
    size = 7
    amounts = np.zeros((size, size))
    for month in range(size):
        for lag, share in enumerate((0.5, 0.3, 0.2)):
            if lag <= size - 1 - month:
                amounts[month, lag] = share * 100 * (month + 1)

    done = complete({"it": amounts}, range(size)[::-1], np.ones(size, bool))["it"]

    assert done.basis == CHAIN_LADDER
    assert done.factor == pytest.approx([1, 1, 1, 1, 1, 0.8, 0.5])
    assert done.error == pytest.approx([0] * 7, abs=1e-9)
    assert (done.factor >= MATURE).tolist() == [True] * 6 + [False]


def test_the_published_reserves_and_errors_of_raa():
    done, ultimate, reserve = told_by(RAA)

    published = [0, 154, 617, 1636, 2747, 3649, 5435, 10907, 10650, 16339]
    assert reserve.round().tolist() == published
    errors = [0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566]
    assert (done.error * ultimate).round().tolist()[1:9] == errors[1:9]
    # The youngest month's error is more than its money: it is told as all of it.
    assert done.error[9] == 1.0


def test_the_published_reserves_and_errors_of_taylor_and_ashe():
    """In thousands, as Mack 1993 prints them."""
    done, ultimate, reserve = told_by(TAYLOR_ASHE)

    assert (reserve / 1000).round().tolist() == [
        0, 95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626,
    ]  # fmt: skip
    assert (done.error * ultimate / 1000).round().tolist() == [
        0, 76, 122, 134, 261, 411, 558, 875, 971, 1363,
    ]  # fmt: skip


@pytest.mark.parametrize("after", [0, 1, 3])
def test_factors_are_those_of_brute_force(after):
    """With months that had nothing at lag 0, and a cut-off later than the last month."""
    rng = np.random.default_rng(after)
    size = 13
    age = np.arange(size)[::-1] + after
    triangles = {}
    for key in "ab":
        amounts = rng.gamma(5, 20, (size, size + after)) * 0.6 ** np.arange(size + after)
        amounts[np.arange(size + after)[None, :] > age[:, None]] = 0
        triangles[key] = amounts
    triangles["b"][1:][rng.random(size - 1) < 0.3, 0] = 0

    done = complete(triangles, age.tolist(), np.ones(size, bool))

    for key, amounts in triangles.items():
        assert done[key].factor == pytest.approx(by_brute_force(amounts, age), rel=1e-6)


def test_months_that_arrived_at_once_are_complete_without_the_library(monkeypatch):
    """The library says the same of them; with one dollar later it is asked."""
    size = 8
    age = np.arange(size)[::-1] - 1
    at_once = np.zeros((size, size))
    at_once[:-1, 0] = np.arange(1.0, size) * 10
    later = at_once.copy()
    later[2, 3] = 1.0
    fitted = _fit({"it": at_once}, age, 0, 6)["it"]
    asked = []
    monkeypatch.setattr(
        "rules.spending.completion._fit", lambda known, *terms: asked.append(list(known)) or {}
    )

    done = complete({"once": at_once, "later": later}, age.tolist(), np.ones(size, bool))["once"]

    assert asked == [["later"]]
    assert done.factor.tolist() == [1, 1, 1, 1, 1, 1, 1, 0]
    assert done.factor == pytest.approx(fitted.factor, abs=1e-6)
    assert done.error == pytest.approx(fitted.error, abs=1e-6)


def by_brute_force(amounts, age):
    size, lags = amounts.shape
    arrived = {
        (month, lag): amounts[month, : lag + 1].sum()
        for month in range(size)
        for lag in range(lags)
        if lag <= age[month]
    }
    factors = []
    for lag in range(lags - 1):
        months = [month for month in range(size) if (month, lag + 1) in arrived][-6:]
        factors.append(
            sum(arrived[month, lag + 1] for month in months)
            / sum(arrived[month, lag] for month in months)
        )
    return [1 / np.prod(factors[a:]) for a in age]


def test_five_months_are_no_triangle_and_six_are():
    mature = np.array([True] * 4 + [False] * 2)
    six = increments([[10, 20, 20, 20, 20, 20][: 6 - month] for month in range(6)])

    done = complete({"six": six, "five": six[:, :5] * (np.arange(6) > 0)[:, None]},
                    range(6)[::-1], mature)  # fmt: skip

    assert (done["six"].basis, done["five"].basis) == (CHAIN_LADDER, RUNOUT)
    assert done["six"].factor == pytest.approx([1, 1, 1, 1, 1, 0.5])
    assert done["five"].factor.tolist() == [1, 1, 1, 1, 0, 0]


def test_what_was_sent_in_one_go_tells_no_lag():
    size = 12
    age = np.arange(size)[::-1]
    at_once = np.zeros((size, size))
    at_once[np.arange(size), age] = 100.0

    assert first_usable(at_once, age) is None
    done = complete({"it": at_once}, age.tolist(), np.ones(size, bool))["it"]
    assert (done.basis, done.factor.tolist()) == (RUNOUT, [1.0] * size)


def test_months_before_the_first_arrival_are_left_out_of_the_ratios():
    """Ten months come together at first, then run-out is seen: half at once, half a month on."""
    size, opened = 20, 10
    age = np.arange(size)[::-1]
    amounts = np.zeros((size, size))
    for month in range(size):
        for lag in (0, 1):
            seen = max(lag, opened - month)
            if seen <= age[month]:
                amounts[month, seen] += 50.0

    assert first_usable(amounts, age) == opened
    done = complete({"it": amounts}, age.tolist(), np.ones(size, bool))["it"]
    assert done.factor == pytest.approx([1] * 19 + [0.5])


def test_nothing_at_all_and_nothing_seen():
    empty = np.zeros((8, 9))
    age = np.arange(8)[::-1]
    assert first_usable(empty, age) is None
    assert first_usable(empty + 1, age - 20) is None
    assert complete({}, [], np.ones(0, bool)) == {}
