"""Edges of rules on silos that a case file is too small for, and params that leave nothing over."""

from datetime import date

import pytest

from rules.coordination import cc04_referral_open as cc04
from rules.delegation import dl07_only_through_one as dl07
from rules.model import Contract, Filing, Period
from tests.rules.staging import table_of

CONTRACT = Contract("c", "c", "c", "mco", "TN", ("P",), date(2020, 1, 1), None, (), {}, ())


@pytest.mark.parametrize(("share", "rows"), [(0.58, None), (0.57, 29)])
def test_who_is_within_the_share_has_no_faulty_rows(share, rows):
    """29 of 50 are 0.58, though 0.58 times 50 is a little less than 29 in floating point."""
    providers = [
        {"npi": f"{at}", "taxonomy": "2084P0800X", "subcontractor_id": "S1" if at < 29 else None}
        for at in range(50)
    ]
    tables = {"providers": table_of("providers", providers)}
    filing = Filing("r", "P", CONTRACT, Period.parse("2026Q1"), date(2026, 3, 31), tables)
    [measure] = dl07.measure(filing, {}, dl07.Params(share))
    assert (measure.value, 0.58 * 50 < 29) == (0.58, True)
    found = measure.violations
    assert (None if found is None else found.height) == rows


@pytest.mark.parametrize(
    ("months", "days", "most"),
    [(1, 27, 27), (1, 28, 27), (2, 56, 55), (12, 336, 335), (36, 367, 366)],
)
def test_referrals_have_a_day_to_be_sent_on(months, days, most):
    if days <= most:
        assert cc04.Params(0.5, days, months).max_days == days
        return
    with pytest.raises(
        ValueError, match=rf"^max_days {days} is not 0 to {most}, for months {months}$"
    ):
        cc04.Params(0.5, days, months)
