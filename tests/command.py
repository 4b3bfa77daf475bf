"""The command line, run in this process."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner


class Ran(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    """Run the command; a fault of ours is raised."""
    from monitor.cli import app

    done = CliRunner().invoke(app, list(map(str, arguments)))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def summary(report: Path) -> dict[str, Any]:
    """Return what a report's summary says."""
    found: dict[str, Any] = json.loads((report / "summary.json").read_text())
    return found
