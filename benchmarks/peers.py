"""The same twenty edits of one encounter file, by carvein and by others, each in its own process.

`python benchmarks/peers.py TOOL SMALL LARGE` prints how many rows of the small file each edit
faults and how long the tool then took for the large one, from opening it to its answer: what is
imported and set up once is not counted. The tools: carvein (read and Pandera), great_expectations
(pandas), frictionless, duckdb (one hand-fused scan).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import edits

Counts = dict[str, int]


def carvein(path: Path) -> tuple[Counts, float]:
    """Read in batches, parse, and let Pandera judge the twenty edits."""
    from dataclasses import replace
    from datetime import date

    from monitor.intake import ReceivedFile
    from monitor.manifest import Manifest
    from monitor.shape import _failed, _one_ahead
    from monitor.sources import open_source, read_batches, text_of
    from monitor.typed import typed
    from rules.tables import TABLES

    whole = TABLES["encounters"]
    asked = {code: whole.edits[code] for code in edits.CODES}
    read = frozenset[str]().union(*(edit.reads for edit in asked.values()))
    columns = tuple(column for column in whole.columns if column.name in read)
    named = {column.name: column for column in columns}
    shape = replace(whole, columns=columns, by_name=named, edits=asked)
    manifest = Manifest("PLAN", submitted_on=date(2026, 4, 20))
    start = time.perf_counter()
    source = open_source(whole, ReceivedFile(path.name, path, "", path.stat().st_size, "csv"))
    counts = dict.fromkeys(edits.CODES, 0)
    for batch in _one_ahead(read_batches(whole, source)):
        checked = typed(text_of(batch, source, {}), shape, manifest)
        for code, ok in _failed(shape, source.known.values(), checked).items():
            counts[code] += int((~ok).sum())
    return counts, time.perf_counter() - start


def great_expectations(path: Path) -> tuple[Counts, float]:
    """Read with pandas and validate one suite of twenty expectations."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as gxe

    start = time.perf_counter()
    frame = pd.read_csv(path, dtype=str)
    frame[edits.NOT_NEGATIVE] = pd.to_numeric(frame[edits.NOT_NEGATIVE], errors="coerce")
    for name in edits.DATES:
        day = pd.to_datetime(frame[name], format="%Y-%m-%d", errors="coerce")
        frame[f"day of {name}"] = day.where(frame[name].notna(), pd.Timestamp(0))
    asked = [
        *(gxe.ExpectColumnValuesToNotBeNull(column=name) for name in edits.FILLED),
        *(
            gxe.ExpectColumnValuesToBeInSet(column=name, value_set=list(values))
            for name, values in edits.CHOICES.items()
        ),
        *(
            gxe.ExpectColumnValuesToMatchRegex(column=name, regex=form)
            for name, form in edits.FORMS.items()
        ),
        # A day that could not be read is null by now.
        *(gxe.ExpectColumnValuesToNotBeNull(column=f"day of {name}") for name in edits.DATES),
        gxe.ExpectColumnValuesToBeBetween(column=edits.NOT_NEGATIVE, min_value=0),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=f"day of {edits.ORDER[1]}",
            column_B=f"day of {edits.ORDER[0]}",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
    ]
    suite = []
    for code, expectation in zip(edits.CODES, asked, strict=True):
        expectation.meta = {"code": code}
        suite.append(expectation)
    context = gx.get_context(mode="ephemeral")
    batch = (
        context.data_sources.add_pandas("peer")
        .add_dataframe_asset("encounters")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame})
    )
    result = batch.validate(gx.ExpectationSuite(name="peer", expectations=suite))
    found = {
        each.expectation_config.meta["code"]: int(each.result["unexpected_count"])
        for each in result.results
    }
    return {code: found[code] for code in edits.CODES}, time.perf_counter() - start


def frictionless(path: Path) -> tuple[Counts, float]:
    """Validate with a table schema and one row constraint."""
    from collections import Counter

    from frictionless import Checklist, Resource, Schema, checks, system

    with path.open() as file:
        names = file.readline().rstrip("\n").split(",")
    fields = []
    for name in names:
        constraints: dict[str, object] = {}
        if name in edits.FILLED:
            constraints["required"] = True
        if name in edits.CHOICES:
            constraints["enum"] = list(edits.CHOICES[name])
        if name in edits.FORMS:
            constraints["pattern"] = edits.FORMS[name][1:-1]
        kind = "date" if name in edits.DATES else "string"
        if name == edits.NOT_NEGATIVE:
            kind, constraints["minimum"] = "number", 0
        fields.append({"name": name, "type": kind, "constraints": constraints})
    first, second = edits.ORDER
    order = f"{second} is None or {first} is None or {second} >= {first}"
    start = time.perf_counter()
    with system.use_context(trusted=True):
        report = Resource(
            path=str(path), schema=Schema.from_descriptor({"fields": fields})
        ).validate(
            Checklist(checks=[checks.row_constraint(formula=order)]), limit_errors=100_000_000
        )
    seconds = time.perf_counter() - start
    told: Counter[tuple[str, str]] = Counter()
    for error in report.tasks[0].errors:
        told[error.type, getattr(error, "field_name", "")] += 1
    counts = dict.fromkeys(edits.CODES, 0)
    for (kind, name), number in told.items():
        if kind == "row-constraint":
            counts[edits.CODES[-1]] += number
        elif kind == "type-error":
            counts[f"encounters.{name}.date"] += number
        elif name in edits.CHOICES:
            counts[f"encounters.{name}.value"] += number
        elif name == edits.NOT_NEGATIVE:
            counts[f"encounters.{name}.range"] += number
        else:
            counts[f"encounters.{name}.form"] += number
    return counts, seconds


def duckdb(path: Path) -> tuple[Counts, float]:
    """Ask everything in one scan, as one would write it by hand for this file alone."""
    import duckdb as engine

    def day(name: str) -> str:
        return f"try_cast({name} AS DATE)"

    wrong = [
        *(f"{name} IS NULL" for name in edits.FILLED),
        *(f"{name} NOT IN {values}" for name, values in edits.CHOICES.items()),
        *(f"NOT regexp_matches({name}, '{form}')" for name, form in edits.FORMS.items()),
        *(f"{name} IS NOT NULL AND {day(name)} IS NULL" for name in edits.DATES),
        f"try_cast({edits.NOT_NEGATIVE} AS DOUBLE) < 0",
        f"{day(edits.ORDER[1])} < {day(edits.ORDER[0])}",
    ]
    counted = ", ".join(f"count(*) FILTER ({each})" for each in wrong)
    start = time.perf_counter()
    with engine.connect() as connection:
        connection.execute("SET threads = 2")
        source = connection.execute(
            f"SELECT {counted} FROM read_csv(?, all_varchar = true, header = true)", [str(path)]
        )
        found = source.fetchone()
    assert found is not None
    return dict(zip(edits.CODES, found, strict=True)), time.perf_counter() - start


TOOLS: dict[str, Callable[[Path], tuple[Counts, float]]] = {
    "carvein": carvein,
    "great_expectations": great_expectations,
    "frictionless": frictionless,
    "duckdb": duckdb,
}

if __name__ == "__main__":
    answer = TOOLS[sys.argv[1]]
    counted = answer(Path(sys.argv[2]))[0]
    took = answer(Path(sys.argv[3]))[1]
    print(json.dumps({"counts": counted, "seconds": took}))
