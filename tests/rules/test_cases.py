"""Run every rule's case file: tests/rules/cases/<CODE>.yaml, one test a case.

A case gives rows, params, a scope and a period; it states the measures that must come out, and
may state verdicts, whole messages, notes, evidence (the keys it names), faulty lines and whole
violations. Cells are read as text and typed by the staging schema, so codes keep their zeros; the
first row is line 2, and ``_like: 2`` begins a row as a copy of line 2. ``aside`` gives rows that
lie in quarantine, as sent; ``values`` the user's own value sets by name, each its groups of codes.
"""

import dataclasses
import importlib
import itertools
import json
from datetime import date
from pathlib import Path

import ibis
import polars as pl
import pytest
import yaml

import rules
from monitor.judge import judge, params_used
from rules.model import (
    VIOLATION_COLUMNS,
    Citation,
    Contract,
    Document,
    Filing,
    Measure,
    Outcome,
    Period,
    Requirement,
    Severity,
    Value,
)
from rules.params import build
from rules.tables import staged_schema

CASES = Path(__file__).parent / "cases"
RULE_FILES = sorted(Path(rules.__path__[0]).glob("*/[a-z][a-z][0-9][0-9]_*.py"))
CASE_KEYS = {
    "name",
    "params",
    "scope",
    "period",
    "as_of",
    "runout_months",
    "county_classes",
    "regions",
    "requirements",
    "tables",
    "aside",
    "measures",
    "verdicts",
    "messages",
    "notes",
    "evidence",
    "lines",
    "violations",
    "values",
}
FILE_COLUMNS = {"_plan": pl.String, "_file": pl.String, "_line": pl.Int64}
SUBMISSION = {
    "plan_id": pl.String,
    "contract_id": pl.String,
    "period": pl.String,
    "submitted_on": pl.Date,
    "certification_name": pl.String,
    "certification_title": pl.String,
    "certified_on": pl.Date,
    "has_manifest": pl.String,
}
VIOLATION_SCHEMA = {name: pl.Int64 if name == "line" else pl.String for name in VIOLATION_COLUMNS}
STARTS = date(2000, 1, 1)
_engine = ibis.duckdb.connect()
_numbers = itertools.count()


def rule_of(code):
    [path] = [path for path in RULE_FILES if path.stem.startswith(f"{code.lower()}_")]
    return importlib.import_module(f"rules.{path.parent.name}.{path.stem}").RULE


def read_cases():
    for path in sorted(CASES.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        typed = yaml.safe_load(text)
        raw = yaml.load(text, Loader=yaml.BaseLoader)
        assert typed["rule"] == path.stem, f"{path.name} is the case file of {typed['rule']}"
        for case, cells in zip(typed["cases"], raw["cases"], strict=True):
            unknown = set(case) - CASE_KEYS
            assert not unknown, f"{path.name}, {case['name']}: unknown keys {sorted(unknown)}"
            case["tables"] = cells["tables"]
            yield pytest.param(typed["rule"], case, id=f"{typed['rule']}: {case['name']}")


def refuse(key, reason):
    raise AssertionError(f"{key}: {reason}")


def requirement_of(requirement_id, rule, case):
    params = build(rule.params, case.get("params") or {}, "params", refuse)
    return Requirement(
        id=requirement_id,
        title="what the case asks",
        rule=rule.code,
        severity=Severity.MAJOR,
        values=(Value(STARTS, params, Citation("case", "1")),),
        applies_to={key: str(value) for key, value in (case.get("scope") or {}).items()},
        pack="case",
    )


def table_of(name, rows):
    schema = SUBMISSION if name == "submission" else {**staged_schema(name), **FILE_COLUMNS}
    given = {}
    for line, row in enumerate(rows or [], start=2):
        row = {**given.get(int(row.get("_like", 0)), {}), **row}
        row.pop("_like", None)
        unknown = set(row) - set(schema)
        assert not unknown, f"table {name}, row {line}: no such columns {sorted(unknown)}"
        given[line] = {
            key: None if cell in ("", "null", "~") else cell for key, cell in row.items()
        }
    system = {"_plan": "PLAN", "_file": f"{name}.csv"}
    lines = [
        {key: cell for key, cell in {**system, "_line": str(line), **row}.items() if key in schema}
        for line, row in given.items()
    ]
    text = pl.DataFrame(lines, schema=dict.fromkeys(schema, pl.String))
    days = [column for column, dtype in schema.items() if dtype == pl.Date]
    frame = text.with_columns(pl.col(days).str.to_date("%Y-%m-%d")).cast(schema)
    return _engine.create_table(f"{name}_{next(_numbers)}", frame.to_arrow())


def filing_of(rule, requirement, case):
    others = tuple(
        requirement_of(other_id, rule_of(other["rule"]), other)
        for other_id, other in (case.get("requirements") or {}).items()
    )
    classes = {str(fips): name for fips, name in (case.get("county_classes") or {}).items()}
    contract = Contract(
        id="case",
        title="A case",
        program="case",
        model="mco",
        state="TN",
        plans=("PLAN",),
        starts=STARTS,
        ends=None,
        extends=(),
        documents={"case": Document("case", "A case", "2000-01-01", invented=True)},
        requirements=(requirement, *others),
        runout_months=case.get("runout_months", 0),
        county_classes=classes,
        regions={str(fips): name for fips, name in (case.get("regions") or {}).items()},
    )
    period = Period.parse(str(case["period"]))
    tables = {name: table_of(name, rows) for name, rows in case["tables"].items()}
    missing = set(rule.reads) - set(tables)
    assert not missing, f"the case gives no {sorted(missing)}, which the rule reads"
    return Filing(
        review_id="review",
        plan_id="PLAN",
        contract=contract,
        period=period,
        as_of=case.get("as_of", period.end),
        tables=tables,
        county_classes=classes,
        quarantined={name: len(rows) for name, rows in case.get("aside", {}).items()},
        set_aside={name: put_aside(rows) for name, rows in case.get("aside", {}).items()},
    )


def put_aside(rows):
    """Return rows as the shape step keeps those that it cannot stage."""
    records = [json.dumps(row, separators=(",", ":"), default=str) for row in rows]
    kept = pl.DataFrame({"_line": range(len(rows)), "_record": records})
    return _engine.create_table(f"aside_{next(_numbers)}", kept.to_arrow())


def flat(measure):
    told = [measure.subject, measure.numerator, measure.denominator, measure.value]
    return told if measure.outcome is Outcome.MEASURED else [*told, str(measure.outcome)]


def expected(told):
    """Compare figures to a relative 1e-9, words exactly."""
    return [
        pytest.approx(cell, rel=1e-9) if isinstance(cell, int | float) else cell for cell in told
    ]


def violations_of(measure):
    if measure.violations is None:
        return pl.DataFrame(schema=VIOLATION_SCHEMA)
    found = measure.violations
    frame = found if isinstance(found, pl.DataFrame) else found.to_polars()
    assert dict(frame.schema) == VIOLATION_SCHEMA
    return frame.sort("table", "file", "line", "field", "value", nulls_last=True)


def member_ids(case):
    rows = itertools.chain.from_iterable(rows or [] for rows in case["tables"].values())
    return {row["member_id"] for row in rows if row.get("member_id")}


@pytest.mark.parametrize(("code", "case"), list(read_cases()))
def test_case(code, case, tmp_path, monkeypatch):
    for name, groups in (case.get("values") or {}).items():
        told = {"name": name, "title": name, "version": "1", "source": "the case"}
        told |= {"effective": "2020-01-01", "codes": groups}
        (tmp_path / f"{name}.json").write_text(json.dumps(told))
        monkeypatch.setenv("CARVEIN_VALUES", str(tmp_path))
    rule = rule_of(code)
    requirement = requirement_of(f"CASE-{code}", rule, case)
    filing = filing_of(rule, requirement, case)
    params = requirement.values[0].params
    measures: list[Measure] = [
        dataclasses.replace(
            measure,
            review_id="review",
            plan_id="PLAN",
            requirement_id=requirement.id,
            rule=code,
            unit=rule.unit,
            measured_with=params_used(rule, params, requirement, filing.contract),
        )
        for measure in rule.measure(filing, requirement.applies_to, params)
    ]

    assert [flat(measure) for measure in measures] == [expected(m) for m in case["measures"]]
    for measure in measures:
        json.dumps(dict(measure.evidence), allow_nan=False)
        told = json.dumps(dict(measure.evidence))
        assert not [member for member in member_ids(case) if f'"{member}"' in told]
        if measure.outcome is Outcome.COULD_NOT_RUN:
            assert measure.note
    if "notes" in case:
        assert [measure.note for measure in measures] == case["notes"]
    if "evidence" in case:
        told = [
            {key: measure.evidence.get(key) for key in wanted}
            for measure, wanted in zip(measures, case["evidence"], strict=True)
        ]
        assert told == case["evidence"]
    faulty = [violations_of(measure) for measure in measures]
    if "lines" in case:
        assert [frame["line"].to_list() for frame in faulty] == case["lines"]
    if "violations" in case:
        columns = ("table", "line", "natural_key", "field", "value", "expected")
        assert [
            [list(row) for row in frame.select(columns).iter_rows()] for frame in faulty
        ] == case["violations"]
    if "verdicts" in case or "messages" in case:
        findings = [
            judge(measure, requirement, rule, filing.contract, filing.period)
            for measure in measures
        ]
        if "verdicts" in case:
            assert [str(finding.verdict) for finding in findings] == case["verdicts"]
        if "messages" in case:
            assert [finding.message for finding in findings] == case["messages"]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem[:4].upper())
def test_every_rule_has_cases_met_not_met_and_empty(path):
    code = path.stem[:4].upper()
    cases = yaml.safe_load((CASES / f"{code}.yaml").read_text(encoding="utf-8"))["cases"]
    verdicts = {verdict for case in cases for verdict in case.get("verdicts", [])}
    assert {"met", "not_met"} <= verdicts
    assert [case["name"] for case in cases if [] in case["tables"].values()]
