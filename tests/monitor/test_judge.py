"""Measure x requirement in force -> finding: every verdict and both sides of every edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.judge import could_not_run, judge, not_in_force, within
from rules.model import (
    TOLERANCE,
    Citation,
    Layer,
    Outcome,
    Period,
    Sense,
    Severity,
    Value,
    finding_id,
)
from tests.monitor.judge_sample import (
    CITED,
    CONTRACT,
    DATA,
    Q1,
    REQUIREMENT,
    RULE,
    USED,
    Params,
    amended,
    measured,
)


def test_a_finding_carries_everything():
    found = judge(measured(), REQUIREMENT, RULE, CONTRACT, Q1, violations=7)
    assert {name: getattr(found, name) for name in found.__dataclass_fields__} == {
        "id": finding_id("toy", "ALPHA", "T-1", "TY01", "plan"),
        "review_id": "R1",
        "contract_id": "toy",
        "plan_id": "ALPHA",
        "requirement_id": "T-1",
        "rule": "TY01",
        "rule_name": "toys.broken",
        "layer": Layer.REQUIREMENT,
        "subject": "plan",
        "period": "2026Q1",
        "verdict": "met",
        "severity": Severity.MAJOR,
        "observed": "0.9",
        "required": "0.9",
        "unit": "share of toys",
        "numerator": 9.0,
        "denominator": 10.0,
        "violations": 7,
        "citation": CITED,
        "message": "ALPHA: 9 of 10 toys in 2026Q1 are whole, 90.0%; 90% share of toys asked, "
        "12 months, plan.",
        "remedy": "Mend the toys.",
        "evidence": {"kind": "toys"},
        "change": "",
        "unverified": False,
    }


@pytest.mark.parametrize(
    ("sense", "value", "verdict"),
    [
        (Sense.AT_LEAST, 0.9 - 2e-9, "not_met"),
        (Sense.AT_LEAST, 0.9 - 0.9e-9, "met"),
        (Sense.AT_LEAST, 0.9, "met"),
        (Sense.AT_LEAST, 1.0, "met"),
        (Sense.AT_LEAST, 0.0, "not_met"),
        (Sense.AT_MOST, 0.9 + 2e-9, "not_met"),
        (Sense.AT_MOST, 0.9 + 0.9e-9, "met"),
        (Sense.AT_MOST, 0.9, "met"),
        (Sense.AT_MOST, 0.0, "met"),
        (Sense.AT_MOST, 1, "not_met"),
    ],
)
def test_both_sides_of_the_required_figure(sense, value, verdict):
    rule = replace(RULE, sense=sense)
    assert judge(measured(value), REQUIREMENT, rule, CONTRACT, Q1).verdict == verdict


def test_shares_that_floats_cannot_hold_are_met_at_the_edge():
    requirement = amended(params=Params(0.3))
    measure = measured(0.1 + 0.2, measured_with=USED)
    rule = replace(RULE, sense=Sense.AT_MOST)
    assert judge(measure, requirement, rule, CONTRACT, Q1).verdict == "met"
    assert judge(measured(1 - 0.7), requirement, RULE, CONTRACT, Q1).verdict == "met"


def test_a_bound_that_is_none_does_not_bind():
    figures = (-1.0, 0.0, 1.0)
    assert [within(figure, None, None) for figure in figures] == [True, True, True]
    assert [within(figure, 0.0, None) for figure in figures] == [False, True, True]
    assert [within(figure, None, 0.0) for figure in figures] == [True, True, False]
    assert [within(figure, 0.0, 0.0) for figure in figures] == [False, True, False]
    assert within(-TOLERANCE, 0.0, 0.0)
    assert within(TOLERANCE, 0.0, 0.0)


@pytest.mark.parametrize(
    ("measure", "verdict", "message"),
    [
        (measured(None, numerator=None, denominator=None, outcome=Outcome.COULD_NOT_RUN,
                  note="toys was not sent"), "could_not_run", "toys was not sent"),
        (measured(outcome=Outcome.COULD_NOT_RUN), "could_not_run", "could not be counted"),
        (measured(denominator=0.0, outcome=Outcome.COULD_NOT_RUN, note="gone"),
         "could_not_run", "gone"),
        (measured(outcome=Outcome.NOT_APPLICABLE, note="no toys here"),
         "not_applicable", "no toys here"),
        (measured(outcome=Outcome.NOT_APPLICABLE), "not_applicable", "does not apply"),
        (measured(None, numerator=0.0, denominator=0.0), "not_applicable",
         "there is nothing to measure: the denominator is 0"),
        (measured(None, note="no toys"), "not_applicable", "no toys"),
        (measured(None), "not_applicable", "there is nothing to measure: no figure was counted"),
        (measured(1.0, denominator=0.0), "not_applicable",
         "there is nothing to measure: the denominator is 0"),
        (measured(0.0, denominator=0), "not_applicable",
         "there is nothing to measure: the denominator is 0"),
        (measured(1.0, denominator=0.0, note="none left"), "not_applicable", "none left"),
        (measured("many"), "could_not_run", "many is not a figure"),
        (measured(float("nan")), "could_not_run", "nan is not a figure"),
        (measured(float("inf")), "could_not_run", "inf is not a figure"),
        (measured("many", outcome=Outcome.NOT_APPLICABLE), "not_applicable", "does not apply"),
    ],
)  # fmt: skip
def test_without_a_figure_nothing_is_met(measure, verdict, message):
    found = judge(measure, REQUIREMENT, RULE, CONTRACT, Q1)
    assert (found.verdict, found.message, found.required) == (verdict, message, "")


def test_no_denominator_is_not_a_zero_denominator():
    assert judge(measured(denominator=None), REQUIREMENT, RULE, CONTRACT, Q1).verdict == "met"


@pytest.mark.parametrize(
    ("starts", "verdict"),
    [
        (date(2026, 3, 30), "met"),
        (date(2026, 3, 31), "met"),
        (date(2026, 4, 1), "not_applicable"),
    ],
)
def test_the_value_in_force_on_the_periods_last_day_counts(starts, verdict):
    found = judge(measured(), amended(starts=starts), RULE, CONTRACT, Q1)
    assert found.verdict == verdict
    if verdict == "not_applicable":
        assert (found.message, found.citation) == ("applies from 2026-04-01", CITED)


def test_an_amendment_in_mid_period_holds_for_the_whole_period():
    later = Value(date(2026, 2, 15), Params(0.95), Citation("base", "A1"), unverified=True)
    requirement = replace(REQUIREMENT, values=(*REQUIREMENT.values, later))
    march = judge(measured(0.92), requirement, RULE, CONTRACT, Q1)
    january = judge(measured(0.92), requirement, RULE, CONTRACT, Period.parse("2026-01"))
    assert [
        (found.verdict, found.required, found.citation, found.unverified)
        for found in (march, january)
    ] == [
        ("not_met", "0.95", "Toy contract (invented), A1", True),
        ("met", "0.9", CITED, False),
    ]


def test_nothing_in_force_goes_before_what_could_not_run():
    measure = measured(None, outcome=Outcome.COULD_NOT_RUN, note="toys was not sent")
    found = judge(measure, amended(starts=date(2027, 7, 9)), RULE, CONTRACT, Q1)
    assert (found.verdict, found.message) == ("not_applicable", "applies from 2027-07-09")


def test_the_mark_of_an_unverified_value_is_carried_to_every_verdict():
    requirement = amended(unverified=True)
    for value in (0.9, 0.1, None, "many"):
        assert judge(measured(value), requirement, RULE, CONTRACT, Q1).unverified is True
    assert not judge(measured(), REQUIREMENT, RULE, CONTRACT, Q1).unverified


def test_a_requirement_that_could_not_run():
    found = could_not_run(REQUIREMENT, RULE, CONTRACT, Q1, "ALPHA", "R1", "toys was not sent")
    assert (found.id, found.verdict, found.message, found.review_id, found.unit) == (
        finding_id("toy", "ALPHA", "T-1", "TY01", "plan"),
        "could_not_run",
        "toys was not sent",
        "R1",
        "share of toys",
    )


def test_a_table_that_was_not_sent():
    found = could_not_run(DATA, None, CONTRACT, Q1, "ALPHA", "R1", "toys was not sent")
    assert (
        found.rule, found.rule_name, found.layer, found.verdict, found.message, found.severity,
    ) == (
        "DATA", "data.table", Layer.SHAPE, "could_not_run", "toys was not sent", Severity.MINOR,
    )  # fmt: skip


@pytest.mark.parametrize("rule", [RULE, None])
def test_a_requirement_that_is_not_in_force_yet(rule):
    requirement = REQUIREMENT if rule else DATA
    later = replace(requirement, values=(replace(requirement.values[0], starts=date(2027, 7, 9)),))
    for found in (
        not_in_force(later, rule, CONTRACT, Q1, "ALPHA", "R1"),
        could_not_run(later, rule, CONTRACT, Q1, "ALPHA", "R1", "toys was not sent"),
    ):
        assert (found.verdict, found.message) == ("not_applicable", "applies from 2027-07-09")


def test_what_is_in_force_is_not_called_otherwise():
    with pytest.raises(ValueError, match=r"T-1 has a value in force on 2026-03-31"):
        not_in_force(REQUIREMENT, RULE, CONTRACT, Q1, "ALPHA", "R1")
