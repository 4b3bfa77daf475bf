"""The search for a fall of BH use region by region, false discovery held over them.

The p-values are those of :mod:`rules.spending.shift_scan`; the q-values are Benjamini and
Hochberg's (*Controlling the false discovery rate*, J. R. Stat. Soc. B 57, 1995) over the regions of
the plan. A review of several plans puts the regions of all of them through :func:`q_values`, and
the plans' own p-values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules.model import Filing
from rules.spending.benefit import MONTHS_KEPT
from rules.spending.series import Series, series_by_region
from rules.spending.shift_find import BH_CAP
from rules.spending.shift_input import BH, costs_of, region_rows
from rules.spending.shift_scan import find_step, monthly

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DISCOVERY = 0.05
"""Share of false discoveries that is accepted."""


def by_region(
    filing: Filing, told: Series, tested: Ints, side_months: int, alpha: float
) -> list[dict[str, Any]]:
    """Return the largest fall of BH use of each region; nothing where there is one region or none.

    Regions that had no BH service or nobody enrolled in some tested month are left out.
    """
    regions = series_by_region(filing)
    if len(regions) < 2:
        return []
    rows = region_rows(filing, tested, MONTHS_KEPT - len(told.months))
    flat = np.ones(len(tested))
    found = []
    for name, own in regions.items():
        costs = costs_of(rows.filter(pl.col("region") == name), own, told, tested, BH)
        if len(np.unique(costs.month)) < len(tested):
            continue
        error, arrived = told.bh.error[tested], told.bh.completion[tested]
        use = monthly(costs, flat, flat, BH_CAP, error, arrived)
        if not (use.level > 0).all():
            continue
        step = find_step(use, side_months, alpha)
        month = told.months[tested[step.at]]
        found.append(
            {"region": name, "since": month, "fall": round(step.share, 4), "p_value": step.p}
        )
    for each, q in zip(found, q_values([each["p_value"] for each in found]), strict=True):
        each |= {"p_value": round(each["p_value"], 5), "q_value": round(q, 5)}
        each["fell"] = q <= DISCOVERY
    return found


def q_values(p_values: Sequence[float]) -> list[float]:
    """Return Benjamini and Hochberg's q-values, in the order given."""
    count = len(p_values)
    order = sorted(range(count), key=lambda at: p_values[at], reverse=True)
    told, least = [1.0] * count, 1.0
    for place, at in enumerate(order):
        least = min(least, p_values[at] * count / (count - place))
        told[at] = least
    return told
