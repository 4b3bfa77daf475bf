"""Stored measures judged again: which terms may have changed since they were counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.judge import judge, params_used
from rules.model import Outcome
from tests.monitor.judge_sample import (
    CONTRACT,
    Q1,
    REQUIREMENT,
    RULE,
    USED,
    Params,
    amended,
    measured,
)


def test_an_amended_figure_is_judged_from_the_stored_measure():
    strict = amended(params=Params(0.95))
    assert judge(measured(0.9), strict, RULE, CONTRACT, Q1).verdict == "not_met"
    lax = amended(params=Params(0.5))
    assert judge(measured(0.6), lax, RULE, CONTRACT, Q1).verdict == "met"


@pytest.mark.parametrize(
    ("requirement", "contract", "told"),
    [
        (amended(params=Params(0.9, months=6)), CONTRACT, "months was 12, is now 6"),
        (amended(params=Params(0.9, 6, ("a", "b"))), CONTRACT,
         "months was 12, is now 6; names was [], is now [a, b]"),
        (replace(REQUIREMENT, applies_to={"kind": "games", "age": "adult"}), CONTRACT,
         "applies_to was {kind: toys}, is now {age: adult, kind: games}"),
        (REQUIREMENT, replace(CONTRACT, runout_months=0), "runout_months was 3, is now 0"),
    ],
)  # fmt: skip
def test_other_terms_than_the_measure_was_counted_with_need_another_review(
    requirement, contract, told
):
    found = judge(measured(), requirement, RULE, contract, Q1)
    assert (found.verdict, found.required, found.message) == (
        "could_not_run",
        "",
        f"measured with other terms: {told}; run carvein review again",
    )


def test_another_rule_than_the_measure_was_counted_by_needs_another_review():
    found = judge(measured(rule="TY00"), REQUIREMENT, RULE, CONTRACT, Q1)
    assert (found.verdict, found.message) == (
        "could_not_run",
        "measured by rule TY00, is now asked by TY01; run carvein review again",
    )
    assert judge(measured(rule=""), REQUIREMENT, RULE, CONTRACT, Q1).verdict == "met"


def test_terms_that_were_not_recorded():
    found = judge(measured(measured_with={"months": 12}), REQUIREMENT, RULE, CONTRACT, Q1)
    assert found.message == (
        "measured with other terms: names was not recorded, is now []; run carvein review again"
    )
    recorded = {"months": 12, "names": []}
    found = judge(measured(measured_with=recorded), REQUIREMENT, RULE, CONTRACT, Q1)
    assert found.verdict == "met"


def test_a_whole_number_read_back_as_a_float_is_the_same_term():
    recorded = {**USED, "months": 12.0}
    assert judge(measured(measured_with=recorded), REQUIREMENT, RULE, CONTRACT, Q1).verdict == "met"


def test_what_could_not_run_then_could_not_run_now_whatever_the_terms():
    measure = measured(None, outcome=Outcome.COULD_NOT_RUN, note="gone", measured_with={})
    assert judge(measure, REQUIREMENT, RULE, CONTRACT, Q1).message == "gone"


def test_params_used_leaves_out_what_only_the_judge_reads():
    assert params_used(RULE, Params(0.9, 6, ("a",))) == {"months": 6, "names": ["a"]}
    assert params_used(RULE, Params(0.9, 6), REQUIREMENT) == {
        "months": 6,
        "names": [],
        "applies_to": {"kind": "toys"},
    }
    assert USED == {
        "months": 12,
        "names": [],
        "applies_to": {"kind": "toys"},
        "runout_months": 3,
    }


def test_what_was_counted_just_now_is_not_held_against_its_terms():
    measure = measured(measured_with={"months": 12})
    assert judge(measure, REQUIREMENT, RULE, CONTRACT, Q1, counted_so=True).verdict == "met"
