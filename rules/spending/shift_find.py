"""What happened to behavioral health money, and from when: use, prices, and where the money is.

Everything is in logarithms of standardised dollars per member month, split into use (dollars at
constant prices) and unit price. The change point is that of use or of the price of behavioral
health care, whichever is found; where both are, near each other, it is that of the price, which
is the sharper one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing
from rules.spending.series import Series
from rules.spending.shift_input import BH, PH, Costs, Prices, price_index, price_table, read_costs
from rules.spending.shift_price import PriceStep, deepest, jumps, own_step, smooth
from rules.spending.shift_scan import Monthly, Step, find_step, monthly, step_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BH_CAP = 0.98
"""Percentile of members' months at which their BH dollars are capped for the test of use."""

PH_CAPS = (0.9, 0.95, 0.98, 0.99)
"""The same for what physical health got more: the one that tells it most sharply is taken."""

SHARP = 4.0
"""Standard errors that a step in a price must measure to be told."""

NEAR = 2
"""Months by which steps in use and price may lie apart and still be one."""

FEES = (
    "practice_fee",
    "incentive",
    "community_health_team",
    "quality_improvement",
    "subcapitation",
)
"""Kinds of ledger entries, beside claims, by which physical health may be paid more."""


@dataclass(frozen=True)
class Amount:
    """Dollars per member month and their standard error."""

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Shift:
    """What was found from month ``at`` (of the tested months) on.

    ``use`` is the step of BH use that was searched for over all months, ``use_here`` that at
    ``at``; ``price`` and ``reached`` are steps of BH unit prices and of what providers got of
    sub-capitated care, None where there is none. ``sub_share`` is the share of sub-capitated
    dollars in BH before, ``sub_use`` its step of use, ``handed_on`` the log change of what
    subcontractors were paid against the BH rate. ``before`` is BH dollars per member month before;
    ``ph_use``, ``ph_price`` and ``fees`` are what physical health got more, per member month.
    """

    tested: Ints
    at: int
    use: Step
    use_here: Step
    use_found: bool
    price: PriceStep | None
    price_found: bool
    reached: PriceStep | None
    reached_found: bool
    sub_share: float
    sub_use: Step | None
    direct_use: Step | None
    handed_on: float | None
    before: float
    ph_before: float
    ph_step: Step
    ph_use: Amount
    ph_price: Amount
    fees: Amount

    @property
    def found(self) -> bool:
        """Whether anything fell."""
        return self.use_found or self.price_found or self.reached_found

    @property
    def p(self) -> float:
        """Probability of a fall like those found by chance alone: of use, of a price, of either.

        That of a price is of the normal law, over as many months as were tested (Bonferroni).
        """
        steps = ((self.price, self.price_found), (self.reached, self.reached_found))
        each = [self.use.p] if self.use_found or not self.found else []
        each += [
            len(self.tested) * erfc(-step.score / sqrt(2)) / 2
            for step, found in steps
            if step is not None and found
        ]
        return min(len(each) * min(each), 1.0)

    @property
    def change(self) -> float:
        """Log change of BH benefit at ``at``, of the parts that were found."""
        use = self.use_here.change if self.use_found else 0.0
        return use + (self.price.change if self.price and self.price_found else 0.0)

    @property
    def error(self) -> float:
        """Standard error of :attr:`change`."""
        use = self.use_here.error if self.use_found else 0.0
        return float(np.hypot(use, self.price.spread if self.price and self.price_found else 0.0))

    @property
    def loss(self) -> float:
        """BH dollars per member month lost."""
        return self.before * (1 - float(np.exp(self.change)))

    @property
    def moved(self) -> Amount:
        """What physical health got more, in all."""
        parts = (self.ph_use, self.ph_price, self.fees)
        error = float(np.sqrt(sum(part.error**2 for part in parts)))
        return Amount(sum(part.value for part in parts), error)


def find_shift(
    filing: Filing, told: Series, tested: Ints, side_months: int, alpha: float, least: float
) -> Shift:
    """Search the tested months (places in ``told.months``) for a fall of BH money."""
    costs = read_costs(filing, told, tested)
    table = filing.once("unit prices", price_table)
    months = tuple(told.months[at] for at in tested)
    bh, ph = price_index(table, months, BH, None), price_index(table, months, PH, None)
    level = jumps(bh)
    series = _use(told, tested, costs[BH], table, months, BH, level)
    use = find_step(series, side_months, alpha)
    use_found = use.p <= alpha and use.share >= least
    price = deepest(bh, ph, side_months)
    price_found = price is not None and _falls(price, least)
    reached, sub_share = _reached(table, months, ph, side_months)
    reached_found = reached is not None and _falls(reached, least / max(sub_share, 1e-9))
    at = use.at
    if price_found and price is not None:
        apart = use_found and abs(price.at - use.at) > NEAR
        # Of two falls that are apart the larger one is told.
        use_found = use_found and not (apart and price.change < use.change)
        price_found = not (apart and use_found)
        at = price.at if price_found else use.at
    elif reached_found and reached is not None and not use_found:
        at = reached.at
    found = use_found or price_found or reached_found
    if price is not None and price.at != at and found:
        price = own_step(bh, ph, at)
    ph_at = own_step(ph, bh, at)
    ph_level = sorted({*level, at})
    ph_step, elastic = _sharpest(told, tested, costs[PH], table, months, ph_level, at)
    before = _dollars(costs[BH], at)
    ph_before = _dollars(costs[PH], at)
    ph_share = ph_before * float(np.exp(ph_at.change))
    return Shift(
        tested=tested,
        at=at,
        use=use,
        use_here=step_at(series, at),
        use_found=use_found,
        price=price,
        price_found=price_found,
        reached=reached,
        reached_found=reached_found,
        sub_share=sub_share,
        sub_use=_part(told, tested, costs[BH], table, months, level, at, sub=True),
        direct_use=_part(told, tested, costs[BH], table, months, level, at, sub=False),
        handed_on=_handed_on(told, tested, at),
        before=before,
        ph_before=ph_before,
        ph_step=ph_step,
        ph_use=Amount(
            ph_before * float(np.expm1(ph_step.change / elastic)),
            ph_before * ph_step.error / elastic,
        ),
        ph_price=Amount(ph_share - ph_before, ph_before * ph_at.error),
        fees=_fees(told, tested, at),
    )


def _falls(step: PriceStep, least: float) -> bool:
    return step.score <= -SHARP and 1 - float(np.exp(step.change)) >= least


def _use(
    told: Series,
    tested: Ints,
    costs: Costs,
    table: pl.DataFrame,
    months: tuple[str, ...],
    side: int,
    level: list[int],
    cap: float = BH_CAP,
) -> Monthly:
    """Return use by month: dollars at the prices of the levels between the months of steps."""
    direct, sub = (smooth(price_index(table, months, side, each), level) for each in (0, 1))
    whole = (told.bh, told.ph)[side]
    return monthly(costs, direct, sub, cap, whole.error[tested], whole.completion[tested])


def _sharpest(
    told: Series,
    tested: Ints,
    costs: Costs,
    table: pl.DataFrame,
    months: tuple[str, ...],
    level: list[int],
    at: int,
) -> tuple[Step, float]:
    """Return the step of PH use by the cap that tells it most sharply, and its elasticity."""
    steps = []
    for cap in PH_CAPS:
        series = _use(told, tested, costs, table, months, PH, level, cap)
        step = step_at(series, at)
        steps.append((step.error / series.elastic, step, series.elastic))
    _, step, elastic = min(steps, key=lambda each: each[0])
    return step, elastic


def _part(
    told: Series,
    tested: Ints,
    costs: Costs,
    table: pl.DataFrame,
    months: tuple[str, ...],
    level: list[int],
    at: int,
    sub: bool,
) -> Step | None:
    """Return the step of BH use of one arrangement, None where a month has none of it."""
    nothing = np.zeros(len(costs.month))
    part = Costs(
        costs.member,
        costs.month,
        costs.weight,
        nothing if sub else costs.direct,
        costs.sub if sub else nothing,
    )
    series = _use(told, tested, part, table, months, BH, level)
    return step_at(series, at) if (series.level > 0).all() else None


def _reached(
    table: pl.DataFrame, months: tuple[str, ...], ph: Prices, side_months: int
) -> tuple[PriceStep | None, float]:
    """Return the largest fall of what providers got for a unit of sub-capitated BH care.

    And the share of BH dollars that is sub-capitated. None where some month has none of it.
    """
    rows = table.filter(pl.col("side") == BH, pl.col("month").is_in(months))
    whole = float(rows["amount"].sum())
    share = float(rows.filter(pl.col("sub") == 1)["amount"].sum()) / whole if whole else 0.0
    told = price_index(table, months, BH, 1, "reached")
    if not (told.amount > 0).all():
        return None, share
    return deepest(told, ph, side_months), share


def _handed_on(told: Series, tested: Ints, at: int) -> float | None:
    """Return the log change of BH subcapitation over the BH rate, None where it is not told."""
    paid, rate = told.subcapitation_paid[tested], told.bh_rate[tested]
    if not ((paid > 0).all() and (rate > 0).all()):
        return None
    share = np.log(paid / rate)
    return float(share[at:].mean() - share[:at].mean())


def _dollars(costs: Costs, at: int) -> float:
    """Return standardised dollars per member month before a month, nothing capped."""
    early = costs.month < at
    return float((costs.weight * (costs.direct + costs.sub))[early].sum()) / at


def _fees(told: Series, tested: Ints, at: int) -> Amount:
    """Return how much more physical health got by fees and per head, per member month."""
    people = told.member_months[tested].sum(axis=1)
    total = np.zeros(len(tested))
    for kind in FEES:
        total = total + told.ledger.get((kind, "PH"), np.zeros(len(told.months)))[tested]
    each = np.divide(total, people, out=np.zeros(len(total)), where=people > 0)
    early, late = each[:at], each[at:]
    error = np.sqrt(early.var() / len(early) + late.var() / len(late))
    return Amount(float(late.mean() - early.mean()), float(error))
