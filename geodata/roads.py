"""Roads built from an OpenStreetMap extract, stored as Parquet, and loaded again."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from geodata.road_join import Roads, join
from geodata.road_speeds import speeds
from geodata.road_ways import read_ways
from geodata.travel import TravelError

ATTRIBUTION = (
    "© OpenStreetMap contributors, Open Database License (ODbL) 1.0, "
    "https://www.openstreetmap.org/copyright"
)
"""What has to be said wherever these roads, or minutes along them, are shown."""

FORMAT = 1
"""Of the stored folder; another one is refused."""

STORED = ("about.json", "nodes.parquet", "edges.parquet")
"""The files of the stored folder."""

NODES = {"latitude": pl.Float64, "longitude": pl.Float64, "snaps": pl.Boolean}
EDGES = {"start": pl.Int32, "end": pl.Int32, "minutes": pl.Float64, "miles": pl.Float64}


def build(path: Path, folder: Path, step: Callable[[str], None] = lambda told: None) -> Roads:
    """Build the roads of a ``.osm.pbf`` file and store them in a new folder.

    Raises
    ------
    TravelError
        When the file is no extract or has no roads, or the folder is taken or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TravelError(f"{folder}: already there; wanted a new or an empty folder")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise TravelError(f"{path}: cannot be read: {fault.strerror}") from fault
    table = speeds()
    step("reading")
    ways = read_ways(path, table, step)
    step("joining roads")
    try:
        roads = join(ways, table)
    except TravelError as fault:
        raise TravelError(f"{path}: {fault}") from fault
    about = {
        "format": FORMAT,
        "file": path.name,
        "sha256": digest,
        "built_on": datetime.now(UTC).date().isoformat(),
        "attribution": ATTRIBUTION,
        **roads.about,
    }
    made = replace(roads, about=about)
    step("writing")
    store(made, folder)
    return made


def store(roads: Roads, folder: Path) -> None:
    """Write roads to a folder that is not there yet, or is empty; whole or not at all."""
    nodes = pl.DataFrame(
        {"latitude": roads.latitude, "longitude": roads.longitude, "snaps": roads.snaps}
    )
    edges = pl.DataFrame(
        {
            "start": roads.start.astype(np.int32),
            "end": roads.end.astype(np.int32),
            "minutes": roads.minutes,
            "miles": roads.miles,
        }
    )
    made: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        nodes.write_parquet(made / "nodes.parquet")
        edges.write_parquet(made / "edges.parquet")
        told = json.dumps(dict(roads.about), indent=2, ensure_ascii=False)
        (made / "about.json").write_text(told + "\n", "utf-8")
        made.chmod(0o755)
        made.replace(folder)
    except OSError as fault:
        raise TravelError(f"{folder}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        if made is not None and made.exists():
            shutil.rmtree(made, ignore_errors=True)


def load(folder: Path) -> Roads:
    """Load the roads of a folder that :func:`build` has written.

    Raises
    ------
    TravelError
        When the folder is no such folder, or what it holds is damaged.
    """
    about = load_about(folder)
    nodes = _table(folder / "nodes.parquet", NODES)
    edges = _table(folder / "edges.parquet", EDGES)
    roads = Roads(
        latitude=nodes["latitude"].to_numpy(),
        longitude=nodes["longitude"].to_numpy(),
        snaps=nodes["snaps"].to_numpy(),
        start=edges["start"].cast(pl.Int64).to_numpy(),
        end=edges["end"].cast(pl.Int64).to_numpy(),
        minutes=edges["minutes"].to_numpy(),
        miles=edges["miles"].to_numpy(),
        about=about,
    )
    fault = _fault(roads)
    if fault:
        raise TravelError(f"{folder}: {fault}; build the roads again")
    return roads


def load_about(folder: Path) -> dict[str, Any]:
    """Return what ``about.json`` says of the roads of a folder; raises as :func:`load`."""
    path = folder / "about.json"
    try:
        about = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as fault:
        raise TravelError(
            f"{folder}: no roads here (no about.json); make them with carvein roads build"
        ) from fault
    except (OSError, ValueError, RecursionError) as fault:
        raise TravelError(f"{path}: cannot be read; build the roads again") from fault
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise TravelError(f"{path}: not of format {FORMAT}; build the roads again")
    wanted = {"file": str, "built_on": str, "speeds": str, "access_miles_per_hour": float}
    if not all(isinstance(about.get(name), kind) for name, kind in wanted.items()):
        raise TravelError(f"{path}: wanted {', '.join(wanted)}; build the roads again")
    return about


def _table(path: Path, columns: dict[str, Any]) -> pl.DataFrame:
    try:
        read = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise TravelError(f"{path}: cannot be read; build the roads again") from fault
    if dict(read.schema) != columns or sum(read.null_count().row(0)):
        raise TravelError(f"{path}: wanted the columns {', '.join(columns)}, none of them empty")
    return read


def _fault(roads: Roads) -> str:
    """Return what a graph cannot be, "" where it can be driven."""
    n = len(roads.latitude)
    if not n or not len(roads.start) or not roads.snaps.any():
        return "no roads"
    if not (np.abs(roads.latitude) <= 90).all() or not (np.abs(roads.longitude) <= 180).all():
        return "a node that is not on the Earth"
    ends = np.concatenate((roads.start, roads.end))
    if ends.min() < 0 or ends.max() >= n:
        return "an edge without a node"
    for name in ("minutes", "miles"):
        each = getattr(roads, name)
        if not (np.isfinite(each) & (each > 0)).all():
            return f"{name} that are not above 0"
    if not 0 < roads.about["access_miles_per_hour"] < 100:
        return "an access_miles_per_hour that is no speed"
    return ""
