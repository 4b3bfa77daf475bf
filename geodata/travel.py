"""Minutes: estimated from straight-line miles at the speed that the standard itself implies.

A standard of 45 minutes or 30 miles implies 40 miles an hour. Where a standard sets only minutes
the speed is that of the county's class. Estimated minutes say nothing that the miles do not, so
every result carries :data:`NOTE`. The name of the source travels with the figures, because other
sources (a road graph, a routing engine, a supplied matrix) give other minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.distance import Floats

NOTE = "straight-line miles; time not independently measured"
"""What every estimated result says."""

ESTIMATED = "estimated"
"""The source of minutes made by :class:`Estimate`."""

MILES_PER_HOUR = {"large_metro": 30.0, "metro": 40.0, "micro": 45.0, "rural": 50.0, "ceac": 53.0}
"""Assumed speed by county class where a standard sets minutes alone. carvein's own assumption,
near the median speed that the rows of 42 CFR 422.116(d)(2) Table 1 imply in each county type."""


@dataclass(frozen=True)
class Estimate:
    """Minutes in proportion to miles. ``minutes_per_mile`` is above 0."""

    minutes_per_mile: float
    source: str = ESTIMATED

    def minutes(self, miles: Floats) -> Floats:
        """Return estimated minutes for straight-line ``miles``; infinite stays infinite."""
        result: Floats = np.asarray(miles, dtype=np.float64) * self.minutes_per_mile
        return result

    def miles(self, minutes: float) -> float:
        """Return the miles that are covered in ``minutes``."""
        return minutes / self.minutes_per_mile


def estimate(
    max_miles: float | None, max_minutes: float | None, county_class: str | None
) -> Estimate | None:
    """Return the estimate that a standard implies in a county, or None when nothing implies one.

    Parameters
    ----------
    max_miles, max_minutes
        The limits of the standard; either may be None.
    county_class
        large_metro, metro, micro, rural or ceac; None when unknown. Asked only when the standard
        does not set both limits.
    """
    if max_miles and max_minutes:
        return Estimate(max_minutes / max_miles)
    speed = MILES_PER_HOUR.get(county_class or "")
    return None if speed is None else Estimate(60 / speed)
