"""Direct standardisation to the rate-setting mix, and the scatter that is left.

In each month the figure per member month of every rate cell is weighted by
the cell's share of member months in the base period, the first :data:`BASE_MONTHS` months of
capitation, and multiplied by the month's member months. So a change in who is enrolled moves
nothing. A cell nobody is enrolled in that month gives its weight to the others.

The standard error of a standardised figure per member month is that of a sum of independent means:
sqrt(sum over cells of w^2 s^2 / n), s^2 the variance between members of their dollars in the month
(those without a service as 0, dollars capped at the 99th percentile of users' months), n the
member months.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rules.spending.strata import Sums

Floats = NDArray[np.float64]

BASE_MONTHS = 12
"""Months of capitation, the first staged, whose mix of rate cells is the standard."""


def standardise(amounts: Floats, exposed: Floats, weights: Floats) -> Floats:
    """Return amounts (M, C) per member month at standard weights, times all member months (M,)."""
    present = exposed > 0
    rate = np.divide(amounts, exposed, out=np.zeros_like(amounts), where=present)
    weight = np.where(present, weights[None, :], 0.0)
    told = weight.sum(axis=1)
    mean = np.divide((rate * weight).sum(axis=1), told, out=np.zeros(len(told)), where=told > 0)
    total: Floats = mean * exposed.sum(axis=1)
    return total


def scatter(held: Sums, weights: Floats, completion: Floats) -> tuple[Floats, Floats]:
    """Return the capped standardised BH PMPM and its standard error, both completed."""
    exposed = held.member_months.sum(axis=2)
    capped, squares = held.capped[..., 0].sum(axis=2), held.squares[..., 0].sum(axis=2)
    present = exposed > 0
    safe = np.where(present, exposed, 1.0)
    mean = np.where(present, capped / safe, 0.0)
    variance = np.maximum(squares / safe - mean**2, 0.0) * safe / np.maximum(safe - 1, 1.0)
    weight = np.where(present, weights[None, :], 0.0)
    told = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, told, out=np.zeros_like(weight), where=told > 0)
    error = np.sqrt((weight**2 * variance / safe).sum(axis=1))
    share = np.where(completion > 0, completion, 1.0)
    return (weight * mean).sum(axis=1) / share, error / share
