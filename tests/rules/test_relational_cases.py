"""Run the cases of every relational edit: tests/rules/relational/<module>.yaml, one test a case.

A case names one edit (``table.column.fault``), the rows of the tables that it needs, each laid over
the sound row of tests/rules/sound.yaml (``null`` empties a cell, ``_like: 2`` begins as the copy of
line 2), and ``lines``: line, value and expected of every row that the edit must blame. A near miss
has none. Cells are read as text and typed by the staging schema; the first row is line 2. A table
that the comparison reads and the case does not name holds its sound row alone. ``aside`` gives rows
that lie in quarantine, ``period`` another one than 2026Q1, ``values`` lists that the user has
loaded. ``outcome`` is ``not_applicable`` for an edit that looked at no row, and ``could_not_run``
for one that cannot tell, with ``note`` why: what it says then is not heard.
"""

import importlib
import itertools
import json
import pkgutil
from datetime import date
from functools import cache
from pathlib import Path

import ibis
import polars as pl
import pytest
import yaml

import rules.relational
from rules.model import VIOLATION_COLUMNS, Contract, Document, Filing, Period
from rules.relational.edit import why_untold
from rules.tables import TABLES, staged_schema

HERE = Path(__file__).parent
CASES = HERE / "relational"
CASE_KEYS = {"edit", "name", "tables", "aside", "period", "as_of", "lines"} | {
    "outcome",
    "note",
    "values",
}
EMPTY = ("", "null", "~")
_numbers = itertools.count()


def modules():
    """Return the modules of rules/relational with what each of them compares."""
    found = {}
    for _, name, _ in pkgutil.iter_modules(rules.relational.__path__):
        module = importlib.import_module(f"rules.relational.{name}")
        one = (module.COMPARISON,) if hasattr(module, "COMPARISON") else ()
        if several := (*one, *getattr(module, "COMPARISONS", ())):
            found[name] = several
    return found


MODULES = modules()
FULL_CODES = {
    edit.full_code: (module, comparison)
    for module, comparisons in MODULES.items()
    for comparison in comparisons
    for edit in comparison.edits
}


@cache
def engine():
    return ibis.duckdb.connect()


@cache
def sound():
    """Return the sound row of each table, every cell as text."""
    rows = yaml.load((HERE / "sound.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
    return {table: row[0] if isinstance(row, list) else row for table, row in rows.items()}


@cache
def read_file(path):
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader) or []


def read_cases():
    for path in sorted(CASES.glob("*.yaml")):
        for case in read_file(path):
            yield pytest.param(path.stem, case, id=f"{case['edit']}: {case.get('name', '')}")


def laid_over(table, rows):
    """Return the rows of a case over the sound one, by line; emptied cells are None."""
    given = {}
    for line, row in enumerate(rows, start=2):
        start = given[int(row["_like"])] if "_like" in row else sound().get(table, {})
        row = {**start, **row}
        row.pop("_like", None)
        given[line] = {name: None if cell in EMPTY else cell for name, cell in row.items()}
    return given


def schema_of(table, rows):
    """Return the columns of a table; one that no plan submits has those of its rows, as text."""
    if table in TABLES:
        return staged_schema(table)
    names = dict.fromkeys(itertools.chain(sound().get(table, {}), *rows.values()))
    return dict.fromkeys(names, pl.String) | {"_file": pl.String, "_line": pl.Int64}


def staged(table, rows):
    given = laid_over(table, rows)
    schema = schema_of(table, given)
    lines = []
    for line, row in given.items():
        unknown = set(row) - set(schema)
        assert not unknown, f"table {table}, row {line}: no such columns {sorted(unknown)}"
        lines.append({"_plan": "PLAN", "_file": f"{table}.csv", "_line": str(line), **row})
    lines = [{name: cell for name, cell in row.items() if name in schema} for row in lines]
    text = pl.DataFrame(lines, schema=dict.fromkeys(schema, pl.String))
    days = [name for name, dtype in schema.items() if dtype == pl.Date]
    frame = text.with_columns(pl.col(days).str.to_date("%Y-%m-%d")).cast(schema)
    return stored(table, frame)


def stored(name, frame):
    # As create_table of ibis, in a third of the time.
    name = f"{name}_{next(_numbers)}"
    engine().con.from_arrow(frame.to_arrow()).create(name)
    return engine().table(name)


def put_aside(table, rows):
    kept = [
        {
            "_file": f"{table}.csv",
            "_line": 100 + line,
            "_reasons": row.get("_reasons", f"{table}.row.case"),
            # As the shape step writes it: no blanks between.
            "_record": json.dumps(
                {
                    name: cell
                    for name, cell in row.items()
                    if cell is not None and name != "_reasons"
                },
                separators=(",", ":"),
            ),
        }
        for line, row in laid_over(table, rows).items()
    ]
    frame = pl.DataFrame(kept, schema_overrides={"_line": pl.Int64})
    return stored(table, frame)


def filing_of(comparison, case):
    tables = {table: [{}] for table in comparison.reads} | case.get("tables", {})
    aside = case.get("aside", {})
    period = Period.parse(str(case.get("period", "2026Q1")))
    contract = Contract(
        id="case",
        title="A case",
        program="case",
        model="mco",
        state="TN",
        plans=("PLAN",),
        starts=date(2000, 1, 1),
        ends=None,
        extends=(),
        documents={"case": Document("case", "A case", "2000-01-01", invented=True)},
        requirements=(),
    )
    return Filing(
        review_id="review",
        plan_id="PLAN",
        contract=contract,
        period=period,
        as_of=date.fromisoformat(case["as_of"]) if "as_of" in case else period.end,
        tables={table: staged(table, rows) for table, rows in tables.items()},
        quarantined={table: len(rows) for table, rows in aside.items()},
        set_aside={table: put_aside(table, rows) for table, rows in aside.items()},
    )


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Return what keeps value sets of the user's own, as their files have them, for one case."""
    monkeypatch.setenv("CARVEIN_VALUES", str(tmp_path))

    def load(values):
        for told in values:
            (tmp_path / f"{told['name']}.json").write_text(json.dumps(told), "utf-8")

    return load


@pytest.mark.parametrize(("module", "case"), list(read_cases()))
def test_case(module, case, loaded):
    loaded(case.get("values", []))
    code = case["edit"]
    assert set(case) <= CASE_KEYS, f"unknown keys {sorted(set(case) - CASE_KEYS)}"
    assert code in FULL_CODES, f"no relational edit has the code {code}"
    home, comparison = FULL_CODES[code]
    assert home == module, f"{code} is an edit of {home}, not of {module}"
    filing = filing_of(comparison, case)

    found = comparison.faulty(filing).select("code", *VIOLATION_COLUMNS).to_polars()

    [edit] = [edit for edit in comparison.edits if edit.full_code == code]
    missed = found.filter(pl.col("code") == code)["value"].n_unique()
    untold = why_untold(filing, edit, missed)
    assert untold == case.get("note", "")
    assert bool(untold) == (case.get("outcome") == "could_not_run")
    found = found.filter((pl.col("code") != code) | pl.lit(not untold))
    mine = found.filter(pl.col("code") == code).sort("file", "line", "value", "expected")
    told = [[str(cell) for cell in row] for row in mine["line", "value", "expected"].iter_rows()]
    assert told == case["lines"]
    assert set(mine["table"]) <= {edit.table}
    assert set(mine["field"]) <= {edit.field}
    assert mine["natural_key"].null_count() == 0
    assert set(found["code"]) <= {edit.full_code for edit in comparison.edits}
    seen = comparison.seen(filing) if comparison.seen else {}
    assert set(seen) <= {edit.full_code for edit in comparison.edits}
    every = filing.tables[edit.table].count().execute()
    looked = seen.get(code, every)
    if case.get("outcome") == "not_applicable":
        assert looked == 0
    else:
        assert looked > 0
        assert mine.height <= looked <= every


def test_every_comparison_is_registered():
    written = {comparison.name for comparisons in MODULES.values() for comparison in comparisons}
    assert {comparison.name for comparison in rules.relational.COMPARISONS} == written


def test_every_comparison_has_its_own_name():
    names = [comparison.name for comparison in rules.relational.COMPARISONS]
    assert len(names) == len(set(names))
    assert set(rules.relational.relational_checks()) == set(FULL_CODES)


@pytest.mark.parametrize("code", sorted(FULL_CODES))
def test_every_edit_has_a_case_that_fires_and_a_near_miss(code):
    path = CASES / f"{FULL_CODES[code][0]}.yaml"
    cases = [case for case in read_file(path) if case["edit"] == code] if path.exists() else []
    assert [case for case in cases if case["lines"]], f"{path.name}: no case in which it fires"
    assert [case for case in cases if not case["lines"] and "outcome" not in case]


@pytest.mark.parametrize("code", sorted(FULL_CODES))
def test_every_edit_is_told_in_words(code):
    [edit] = [edit for edit in FULL_CODES[code][1].edits if edit.full_code == code]
    assert edit.table in TABLES
    assert edit.code.split(".")[0] == edit.field
    assert edit.field in TABLES[edit.table].by_name
    assert edit.fault
    assert edit.wanted
    assert edit.remedy, f"{code} says no next step"
    assert edit.fault[0].islower() or edit.fault.split()[0] in TABLES[edit.table].by_name
    assert not edit.fault.endswith(".")
    assert edit.remedy.endswith(".")
    assert edit.table == FULL_CODES[code][1].table
