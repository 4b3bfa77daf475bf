"""The checks of a table: their own severity, bounds and citation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.judge import judge_check
from rules.model import Check, Citation, Layer, Measure, Outcome, Severity, finding_id
from tests.monitor.judge_sample import CITED, CONTRACT, DATA, Q1, measured

CHECK = Check(
    code="TY-NAME",
    name="toys.name-missing",
    table="toys",
    layer=Layer.SHAPE,
    severity=Severity.CRITICAL,
    unit="rows",
    message="{numerator:.0f} of {denominator:.0f} rows of {params.table} have no name.",
    remedy="Name the toys.",
    at_most=0,
)


def checked(value: float | None, denominator: float | None = 10.0, **changed: object) -> Measure:
    return measured(
        value,
        numerator=value,
        denominator=denominator,
        requirement_id="DATA-TOYS",
        rule="TY-NAME",
        measured_with={},
        **changed,
    )


def test_a_check_has_its_own_severity_layer_and_code():
    found = judge_check(checked(2.0), CHECK, DATA, CONTRACT, Q1, violations=2)
    assert (
        found.id,
        found.requirement_id,
        found.rule,
        found.rule_name,
        found.layer,
        found.severity,
        found.verdict,
        found.observed,
        found.required,
        found.unit,
        found.violations,
        found.citation,
        found.message,
        found.remedy,
    ) == (
        finding_id("toy", "ALPHA", "DATA-TOYS", "TY-NAME", "plan"),
        "DATA-TOYS",
        "TY-NAME",
        "toys.name-missing",
        Layer.SHAPE,
        Severity.CRITICAL,
        "not_met",
        "2",
        "0",
        "rows",
        2,
        CITED,
        "2 of 10 rows of toys have no name.",
        "Name the toys.",
    )


@pytest.mark.parametrize(
    ("at_least", "at_most", "value", "verdict", "required"),
    [
        (None, 0, 0.0, "met", "0"),
        (None, 0, 1.0, "not_met", "0"),
        (0.5, None, 0.5, "met", "0.5"),
        (0.5, None, 0.49, "not_met", "0.5"),
        (0.5, 0.9, 0.5, "met", "0.5 to 0.9"),
        (0.5, 0.9, 0.9, "met", "0.5 to 0.9"),
        (0.5, 0.9, 0.49, "not_met", "0.5 to 0.9"),
        (0.5, 0.9, 0.91, "not_met", "0.5 to 0.9"),
        (None, None, 5.0, "met", ""),
    ],
)
def test_both_sides_of_both_bounds_of_a_check(at_least, at_most, value, verdict, required):
    check = replace(CHECK, at_least=at_least, at_most=at_most)
    found = judge_check(checked(value), check, DATA, CONTRACT, Q1)
    assert (found.verdict, found.required) == (verdict, required)


@pytest.mark.parametrize(
    ("measure", "verdict", "message"),
    [
        (checked(0.0, 0.0), "not_applicable", "there is nothing to measure: the denominator is 0"),
        (checked(0.0, 0.0, note="no rows"), "not_applicable", "no rows"),
        (checked(1.0, 0.0), "not_met", "1 of 0 rows of toys have no name."),
        (checked(None), "not_applicable", "there is nothing to measure: no figure was counted"),
        (checked(None, 0.0), "not_applicable",
         "there is nothing to measure: the denominator is 0"),
        (checked(float("nan")), "could_not_run", "nan is not a figure"),
        (checked(0.0, outcome=Outcome.COULD_NOT_RUN, note="unreadable"),
         "could_not_run", "unreadable"),
        (checked(0.0, outcome=Outcome.COULD_NOT_RUN), "could_not_run", "could not be counted"),
        (checked(0.0, outcome=Outcome.NOT_APPLICABLE, note="too few rows"),
         "not_applicable", "too few rows"),
    ],
)  # fmt: skip
def test_a_check_without_rows_is_never_met(measure, verdict, message):
    found = judge_check(measure, CHECK, DATA, CONTRACT, Q1)
    assert (found.verdict, found.message) == (verdict, message)


def test_a_check_applies_from_the_day_of_its_requirement():
    later = replace(DATA, values=(replace(DATA.values[0], starts=date(2027, 1, 1)),))
    found = judge_check(checked(2.0), CHECK, later, CONTRACT, Q1)
    assert (found.verdict, found.message) == ("not_applicable", "applies from 2027-01-01")


def test_a_check_may_cite_a_place_of_its_own_beside_the_requirements():
    check = replace(CHECK, citation=Citation("base", "7", also=("45 CFR 162",)))
    found = judge_check(checked(0.0), check, DATA, CONTRACT, Q1)
    assert found.citation == f"{CITED}; Toy contract (invented), 7 (45 CFR 162)"


def test_a_check_with_one_bound_may_format_it_as_a_number():
    check = replace(CHECK, at_most=None, at_least=0.985, message="{required:.1%} asked", unit="")
    assert judge_check(checked(1.0), check, DATA, CONTRACT, Q1).message == "98.5% asked"
    both = replace(check, at_most=1)
    assert judge_check(checked(1.0), both, DATA, CONTRACT, Q1).message == (
        "toys.name-missing: plan: observed 1, required 0.985 to 1"
    )
