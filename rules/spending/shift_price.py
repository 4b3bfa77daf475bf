"""Steps in unit prices, which have little scatter: a fee schedule that changed shows at once.

A price series is the logarithm of the price index of one side. Prices also move for reasons that
touch everything, each January say: months other than the one asked for in which the price of
behavioral health care, whose schedules are steadiest, jumps are given steps of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.spending.shift_input import Prices

Floats = NDArray[np.float64]

LEAST_ERROR = 0.002
"""Least relative error of a month's price index: rounding, corrections, odd units."""

JUMP = 0.005
"""Least jump of a price from month to month that is given a step of its own."""


@dataclass(frozen=True)
class PriceStep:
    """The step of a price from month ``at`` on, in logarithms, with its standard error.

    ``taken_out`` is the standard error of what the other side shares, where that was or may have to
    be taken out of ``change``: it widens the interval, and no test goes by it.
    """

    at: int
    change: float
    error: float
    taken_out: float = 0.0

    @property
    def score(self) -> float:
        """Change in standard errors."""
        return self.change / self.error if self.error > 0 else 0.0

    @property
    def spread(self) -> float:
        """Standard error of ``change`` with that of what was taken out."""
        return float(np.hypot(self.error, self.taken_out))


def jumps(prices: Prices) -> list[int]:
    """Return the months from which on a price series stands at another level, by its own errors."""
    told = np.log(prices.index)
    error = np.sqrt(prices.error**2 + LEAST_ERROR**2)
    found = []
    for at in range(1, len(told)):
        before, after = slice(max(at - 2, 0), at), slice(at, at + 2)
        change = told[after].mean() - told[before].mean()
        spread = float(np.hypot(_mean_error(error[before]), _mean_error(error[after])))
        sharp = abs(told[at] - told[at - 1]) >= 0.6 * abs(change)
        if abs(change) >= max(JUMP, 4 * spread) and sharp:
            found.append(at)
    return found


def price_step(prices: Prices, at: int, others: list[int]) -> PriceStep:
    """Return the step of a price at a month, beside the steps at other months."""
    count = len(prices.index)
    months = np.arange(count)
    columns = [np.ones(count), (months >= at).astype(np.float64)]
    columns += [(months >= m).astype(np.float64) for m in others if abs(m - at) > 1]
    design = np.column_stack(columns)
    told = np.log(prices.index)
    variance = prices.error**2 + LEAST_ERROR**2
    weighted = design / variance[:, None]
    spread = np.linalg.pinv(design.T @ weighted)
    fit = spread @ (weighted.T @ told)
    left = told - design @ fit
    freedom = max(count - design.shape[1], 1)
    excess = max(float((left**2 / variance).sum()) / freedom, 1.0)
    return PriceStep(at, float(fit[1]), float(np.sqrt(spread[1, 1] * excess)))


def smooth(prices: Prices, steps: list[int]) -> Floats:
    """Return the price index as a level with steps at some months: its scatter counts as use."""
    count = len(prices.index)
    design = np.column_stack(
        [np.ones(count), *((np.arange(count) >= at).astype(np.float64) for at in steps)]
    )
    weight = 1 / (prices.error**2 + LEAST_ERROR**2)
    fit = np.linalg.pinv(design.T @ (design * weight[:, None])) @ (
        design.T @ (weight * np.log(prices.index))
    )
    told: Floats = np.exp(design @ fit)
    return told


def deepest(prices: Prices, other: Prices, side_months: int) -> PriceStep | None:
    """Return the largest fall of a price that the other side does not share, None without any."""
    count = len(prices.index)
    steps = [own_step(prices, other, at) for at in range(side_months, count - side_months + 1)]
    falls = [step for step in steps if step.change < 0]
    return min(falls, key=lambda step: step.score) if falls else None


def own_step(prices: Prices, other: Prices, at: int) -> PriceStep:
    """Return the step of a price at a month less what both sides share of it."""
    # A rise of both sides may drown in the scatter of one of them.
    others = sorted({*jumps(prices), *jumps(other)})
    mine, theirs = price_step(prices, at, others), price_step(other, at, others)
    # The other side's own step is uncertain, and it may go the same way unseen.
    way = np.sign(mine.change)
    may_share = way * theirs.change + 1.96 * theirs.error > 0
    return PriceStep(
        at,
        mine.change - shared(mine.change, theirs.change),
        mine.error,
        theirs.error if may_share else 0.0,
    )


def shared(one: float, two: float) -> float:
    """Return the part of two changes in the same direction that both have."""
    if one * two <= 0:
        return 0.0
    return min(one, two) if one > 0 else max(one, two)


def _mean_error(errors: Floats) -> float:
    return float(np.sqrt((errors**2).sum()) / len(errors))
