"""Minutes: estimated from straight-line miles, or asked of a :class:`Source` that measures them.

A standard of 45 minutes or 30 miles implies 40 miles an hour. Where a standard sets only minutes
the speed is that of the county's class. Estimated minutes say nothing that the miles do not, so
every result carries :data:`NOTE`. The name of the source travels with the figures, because other
sources (a supplied matrix, a road graph, a routing engine) give other minutes. Those answer one
question, :meth:`Source.nearest`, in one shape, :class:`Travelled`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geodata.distance import Floats

NOTE = "straight-line miles; time not independently measured"
"""What every estimated result says."""

ESTIMATED = "estimated"
"""The source of minutes made by :class:`Estimate`."""

MATRIX = "matrix"
"""The source of minutes read from a file of origin, destination, minutes and miles."""

ROAD_GRAPH = "road graph"
"""The source of minutes along roads that ``carvein roads build`` has stored."""

ROUTING_ENGINE = "routing engine"
"""The source of minutes that a Valhalla server has answered."""

REACHED, UNREACHABLE, UNSNAPPED, OUTSIDE = range(4)
"""The state of one home: a site can be travelled to, none can, no road is near enough to the home,
or the home lies where the source has no roads."""

MILES_PER_HOUR = {"large_metro": 30.0, "metro": 40.0, "micro": 45.0, "rural": 50.0, "ceac": 53.0}
"""Assumed speed by county class where a standard sets minutes alone. carvein's own assumption,
near the median speed that the rows of 42 CFR 422.116(d)(2) Table 1 imply in each county type."""


class TravelError(Exception):
    """A source of minutes cannot be used, or does not answer; the message is one line."""


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


@dataclass(frozen=True)
class Travelled:
    """The nearest sites of each of n homes, in order of minutes, of which at most k are told.

    Attributes
    ----------
    minutes
        Shape (n, k), rising along a row; infinite where there is no such site.
    miles
        Shape (n, k): miles of the way that the minutes are of; infinite where there is no such
        site, NaN where the source tells no miles.
    index
        Shape (n, k), the row of the site in the question; -1 where there is no such site.
    state
        Shape (n,), :data:`REACHED`, :data:`UNREACHABLE`, :data:`UNSNAPPED` or :data:`OUTSIDE`.
        Only a reached home has an index other than -1.
    sites
        Shape (m,), for each site of the question whether it can be travelled to at all:
        :data:`REACHED` if so, else :data:`UNSNAPPED` or :data:`OUTSIDE` (and reached by nobody).
        None where the source does not tell.
    """

    minutes: Floats
    miles: Floats
    index: NDArray[np.int64]
    state: NDArray[np.int8]
    sites: NDArray[np.int8] | None = None


def digest_files(*paths: Path) -> str:
    """Return a digest of files' bytes, by which a source that is made of them is told again.

    Raises
    ------
    TravelError
        When one of them cannot be read.
    """
    digest = blake2b(digest_size=20)
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as fault:
            raise TravelError(f"{path}: cannot be read: {fault.strerror}") from fault
    return digest.hexdigest()


class Source(Protocol):
    """Where minutes come from; each result names it and carries its note.

    A source whose answers depend on nothing but files has a ``digest`` of them, and what was
    counted by it may be kept; a server has none, for it may answer otherwise the next day. One that
    can be asked the other way round has ``backwards``, a source from sites to homes whose minutes
    and miles are those from the home to the site.
    """

    @property
    def source(self) -> str:
        """One of :data:`MATRIX`, :data:`ROAD_GRAPH` and :data:`ROUTING_ENGINE`."""

    @property
    def note(self) -> str:
        """One line that every result from this source carries."""

    def nearest(
        self,
        homes_lat: Floats,
        homes_lon: Floats,
        sites_lat: Floats,
        sites_lon: Floats,
        k: int,
    ) -> Travelled:
        """Return the ``k`` sites that each home reaches in the fewest minutes.

        Parameters
        ----------
        homes_lat, homes_lon
            Shape (n,), degrees (WGS 84), all of them clean (:mod:`geodata.points`).
        sites_lat, sites_lon
            Shape (m,), degrees; m may be 0. Two sites may share a point: each is a site.
        k
            At least 1; may be more than m.

        Raises
        ------
        TravelError
            When the source does not answer, or answers what cannot be read.
        """
