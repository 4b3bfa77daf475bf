"""Business days and sample intervals against independent reckonings."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from scipy.stats import binomtest

from rules.samples import wilson
from rules.workdays import business_days, calendar_version, holidays_in

TENNESSEE_2026 = [
    date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 4, 3), date(2026, 5, 25),
    date(2026, 6, 19), date(2026, 7, 3), date(2026, 7, 4), date(2026, 9, 7), date(2026, 11, 11),
    date(2026, 11, 26), date(2026, 12, 25),
]  # fmt: skip


def counted(begin: date, end: date, state: str = "TN") -> int:
    years = range(begin.year, end.year + 1)
    return business_days(pl.Series([begin]), pl.Series([end]), state, years).item()


def by_hand(begin: date, end: date, off: set[date]) -> int:
    """Walk day by day."""
    days = 0
    while begin < end:
        begin += timedelta(days=1)
        days += begin.weekday() < 5 and begin not in off
    return days


def test_the_holidays_of_tennessee_in_2026():
    # Tenn. Code 15-1-101 has Good Friday; Columbus Day may be moved to the day after Thanksgiving.
    assert sorted(holidays_in("TN", 2026)) == TENNESSEE_2026


@pytest.mark.parametrize(
    ("state", "day", "off"),
    [
        ("US", date(2026, 10, 12), True),   # Columbus Day is federal
        ("TN", date(2026, 10, 12), False),
        ("TN", date(2026, 4, 3), True),     # Good Friday is Tennessee's
        ("US", date(2026, 4, 3), False),
        ("MA", date(2026, 4, 20), True),    # Patriots' Day
        ("TN", date(2026, 4, 20), False),
        ("US", date(2026, 7, 3), True),     # the Fourth of July, a Saturday, as observed
        ("US", date(2027, 7, 5), True),     # and a Sunday
        ("US", date(2021, 12, 31), True),   # New Year's Day 2022, a Saturday, as observed
        ("US", date(2022, 12, 31), False),
    ],
)  # fmt: skip
def test_holidays_go_by_the_state(state, day, off):
    assert (day in holidays_in(state, day.year)) is off


@pytest.mark.parametrize(
    ("begin", "end", "state", "days"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "TN", 0),
        (date(2026, 3, 2), date(2026, 3, 3), "TN", 1),
        (date(2026, 3, 6), date(2026, 3, 9), "TN", 1),     # Friday to Monday
        (date(2026, 3, 6), date(2026, 3, 8), "TN", 0),     # Friday to Sunday
        (date(2026, 3, 7), date(2026, 3, 9), "TN", 1),     # Saturday to Monday
        (date(2026, 3, 2), date(2026, 3, 16), "TN", 10),
        (date(2025, 12, 31), date(2026, 1, 2), "TN", 1),   # over New Year's Day
        (date(2021, 12, 30), date(2022, 1, 3), "US", 1),   # over its observance the year before
        (date(2028, 2, 28), date(2028, 3, 1), "TN", 2),    # over a leap day
        (date(2027, 2, 28), date(2027, 3, 1), "TN", 1),
        (date(2026, 3, 6), date(2026, 3, 10), "TN", 2),    # over the change to summer time
        (date(2026, 10, 30), date(2026, 11, 3), "TN", 2),  # and back
        (date(2026, 4, 2), date(2026, 4, 6), "TN", 1),     # over Good Friday
        (date(2026, 4, 2), date(2026, 4, 6), "MA", 2),
    ],
)  # fmt: skip
def test_business_days(begin, end, state, days):
    assert counted(begin, end, state) == days


def test_business_days_agree_with_a_walk_day_by_day():
    off = set(TENNESSEE_2026)
    begins = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 330, 3)]
    for ahead in (0, 1, 5, 10, 33):
        ends = [day + timedelta(days=ahead) for day in begins]
        got = business_days(pl.Series(begins), pl.Series(ends), "TN", (2026,)).to_list()
        assert got == [by_hand(*pair, off) for pair in zip(begins, ends, strict=True)]


def test_a_state_without_a_calendar():
    with pytest.raises(ValueError, match=r"^no calendar of public holidays is known for state XX$"):
        holidays_in("XX", 2026)
    assert calendar_version().startswith("holidays 0.")


@pytest.mark.parametrize(("kept", "of"), [(9, 10), (0, 7), (7, 7), (1, 1), (811, 900), (1, 3)])
def test_the_interval_is_wilsons(kept, of):
    theirs = binomtest(kept, of).proportion_ci(0.95, "wilson")
    assert wilson(kept, of) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_newcombes_published_interval():
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I: 81 of 263, 0.2553 to 0.3662.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
