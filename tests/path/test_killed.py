"""A review that is killed leaves nothing half: the store is readable, the next review complete."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("small state")


def kill_when(process: subprocess.Popen[bytes], sign: Callable[[], bool]) -> None:
    """Kill the process at the moment that ``sign`` is seen."""
    until = time.monotonic() + 200
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail("the review ended before it could be killed")
        if sign():
            process.send_signal(signal.SIGKILL)
            process.wait()
            return
        time.sleep(0.0005)
    pytest.fail("the moment to kill the review never came")


def test_a_killed_review_leaves_the_store_readable(
    carvein: Callable[..., Any],
    carvein_process: Callable[..., Any],
    small_state: Path,
    tmp_path: Path,
) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    env = {"TMPDIR": str(staging)}
    review = (
        "review",
        small_state / "GHOST",
        "--contract",
        "demo-imc",
        "--store",
        "sqlite:///s.db",
    )
    listed = ("findings", "--store", "sqlite:///s.db", "--format", "json")
    first = carvein_process(*review, env=env)
    assert first.code == 1
    before = json.loads(carvein(*listed).out)

    journals = [tmp_path / "s.db-wal", tmp_path / "s.db-journal"]
    moments: dict[str, Callable[[], bool]] = {
        "staging": lambda: any(staging.glob("carvein-*/plans/0/staged/*")),
        "storing": lambda: any(each.exists() and each.stat().st_size for each in journals),
    }
    for sign in moments.values():
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *map(str, review)],
            cwd=tmp_path,
            env={**os.environ, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        kill_when(process, sign)
        assert [folder.name for folder in staging.glob("carvein-*")] != []
        assert json.loads(carvein(*listed).out) == before

    again = carvein_process(*review, env=env)
    assert again.code == 1
    assert again.out.splitlines()[:9] == first.out.splitlines()[:9]
    assert list(staging.glob("carvein-*")) == []
    told = json.loads(carvein(*listed).out)
    assert [row["finding_id"] for row in told] == [row["finding_id"] for row in before]
    assert {row["change"] for row in told} == {"persisting"}
