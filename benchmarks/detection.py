"""Whether rule SP10 finds what is planted, and nothing else: simulated plan-years, one at a time.

`python benchmarks/detection.py --worlds 400` simulates so many plan-years without a fault (in equal
parts: ordinary, slower run-out, mix shift, price change, growth, encounters withheld, 2,000
members), and 14 with one for every 20 of those, measures each with the rule, and
writes docs/detection.md. It is resumed where it stopped: every world is a line of
`--results` (JSON lines), and one that stands there is not run again. `--report` only writes the
page from what stands there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(name, "1")

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from detection_plan import Trial, trials  # noqa: E402
from detection_report import write_report  # noqa: E402

RESULTS = HERE / "detection.jsonl"
PAGE = HERE.parent / "docs" / "detection.md"


def run(trial: Trial) -> dict[str, Any]:
    """Simulate one world, measure it with the rule, and return what came out."""
    import polars as pl
    from detection_filing import as_filing
    from detection_naive import naive
    from detection_tables import make_world, seen_by

    from rules.spending.series import series
    from rules.spending.sp10_money_shifted import RULE

    warnings.simplefilter("ignore")
    start = time.perf_counter()
    tables = make_world(trial.world)
    told: dict[str, Any] = {"key": trial.key, "group": trial.group, **asdict(trial.world)}
    looks = {}
    for month in trial.looks:
        period, sent, seen = seen_by(tables, trial.world, month)
        filing = as_filing(seen, period, sent)
        (measure,) = RULE.measure(filing, {}, RULE.params())
        looks[str(month)] = measure.value
        if month == trial.world.after:
            evidence = measure.evidence
            told |= {
                "observed": measure.value,
                "since": evidence.get("since"),
                "size_told": evidence.get("size"),
                "interval": evidence.get("interval"),
                "p_value": evidence.get("p_value"),
                "chance": evidence.get("chance_that_physical_health_got_it"),
                "note": measure.note,
                "naive": naive(filing.once("series", series), trial.world.before),
                "lines": int(seen["encounters"].select(pl.len()).item()),
            }
    told["looks"] = looks
    told["seconds"] = round(time.perf_counter() - start, 2)
    return told


def main() -> None:
    """Run the worlds that have not been run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=400, help="plan-years without a fault")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--report", action="store_true", help="write the page and run nothing")
    parser.add_argument("--minutes", type=float, default=60.0, help="start no world after these")
    asked = parser.parse_args()
    known = read(asked.results)
    wanted = [trial for trial in trials(asked.worlds) if trial.key not in known]
    start = time.perf_counter()
    if not asked.report:
        work(wanted, asked.results, asked.processes, start + 60 * asked.minutes)
    spent = (time.perf_counter() - start) / 60
    rows = list(read(asked.results).values())
    if not rows:
        raise SystemExit(f"{asked.results} has no world to report")
    write_report(rows, asked.page, asked.worlds)
    print(f"{len(rows)} worlds, {spent:.1f} minutes, {asked.page}")


def work(wanted: list[Trial], results: Path, processes: int, until: float) -> None:
    """Run worlds and append each to the results as it is done."""
    with results.open("a", encoding="utf-8") as out, ProcessPoolExecutor(processes) as pool:
        queue = iter(wanted)
        running = {
            pool.submit(run, trial) for trial, _ in zip(queue, range(processes), strict=False)
        }
        while running:
            for done in as_completed(running):
                running.discard(done)
                out.write(json.dumps(done.result()) + "\n")
                out.flush()
                if time.perf_counter() < until and (trial := next(queue, None)):
                    running.add(pool.submit(run, trial))
                break


def read(results: Path) -> dict[str, dict[str, Any]]:
    """Return the worlds that stand in the results, by key; a broken last line is left out."""
    known = {}
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            known[row["key"]] = row
    return known


if __name__ == "__main__":
    main()
