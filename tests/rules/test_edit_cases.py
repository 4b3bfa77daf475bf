"""Run the cases of every row edit: tests/rules/edits/<table>.yaml, one submission a table.

A case names an edit of the table, and rows laid over the sound row of tests/rules/sound.yaml (or
over a row of the file that has a name: ``like``). ``fires`` must have this fault and no other, bar
those under ``also``; ``says`` is what the faulty line is told: the value found and what was wanted.
No row of ``near_miss`` may have the fault. ``null`` empties a cell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.intake import receive
from monitor.shape import shape
from rules.tables import TABLES
from rules.tables.column import Column
from rules.tables.edit import Sort, column_edits

HERE = Path(__file__).parent
KEYS = {"edit", "like", "fires", "also", "says", "near_miss"}
MANIFEST = """\
plan_id: ANCHOR
contract_id: demo-imc
period: 2026Q1
submitted_on: 2026-04-20
tables:
  {table}: {{file: {table}.csv}}
"""

Row = Mapping[str, str]


@cache
def sound() -> dict[str, Row]:
    """Return the sound row of every table, as text."""
    return _read(HERE / "sound.yaml")


@cache
def cases(table: str) -> tuple[Mapping[str, Any], ...]:
    """Return the cases of a table, ``like`` resolved into every row."""
    told = _read(HERE / "edits" / f"{table}.yaml")
    named = {entry["name"]: entry["row"] for entry in told if "name" in entry}
    found = []
    for case in (entry for entry in told if "edit" in entry):
        assert set(case) <= KEYS, case
        start = {**sound()[table], **named.get(case.get("like"), {})}
        rows = [case["fires"], *case["near_miss"]]
        assert all(set(row) <= set(sound()[table]) for row in rows), case["edit"]
        found.append({**case, "rows": [{**start, **row} for row in rows]})
    return tuple(found)


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """Return a table's cases with what every row of them was told: code -> value and expected."""
    found: dict[str, Any] = {}

    def run(table: str) -> list[tuple[Mapping[str, Any], list[dict[str, tuple[str, str]]]]]:
        if table not in found:
            folder = tmp_path_factory.mktemp(table)
            rows = [sound()[table], *(row for case in cases(table) for row in case["rows"])]
            told = iter(_told(table, rows, folder))
            assert next(told) == {}, "the sound row has a fault"
            found[table] = [(case, [next(told) for _ in case["rows"]]) for case in cases(table)]
        return found[table]

    return run


def _told(table: str, rows: list[Row], folder: Path) -> list[dict[str, tuple[str, str]]]:
    """Return what each row of a table is told, by the code of the edit without the table."""
    (folder / "in").mkdir()
    (folder / "in" / "submission.yaml").write_text(MANIFEST.format(table=table))
    with (folder / "in" / f"{table}.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        names = list(sound()[table])
        writer.writerow(names)
        for row in rows:
            writer.writerow("" if row[name] == "null" else row[name] for name in names)
    shaped = shape(receive(folder / "in", folder / "work"), folder / "shaped")
    told: list[dict[str, tuple[str, str]]] = [{} for _ in rows]
    for measure in shaped.measures:
        if measure.value and measure.rule in TABLES[table].edits:
            frame = measure.violations.collect().select("line", "value", "expected")
            for line, value, expected in frame.iter_rows():
                told[line - 2][measure.rule.removeprefix(f"{table}.")] = (value, expected)
    return told


def ids() -> list[tuple[str, int]]:
    return [(table, number) for table in TABLES for number in range(len(cases(table)))]


@pytest.mark.parametrize(
    ("table", "number"), ids(), ids=[f"{t}.{cases(t)[n]['edit']}-{n}" for t, n in ids()]
)
def test_an_edit_finds_its_fault_and_not_what_lies_beside_it(faults, table, number):
    case, told = faults(table)[number]
    edit = case["edit"]
    assert sorted(told[0]) == sorted([edit, *case.get("also", [])])
    assert [row for row, found in enumerate(told[1:], 1) if edit in found] == []
    if "says" in case:
        assert list(told[0][edit]) == case["says"]


def test_every_edit_of_our_own_has_a_firing_case_and_a_near_miss():
    """Edits that follow from a column's declaration are generated in tests/monitor/shape."""
    lacking = [
        code
        for table, shape_ in TABLES.items()
        for code in set(shape_.edits) - set(declared(table))
        if not any(f"{table}.{case['edit']}" == code and case["near_miss"] for case in cases(table))
    ]
    assert sorted(lacking) == []


def test_every_case_is_one_of_a_registered_edit():
    stray = {f"{t}.{cases(t)[n]['edit']}" for t, n in ids()}
    assert stray - {code for shape_ in TABLES.values() for code in shape_.edits} == set()


def test_what_is_declared_of_a_column_is_told_as_form():
    for table, shape_ in TABLES.items():
        for code in declared(table):
            assert shape_.edits[code].sort is Sort.FORM


def declared(table: str) -> Iterator[str]:
    columns: tuple[Column, ...] = TABLES[table].columns
    return (f"{table}.{edit.code}" for column in columns for edit in column_edits(column))
