"""How much of a month's money has arrived: triangles, chain-ladder factors, Mack's errors.

A line arrives on the day its claim was first submitted to the state (``submitted_on``; a
replacement arrives with what it replaces). Arrival is counted in months that end on the day of the
month on which the submission was cut off, so that the last one is whole; the lag of a line is the
number of such months since its month of service.

Factors are volume-weighted averages of the latest :data:`RECENT` link ratios of each lag, f(j) =
sum C(i, j+1) / sum C(i, j) over months of service i; what has arrived of a month of age a is 1 /
prod f(j), j >= a (T. Mack, *Distribution-free calculation of the standard error of chain ladder
reserve estimates*, ASTIN Bulletin 23, 1993). The oldest month is taken as complete.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MATURE = 0.7
"""Least share of a month's money that must have arrived before it is tested.

carvein's own figure, after actuarial habit; not law."""

FEWEST_MONTHS = 6
"""Fewest months of service, and of arrival, that a triangle is read from. carvein's own figure."""

RECENT = 6
"""Link ratios that a factor is the average of, the latest ones: run-out that has slowed shows."""

CHAIN_LADDER = "chain ladder"
RUNOUT = "run-out months of the contract"


@dataclass(frozen=True, eq=False)
class Completion:
    """What has arrived of each month; arrays of shape (n_months,).

    ``factor`` is a share, 1 where complete and 0 where nothing tells it; ``error`` the relative
    standard error of the completed amount (Mack), 0 where no chain ladder told it.
    """

    factor: Floats
    error: Floats
    basis: str


def complete(
    triangles: Mapping[Any, Floats],
    ages: Sequence[int],
    mature: NDArray[np.bool_],
    recent: int = RECENT,
) -> dict[Any, Completion]:
    """Return the completion of each triangle.

    Parameters
    ----------
    triangles
        Amounts that arrived, shape (n_months, lags): month of service by lag, not cumulated.
    ages
        Months that passed between each month of service and the cut-off, perhaps negative.
    mature
        The months that the contract's run-out leaves, which stand where no triangle tells.
    recent
        Link ratios of each lag that are averaged, the latest ones; -1 for all.
    """
    age = np.asarray(ages, dtype=np.int64)
    fallback = Completion(mature.astype(np.float64), np.zeros(len(age)), RUNOUT)
    usable = {
        key: first
        for key, amounts in triangles.items()
        if (first := first_usable(amounts, age)) is not None
    }
    told = dict.fromkeys(triangles, fallback)
    # Every factor is 1 then, and the library, which takes seconds to import, has nothing to fit.
    at_once = {key for key, first in usable.items() if _at_once(triangles[key], age, first)}
    whole = Completion((age >= 0).astype(np.float64), np.zeros(len(age)), CHAIN_LADDER)
    told |= dict.fromkeys(at_once, whole)
    for first in sorted({usable[key] for key in usable if key not in at_once}):
        keys = [key for key in usable if usable[key] == first and key not in at_once]
        told |= _fit({key: triangles[key] for key in keys}, age, first, recent)
    return told


def _at_once(amounts: Floats, age: NDArray[np.int64], first: int) -> bool:
    """Tell whether nothing arrived after lag 0 from the first usable month on, which had some."""
    lags = np.arange(amounts.shape[1])
    later = (lags[None, :] > 0) & (lags[None, :] <= age[:, None])
    return bool(amounts[first, 0] > 0 and not amounts[first:][later[first:]].any())


def first_usable(amounts: Floats, age: NDArray[np.int64]) -> int | None:
    """Return the first month whose run-out was seen from its start, None when there is no triangle.

    Months before anything arrived at all (sent in one go, later) show no lag; neither do months
    before the first money.
    """
    seen = age >= 0
    if not seen.any():
        return None
    lags = np.arange(amounts.shape[1])
    arrived = (age.max() - age)[:, None] + lags[None, :]
    inside = seen[:, None] & (lags[None, :] <= age[:, None]) & (amounts > 0)
    if not inside.any():
        return None
    months = np.bincount(arrived[inside], amounts[inside])
    shares = np.cumsum(months) / months.sum()
    opened = int(np.argmax(shares >= 0.001))
    first = max(opened, int(np.argmax(inside.any(axis=1))))
    later = inside[first:]
    enough = later.any(axis=1).sum() >= FEWEST_MONTHS
    return first if enough and len(np.unique(arrived[first:][later])) >= FEWEST_MONTHS else None


def _fit(
    triangles: Mapping[Any, Floats], age: NDArray[np.int64], first: int, recent: int
) -> dict[Any, Completion]:
    """Return chain-ladder completions of triangles that share their first usable month."""
    keys = list(triangles)
    told = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fitted = _mack(_chainladder_triangle(triangles, age, first), recent)
        cdf = _dense(fitted.cdf_)[:, 0, 0, :]
        # The library adds months of service up to the cut-off; they hold nothing.
        held = slice(0, len(age) - first)
        error = _dense(fitted.mack_std_err_)[:, 0, held, -1]
        ultimate = _dense(fitted.ultimate_)[:, 0, held, -1]
    for at, key in enumerate(keys):
        relative = np.zeros(len(age))
        share = np.nan_to_num(error[at] / ultimate[at], nan=0.0, posinf=0.0)
        relative[first : first + len(share)] = np.minimum(share, 1.0)
        told[key] = Completion(
            _arrived(triangles[key][first:], cdf[at], age, first), relative, CHAIN_LADDER
        )
    return told


def _arrived(amounts: Floats, cdf: Floats, age: NDArray[np.int64], first: int) -> Floats:
    """Return the share arrived by age; 0 where the ladder has no ratio for the age."""
    by_age = np.clip(1 / np.where(np.isfinite(cdf) & (cdf > 0), cdf, np.inf), 0.0, 1.0)
    own = age[first:]
    seen = np.where(np.arange(amounts.shape[1])[None, :] <= own[:, None], amounts, 0.0)
    cumulated = np.cumsum(seen, axis=1)
    for lag in range(len(by_age)):
        older = own > lag
        if not cumulated[older, min(lag, cumulated.shape[1] - 1)].sum() > 0:
            by_age[lag] = 1.0 if not older.any() else 0.0
    share = np.ones(len(age))
    inside = (age >= 0) & (age < len(by_age))
    share[inside] = by_age[age[inside]]
    share[age < 0] = 0.0
    return share


def _chainladder_triangle(
    triangles: Mapping[Any, Floats], age: NDArray[np.int64], first: int
) -> Any:
    import pandas as pd

    chainladder = _library()
    base = pd.Period("2001-01", "M")
    rows = []
    for number, amounts in enumerate(triangles.values()):
        # The library leaves a month out of the ratios of a lag at which nothing had arrived yet.
        least = float(amounts[first:].mean()) * 1e-9
        for month in range(first, len(age)):
            for lag in range(min(int(age[month]), amounts.shape[1] - 1) + 1):
                arrived = float(amounts[month, lag])
                arrived = arrived if lag else max(arrived, least)
                rows.append((number, base + month, base + month + lag, arrived))
    frame = pd.DataFrame(rows, columns=["key", "origin", "valued", "amount"])
    for column in ("origin", "valued"):
        frame[column] = pd.PeriodIndex(frame[column]).to_timestamp()
    triangle = chainladder.Triangle(
        frame,
        origin="origin",
        development="valued",
        index=["key"],
        columns=["amount"],
        cumulative=False,
    )
    return triangle.incr_to_cum()


def _library() -> Any:
    # Takes seconds to import, and not every review has a triangle. To compile the loops over its
    # sparse arrays takes longer than to run them on triangles of some months.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    return import_module("chainladder")


def _mack(triangle: Any, recent: int) -> Any:
    chainladder = _library()
    development = chainladder.Development(
        n_periods=recent, average="volume", sigma_interpolation="mack"
    )
    return chainladder.MackChainladder().fit(development.fit_transform(triangle))


def _dense(triangle: Any) -> Floats:
    return np.asarray(triangle.set_backend("numpy").values, dtype=np.float64)
