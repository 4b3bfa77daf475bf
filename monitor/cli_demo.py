"""`carvein demo` and `carvein dashboard`: a state to look at, and the window to look through."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_findings import DEFAULT_STORE, StoreUrl
from monitor.screen import fail, progress, say

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class FileFormat(StrEnum):
    """How the demo's tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


def demo(
    to: Annotated[Path, typer.Option("--to", help="folder to write, one folder a plan in it")],
    state: Annotated[str, typer.Option("--state", help="postal code of the state")] = "TN",
    members: Annotated[int, typer.Option("--members", help="members over the four plans")] = 20000,
    months: Annotated[int, typer.Option("--months", help="months of history")] = 18,
    seed: Annotated[int, typer.Option("--seed", help="same seed, same bytes")] = 7,
    format: Annotated[FileFormat, typer.Option("--format", help="csv or parquet")] = FileFormat.CSV,
) -> None:
    """Make a synthetic state: four plans, one ordinary and three each with one planted fault."""
    from monitor.demo import make_state

    try:
        with progress("Making the demo state") as step:
            make_state(state, members, months, seed, to, format.value, step)
    except (ValueError, OSError) as error:
        fail(str(error))
    plans = sorted(folder.name for folder in to.iterdir() if folder.is_dir())
    say(f"Wrote {', '.join(plans)} and truth.json to {to}")
    say(f"Next: carvein review {' '.join(str(to / plan) for plan in plans)} --contract demo-imc")


def dashboard(
    store: StoreUrl = DEFAULT_STORE,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="port to serve on")] = 8050,
    host: Annotated[str, typer.Option("--host", help="loopback only, for now")] = "127.0.0.1",
) -> None:
    """Serve the dashboard of a store on this machine; stop it with Ctrl-C."""
    import signal
    import subprocess
    import sys
    from importlib.util import find_spec

    if host not in LOOPBACK:
        fail(
            f"--host {host}: the dashboard has no users and roles yet, so it serves this machine "
            f"only; wanted one of {', '.join(LOOPBACK)}"
        )
    if find_spec("dash") is None:
        fail("the dashboard is not installed: run `pip install 'carvein[dashboard]'`")
    child = [sys.executable, "-m", "dashboards", "--store", store, "--port", str(port)]
    process = subprocess.Popen([*child, "--host", host])
    # Who stops this command means the server too.
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = process.wait()
        raise typer.Exit(code if code >= 0 else 128 - code)
    except KeyboardInterrupt:
        process.wait()
        raise typer.Exit(0) from None
