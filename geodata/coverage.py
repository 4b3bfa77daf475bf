"""Share of a population within a limit of time, of distance, of both or of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geodata.distance import ROUNDING_MILES, Floats
from geodata.travel import Estimate

Logic = Literal["both", "either", "time", "distance"]
"""Which of the two limits must hold."""

COUNTED: dict[Logic, tuple[str, ...]] = {
    "both": ("max_minutes", "max_miles"),
    "either": ("max_minutes", "max_miles"),
    "time": ("max_minutes",),
    "distance": ("max_miles",),
}
"""The limits that each logic counts."""

DETOUR = 1.3
"""Road miles over straight-line miles beyond which a person within the limit is *borderline*."""


@dataclass(frozen=True)
class Limits:
    """How far is within reach: miles, minutes, and which of them count.

    ``travel`` may be None where ``logic`` is distance: then there are miles and no minutes.

    Raises
    ------
    ValueError
        When ``logic`` counts a limit that is not set or not above 0, or time without ``travel``.
    """

    logic: Logic
    max_miles: float | None
    max_minutes: float | None
    travel: Estimate | None

    def __post_init__(self) -> None:
        for name in COUNTED[self.logic]:
            limit = getattr(self, name)
            if limit is None or limit <= 0:
                raise ValueError(f"logic {self.logic} needs {name} above 0, found {limit}")
        if self.travel is None and self.logic != "distance":
            raise ValueError(f"logic {self.logic} needs a source of minutes, found none")

    def hold(self, miles: Floats) -> NDArray[np.bool_]:
        """Return which straight-line ``miles`` are within; unrounded, the limit itself is within.

        The slack for float rounding is :data:`~geodata.distance.ROUNDING_MILES`, and as many
        minutes as that takes.
        """
        held: list[NDArray[np.bool_]] = []
        if "max_miles" in COUNTED[self.logic] and self.max_miles is not None:
            held.append(miles <= self.max_miles + ROUNDING_MILES)
        if self.travel is not None and self._minutes is not None:
            slack = ROUNDING_MILES * self.travel.minutes_per_mile
            held.append(self.travel.minutes(miles) <= self._minutes + slack)
        return np.asarray(held[0] | held[-1] if self.logic == "either" else held[0] & held[-1])

    @property
    def farthest_miles(self) -> float:
        """Straight-line miles beyond which nothing is within."""
        reaches: list[float] = []
        if "max_miles" in COUNTED[self.logic] and self.max_miles is not None:
            reaches.append(self.max_miles)
        if self.travel is not None and self._minutes is not None:
            reaches.append(self.travel.miles(self._minutes))
        return max(reaches) if self.logic == "either" else min(reaches)

    @property
    def _minutes(self) -> float | None:
        return self.max_minutes if "max_minutes" in COUNTED[self.logic] else None


@dataclass(frozen=True)
class Coverage:
    """How many people are within the limits, in sums of weights.

    ``borderline`` people are within by straight line, and beyond when the miles are multiplied
    by :data:`DETOUR`. ``longest_miles`` and ``longest_minutes`` belong to the person farthest
    from the nearest site; they are None without people or without sites (minutes also without
    a source of minutes).
    """

    people: float
    within: float
    borderline: float
    longest_miles: float | None
    longest_minutes: float | None


def cover(miles: Floats, weight: Floats, limits: Limits) -> Coverage:
    """Count the people within the limits.

    Parameters
    ----------
    miles
        Straight-line miles to the nearest site, shape (n,); infinite where there is no site.
    weight
        People at each point, shape (n,), 0 or more. Points with 0 people count nowhere.
    """
    within = limits.hold(miles)
    borderline = within & ~limits.hold(miles * DETOUR)
    peopled = miles[weight > 0]
    longest = float(peopled.max()) if len(peopled) else np.inf
    reached = np.isfinite(longest)
    minutes = limits.travel.minutes(np.array(longest)).item() if limits.travel else None
    return Coverage(
        people=float(weight.sum()),
        within=float(weight[within].sum()),
        borderline=float(weight[borderline].sum()),
        longest_miles=longest if reached else None,
        longest_minutes=minutes if reached else None,
    )
