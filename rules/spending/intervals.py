"""Benefit over a window by plan, rate cell and region, with 95 % intervals.

The interval is of a total over N members drawn independently: T +- z sqrt(sum x^2 - (sum x)^2 / N
+ m^2), x a member's dollars over the window capped at the 99th percentile of those who had any
(the cap is in the scatter alone, not in T), N the member months over the months of the window, and
m the Mack standard error of completing T. A member's months are summed first, so that long spells
of care count as one draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing
from rules.spending.benefit import MONTHS_KEPT
from rules.spending.series import Series, completed, completions
from rules.spending.strata import CAP, Sums, placed_persons, sums
from rules.spending.use import ARRANGEMENTS
from rules.spending.window import Window

Floats = NDArray[np.float64]

Z = 1.959963984540054
"""97.5th percentile of the normal distribution."""


def scatter_of_totals(
    filing: Filing, told: Series, used: Sequence[int], side: int
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return sum and sum of squares of members' capped dollars by (dimension, name).

    Dimensions are ``plan``, ``rate cell`` and ``region``; dollars as arrived.
    """
    first = MONTHS_KEPT - len(told.months)
    rows = placed_persons(filing)
    rows = rows.filter(rows.side == side, rows.month.isin([int(at) + first for at in used]))
    each = rows.group_by("member", "cell", "region").agg(dollars=rows.benefit.sum())
    cap = each.dollars.quantile(CAP).execute()
    if cap is None or cap != cap:
        return {}
    kept = ibis.least(each.dollars, float(cap))
    frame: pl.DataFrame = (
        each.group_by("cell", "region")
        .agg(total=kept.sum(), squares=(kept * kept).sum())
        .order_by("cell", "region")
        .to_polars()
    )
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for cell, region, total, squares in frame.iter_rows():
        for key in (("plan", "plan"), ("rate cell", cell), ("region", region)):
            before = found.get(key, (0.0, 0.0))
            found[key] = before[0] + total, before[1] + squares
    return found


def intervals(
    filing: Filing, told: Series, used: NDArray[np.int64], z: float = Z
) -> list[dict[str, Any]]:
    """Return a row a plan, rate cell and region of BH over the months used (places).

    Each has ``dimension``, ``name``, ``member_months``, ``bh_benefit`` (completed, not
    standardised), ``ratio`` to the BH rate, ``share`` of BH and PH, ``pmpm``, and ``low`` and
    ``high``: the interval of the benefit, dollars. None where a denominator is zero.
    """
    held: Sums = filing.once("sums", sums)
    done = filing.once("completions", completions)
    sides = [_completed_by_stratum(held, done, side)[used].sum(axis=0) for side in range(2)]
    exposed = held.member_months[used].sum(axis=0)
    rate = held.bh_rate[:, :, None] * _share(held.member_months)
    rate = rate[used].sum(axis=0)
    found = scatter_of_totals(filing, told, [int(at) for at in used], 0)
    error = _relative_error(told, used)
    rows = []
    for dimension, name, pick in _strata(held):
        bh, ph = (float(side[pick].sum()) for side in sides)
        months, paid_for = float(exposed[pick].sum()), float(rate[pick].sum())
        total, squares = found.get((dimension, name), (0.0, 0.0))
        people = months / max(len(used), 1)
        variance = max(squares - total**2 / people, 0.0) if people > 0 else 0.0
        half = z * float(np.sqrt(variance + (bh * error) ** 2))
        rows.append(
            {
                "dimension": dimension,
                "name": name,
                "member_months": round(months, 1),
                "bh_benefit": round(bh, 2),
                "low": round(max(bh - half, 0.0), 2),
                "high": round(bh + half, 2),
                "ratio": bh / paid_for if paid_for > 0 else None,
                "share": bh / (bh + ph) if bh + ph > 0 else None,
                "pmpm": bh / months if months > 0 else None,
            }
        )
    return rows


def interval_of(filing: Filing, window: Window, dollars: float) -> tuple[float, float]:
    """Return the 95 % interval of BH dollars over a window, in proportion to its benefit's."""
    plan = intervals(filing, window.series, window.used)[0]
    if not plan["bh_benefit"]:
        return dollars, dollars
    low, high = (dollars * plan[end] / plan["bh_benefit"] for end in ("low", "high"))
    return low, high


def _completed_by_stratum(held: Sums, done: Any, side: int) -> Floats:
    """Return completed dollars by month, cell and region."""
    parts = [
        completed(held.benefit[:, :, :, side, sub], done[side, sub])
        for sub in range(len(ARRANGEMENTS))
    ]
    total: Floats = np.sum(parts, axis=0)
    return total


def _share(member_months: Floats) -> Floats:
    whole = member_months.sum(axis=2, keepdims=True)
    whole = np.broadcast_to(whole, member_months.shape)
    share: Floats = member_months / np.where(whole > 0, whole, 1.0)
    return share


def _relative_error(told: Series, used: NDArray[np.int64]) -> float:
    total = float(told.raw_bh.benefit[used].sum())
    error = float(np.sqrt(((told.raw_bh.benefit[used] * told.raw_bh.error[used]) ** 2).sum()))
    return error / total if total > 0 else 0.0


def _strata(held: Sums) -> list[tuple[str, str, Any]]:
    everything = slice(None)
    rows: list[tuple[str, str, Any]] = [("plan", "plan", (everything, everything))]
    rows += [("rate cell", cell, (at, everything)) for at, cell in enumerate(held.cells)]
    named = [(at, region) for at, region in enumerate(held.regions) if region]
    return rows + [("region", region, (everything, at)) for at, region in named]
