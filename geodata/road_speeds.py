"""The table of speeds that road minutes are made with: ``road_speeds.yaml``, carvein's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml


@dataclass(frozen=True)
class Speeds:
    """Miles per hour by highway class, and what is not driven on or not lived at.

    Attributes
    ----------
    version
        Name of this table, kept with every road graph made with it.
    miles_per_hour
        By class, above 0; a class that is not in it is not driven on.
    through_only
        Classes that no home or site snaps to.
    left_out_service
        Values of ``service=`` whose ways are not driven on.
    access_miles_per_hour
        Speed of the straight line between a point and the road it snaps to.
    """

    version: str
    miles_per_hour: Mapping[str, float]
    through_only: frozenset[str]
    left_out_service: frozenset[str]
    access_miles_per_hour: float


@cache
def speeds() -> Speeds:
    """Return the table that is shipped."""
    read = yaml.safe_load((files("geodata") / "road_speeds.yaml").read_text("utf-8"))
    return Speeds(
        version=read["version"],
        miles_per_hour=MappingProxyType(
            {each: float(mph) for each, mph in read["miles_per_hour"].items()}
        ),
        through_only=frozenset(read["through_only"]),
        left_out_service=frozenset(read["left_out_service"]),
        access_miles_per_hour=float(read["access_miles_per_hour"]),
    )
