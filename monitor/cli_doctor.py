"""`carvein doctor`: whether everything is here that carvein needs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import typer

from monitor.cli_findings import DEFAULT_STORE, AsFormat, StoreUrl
from monitor.screen import Format, print_json, print_rows, say

LIBRARIES = (
    "polars",
    "pandera",
    "duckdb",
    "ibis-framework",
    "great-expectations",
    "geopandas",
    "shapely",
    "scipy",
    "sqlalchemy",
    "plotly",
)


def doctor(
    store: StoreUrl = DEFAULT_STORE,
    format: AsFormat = Format.TEXT,
) -> None:
    """Check Python, libraries, packs, rules, county shapes, the engine's locks and the store."""
    results = [_run(name, check) for name, check in _checks(store)]
    if format is Format.JSON:
        print_json([{"check": name, "ok": ok, "found": found} for name, ok, found in results])
    else:
        print_rows(
            ("check", "", "found"),
            [(name, "ok" if ok else "FAULT", found) for name, ok, found in results],
        )
        faults = sum(not ok for _, ok, _ in results)
        say("All is well." if not faults else f"{faults} of {len(results)} checks found a fault.")
    raise typer.Exit(0 if all(ok for _, ok, _ in results) else 1)


def _checks(store: str) -> list[tuple[str, Callable[[], str]]]:
    return [
        ("Python", _python),
        *((library, lambda library=library: version(library)) for library in LIBRARIES),
        ("dashboard", _dashboard),
        ("packs", _packs),
        ("rules", _rules),
        ("county shapes", _shapes),
        ("ZIP centroids", _zips),
        ("engine", _engine),
        ("store", lambda: _store(store)),
    ]


def _run(name: str, check: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, check()
    except PackageNotFoundError:
        return name, False, "not installed"
    except Exception as error:
        # A doctor reports whatever is wrong; nothing may stop the checks after it.
        return name, False, f"{type(error).__name__}: {error}"


def _python() -> str:
    found = sys.version_info
    if not (3, 11) <= found[:2] < (3, 14):
        raise RuntimeError(f"{found[0]}.{found[1]}; wanted 3.11 to 3.13")
    return f"{found[0]}.{found[1]}.{found[2]}"


def _dashboard() -> str:
    if find_spec("dash") is None:
        return "not installed; `pip install 'carvein[dashboard]'` adds it"
    return f"dash {version('dash')}"


def _packs() -> str:
    from rules.contract import available, load

    return ", ".join(f"{name} ({len(load(name).requirements)})" for name in available())


def _rules() -> str:
    from rules.registry import rules

    return ", ".join(rules())


def _shapes() -> str:
    from geodata.counties import shapes

    return f"{len(shapes())} counties"


def _zips() -> str:
    from geodata.points import zip_centroids

    return f"{len(zip_centroids())} ZIP codes"


def _engine() -> str:
    import tempfile
    from pathlib import Path

    from monitor.engine import Engine

    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        try:
            engine.backend.con.execute("SELECT * FROM read_text('/etc/hostname')")
        except Exception as error:
            if "Permission" not in type(error).__name__:
                raise
            return f"{engine.name}, reads nothing but the staging folder"
    raise RuntimeError("the engine read a file outside its folder")


def _store(url: str) -> str:
    from monitor.store import Store

    reviews = Store(url).reviews()
    return f"{url}: {len(reviews)} reviews" if reviews else f"{url}: no review yet"
