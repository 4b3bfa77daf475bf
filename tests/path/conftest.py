"""Small states and submissions that the tests of the whole path share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Ran, run


@pytest.fixture
def carvein(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the command in this process, in a folder of the test's own; a fault of ours is raised."""
    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture
def carvein_process(tmp_path: Path) -> Callable[..., Ran]:
    """Run the command as a user does: a process of its own, in a folder of the test's own."""

    def run(*arguments: object, env: dict[str, str]) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=280,
            env={**os.environ, **env},
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def small_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo state with 2,000 members, seed 7."""
    from monitor.demo import make_state

    return make_state("TN", 2000, 18, 7, tmp_path_factory.mktemp("state"))


SOUND = {
    "members": [
        "member_id,plan_id,birth_date,sex,enrolled_from,enrolled_to,county_fips,zip,latitude,"
        "longitude",
        "M1,ANCHOR,1980-01-01,F,2024-10-01,,47037,37203,36.15,-86.79",
        "M2,ANCHOR,1990-06-30,M,2024-10-01,,47037,37203,36.16,-86.78",
    ],
    "plan_offices": [
        "office_id,street,city,state,zip,latitude,longitude",
        "O1,1 Main St,Nashville,TN,37203,36.1500,-86.7900",
    ],
}


@pytest.fixture
def submission(tmp_path: Path) -> Callable[..., Path]:
    """Write a small submission of plan ANCHOR: certified, on time, with the tables given."""

    def write(name: str = "anchor", tables: dict[str, list[str]] | None = None) -> Path:
        return write_submission(tmp_path / name, SOUND if tables is None else tables)

    return write


def write_submission(folder: Path, tables: dict[str, list[str]]) -> Path:
    """Write the tables and a manifest that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "plan_id: ANCHOR",
        "contract_id: demo-imc",
        "period: 2026Q1",
        "submitted_on: 2026-04-20",
        "certification: {name: A. Officer, title: CFO, certified_on: 2026-04-20}",
        "tables:",
    ]
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
        lines.append(f"  {name}: {{file: {name}.csv}}")
    (folder / "submission.yaml").write_text("\n".join(lines) + "\n")
    return folder
