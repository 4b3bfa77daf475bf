"""A step in a monthly series: when, how large, and how likely chance alone is to make it.

The series is the logarithm of standardised dollars per member month. Its covariance is that of the
sums over members, each member's months taken together, so that lasting need is no surprise: what
the same people cost before and after is compared. To it come the error of completion and the
scatter that all members share, estimated from what the best step leaves.

For every candidate month with enough months on both sides a step is fitted by generalised least
squares; the candidate whose step is the largest fall in standard errors is the change point, which
is that of maximum likelihood. Its p-value is the share of draws from the same covariance, without
a step, whose largest fall over all candidates is as large (4,000 draws of a fixed seed). A fall of
up to :data:`ORDINARY` is no fall: seasons and calendars move that much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.spending.shift_input import Costs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIDE_MONTHS = 3
"""Fewest tested months before and after a change. carvein's own figure."""

COMMON = 0.006
"""Least standard deviation of what moves all members of a month alike, relative."""

MISJUDGED = 0.5
"""Share of the dollars still to come by which run-out that has slowed may mislead. carvein's own
figure."""

ORDINARY = 0.01
"""Fall of use, in logarithms, taken as ordinary and tested against. carvein's own figure."""

SEASON = 0.02
"""Standard deviation of the coefficients of a yearly wave in use. carvein's own figure."""

DRAWS = 4000
SEED = 42


@dataclass(frozen=True, eq=False)
class Monthly:
    """Standardised dollars per member month (T,) and their relative covariance (T, T).

    ``elastic`` is the share of the level that stands under the cap: of a rise of all dollars by one
    percent, the capped level shows that much of a percent.
    """

    level: Floats
    covariance: Floats
    elastic: float = 1.0

    @property
    def log(self) -> Floats:
        """Logarithm of the level, (T,)."""
        told: Floats = np.log(self.level)
        return told


@dataclass(frozen=True, eq=False)
class Step:
    """The step from month ``at`` on: ``change`` in logarithms with its ``error``.

    ``p`` is one-sided, for a fall; ``common`` the scatter that all members share; ``critical`` how
    many errors a fall must measure to count, and ``usual`` the error of a step six months before
    the end (as near to it as there are candidates).
    """

    at: int
    change: float
    error: float
    p: float
    common: float
    critical: float = 0.0
    usual: float = 0.0

    @property
    def share(self) -> float:
        """The fall as a share of the level before, negative for a rise."""
        return 1 - float(np.exp(self.change))

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        """Return the 95 % interval of the fall as a share."""
        low, high = self.change - z * self.error, self.change + z * self.error
        return 1 - float(np.exp(high)), 1 - float(np.exp(low))


def monthly(
    costs: Costs, direct: Floats, sub: Floats, cap: float, error: Floats, arrived: Floats
) -> Monthly:
    """Return the series of one side with each member's month capped.

    Parameters
    ----------
    direct, sub
        (T,): price index by which dollars of each arrangement are divided.
    cap
        Percentile, 0 to 1, of members' months with a cost at which they are capped.
    error
        (T,): relative standard error of completing the month.
    arrived
        (T,): share of the month that has arrived; what is still to come may be misjudged in all
        months alike, by :data:`MISJUDGED` of it.
    """
    from scipy.sparse import csr_array  # takes a while, and few commands look for a step

    count = len(direct)
    dollars = costs.direct / direct[costs.month] + costs.sub / sub[costs.month]
    some = dollars[dollars > 0]
    most = np.quantile(some, cap) if len(some) else 0.0
    weighted = costs.weight * np.minimum(dollars, most)
    level: Floats = np.zeros(count)
    np.add.at(level, costs.month, weighted)
    if not (level > 0).all():
        return Monthly(level, np.full((count, count), np.inf))
    elastic = float(weighted[dollars <= most].sum() / weighted.sum()) if cap < 1 else 1.0
    people = int(costs.member.max()) + 1
    shares = csr_array(
        (weighted / level[costs.month], (costs.member, costs.month)), (people, count)
    )
    covariance = np.asarray((shares.T @ shares).todense(), dtype=np.float64)
    amiss = MISJUDGED * (1 - arrived)
    covariance += np.diag(error**2) + np.outer(amiss, amiss) + season(count)
    return Monthly(level, covariance, elastic)


def season(count: int) -> Floats:
    """Return the covariance (T, T) of a yearly wave of unknown phase over months in a row.

    Its two coefficients have the standard deviation :data:`SEASON`, so that months a year apart
    are what is compared where there are any.
    """
    month = np.arange(count)
    told: Floats = SEASON**2 * np.cos(2 * np.pi * (month[:, None] - month[None, :]) / 12)
    return told


def find_step(series: Monthly, side_months: int = SIDE_MONTHS, alpha: float = 0.05) -> Step:
    """Return the largest fall; fewer than twice ``side_months`` months make ValueError."""
    count = len(series.level)
    candidates = range(side_months, count - side_months + 1)
    if not candidates:
        raise ValueError(f"{count} months, wanted at least {2 * side_months}")
    common = COMMON
    contrasts, errors = _contrasts(series.covariance, common, candidates)
    at = int(np.argmin((contrasts @ series.log + ORDINARY) / errors))
    common = _common(series, candidates[at])
    contrasts, errors = _contrasts(series.covariance, common, candidates)
    scores = (contrasts @ series.log + ORDINARY) / errors
    at = int(np.argmin(scores))
    null = _null(contrasts, errors, series.covariance, common)
    p = (1 + int((null <= scores[at]).sum())) / (1 + len(null))
    sixth = int(np.argmin(np.abs(np.array(candidates) - (count - 6))))
    return Step(
        at=candidates[at],
        change=float(contrasts[at] @ series.log),
        error=float(errors[at]),
        p=p,
        common=common,
        critical=-float(np.quantile(null, alpha)),
        usual=float(errors[sixth]),
    )


def step_at(series: Monthly, at: int) -> Step:
    """Return the step at a given month; ``p`` is that of this month alone."""
    from scipy.stats import norm

    common = _common(series, at)
    contrasts, errors = _contrasts(series.covariance, common, [at])
    change = float(contrasts[0] @ series.log)
    return Step(at, change, float(errors[0]), float(norm.cdf(change / errors[0])), common)


def _contrasts(
    covariance: Floats, common: float, candidates: range | list[int]
) -> tuple[Floats, Floats]:
    """Return the weights of the months in each candidate's step (K, T), and its error (K,)."""
    count = len(covariance)
    inverse = np.linalg.inv(covariance + common**2 * np.eye(count))
    rows, errors = [], []
    for at in candidates:
        design = np.column_stack([np.ones(count), np.arange(count) >= at]).astype(np.float64)
        spread = np.linalg.inv(design.T @ inverse @ design)
        rows.append((spread @ design.T @ inverse)[1])
        errors.append(np.sqrt(spread[1, 1]))
    return np.array(rows), np.array(errors)


def _common(series: Monthly, at: int) -> float:
    """Return the shared scatter at which what the step leaves is as large as expected."""
    count = len(series.level)
    design = np.column_stack([np.ones(count), np.arange(count) >= at]).astype(np.float64)

    def excess(common: float) -> float:
        whole = series.covariance + common**2 * np.eye(count)
        inverse = np.linalg.inv(whole)
        fit = design @ np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ series.log)
        left = series.log - fit
        return float(left @ inverse @ left) - (count - 2)

    if excess(COMMON) <= 0:
        return COMMON
    low, high = COMMON, 1.0
    for _ in range(40):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high


def _null(contrasts: Floats, errors: Floats, covariance: Floats, common: float) -> Floats:
    """Return the largest fall, in errors, of draws without a step."""
    whole = covariance + common**2 * np.eye(len(covariance))
    scores = contrasts @ whole @ contrasts.T / np.outer(errors, errors)
    values, vectors = np.linalg.eigh(scores)
    root = vectors * np.sqrt(np.maximum(values, 0))
    rng = np.random.default_rng(SEED)
    drawn = rng.standard_normal((DRAWS, len(root))) @ root.T
    least: Floats = drawn.min(axis=1)
    return least
