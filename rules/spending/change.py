"""A change in dollars per member month split into penetration, units per user and unit price.

LMDI-I, additive (B. W. Ang, *The LMDI approach to decomposition analysis: a practical guide*,
Energy Policy 33, 2005): dollars per member month of a service type are V = p u c, with p users per
member month, u units per user and c dollars per unit; the part of a factor x in V1 - V0 is
L(V1, V0) ln(x1 / x0), L the logarithmic mean (a - b) / ln(a / b), L(a, a) = a. The parts of all
factors and types sum to the whole.

Zero is met by its limit (Ang and Liu, Energy Policy 35, 2007): the part of a factor that comes from
or goes to zero is V1 - V0, and that of the others 0. Where nobody used a service, only its
penetration is zero: units and price of nobody are taken as unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.spending.series import Series
from rules.spending.use import SERVICES

Floats = NDArray[np.float64]

FACTORS = ("penetration", "units per user", "unit price")


@dataclass(frozen=True, eq=False)
class Used:
    """What was used over some months: dollars, users' months and units by service type, (S,)."""

    member_months: float
    dollars: Floats
    users: Floats
    units: Floats


@dataclass(frozen=True)
class Split:
    """The change of one service type, dollars per member month; the three parts sum to it."""

    service: str
    before: float
    after: float
    penetration: float
    units_per_user: float
    unit_price: float

    @property
    def change(self) -> float:
        """The change that the parts explain."""
        return self.after - self.before


def split(before: Used, after: Used, services: Sequence[str] = SERVICES) -> list[Split]:
    """Return the split of each service type that either of two spells has dollars of.

    Raises
    ------
    ValueError
        Where a spell has no member months, or dollars without users or units.
    """
    for used in (before, after):
        if not used.member_months > 0:
            raise ValueError("no member months, wanted some before and after")
        if ((used.dollars > 0) & ((used.users <= 0) | (used.units <= 0))).any():
            raise ValueError("dollars without users or units")
    told = []
    for at, service in enumerate(services):
        v0 = float(before.dollars[at]) / before.member_months
        v1 = float(after.dollars[at]) / after.member_months
        if v0 == 0 and v1 == 0:
            continue
        parts = _parts(v0, v1, _factors(before, at), _factors(after, at))
        told.append(Split(service, v0, v1, *parts))
    return told


def spell(told: Series, side: int, months: NDArray[np.int64]) -> Used:
    """Return what was used of BH (0) or PH (1) over some months (places), completed."""
    whole = (told.raw_bh, told.raw_ph)[side]
    arrived = told.services[months, side]
    full = (whole.benefit, whole.users, whole.units)
    # Completion is told by side, so every service type is scaled alike.
    seen = (
        whole.paid_raw,
        whole.users_raw,
        arrived[:, :, 2].sum(axis=1),
    )
    sums = []
    for number, (all_of, had) in enumerate(zip(full, seen, strict=True)):
        had_then = had if number == 2 else had[months]
        scale = np.divide(all_of[months], had_then, out=np.ones(len(months)), where=had_then > 0)
        sums.append((arrived[:, :, number] * scale[:, None]).sum(axis=0))
    return Used(float(told.member_months[months].sum()), *sums)


def split_halves(told: Series, side: int, used: NDArray[np.int64]) -> dict[str, Any]:
    """Return the split between the two halves of some months (places), for the evidence.

    ``before`` and ``after`` name the halves, ``parts`` sums over service types and ``services``
    has a row a type; dollars per member month. Empty where a half has no months or members.
    """
    half = len(used) // 2
    early, late = used[:half], used[len(used) - half :]
    if not half or not all(told.member_months[part].sum() > 0 for part in (early, late)):
        return {}
    parts = split(spell(told, side, early), spell(told, side, late))
    return {
        "before": f"{told.months[early[0]]} to {told.months[early[-1]]}",
        "after": f"{told.months[late[0]]} to {told.months[late[-1]]}",
        "parts": totals(parts),
        "services": [asdict(each) for each in parts],
    }


def totals(splits: Sequence[Split]) -> dict[str, float]:
    """Return the parts over all service types, and the whole change, dollars per member month."""
    return {
        "penetration": math.fsum(each.penetration for each in splits),
        "units_per_user": math.fsum(each.units_per_user for each in splits),
        "unit_price": math.fsum(each.unit_price for each in splits),
        "change": math.fsum(each.change for each in splits),
    }


def _factors(used: Used, at: int) -> tuple[float, float, float]:
    """Return users per member month, units per user and dollars per unit, NaN where nobody is."""
    users, units = float(used.users[at]), float(used.units[at])
    if users <= 0 or units <= 0:
        return 0.0, math.nan, math.nan
    return users / used.member_months, units / users, float(used.dollars[at]) / units


def _parts(
    v0: float, v1: float, old: Sequence[float], new: Sequence[float]
) -> tuple[float, float, float]:
    change = v1 - v0
    zero = [number for number in range(3) if old[number] == 0 or new[number] == 0]
    if zero:
        # One factor only can be zero on the way: no users, or a price of nothing.
        parts = [change if number == zero[0] else 0.0 for number in range(3)]
        return parts[0], parts[1], parts[2]
    mean = v1 if math.isclose(v0, v1, rel_tol=1e-12) else change / math.log(v1 / v0)
    penetration, units = (mean * math.log(new[n] / old[n]) for n in (0, 1))
    # The last part takes the rounding, so that the sum is the change itself.
    return penetration, units, change - penetration - units
