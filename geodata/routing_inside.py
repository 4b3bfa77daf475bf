"""A routing engine that runs inside carvein: ``pyvalhalla`` with tiles of the user's own.

No point leaves the process, so points are rounded to :data:`GRID` only. Wheels that can also build
tiles are published for Python 3.12 and later (tried: 3.9.1 on Python 3.12).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geodata.routing import RoutingEngine
from geodata.routing_http import Ask, Refused
from geodata.travel import TravelError

GRID = 1e-5
"""Degrees: about a yard."""


def open_engine(config: Path) -> RoutingEngine:
    """Open Valhalla's configuration file, which names the tiles.

    Raises
    ------
    TravelError
        When pyvalhalla is not installed, or the file or its tiles cannot be read.
    """
    try:
        json.loads(config.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        raise TravelError(
            f"{config}: wanted a routing server's address (http://...) or Valhalla's own "
            "configuration file (valhalla.json)"
        ) from fault
    try:
        import valhalla  # type: ignore[import-not-found,unused-ignore]
    except ImportError as fault:
        raise TravelError(
            f"{config}: routing inside carvein needs the package pyvalhalla, or give the address "
            "of a Valhalla server"
        ) from fault
    try:
        actor = valhalla.Actor(str(config))
    # What pyvalhalla 3.9 raises for a configuration that lacks a part, or tiles it cannot read.
    except (RuntimeError, AttributeError) as fault:
        told = (str(fault).splitlines() or ["not readable"])[0]
        raise TravelError(f"{config}: Valhalla cannot use it: {told[:200]}") from fault
    return RoutingEngine(_asker(actor.matrix), f"of {config.name}", GRID)


def _asker(matrix: Callable[[str], Any]) -> Ask:
    def ask(request: dict[str, Any]) -> Any:
        try:
            told = matrix(json.dumps(request))
        except RuntimeError as fault:
            code = getattr(fault, "code", 0)
            raise Refused(str(fault)[:200], code if isinstance(code, int) else 0) from fault
        return json.loads(told) if isinstance(told, str) else told

    return ask
