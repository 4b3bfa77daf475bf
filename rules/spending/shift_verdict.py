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

MATERIAL = 0.25
"""Share of the lost BH dollars that physical health must have got more, all told, before they count
as found there. carvein's own figure: half would miss a fifth of reallocations of 10 %."""

TOLD_APART = 1.68
"""Standard errors of what physical health got more that a loss must measure for the plan to tell
where it went: at that size one in five is told as the wrong kind. carvein's own figure."""

POWER = 1.645
"""Standard normal quantile of the power, 95 %, with which the smallest fall must be found."""


@dataclass(frozen=True)
class Verdict:
    """One of :data:`VERDICTS`, and why in a few words."""

    told: str
    why: str = ""


def judge_shift(
    shift: Shift, smallest: float, ledger_tells: bool, users: float, fewest: float
) -> Verdict:
    """Return the verdict on what was found.

    Parameters
    ----------
    smallest
        Share of BH money whose loss a plan must be large enough to show.
    ledger_tells
        Whether the ledger has direct BH claims in every tested month.
    users
        Members with a paid BH service in an average month.
    fewest
        Fewest users that a loss of ``smallest`` must be, for the scatter to be told from them.
    """
    few = ""
    if smallest * users < fewest:
        few = (
            f"{users:,.0f} of its members use BH care in a month, and {smallest:.0%} of them is "
            f"fewer than {fewest:g} people"
        )
    if shift.reached_found and _still_paid(shift):
        return Verdict(RETAINED)
    if not shift.found:
        return _nothing(shift, smallest, few)
    if shift.price_found and _sub_price(shift) and _still_paid(shift):
        return Verdict(RETAINED)
    if shift.use_found and (why := _why_untold(shift, ledger_tells)):
        return Verdict(DATA, why)
    if shift.use_found and (few or (few := _why_few(shift, smallest))):
        return Verdict(TOO_FEW, few)
    if shift.use_found:
        return Verdict(REALLOCATION if _turned_up(shift) else CONTRACTION)
    if shift.price_found:
        return Verdict(REALLOCATION if plainly(shift) else PRICE_CUT)
    # Providers got less, and so did the subcontractor: a lower price, passed on.
    return Verdict(PRICE_CUT)


def detectable(shift: Shift) -> float:
    """Return the smallest loss of use, a share, that would be found 19 times in 20."""
    return 1 - math.exp(-(shift.use.critical + POWER) * shift.use.usual)


def _nothing(shift: Shift, smallest: float, few: str) -> Verdict:
    least = detectable(shift)
    if few or least > smallest:
        return Verdict(
            TOO_FEW, few or f"a fall of {least:.1%} or more would show, wanted {smallest:.0%}"
        )
    return Verdict(NO_SHIFT)


def _why_few(shift: Shift, smallest: float) -> str:
    """Return why it cannot be told where the money of a fall of use went, "" when it can."""
    loss, moved = max(shift.loss, smallest * shift.before), shift.moved
    if loss >= TOLD_APART * moved.error:
        return ""
    if plainly(shift) and moved.value >= MATERIAL * shift.loss:
        return ""
    priced = shift.price.change if shift.price and shift.price_found else 0.0
    prices = f" and its unit prices by {-math.expm1(priced):.1%}" if priced else ""
    return (
        f"BH use fell by {shift.use_here.share:.1%}{prices}, and whether physical health got what "
        f"was lost cannot be told: ${shift.loss:,.2f} a member a month, against a standard error "
        f"of ${moved.error:,.2f}"
    )


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
    found = shift.moved.value >= MATERIAL * shift.loss and chance_moved(shift) >= 0.5
    return plainly(shift) or found


def plainly(shift: Shift) -> bool:
    """Tell whether prices and fees of physical health alone took most of what was lost.

    Not where its use fell beyond chance so far that it got less than a material part in all.
    """
    value = shift.ph_price.value + shift.fees.value
    error = math.hypot(shift.ph_price.error, shift.fees.error)
    most = shift.moved.value + POWER * shift.moved.error
    return most >= MATERIAL * shift.loss and value >= max(
        TURNED_UP_PLAINLY * shift.loss, (SHARP - 1) * error
    )
