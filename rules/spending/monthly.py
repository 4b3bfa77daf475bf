"""BH dollars per member month, month by month: completed, as arrived, and as the rate has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.spending.series import Series
from rules.spending.window import Window

Floats = NDArray[np.float64]


def monthly(window: Window) -> list[dict[str, Any]]:
    """Return a row a month staged, oldest first; dollars per member month.

    Each has ``month``, ``member_months``, ``bh_pmpm`` (completed and standardised to the
    rate-setting mix, at FFS-equivalent), ``rate_pmpm`` (the BH part of the rate, standardised
    alike), ``bh_raw_pmpm`` (as arrived, of the members there were), ``completion`` (share of BH
    dollars that has arrived, 0 where nothing tells it), ``mature`` and ``counts`` (whether the
    month is one of those judged). Figures are None in a month without capitation.
    """
    told, used = window.series, {int(at) for at in window.used}
    columns = {
        "bh_pmpm": _each(told.bh.benefit, told),
        "rate_pmpm": _each(told.standard_bh_rate, told),
        "bh_raw_pmpm": _each(told.raw_bh.paid_raw, told),
    }
    members = told.member_months.sum(axis=1)
    return [
        {
            "month": month,
            "member_months": round(float(members[at]), 1),
            **{name: found[at] for name, found in columns.items()},
            "completion": round(float(told.bh.completion[at]), 4),
            "mature": bool(told.mature[at]),
            "counts": at in used,
        }
        for at, month in enumerate(told.months)
    ]


def _each(amounts: Floats, told: Series) -> list[float | None]:
    """Return dollars per member month, to a hundredth of a cent."""
    people = told.member_months.sum(axis=1)
    return [
        round(float(amount / members), 4) if paid_for and members > 0 else None
        for amount, members, paid_for in zip(amounts, people, told.paid_for, strict=True)
    ]
