"""How fast, and in how much memory: `carvein validate` at scale, and beside its peers.

`python benchmarks/validate.py --rows 10000000` writes submissions of that size and runs
`carvein validate` on each in a process of its own, on two cores: all edits and bands, and once the
requirements of demo-imc as well; then the twenty edits of
`edits.py` by carvein, Great Expectations, frictionless and DuckDB on one file. It prints tables of
ratios. frictionless is no dependency of carvein: install `benchmarks/requirements.txt` into an
environment of its own and name its python with --peers-python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from encounters import VARIANTS, write_submission

HERE = Path(__file__).parent
CORES = 2
PARTS = ("memory", "faults", "peers")
AGREE_ON = 20_000
"""Rows, one in twenty of them faulty, on which the peers have to count alike."""

EDITS = """\
id: edits
title: A contract that asks for nothing
program: Edits and bands alone
model: mco
state: TN
plans: [STEADY]
starts: 2024-07-01
documents:
  none: {title: Nothing, dated: "2024-07-01", source: made for this benchmark, invented: true}
runout_months: 3
"""
"""Against it every edit and band runs, and no requirement; demo-imc has 190 of them."""

SHORT, RUNS = 5.0, 5
"""What takes fewer seconds is run so often, and the median told: one run of it says little."""

WANTED = {"great_expectations": "10 or more", "frictionless": "20 or more", "duckdb": "1/3 or more"}


@dataclass(frozen=True)
class Run:
    """What one process took: seconds on the clock and of processors, and its peak in MB."""

    seconds: float
    cpu: float
    peak: float
    output: str
    code: int


def run(command: Sequence[str]) -> Run:
    """Run a command on two cores and wait for it."""
    environment = os.environ | {
        "POLARS_MAX_THREADS": str(CORES),
        "OMP_NUM_THREADS": str(CORES),
        "GX_ANALYTICS_ENABLED": "false",
    }
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        child = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env=environment,
            preexec_fn=_keep_to_two_cores,
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode("utf-8", "replace")
    peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Run(seconds, used.ru_utime + used.ru_stime, peak, output, child.returncode)


def _keep_to_two_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def validate(rows: int, variant: str, folder: Path, contract: str = "edits") -> Run:
    """Write a submission, validate it as a plan would, and remove it."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        write_submission(rows, variant, Path(made) / "submission", contract)
        pack, report = Path(made) / "pack", Path(made) / "report"
        pack.mkdir()
        (pack / "contract.yaml").write_text(EDITS)
        command = [sys.executable, "-m", "monitor", "validate", str(Path(made) / "submission")]
        named = str(pack) if contract == "edits" else contract
        done = run([*command, "--contract", named, "--report", str(report)])
        if done.code not in (0, 1):
            raise SystemExit(f"carvein validate ended with {done.code}:\n{done.output}")
        told = json.loads((report / "summary.json").read_text())
        if told["tables"]["encounters"]["rows"] != rows:
            raise SystemExit(f"carvein saw {told['tables']['encounters']} of {rows} rows")
        print(
            f"{contract:>10} {variant:>10} {rows:>11,} rows {done.seconds:8.1f} s"
            f" {done.cpu:8.1f} CPU s {done.peak:7,.0f} MB {told['violations']:>11,} faulty lines",
            flush=True,
        )
    return done


def measure_memory(rows: int, folder: Path) -> Run:
    """Compare a tenth of the rows with all of them, then against a whole contract.

    Returns the run of all rows and the edits alone.
    """
    small = validate(max(rows // 10, 1), "clean", folder)
    clean = validate(rows, "clean", folder)
    print(f"  peak memory, {rows:,} rows to a tenth: {clean.peak / small.peak:.2f} (wanted 1.15)")
    print(f"  rows a second: {rows / clean.seconds:,.0f}")
    validate(rows, "clean", folder, "demo-imc")
    return clean


def measure_faults(rows: int, folder: Path, clean: Run) -> None:
    """Compare files with faults with the clean one."""
    for variant, most in zip(list(VARIANTS)[1:], ("1.5", "3"), strict=True):
        spoiled = validate(rows, variant, folder)
        ratio = spoiled.seconds / clean.seconds
        cpu = spoiled.cpu / clean.cpu
        print(f"  {variant} faulty to clean: {ratio:.2f} (wanted {most}); CPU {cpu:.2f}")


def measure_peers(rows: int, folder: Path, python: str) -> None:
    """Ask twenty edits of one file with each tool; on a small faulty file all must count alike."""
    small = write_submission(AGREE_ON, "5%", folder / "small") / "encounters.csv"
    large = write_submission(rows, "clean", folder / "large") / "encounters.csv"
    tools = {"carvein": sys.executable, "great_expectations": sys.executable}
    tools |= {"frictionless": python} if python else {}
    tools |= {"duckdb": sys.executable}
    counts, seconds = {}, {}
    for tool, program in tools.items():
        command = [program, str(HERE / "peers.py"), tool, str(small), str(large)]
        times: list[float] = []
        while not times or (times[0] < SHORT and len(times) < RUNS):
            done = run(command)
            if done.code:
                raise SystemExit(f"{tool} ended with {done.code}")
            told = json.loads(done.output.splitlines()[-1])
            counts[tool] = told["counts"]
            times.append(told["seconds"])
        seconds[tool] = sorted(times)[len(times) // 2]
        print(
            f"{tool:>20} {rows:>11,} rows {seconds[tool]:8.1f} s {done.peak:7,.0f} MB", flush=True
        )
    for tool, count in counts.items():
        if count != counts["carvein"]:
            raise SystemExit(f"{tool} counts otherwise than carvein:\n{count}\n{counts['carvein']}")
    for tool, wanted in WANTED.items():
        if tool in seconds:
            ratio = seconds[tool] / seconds["carvein"]
            print(f"  {tool} takes {ratio:.2f} times as long as carvein (wanted {wanted})")
        else:
            print(f"  {tool} was not measured: --peers-python names no python")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer-rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=PARTS, action="append", help="again for several parts")
    parser.add_argument("--peers-python", default="", help="a python that has frictionless")
    parser.add_argument("--folder", type=Path, help="for the files, some 2 GB for 10 M rows")
    asked = parser.parse_args()
    parts = asked.only or PARTS
    names = ("polars", "pandera", "duckdb", "great-expectations", "pandas")
    print(
        f"{platform.machine()}, {CORES} cores of {os.cpu_count()}, Python {sys.version.split()[0]}"
    )
    print(", ".join(f"{name} {version(name)}" for name in names), flush=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as made:
        folder = Path(made)
        if "memory" in parts or "faults" in parts:
            whole = "memory" in parts
            clean = (measure_memory if whole else _clean)(asked.rows, folder)
            if "faults" in parts:
                measure_faults(asked.rows, folder, clean)
        if "peers" in parts:
            measure_peers(asked.peer_rows, folder, asked.peers_python)


def _clean(rows: int, folder: Path) -> Run:
    return validate(rows, "clean", folder)


if __name__ == "__main__":
    main()
