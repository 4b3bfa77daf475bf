"""The money rules over encounters of any size: seconds of each, and the peak of memory.

`python benchmarks/spending.py --rows 10000000` stages the demo's plan SILO, repeated with new
members and claims, and runs the rules of the family spending over it as a review does, in a process
of its own. The time to make and stage the lines is not counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import polars as pl

from monitor.demo import make_state
from monitor.engine import Engine
from rules import contract, registry
from rules.domain import KEPT, with_domain
from rules.model import Filing, Period
from rules.tables import staged_schema

SEED = 7
PLAN = "SILO"
TABLES = (
    "members",
    "providers",
    "encounters",
    "capitation",
    "ledger",
    "subcontracts",
    "practices",
    "incentives",
)
_MEMBERS = 8_000
_ON = date(2026, 4, 20)
_TIMES = {"capitation": ("member_months", "revenue"), "ledger": ("amount",)}
"""Columns that grow with the members, where rows do not."""


def stage(rows: int, to: Path) -> None:
    """Write Parquet parts of every table below ``to``, as the intake stages them."""
    with tempfile.TemporaryDirectory() as made:
        make_state("TN", _MEMBERS, 18, SEED, Path(made) / "state", "csv", lambda step: None)
        typed = {name: _typed(name, Path(made) / "state" / PLAN) for name in TABLES}
    lines = ibis.memtable(typed["encounters"])
    told = with_domain(lines, ibis.memtable(typed["providers"])).to_polars()
    typed["encounters"] = told.rename(dict(KEPT))
    copies = -(-rows // told.height)
    for name in TABLES:
        folder = to / name
        folder.mkdir(parents=True)
        if name not in ("members", "encounters"):
            grown = [pl.col(column) * copies for column in _TIMES.get(name, ())]
            typed[name].with_columns(grown).write_parquet(folder / "0.parquet")
    left = rows
    for copy in range(copies):
        for name in ("members", "encounters"):
            again = typed[name].with_columns(
                pl.col(key) + f"-{copy}"
                for key in ("member_id", "encounter_id", "original_encounter_id")
                if key in typed[name].columns
            )
            kept = again.head(left) if name == "encounters" else again
            kept.write_parquet(to / name / f"{copy:05}.parquet")
        left -= told.height


def _typed(name: str, folder: Path) -> pl.DataFrame:
    schema: Any = staged_schema(name)
    text = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
    absent = [pl.lit(None, pl.String).alias(each) for each in schema if each not in text.columns]
    text = text.with_columns(absent).select(list(schema))
    days = [each for each, kind in schema.items() if kind == pl.Date]
    typed = text.with_columns(pl.col(days).str.to_date("%Y-%m-%d")).cast(schema)
    return typed.with_columns(
        _plan=pl.lit(PLAN),
        _file=pl.lit(f"{name}.csv"),
        _line=pl.int_range(2, typed.height + 2, dtype=pl.Int64),
    )


def run(folder: Path) -> dict[str, Any]:
    """Run the family's rules and return seconds by rule, findings and the peak of memory."""
    pack = contract.load("demo-imc")
    seconds: dict[str, float] = {}
    values: dict[str, str] = {}
    with Engine(folder) as engine:
        tables = {name: engine.table(folder / name) for name in TABLES}
        sent = pl.DataFrame({"plan_id": [PLAN], "submitted_on": [_ON]})
        tables["submission"] = engine.backend.create_table("submission", sent.to_arrow())
        filing = Filing("benchmark", PLAN, pack, Period.parse("2026Q1"), _ON, tables)
        for requirement in pack.requirements:
            rule = registry.rules().get(requirement.rule)
            if rule is None or rule.family != "spending":
                continue
            begun = time.perf_counter()
            params = requirement.values[-1].params
            found = list(rule.measure(filing, requirement.applies_to, params))
            seconds[rule.code] = round(time.perf_counter() - begun, 1)
            values[rule.code] = "; ".join(f"{each.subject} {each.value}" for each in found)
        lines = int(tables["encounters"].count().execute())
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "lines": lines,
        "seconds": seconds,
        "total_seconds": round(sum(seconds.values()), 1),
        "processor_seconds": round(spent.ru_utime + spent.ru_stime, 1),
        "peak_gb": round(spent.ru_maxrss / 1024**2, 2),
        "values": values,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=10_000_000)
    asked.add_argument("--staged", type=Path, help="a folder that was staged before")
    asked.add_argument("--keep", type=Path, help="stage here and keep it")
    given = asked.parse_args()
    if given.staged:
        print(json.dumps(run(given.staged), indent=1))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made) / "staged"
        stage(given.rows, folder)
        # A process of its own, so that the peak is that of the rules.
        subprocess.run([sys.executable, __file__, "--staged", str(folder)], check=True)


if __name__ == "__main__":
    main()
