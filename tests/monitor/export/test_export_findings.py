"""Findings as CSV, JSON and JSON Lines: the columns of the interface, one order, no loss."""

import csv
import json

from monitor.export.findings import FINDING_COLUMNS, in_order, record, write_csv, write_json
from monitor.export.findings import write_jsonl as write_lines
from rules.model import Severity

INTERFACE = (
    "finding_id, review_id, contract_id, plan_id, requirement_id, rule, rule_name, layer, subject, "
    "period, verdict, severity, observed, required, unit, numerator, denominator, violations, "
    "citation, message, remedy, change, unverified"
)


def test_the_columns_are_those_of_the_interface():
    assert ", ".join(FINDING_COLUMNS) == INTERFACE


def test_a_finding_in_csv(finding, tmp_path):
    path = tmp_path / "findings.csv"
    one = finding(unverified=True, violations=3)
    write_csv(path, [one])
    assert path.read_text(encoding="utf-8").splitlines() == [
        INTERFACE.replace(" ", ""),
        f"{one.id},R1,demo-imc,ANCHOR,NET-1,NW06,network.listed-never-serving,requirement,plan,"
        "2026Q1,not_met,major,0.19339622641509435,0.15,share,41,212,3,"
        '"base 3.2.1, p. 41 (42 CFR 438.68(b))",'
        "41 of 212 listed providers served no member in 12 months,Take them off the list.,new,true",
    ]


def test_a_finding_in_json_and_json_lines_has_the_columns_as_keys(finding, tmp_path):
    one, two = finding("a"), finding("b", numerator=None, denominator=float("nan"))
    write_json(tmp_path / "f.json", [two, one])
    write_lines(tmp_path / "f.jsonl", [two, one])
    found = json.loads((tmp_path / "f.json").read_text())
    assert [list(part) for part in found] == [list(FINDING_COLUMNS)] * 2
    assert found == [json.loads(text) for text in (tmp_path / "f.jsonl").open()]
    assert [(part["subject"], part["numerator"], part["denominator"]) for part in found] == [
        ("a", 41, 212),
        ("b", None, None),
    ]
    assert [(part["unverified"], part["violations"]) for part in found] == [(False, 0)] * 2


def test_csv_and_json_say_the_same(finding, tmp_path):
    found = [
        finding("a", severity=Severity.CRITICAL, numerator=0.1 + 0.2, denominator=1e16),
        finding("b", message='two\nlines, and a "quote"', numerator=-3.0),
    ]
    write_csv(tmp_path / "f.csv", found)
    with (tmp_path / "f.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row, one in zip(rows, found, strict=True):
        plain = record(one)
        assert row == {
            name: {True: "true", False: "false"}.get(value, str(value))
            if isinstance(value, bool)
            else str(value)
            for name, value in plain.items()
        }
        assert float(row["numerator"]) == one.numerator


def test_findings_are_in_one_order_whatever_they_came_in(finding):
    found = [
        finding("b"),
        finding("a"),
        finding("a", requirement="NET-0"),
        finding("a", rule="NW01"),
        finding("z", plan_id="ALPHA"),
    ]
    names = [(one.plan_id, one.requirement_id, one.rule, one.subject) for one in in_order(found)]
    assert names == [
        ("ALPHA", "NET-1", "NW06", "z"),
        ("ANCHOR", "NET-0", "NW06", "a"),
        ("ANCHOR", "NET-1", "NW01", "a"),
        ("ANCHOR", "NET-1", "NW06", "a"),
        ("ANCHOR", "NET-1", "NW06", "b"),
    ]
    assert in_order(reversed(found)) == in_order(found)


def test_submitted_text_in_a_finding_is_no_formula_and_no_command(finding, tmp_path):
    one = finding(subject="=cmd|' /C calc'!A0", message="+1 \x1b[31m", observed="-0.5", remedy="@x")
    write_csv(tmp_path / "f.csv", [one])
    with (tmp_path / "f.csv").open(newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert [row[name] for name in ("subject", "message", "observed", "remedy")] == [
        "'=cmd|' /C calc'!A0",
        "'+1 \\x1b[31m",
        "-0.5",
        "'@x",
    ]
