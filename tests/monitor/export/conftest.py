"""What the tests of the exports share: findings, faulty lines and the answer to them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import polars as pl
import pytest

from monitor.answer import build_answer
from monitor.store import VIOLATION_SCHEMA
from rules.model import Finding, Layer, Severity, Verdict, finding_id

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def finding():
    def make(subject="plan", requirement="NET-1", rule="NW06", verdict="not_met", **changes):
        plan = changes.get("plan_id", "ANCHOR")
        values = {
            "id": finding_id("demo-imc", plan, requirement, rule, subject),
            "review_id": "R1",
            "contract_id": "demo-imc",
            "plan_id": plan,
            "requirement_id": requirement,
            "rule": rule,
            "rule_name": "network.listed-never-serving",
            "layer": Layer.REQUIREMENT,
            "subject": subject,
            "period": "2026Q1",
            "verdict": Verdict(verdict),
            "severity": Severity.MAJOR,
            "observed": "0.19339622641509435",
            "required": "0.15",
            "unit": "share",
            "numerator": 41.0,
            "denominator": 212.0,
            "violations": 0,
            "citation": "base 3.2.1, p. 41 (42 CFR 438.68(b))",
            "message": "41 of 212 listed providers served no member in 12 months",
            "remedy": "Take them off the list.",
            "evidence": {},
            "change": "new",
            "unverified": False,
        }
        return Finding(**values | changes)

    return make


@pytest.fixture
def lines():
    def make(one, *rows):
        """Return a frame of rows (table, file, line, natural_key, field, value, expected)."""
        return pl.DataFrame([(one.id, *row) for row in rows], schema=VIOLATION_SCHEMA, orient="row")

    return make


@pytest.fixture
def answer_to():
    def make(findings, tables=None, plan="ANCHOR", **more):
        tables = tables or {"providers": (5, 1), "encounters": (20, 0)}
        return build_answer(
            plan_id=plan,
            contract_id="demo-imc",
            period="2026Q1",
            tables={
                name: SimpleNamespace(rows=rows, staged=rows - held, quarantined=held)
                for name, (rows, held) in tables.items()
            },
            findings=findings,
            pack_digest="d1",
            value_sets={"specialties": "2026-01"},
            **more,
        )

    return make


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Return the made-up review of the NAAAR's tests."""
    path = Path(__file__).with_name("naaar_review.py")
    spec = importlib.util.spec_from_file_location("naaar_review", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["naaar_review"] = module
    spec.loader.exec_module(module)
    return module
