"""Every rule on money and silos over encounters of any size: seconds of each, and the peak.

`python benchmarks/spending.py --rows 10000000` stages all tables of the demo's plan SILO, repeated
with new members, claims and events, and runs the rules of :func:`asked` over them as a review does,
faulty lines and verdicts too, in a process of its own. The time to make and stage the lines is not
counted. Wanted at ten million lines on two cores: 120 seconds and 4 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import polars as pl

from monitor.demo import make_state
from monitor.engine import Engine
from monitor.review import Terms, rule_findings
from monitor.violations import ViolationFolder
from rules import contract, registry
from rules.domain import KEPT, with_domain
from rules.model import Filing, Period, Rule
from rules.tables import staged_schema

SEED = 7
PLAN = "SILO"
_MEMBERS = 8_000
_ON = date(2026, 4, 20)
_FAMILIES = (
    "spending",
    "separation",
    "coordination",
    "quality",
    "practices",
    "authorizations",
    "payment",
    "duals",
)
_OWN = ("member_id", "encounter_id", "original_encounter_id", "auth_id", "event_id", "appeal_id")
"""Whose and which: new in every copy of a table of members."""
_TIMES = {"capitation": ("member_months", "revenue"), "ledger": ("amount",)}
"""Columns that grow with the members, where rows do not."""


def asked(rule: Rule) -> bool:
    """Return whether a rule is one on money, silos or measures."""
    later = rule.family == "delegation" and rule.code >= "DL04"
    return rule.family in _FAMILIES or later or rule.code == "EN09"


def stage(rows: int, to: Path) -> None:
    """Write Parquet parts of every table below ``to``, as the intake stages them."""
    with tempfile.TemporaryDirectory() as made:
        make_state("TN", _MEMBERS, 18, SEED, Path(made) / "state", "csv", lambda step: None)
        files = sorted((Path(made) / "state" / PLAN).glob("*.csv"))
        typed = {file.stem: _typed(file) for file in files}
    lines = ibis.memtable(typed["encounters"])
    told = with_domain(lines, ibis.memtable(typed["providers"])).to_polars()
    typed["encounters"] = told.rename(dict(KEPT))
    copies = -(-rows // told.height)
    for name, frame in typed.items():
        folder = to / name
        folder.mkdir(parents=True)
        if "member_id" not in frame.columns:
            grown = [pl.col(column) * copies for column in _TIMES.get(name, ())]
            frame.with_columns(grown).write_parquet(folder / "0.parquet")
            continue
        left = rows if name == "encounters" else copies * frame.height
        for copy in range(copies):
            own = [pl.col(key) + f"-{copy}" for key in _OWN if key in frame.columns]
            kept = frame.with_columns(own).head(left - copy * frame.height)
            kept.write_parquet(folder / f"{copy:05}.parquet")


def _typed(file: Path) -> pl.DataFrame:
    schema: Any = staged_schema(file.stem)
    text = pl.read_csv(file, infer_schema=False)
    absent = [pl.lit(None, pl.String).alias(each) for each in schema if each not in text.columns]
    text = text.with_columns(absent).select(list(schema))
    days = [each for each, kind in schema.items() if kind == pl.Date]
    typed = text.with_columns(pl.col(days).str.to_date("%Y-%m-%d")).cast(schema)
    return typed.with_columns(
        _plan=pl.lit(PLAN),
        _file=pl.lit(file.name),
        _line=pl.int_range(2, typed.height + 2, dtype=pl.Int64),
    )


def run(folder: Path) -> dict[str, Any]:
    """Run the rules and return seconds by rule, what each found and the peak of memory."""
    pack, period = contract.load("demo-imc"), Period.parse("2026Q1")
    seconds: dict[str, float] = {}
    processor: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    with Engine(folder) as engine, tempfile.TemporaryDirectory() as kept:
        parts = sorted(path for path in folder.iterdir() if any(path.glob("*.parquet")))
        tables = {path.name: engine.table(path) for path in parts}
        sent = pl.DataFrame({"plan_id": [PLAN], "submitted_on": [_ON]})
        tables["submission"] = engine.backend.create_table("submission", sent.to_arrow())
        filing = Filing("benchmark", PLAN, pack, period, _ON, tables)
        faulty = ViolationFolder(Path(kept))
        for requirement in pack.requirements:
            rule = registry.rules().get(requirement.rule)
            if rule is None or not asked(rule):
                continue
            alone = replace(pack, requirements=(requirement,))
            terms = Terms("benchmark", alone, period, _ON, pack.county_classes)
            begun, worked = time.perf_counter(), time.process_time()
            for _, finding in rule_findings(filing, terms, faulty, lambda step: None, {}):
                told = f"{finding.subject} {finding.verdict} {finding.observed}"
                found.setdefault(rule.code, []).append(told)
            spent = round(time.perf_counter() - begun, 2)
            seconds[rule.code] = seconds.get(rule.code, 0.0) + spent
            processor[rule.code] = round(time.process_time() - worked, 2)
        lines = int(tables["encounters"].count().execute())
    whole = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "lines": lines,
        "found": found,
        "seconds": seconds,
        "processor": processor,
        "total_seconds": round(sum(seconds.values()), 1),
        "processor_seconds": round(whole.ru_utime + whole.ru_stime, 1),
        "peak_gb": round(whole.ru_maxrss / 1024**2, 2),
        "wanted": "120 seconds and 4 GB at 10,000,000 lines",
    }


def main() -> None:
    """Stage what is asked for, and run the rules over it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--staged", type=Path, help="a folder that was staged before")
    parser.add_argument("--keep", type=Path, help="stage here and keep it")
    given = parser.parse_args()
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
