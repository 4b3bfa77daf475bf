"""From what was found to one verdict, in the order in which one excludes the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rules.spending.shift_find import SHARP, Shift

NO_SHIFT = "no shift"
REALLOCATION = "reallocation"
CONTRACTION = "access contraction"
PRICE_CUT = "price cut"
RETAINED = "retained by subcontractor"
DATA = "cannot tell: data"
TOO_FEW = "cannot tell: too few members"

FAULTS = (REALLOCATION, CONTRACTION, PRICE_CUT, RETAINED)
VERDICTS = (NO_SHIFT, *FAULTS, DATA, TOO_FEW)

ODDS = 3.0
"""Odds, before physical health is looked at, that BH money which is not spent on BH is spent there
and not kept. carvein's own figure, set by simulation: see docs/detection.md."""

TURNED_UP_PLAINLY = 0.5
"""Share of the lost BH dollars that prices and fees of physical health, which have little
scatter, must have taken for the money to have been found there by them alone."""

POWER = 1.645
"""Standard normal quantile of the power, 95 %, with which the smallest fall must be found."""


@dataclass(frozen=True)
class Verdict:
    """One of :data:`VERDICTS`, and why in a few words."""

    told: str
    why: str = ""


def judge_shift(shift: Shift, smallest: float, ledger_tells: bool) -> Verdict:
    """Return the verdict on what was found.

    Parameters
    ----------
    smallest
        Share of BH money whose loss a plan must be large enough to show.
    ledger_tells
        Whether the ledger has direct BH claims in every tested month.
    """
    if shift.reached_found and _still_paid(shift):
        return Verdict(RETAINED)
    if not shift.found:
        return _nothing(shift, smallest)
    if shift.price_found and _sub_price(shift) and _still_paid(shift):
        return Verdict(RETAINED)
    if shift.use_found and (why := _why_untold(shift, ledger_tells)):
        return Verdict(DATA, why)
    if shift.use_found:
        return Verdict(REALLOCATION if _turned_up(shift) else CONTRACTION)
    if shift.price_found:
        return Verdict(REALLOCATION if plainly(shift) else PRICE_CUT)
    # Providers got less, and so did the subcontractor: a lower price, passed on.
    return Verdict(PRICE_CUT)


def detectable(shift: Shift) -> float:
    """Return the smallest loss of use, a share, that would be found 19 times in 20."""
    return 1 - math.exp(-(shift.use.critical + POWER) * shift.use.usual)


def _nothing(shift: Shift, smallest: float) -> Verdict:
    if detectable(shift) > smallest:
        return Verdict(TOO_FEW)
    return Verdict(NO_SHIFT)


def _still_paid(shift: Shift) -> bool:
    """Tell whether the subcontractor's own pay fell by less than half of what providers lost."""
    lost = shift.reached.change if shift.reached_found and shift.reached else shift.change
    return shift.handed_on is not None and shift.handed_on > lost / 2


def _sub_price(shift: Shift) -> bool:
    """Tell whether the price fell in what is mostly sub-capitated."""
    return shift.sub_share > 0.5


def _why_untold(shift: Shift, ledger_tells: bool) -> str:
    """Return why a fall of use cannot be told from encounters that were not sent."""
    direct_share = 1 - shift.sub_share
    sub = shift.sub_use.change * shift.sub_share if shift.sub_use else 0.0
    direct = shift.direct_use.change * direct_share if shift.direct_use else 0.0
    if sub < direct:
        if shift.handed_on is None:
            return "the ledger does not say what the BH subcontractor was paid in every month"
        if shift.sub_use and shift.handed_on > shift.sub_use.change / 2:
            return (
                f"sub-capitated BH use fell by {shift.sub_use.share:.0%} and the subcontractor was "
                "paid as before: fewer services, or encounters that it did not send"
            )
    elif not ledger_tells:
        return "the ledger has no BH claims to hold the encounters against"
    ph = shift.ph_step
    if ph.change < -2.5 * ph.error and ph.change < shift.use_here.change / 2:
        return (
            f"physical health use fell by {ph.share:.0%} at the same time: fewer services of both, "
            "or fewer encounters"
        )
    return ""


def chance_moved(shift: Shift) -> float:
    """Return how probable it is that physical health got what was lost, rather than nothing.

    From :data:`ODDS` and the normal likelihoods of what it got more; a rise past the loss counts
    as the loss.
    """
    moved, loss = shift.moved, shift.loss
    if loss <= 0:
        return 0.0
    error = max(moved.error, 1e-9)
    value = min(moved.value, loss)
    score = (value * loss - loss**2 / 2) / error**2 + math.log(ODDS)
    return 1 / (1 + math.exp(-max(min(score, 500.0), -500.0)))


def _turned_up(shift: Shift) -> bool:
    return plainly(shift) or (shift.moved.value > 0 and chance_moved(shift) >= 0.5)


def plainly(shift: Shift) -> bool:
    """Tell whether prices and fees of physical health alone took most of what was lost."""
    value = shift.ph_price.value + shift.fees.value
    error = math.hypot(shift.ph_price.error, shift.fees.error)
    return value >= max(TURNED_UP_PLAINLY * shift.loss, (SHARP - 1) * error)
