"""Two shares against each other: the published interval, and the three answers."""

from __future__ import annotations

import pytest
from scipy.stats import norm

from rules.comparison import Share, compare
from rules.model import Outcome
from rules.samples import newcombe

# Newcombe, R. G. (1998), Statistics in Medicine 17:873-890, table II, method 10.
PUBLISHED = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]


@pytest.mark.parametrize(("figures", "interval"), PUBLISHED)
def test_the_interval_of_a_difference_is_the_published_one(figures, interval):
    assert newcombe(*figures) == pytest.approx(interval, abs=5e-5)


def test_the_interval_turns_round_with_its_samples():
    low, high = newcombe(3, 40, 9, 70)

    assert newcombe(9, 70, 3, 40) == pytest.approx((-high, -low), abs=1e-12)


def test_another_confidence_takes_another_quantile():
    narrow = newcombe(56, 70, 48, 80, norm.ppf(0.95))

    assert 0.0524 < narrow[0] < narrow[1] < 0.3339


def compared(one, other, allowed, fewest=30):
    shares = (Share("these", "late", *one), Share("those", "late", *other))
    measure = compare("plan", *shares, allowed, fewest, {"kept": 1}, violations="rows")
    return measure.outcome, measure.value, measure.violations, measure.note


def test_a_difference_is_shown_only_with_its_whole_interval():
    assert compared((56, 70), (48, 80), 0.05) == (Outcome.MEASURED, pytest.approx(0.2), "rows", "")
    assert compared((56, 70), (48, 80), 0.06) == (
        Outcome.COULD_NOT_RUN,
        None,
        None,
        "cannot tell: 56 of 70 these late (80.0%) against 48 of 80 those late (60.0%); the "
        "difference of 20.0 points could be chance (95 % interval 5.2 to 33.4)",
    )
    assert compared((56, 70), (48, 80), 0.2) == (Outcome.MEASURED, pytest.approx(0.2), None, "")
    assert compared((48, 80), (56, 70), 0.0) == (Outcome.MEASURED, pytest.approx(-0.2), None, "")


def test_few_and_none_are_not_compared():
    assert compared((29, 29), (0, 30), 0.0)[0] is Outcome.COULD_NOT_RUN
    assert compared((30, 30), (0, 30), 0.0)[0] is Outcome.MEASURED
    assert compared((0, 0), (5, 30), 0.0) == (Outcome.NOT_APPLICABLE, None, None, "no these")
    assert compared((5, 30), (0, 0), 0.0) == (Outcome.NOT_APPLICABLE, None, None, "no those")
