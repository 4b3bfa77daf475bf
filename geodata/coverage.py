"""Share of a population within a limit of time, of distance, of both or of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geodata.distance import ROUNDING_MILES, Floats
from geodata.travel import Estimate, Source

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

    ``travel`` may be None where ``logic`` is distance: then there are miles and no minutes; a
    :class:`~geodata.travel.Source` measures minutes and, where ``road`` says that road miles are
    meant, miles. ``choices`` different providers must be within.

    Raises
    ------
    ValueError
        When ``logic`` counts a limit that is not set or not above 0, or time without ``travel``,
        or ``choices`` is below 1.
    """

    logic: Logic
    max_miles: float | None
    max_minutes: float | None
    travel: Estimate | Source | None
    choices: int = 1
    road: bool = False

    def __post_init__(self) -> None:
        for name in COUNTED[self.logic]:
            limit = getattr(self, name)
            if limit is None or limit <= 0:
                raise ValueError(f"logic {self.logic} needs {name} above 0, found {limit}")
        if self.travel is None and self.logic != "distance":
            raise ValueError(f"logic {self.logic} needs a source of minutes, found none")
        if self.choices < 1:
            raise ValueError(f"choices {self.choices} is below 1")

    @property
    def estimate(self) -> Estimate | None:
        """What estimates the minutes; None where a source measures them, or nothing tells them."""
        return self.travel if isinstance(self.travel, Estimate) else None

    @property
    def measured_by(self) -> Source | None:
        """The source that measures the way; None where straight lines tell all that counts."""
        if self.travel is None or isinstance(self.travel, Estimate):
            return None
        return self.travel if self._minutes is not None or self.road else None

    def hold(self, miles: Floats) -> NDArray[np.bool_]:
        """Return which straight-line ``miles`` are within; unrounded, the limit itself is within.

        The slack for float rounding is :data:`~geodata.distance.ROUNDING_MILES`, and as many
        minutes as that takes. Only for limits that straight lines can tell.
        """
        minutes = np.zeros(1) if self.estimate is None else self.estimate.minutes(miles)
        return self.hold_both(miles, minutes)

    def hold_both(self, miles: Floats, minutes: Floats) -> NDArray[np.bool_]:
        """Return which ways of so many ``miles`` and ``minutes`` are within."""
        held: list[NDArray[np.bool_]] = []
        if self._miles is not None:
            held.append(miles <= self._miles + ROUNDING_MILES)
        if self._minutes is not None:
            per_mile = self.estimate.minutes_per_mile if self.estimate else 1.0
            held.append(minutes <= self._minutes + ROUNDING_MILES * per_mile)
        return np.asarray(held[0] | held[-1] if self.logic == "either" else held[0] & held[-1])

    @property
    def farthest_miles(self) -> float:
        """Straight-line miles beyond which nothing is within; infinite where none are told."""
        reaches: list[float] = []
        if self._miles is not None:
            reaches.append(self._miles)
        if self._minutes is not None:
            reaches.append(self.estimate.miles(self._minutes) if self.estimate else np.inf)
        return max(reaches) if self.logic == "either" else min(reaches)

    @property
    def _minutes(self) -> float | None:
        return self.max_minutes if "max_minutes" in COUNTED[self.logic] else None

    @property
    def _miles(self) -> float | None:
        return self.max_miles if "max_miles" in COUNTED[self.logic] else None


@dataclass(frozen=True)
class Coverage:
    """How many people are within the limits, in sums of weights.

    ``borderline`` people are within by straight line, and beyond when the miles are multiplied
    by :data:`DETOUR`. ``longest_miles`` and ``longest_minutes`` belong to the person farthest
    from the nearest site; they are None without people or without sites (minutes also without
    a source of minutes). Where several providers are asked for, it is the site of the last.

    ``unreachable`` people have no way to any site by the source of minutes, ``unsnapped`` ones no
    road near, ``outside`` ones live where it has no roads; ``undecided`` is who could be within by
    a site beyond those that were asked for. None of them is in ``within``.
    """

    people: float
    within: float
    borderline: float
    longest_miles: float | None
    longest_minutes: float | None
    unreachable: float = 0.0
    unsnapped: float = 0.0
    outside: float = 0.0
    undecided: float = 0.0

    @property
    def untold(self) -> float:
        """People of whom the source cannot say whether they are within."""
        return self.unsnapped + self.outside + self.undecided


def cover(miles: Floats, weight: Floats, limits: Limits) -> Coverage:
    """Count the people within limits that straight lines can tell.

    Parameters
    ----------
    miles
        Straight-line miles to the nearest site, shape (n,); infinite where there is no site.
    weight
        People at each point, shape (n,), 0 or more. Points with 0 people count nowhere.
    """
    within = limits.hold(miles)
    borderline = within & ~limits.hold(miles * DETOUR)
    return coverage_of(
        people=float(weight.sum()),
        within=float(weight[within].sum()),
        borderline=float(weight[borderline].sum()),
        longest=float(miles[weight > 0].max(initial=0.0)) if (weight > 0).any() else np.inf,
        limits=limits,
    )


def coverage_of(
    people: float, within: float, borderline: float, longest: float, limits: Limits
) -> Coverage:
    """Return the coverage whose longest miles are known; infinite miles are none."""
    reached = np.isfinite(longest)
    minutes = limits.estimate.minutes(np.array(longest)).item() if limits.estimate else None
    return Coverage(
        people=people,
        within=within,
        borderline=borderline,
        longest_miles=longest if reached else None,
        longest_minutes=minutes if reached else None,
    )
