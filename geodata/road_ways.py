"""The roads of an OpenStreetMap extract, way by way: who may drive, which way, how fast.

The tags are those of the OpenStreetMap wiki (Key:highway, Key:access, Key:oneway, Key:maxspeed,
Key:junction). Ferries are not taken: an extract says nothing of their hours and waits.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.distance import Floats, Indexes
from geodata.road_speeds import Speeds
from geodata.travel import TravelError

EVERY = 50_000
"""Ways between two words of progress."""

DRIVER_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""Who may drive, the most particular word first: the first that is tagged decides."""

CLOSED = frozenset(
    (
        *("no", "private", "agricultural", "forestry", "delivery"),
        *("military", "emergency", "psv", "bus", "hov"),
    )
)
"""Values of those keys with which the public does not drive there."""

KILOMETRES_PER_MILE = 1.609344

_LIMIT = re.compile(r"(\d{1,3}(?:\.\d+)?)( mph| km/h|)", re.ASCII)


@dataclass(frozen=True, eq=False)
class Ways:
    """Stretches of road as points in a row, and what holds for each stretch.

    Attributes
    ----------
    node, latitude, longitude
        Shape (p,): OpenStreetMap's number of each point, and where it lies, stretch after stretch.
    first
        Shape (w + 1,): where each stretch begins among the points; the last entry is p.
    miles_per_hour
        Shape (w,), above 0.
    forward, backward
        Shape (w,): whether one may drive along the points, and against them.
    through_only
        Shape (w,): whether nobody lives at this road.
    counts
        What was read and left out, by name.
    """

    node: Indexes
    latitude: Floats
    longitude: Floats
    first: Indexes
    miles_per_hour: Floats
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    through_only: NDArray[np.bool_]
    counts: Mapping[str, int]


def read_ways(path: Path, speeds: Speeds, step: Callable[[str], None]) -> Ways:
    """Read the roads of a ``.osm.pbf`` file that the public may drive on.

    A point whose place the extract does not hold cuts its road in two.

    Raises
    ------
    TravelError
        When the file cannot be read as an extract, to its end, or osmium is not installed.
    """
    try:
        import osmium
    except ImportError as fault:
        raise TravelError(
            "reading an extract needs the package osmium: pip install 'carvein[roads]'"
        ) from fault

    taken = _Taken()
    try:
        every = osmium.FileProcessor(
            osmium.io.File(str(path), "pbf"), osmium.osm.NODE | osmium.osm.WAY
        )
        roads = every.with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in roads.with_filter(osmium.filter.KeyFilter("highway", "route")):
            taken.take(way, speeds)
            if taken.counts["ways"] % EVERY == 0:
                step(f"{taken.counts['ways']:,} ways read")
    # osmium raises plain RuntimeError for every fault of a file.
    except (RuntimeError, OSError, ValueError, MemoryError) as fault:
        told = (str(fault).splitlines() or ["not readable"])[0]
        raise TravelError(f"{path}: not an OpenStreetMap extract in PBF form: {told}") from fault
    return taken.ways()


class _Taken:
    """What has been read so far."""

    def __init__(self) -> None:
        self.node, self.latitude, self.longitude = array("q"), array("d"), array("d")
        self.first = array("q")
        self.speed = array("d")
        self.forward, self.backward, self.through = array("b"), array("b"), array("b")
        names = ("ways", "roads", "closed", "not_driven", "ferries", "points_without_place")
        self.counts = dict.fromkeys(names, 0)

    def take(self, way: Any, speeds: Speeds) -> None:
        tags = way.tags
        kind = tags.get("highway")
        self.counts["ways"] += 1
        if kind is None:
            self.counts["ferries"] += tags.get("route") == "ferry"
            return
        mph = speeds.miles_per_hour.get(kind)
        lot = kind == "service" and tags.get("service") in speeds.left_out_service
        if mph is None or lot or tags.get("area") == "yes":
            self.counts["not_driven"] += 1
            return
        if closed(tags):
            self.counts["closed"] += 1
            return
        forward, backward = directions(tags, kind)
        limit = posted(tags.get("maxspeed"))
        road = (min(mph, limit or mph), forward, backward, kind in speeds.through_only)
        self.counts["roads"] += 1
        begun = False
        for each in way.nodes:
            place = each.location
            if not place.valid():
                self.counts["points_without_place"] += 1
                begun = False
                continue
            if not begun:
                self._begin(*road)
                begun = True
            self.node.append(each.ref)
            self.latitude.append(place.lat)
            self.longitude.append(place.lon)

    def _begin(self, mph: float, forward: bool, backward: bool, through: bool) -> None:
        self.first.append(len(self.node))
        self.speed.append(mph)
        self.forward.append(forward)
        self.backward.append(backward)
        self.through.append(through)

    def ways(self) -> Ways:
        return Ways(
            node=np.array(self.node, dtype=np.int64),
            latitude=np.array(self.latitude, dtype=np.float64),
            longitude=np.array(self.longitude, dtype=np.float64),
            first=np.array([*self.first, len(self.node)], dtype=np.int64),
            miles_per_hour=np.array(self.speed, dtype=np.float64),
            forward=np.array(self.forward, dtype=bool),
            backward=np.array(self.backward, dtype=bool),
            through_only=np.array(self.through, dtype=bool),
            counts=self.counts,
        )


def closed(tags: Any) -> bool:
    """Return whether the public may not drive there."""
    for key in DRIVER_KEYS:
        said = tags.get(key)
        if said is not None:
            return said in CLOSED
    return False


def directions(tags: Any, kind: str) -> tuple[bool, bool]:
    """Return whether one may drive along the points of a road, and against them."""
    said = tags.get("oneway")
    if said in ("yes", "true", "1"):
        return True, False
    if said in ("-1", "reverse"):
        return False, True
    implied = kind == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return True, said is not None or not implied


def posted(maxspeed: str | None) -> float | None:
    """Return a posted limit in miles per hour, None where there is none or it is not a number."""
    found = _LIMIT.fullmatch(maxspeed or "")
    if not found or not float(found[1]):
        return None
    return float(found[1]) / (1 if found[2] == " mph" else KILOMETRES_PER_MILE)
