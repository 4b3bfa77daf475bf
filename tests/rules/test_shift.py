"""The statistics of SP10 against independent computations."""

import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from rules.spending.shift_input import Costs, Prices
from rules.spending.shift_price import jumps, own_step, price_step, shared
from rules.spending.shift_regions import q_values
from rules.spending.shift_scan import Monthly, find_step, monthly, season, step_at
from rules.spending.sp10_money_shifted import Params

COUNT = 18


def flat(level: np.ndarray) -> Monthly:
    return Monthly(level, np.eye(len(level)) * 0.02**2)


def test_a_step_without_scatter_is_told_as_it_is() -> None:
    level = np.where(np.arange(COUNT) >= 12, 85.0, 100.0)

    step = find_step(flat(level))

    assert (step.at, round(step.share, 9), step.p < 0.001) == (12, 0.15, True)


def test_equal_months_make_the_step_a_difference_of_means() -> None:
    level = np.exp(np.random.default_rng(3).normal(0, 0.03, COUNT))

    step = step_at(flat(level), 10)

    told = np.log(level)
    spread = math.sqrt((0.02**2 + step.common**2) * (1 / 10 + 1 / 8))
    assert step.change == pytest.approx(told[10:].mean() - told[:10].mean())
    assert step.error == pytest.approx(spread)


def test_the_p_value_holds_without_a_step() -> None:
    rng = np.random.default_rng(11)
    drawn = [flat(100 * np.exp(rng.normal(0, 0.02, COUNT))) for _ in range(100)]

    assert sum(find_step(series).p <= 0.05 for series in drawn) <= 8


def test_a_rise_is_no_fall() -> None:
    level = np.where(np.arange(COUNT) >= 12, 130.0, 100.0)

    assert find_step(flat(level)).p > 0.5


def test_too_few_months_are_refused() -> None:
    with pytest.raises(ValueError, match="5 months, wanted at least 6"):
        find_step(flat(np.ones(5)))


def test_the_covariance_is_that_of_sums_over_members() -> None:
    rng = np.random.default_rng(5)
    dollars = rng.gamma(1.0, 50.0, (40, 6))
    member, month = np.divmod(np.arange(240), 6)
    ones = np.ones(240)
    costs = Costs(member, month, ones / 40, dollars.ravel(), np.zeros(240))

    told = monthly(costs, np.ones(6), np.ones(6), 1.0, np.zeros(6), np.ones(6))

    shares = dollars / dollars.sum(axis=0)
    assert told.level == pytest.approx(dollars.mean(axis=0))
    assert told.covariance - season(6) == pytest.approx(shares.T @ shares)


def test_q_values_are_those_of_scipy() -> None:
    drawn = np.random.default_rng(7).uniform(size=9) ** 2

    assert q_values(list(drawn)) == pytest.approx(false_discovery_control(drawn))
    assert q_values([]) == []


def prices(*levels: float) -> Prices:
    index = np.array(levels)
    return Prices(index, np.zeros(len(index)), np.ones(len(index)))


def test_what_both_sides_share_of_a_price_is_taken_out() -> None:
    behavioral = prices(*[1.0] * 6, *[0.90] * 6)
    physical = prices(*[1.0] * 6, *[0.95] * 6)

    assert jumps(behavioral) == [6]
    assert price_step(behavioral, 6, []).change == pytest.approx(math.log(0.90))
    assert own_step(behavioral, physical, 6).change == pytest.approx(math.log(0.90 / 0.95))
    assert [shared(0.1, -0.1), shared(0.3, 0.1), shared(-0.3, -0.1)] == [0.0, 0.1, -0.1]


def uneven(*levels: float, error: float) -> Prices:
    told = prices(*levels)
    return Prices(told.index, np.full(len(levels), error), told.amount)


def test_what_is_taken_out_is_uncertain_in_the_interval_and_in_no_test() -> None:
    behavioral = prices(*[1.0] * 6, *[0.90] * 6)
    # Six months on both sides: the error of a month times the root of 1/6 + 1/6.
    each = math.hypot(0.01, 0.002) * math.sqrt(1 / 3)

    fell, rose, far = (
        own_step(behavioral, uneven(*[1.0] * 6, *[level] * 6, error=0.01), 6)
        for level in (0.99, 1.01, 1.013)
    )

    assert fell.change == pytest.approx(math.log(0.90 / 0.99))
    assert fell.error == pytest.approx(0.002 * math.sqrt(1 / 3))
    assert fell.taken_out == pytest.approx(each)
    assert fell.spread == pytest.approx(math.hypot(fell.error, each))
    assert fell.score == pytest.approx(fell.change / fell.error)
    # A rise of 1.0 % may be a fall unseen (1.96 x 0.0059 = 1.15 %); one of 1.3 % is none.
    assert (rose.change, rose.taken_out) == (pytest.approx(math.log(0.90)), pytest.approx(each))
    assert (far.change, far.taken_out, far.spread) == (rose.change, 0.0, far.error)


def test_a_january_rise_is_not_the_step_asked_for() -> None:
    level = prices(*[1.0] * 4, *[1.03] * 5, *[1.03 * 0.9] * 5)

    assert price_step(level, 9, jumps(level)).change == pytest.approx(math.log(0.9))


@pytest.mark.parametrize(
    ("params", "refused"),
    [
        ({"side_months": 1}, "side_months 1, wanted at least 2"),
        ({"months": 5}, "months 5, wanted 6"),
        ({"months": 37}, "months 37, wanted 6"),
        ({"alpha": 0}, "alpha 0 is not between 0 and 1"),
    ],
)
def test_params_out_of_bounds_are_refused(params: dict[str, int], refused: str) -> None:
    with pytest.raises(ValueError, match=refused):
        Params(**params)
