"""Whether the data can carry a verdict on money at all: what arrived, and what the ledger says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.encounters.against_ledger import MOST_OMITTED
from rules.model import Filing
from rules.spending.months import MOST_UNSEEN, list_months, why_unseen
from rules.spending.series import Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FELL = 0.03
"""Share by which encounters may fall against the ledger before fewer were sent. carvein's own
figure."""


def why_data(filing: Filing, told: Series, tested: Ints, side_months: int) -> str:
    """Return why the data cannot tell, "" when nothing speaks against them."""
    if reason := why_unseen(filing, ("encounters", "capitation", "ledger", "members")):
        return reason
    if len(tested) < 2 * side_months:
        return (
            f"{len(tested)} complete months with capitation and encounters, wanted at least "
            f"{2 * side_months}"
        )
    silent = [
        told.months[at]
        for at in tested
        if told.raw_bh.paid_raw[at] <= 0 or told.raw_ph.paid_raw[at] <= 0
    ]
    if silent:
        return f"no paid encounter of one side in {list_months(silent)}"
    return _why_unpriced(told, tested) or _why_ledger(told, tested)


def ledger_tells(told: Series, tested: Ints) -> bool:
    """Return whether the ledger has direct BH claims in every tested month."""
    return bool(np.isfinite(told.agreement["BH"][tested]).all())


def fell(agreement: Floats, side_months: int) -> tuple[float, int]:
    """Return the largest fall of encounters over ledger, a share, and the month it starts in."""
    told = np.log(np.maximum(agreement, 1e-6))
    falls = [
        (1 - float(np.exp(told[at:].mean() - told[:at].mean())), at)
        for at in range(side_months, len(told))
    ]
    return max(falls)


def _why_unpriced(told: Series, tested: Ints) -> str:
    faults = told.faults[tested].sum(axis=0)
    for side, name in enumerate(("BH", "PH")):
        for sub, arrangement in enumerate(("fee-for-service", "sub-capitated")):
            lines, unpriced, _ = faults[side, sub]
            if unpriced > MOST_UNSEEN * lines:
                return (
                    f"{unpriced:,.0f} of {lines:,.0f} paid {arrangement} {name} lines have no price"
                )
    return ""


def _why_ledger(told: Series, tested: Ints) -> str:
    for side in ("BH", "PH"):
        share = told.agreement[side][tested]
        if not np.isfinite(share).all():
            continue
        apart = [
            told.months[at]
            for at, each in zip(tested, share, strict=True)
            if abs(each - 1) > MOST_OMITTED
        ]
        if len(apart) > 0:
            return (
                f"encounters show {share.min():.0%} to {share.max():.0%} of the {side} claims of "
                f"the ledger, more than {MOST_OMITTED:.0%} apart in {list_months(apart)}"
            )
        lost, at = fell(share, min(3, len(share) - 1))
        if lost > FELL:
            return (
                f"from {told.months[tested[at]]} on encounters show {lost:.1%} less of the {side} "
                "claims of the ledger than before: fewer were sent"
            )
    return ""
