"""SP10's verdict from what was found: both sides of every edge, no encounters."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rules.spending.shift_find import Amount, Shift
from rules.spending.shift_price import PriceStep
from rules.spending.shift_scan import Step
from rules.spending.shift_verdict import (
    CONTRACTION,
    DATA,
    NO_SHIFT,
    PRICE_CUT,
    REALLOCATION,
    TOO_FEW,
    Verdict,
    chance_moved,
    detectable,
    judge_shift,
)

TENTH = math.log(0.9)
FELL = Step(at=6, change=TENTH, error=0.02, p=0.001, common=0.006, critical=2.5, usual=0.02)
NOTHING = Amount(0.0, 0.0)


def shift(more: float = 0.0, error: float = 1.0, **other) -> Shift:
    """BH use fell by 10 of 100 dollars; PH use got ``more`` dollars, give or take ``error``."""
    told = {
        "tested": np.arange(12),
        "at": 6,
        "use": FELL,
        "use_here": FELL,
        "use_found": True,
        "price": None,
        "price_found": False,
        "reached": None,
        "reached_found": False,
        "sub_share": 0.0,
        "sub_use": None,
        "direct_use": FELL,
        "handed_on": None,
        "before": 100.0,
        "ph_before": 400.0,
        "ph_step": replace(FELL, change=0.0),
        "ph_use": Amount(more, error),
        "ph_price": NOTHING,
        "fees": NOTHING,
    }
    return Shift(**told | other)


def verdict(told: Shift, users: float = 1000, fewest: float = 11) -> Verdict:
    return judge_shift(told, 0.15, True, users, fewest)


@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        (10.0, 1.0, REALLOCATION),
        (0.0, 1.0, CONTRACTION),
        (-10.0, 1.0, CONTRACTION),
        # Without much scatter, the middle but for the odds before looking: 5 - ln(3) / 10 = 4.89.
        (4.9, 1.0, REALLOCATION),
        (4.88, 1.0, CONTRACTION),
        # With much, a quarter of what was lost.
        (2.501, 8.0, REALLOCATION),
        (2.499, 8.0, CONTRACTION),
    ],
)
def test_where_a_fall_of_use_went(more: float, error: float, told: str) -> None:
    assert verdict(shift(more, error)).told == told


def test_total_spending_that_fell_as_much_is_no_reallocation() -> None:
    """Likelier all than nothing of it, at 3 to 1 before looking, and still not found elsewhere."""
    told = shift(1.0, 8.0)

    assert chance_moved(told) > 0.5
    assert verdict(told).told == CONTRACTION


def test_the_chance_is_that_of_two_normal_laws() -> None:
    told = shift(4.0, 3.0)

    def density(mean: float) -> float:
        return math.exp(-(((4.0 - mean) / 3.0) ** 2) / 2)

    assert chance_moved(told) == pytest.approx(3 * density(10) / (3 * density(10) + density(0)))


def test_a_plan_in_which_physical_health_scatters_too_much_is_too_small() -> None:
    """A loss of 15 dollars is 1.68 standard errors of 8.929 dollars."""
    assert verdict(shift(10.0, 8.92)).told == REALLOCATION
    assert verdict(shift(10.0, 8.94)) == Verdict(
        TOO_FEW,
        "BH use fell by 10.0%, and whether physical health got what was lost cannot be told: "
        "$10.00 a member a month, against a standard error of $8.94",
    )


@pytest.mark.parametrize(
    ("use", "error", "told"),
    [
        # Prices took it all, and use fell: by chance, or by so much that the total fell as well.
        (0.0, 20.0, REALLOCATION),
        (-7.5, 20.0, REALLOCATION),
        (-7.6, 20.0, TOO_FEW),
        (-10.7, 2.0, REALLOCATION),
        (-10.9, 2.0, CONTRACTION),
    ],
)
def test_prices_took_it_but_use_fell(use: float, error: float, told: str) -> None:
    assert verdict(shift(use, error, ph_price=Amount(10.0, 0.1))).told == told


def test_a_price_cut_is_told_in_a_small_plan_and_a_fall_of_use_is_not() -> None:
    price = {"price": PriceStep(6, TENTH, 0.002), "price_found": True}
    both = shift(0.0, 20.0, **price)

    assert verdict(shift(0.0, 20.0, use_found=False, **price), users=1).told == PRICE_CUT
    assert verdict(both).told == TOO_FEW
    assert "BH use fell by 10.0% and its unit prices by 10.0%" in verdict(both).why


@pytest.mark.parametrize(("users", "told"), [(100, CONTRACTION), (73, TOO_FEW), (74, CONTRACTION)])
def test_fifteen_percent_of_users_are_eleven_people(users: float, told: str) -> None:
    assert verdict(shift(0.0), users=users).told == told


def test_nothing_found_is_no_shift_only_where_a_fall_would_have_shown() -> None:
    quiet = shift(use_found=False)
    noisy = shift(use_found=False, use=replace(FELL, usual=0.04))

    assert detectable(quiet) == pytest.approx(1 - math.exp(-4.145 * 0.02))
    assert verdict(quiet) == Verdict(NO_SHIFT)
    assert verdict(quiet, users=73).told == TOO_FEW
    assert verdict(noisy) == Verdict(TOO_FEW, "a fall of 15.3% or more would show, wanted 15%")


def test_subcapitated_use_that_fell_under_the_same_pay_cannot_be_told() -> None:
    """Encounters that were not sent look the same; passed on, it is a fall of use."""
    part = {"sub_share": 0.8, "sub_use": FELL, "direct_use": replace(FELL, change=0.0)}

    assert verdict(shift(0.0, handed_on=0.0, **part)).told == DATA
    assert verdict(shift(0.0, handed_on=None, **part)).told == DATA
    assert verdict(shift(0.0, handed_on=TENTH, **part)).told == CONTRACTION


def test_the_p_value_is_of_what_was_found() -> None:
    use = shift()
    price = shift(use_found=False, price=PriceStep(6, -0.04, 0.01), price_found=True)
    both = shift(price=PriceStep(6, -0.04, 0.01), price_found=True)

    assert use.p == 0.001
    assert price.p == pytest.approx(12 * 3.167e-5, rel=1e-3)
    assert both.p == pytest.approx(2 * 12 * 3.167e-5, rel=1e-3)
    assert shift(use_found=False, use=replace(FELL, p=0.7)).p == 0.7
