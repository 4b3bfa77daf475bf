"""What the tests of the store share: one of each noun, and an empty store."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, event

from monitor.store import VIOLATION_SCHEMA, Store
from rules.model import Finding, Layer, Measure, Review, Severity, Submission, Verdict, finding_id

SUBMISSION = Submission(
    id="S1",
    contract_id="demo-imc",
    plan_id="ANCHOR",
    table="encounters",
    period="2026Q1",
    received_at="2026-04-20T10:00:00+00:00",
    path="encounters.csv",
    sha256="ab" * 32,
    rows=10,
    staged=9,
    quarantined=1,
    supersedes="S0",
    certification="A. Officer, CFO, 2026-04-20",
)


def make_review(number: int = 1, **changes) -> Review:
    made = Review(
        id=f"R{number}",
        contract_id="demo-imc",
        period="2026Q1",
        as_of=date(2026, 4, 30),
        engine="duckdb 2.0",
        plans=("ANCHOR", "STEADY"),
        submissions=(SUBMISSION,),
        code_version="0.1.0",
        pack_digest="d1",
        started_at="2026-04-30T08:00:00+00:00",
        rejudges="",
        value_sets={"specialties": "2026-01"},
    )
    return replace(made, **changes)


def make_measure(subject: str = "plan", **changes) -> Measure:
    made = Measure(
        subject=subject,
        numerator=41.0,
        denominator=212.0,
        value=41 / 212,
        evidence={"idle": 41, "months": [{"month": "2026-01", "mature": True}], "none": None},
        note="",
        review_id="R1",
        plan_id="ANCHOR",
        requirement_id="NET-1",
        rule="NW06",
        unit="share",
        measured_with={"months": 12},
    )
    return replace(made, **changes)


def make_finding(subject: str = "plan", review_id: str = "R1", **changes) -> Finding:
    made = Finding(
        id=finding_id("demo-imc", "ANCHOR", "NET-1", "NW06", subject),
        review_id=review_id,
        contract_id="demo-imc",
        plan_id="ANCHOR",
        requirement_id="NET-1",
        rule="NW06",
        rule_name="network.listed-never-serving",
        layer=Layer.REQUIREMENT,
        subject=subject,
        period="2026Q1",
        verdict=Verdict.NOT_MET,
        severity=Severity.CRITICAL,
        observed="19.3 %",
        required="at most 15 %",
        unit="share",
        numerator=41.0,
        denominator=212.0,
        violations=2,
        citation="base 3.2.1, p. 41 (42 CFR 438.68(b))",
        message="41 of 212 listed providers served no member in 12 months",
        remedy="Serve, or take them off the list.",
        evidence={"idle": 41},
        change="new",
        unverified=True,
    )
    return replace(made, **changes)


def make_lines(finding_id_: str, *numbers: int, table: str = "providers") -> pl.DataFrame:
    rows = [
        (finding_id_, table, f"{table}.csv", number, f"K{number}", "npi", f"v{number}", "other")
        for number in numbers
    ]
    return pl.DataFrame(rows, schema=VIOLATION_SCHEMA, orient="row")


def path_of(store: Store) -> Path:
    path = store._database.path
    assert path is not None
    return path


@pytest.fixture
def store(tmp_path):
    return Store(f"sqlite:///{tmp_path}/carvein.db")


@pytest.fixture
def review():
    return make_review


@pytest.fixture
def measure():
    return make_measure


@pytest.fixture
def finding():
    return make_finding


@pytest.fixture
def lines():
    return make_lines


@pytest.fixture
def store_path():
    return path_of


@pytest.fixture
def statements():
    """Every SQL statement that any engine is asked to run."""
    heard: list[str] = []

    def hear(_connection, _cursor, statement, *_rest):
        heard.append(statement.strip())

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)
