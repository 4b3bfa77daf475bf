"""Measure x requirement in force -> finding: every verdict and both sides of every edge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from monitor.judge import could_not_run, judge, judge_check, not_in_force, params_used, within
from monitor.wording import text
from rules.model import (
    TOLERANCE,
    Check,
    Citation,
    Contract,
    Document,
    Layer,
    Measure,
    Outcome,
    Period,
    Requirement,
    Rule,
    Sense,
    Severity,
    Value,
    finding_id,
)

Q1 = Period.parse("2026Q1")


@dataclass(frozen=True)
class Params:
    """Params of the toy rule."""

    share: float
    months: int = 12
    names: tuple[str, ...] = ()


CITATION = Citation("base", "3.2.1", 41, also=("42 CFR 438.68(b)",))
CITED = "Toy contract (invented), 3.2.1, p. 41 (42 CFR 438.68(b))"
REQUIREMENT = Requirement(
    id="T-1",
    title="Toys are whole",
    rule="TY01",
    severity=Severity.MAJOR,
    values=(Value(date(2026, 1, 1), Params(0.9), CITATION),),
    applies_to={"kind": "toys"},
)
CONTRACT = Contract(
    id="toy",
    title="Toy contract",
    program="Toys",
    model="mco",
    state="TN",
    plans=("ALPHA",),
    starts=date(2024, 7, 1),
    ends=None,
    extends=(),
    documents={"base": Document("base", "Toy contract (invented)", "2024", invented=True)},
    requirements=(REQUIREMENT,),
    runout_months=3,
)
RULE = Rule(
    code="TY01",
    name="toys.broken",
    family="toys",
    reads=("toys",),
    params=Params,
    grain="plan",
    unit="share of toys",
    sense=Sense.AT_LEAST,
    required=lambda params, measure: params.share,
    message="{plan_id}: {numerator:.0f} of {denominator:.0f} {evidence[kind]} in {period} are "
    "whole, {value:.1%}; {required:.0%} {unit} asked, {params.months} months, {subject}.",
    remedy="Mend the toys.",
    measure=lambda filing, scope, params: iter(()),
    judged_by=("share",),
)
USED = params_used(RULE, Params(0.9), REQUIREMENT, CONTRACT)


def measured(value: float | str | None = 0.9, **changed: object) -> Measure:
    fields: dict[str, object] = {
        "subject": "plan",
        "numerator": 9.0,
        "denominator": 10.0,
        "value": value,
        "evidence": {"kind": "toys"},
        "review_id": "R1",
        "plan_id": "ALPHA",
        "requirement_id": "T-1",
        "rule": "TY01",
        "measured_with": USED,
    }
    return Measure(**{**fields, **changed})  # type: ignore[arg-type]


def amended(**changed: object) -> Requirement:
    (value,) = REQUIREMENT.values
    return replace(REQUIREMENT, values=(replace(value, **changed),))


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


@pytest.mark.parametrize(
    "template",
    [
        "{evidence[colour]}", "{numerator:%Q}", "{value[0]}", "{params.colour}", "{colour}",
        "{evidence[kind]:.1%}", "{0}", "{value", "{evidence[kind].colour}",
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_filled_falls_back_on_the_figures(template):
    rule = replace(RULE, message=template)
    found = judge(measured(0.5), REQUIREMENT, rule, CONTRACT, Q1)
    assert (found.verdict, found.message) == (
        "not_met",
        "toys.broken: plan: observed 0.5, required 0.9 share of toys",
    )
    bare = judge(measured(0.5), REQUIREMENT, replace(rule, unit=""), CONTRACT, Q1)
    assert bare.message == "toys.broken: plan: observed 0.5, required 0.9"


def test_submitted_text_is_never_a_template():
    evidence = {"kind": "{params.share} {0} {"}
    rule = replace(RULE, message="{evidence[kind]}")
    found = judge(measured(evidence=evidence), REQUIREMENT, rule, CONTRACT, Q1)
    assert found.message == "{params.share} {0} {"


@pytest.mark.parametrize(
    ("figure", "written"),
    [
        (None, ""), ("many", "many"), ("", ""), (0, "0"), (5, "5"), (5.0, "5"), (-0.0, "0"),
        (-3.0, "-3"), (0.1, "0.1"), (1 / 3, "0.3333333333333333"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "10000000000000000000000"), (1e-7, "1e-07"), (float("inf"), "inf"),
        (float("nan"), "nan"), (np.float64(0.25), "0.25"), (np.int64(7), "7"),
    ],
)  # fmt: skip
def test_a_figure_is_written_without_loss(figure, written):
    assert text(figure) == written
    if isinstance(figure, float) and figure == figure:
        assert float(written) == figure


# Judging stored measures again


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


# Checks of a table

DATA = Requirement(
    id="DATA-TOYS",
    title="Toys",
    rule="DATA",
    severity=Severity.MINOR,
    values=(Value(date(2024, 7, 1), None, CITATION),),
    applies_to={"table": "toys"},
)
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


# What was not measured at all


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
