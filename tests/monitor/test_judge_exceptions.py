"""Exceptions of a contract: what is not met under one is shown, and weighs less; no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from monitor.excuse import area_of
from monitor.judge import judge, params_used
from monitor.wording import chance, doubt
from rules.model import (
    Citation,
    Contract,
    Document,
    Exemption,
    Measure,
    Outcome,
    Period,
    Requirement,
    Rule,
    Sense,
    Severity,
    Value,
)

Q1 = Period.parse("2026Q1")
CITATION = Citation("base", "3.2")


@dataclass(frozen=True)
class Params:
    """Params of the toy rule."""

    share: float
    area: str = "county"


REQUIREMENT = Requirement(
    id="T-1",
    title="Toys are near",
    rule="TY01",
    severity=Severity.MAJOR,
    values=(Value(date(2026, 1, 1), Params(0.9), CITATION),),
)
EXEMPTION = Exemption(
    id="X-1",
    requirement="T-1",
    starts=date(2026, 3, 31),
    ends=date(2026, 3, 31),
    providers_in_area=2,
    reason="two practise there and neither contracts",
    citation=Citation("base", "9", 88),
    counties=("47037",),
    monitored_on=date(2026, 2, 1),
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
    documents={"base": Document("base", "Toy contract", "2024")},
    requirements=(REQUIREMENT,),
    regions={"47037": "Middle", "47149": "Middle", "47157": "West"},
    exemptions=(EXEMPTION,),
)
RULE = Rule(
    code="TY01",
    name="toys.far",
    family="toys",
    reads=("toys",),
    params=Params,
    grain="county",
    unit="share",
    sense=Sense.AT_LEAST,
    required=lambda params, measure: params.share,
    message="{value:.0%} near, {required:.0%} asked.{doubt}",
    remedy="Bring them nearer.",
    measure=lambda filing, scope, params: iter(()),
    judged_by=("share",),
)
TOLD = (
    "80% near, 90% asked. Exception X-1, until 2026-03-31: two practise there and neither "
    "contracts; providers in the area: 2; monitored on 2026-02-01 (Toy contract, 9, p. 88)."
)
FACTS = {
    "id": "X-1",
    "citation": "Toy contract, 9, p. 88",
    "providers_in_area": 2,
    "reason": "two practise there and neither contracts",
    "until": "2026-03-31",
    "monitored_on": "2026-02-01",
    "unverified": False,
}


def judged(value=0.8, subject="47037/psychiatry/all", contract=CONTRACT, **changed):
    measure = Measure(
        subject=subject,
        numerator=8.0,
        denominator=10.0,
        value=value,
        evidence={"kind": "toys"},
        plan_id="ALPHA",
        rule="TY01",
        measured_with=params_used(RULE, Params(0.9), REQUIREMENT, contract),
    )
    return judge(replace(measure, **changed), REQUIREMENT, RULE, contract, Q1)


def granted(**changed):
    return replace(CONTRACT, exemptions=(replace(EXEMPTION, **changed),))


def test_not_met_under_an_exception_stays_not_met_and_weighs_little():
    found = judged()
    assert (found.verdict, found.severity, found.message) == ("not_met", Severity.INFO, TOLD)
    assert found.evidence == {"kind": "toys", "exception": FACTS}
    assert (found.citation, found.observed, found.required) == ("Toy contract, 3.2", "0.8", "0.9")


def test_what_is_met_is_met_and_says_nothing_of_it():
    found = judged(0.9)
    assert (found.verdict, found.severity, found.message, found.evidence) == (
        "met",
        Severity.MAJOR,
        "90% near, 90% asked.",
        {"kind": "toys"},
    )


def test_what_was_not_counted_is_not_excused():
    found = judged(None, outcome=Outcome.COULD_NOT_RUN, note="no members")
    assert (found.verdict, found.severity, found.message) == (
        "could_not_run",
        Severity.MAJOR,
        "no members",
    )


@pytest.mark.parametrize(
    ("changed", "severity", "ending"),
    [
        ({"ends": None}, "info", "with no end"),
        ({"ends": date(2026, 4, 1)}, "info", "until 2026-04-01"),
        ({"starts": date(2026, 1, 1), "ends": date(2026, 3, 30)}, "major",
         "asked. Exception X-1 ended on 2026-03-30."),
        ({"starts": date(2026, 4, 1), "ends": None}, "major", "90% asked."),
        ({"requirement": "T-2"}, "major", "90% asked."),
        ({"counties": ("47149",)}, "major", "90% asked."),
        ({"counties": (), "regions": ("Middle",)}, "info", "until 2026-03-31"),
        ({"counties": (), "regions": ("West",)}, "major", "90% asked."),
        ({"monitored_on": None}, "info", "no monitoring is dated"),
        ({"unverified": True}, "info", "Exception X-1 (unverified), until"),
    ],
)  # fmt: skip
def test_when_and_where_an_exception_holds(changed, severity, ending):
    found = judged(contract=granted(**changed))
    assert (found.verdict, str(found.severity)) == ("not_met", severity)
    assert ending in found.message
    assert ("exception" in found.evidence) is (severity == "info")


def test_one_that_ended_is_told_with_its_facts():
    found = judged(contract=granted(starts=date(2025, 1, 1), ends=date(2025, 12, 31)))
    assert found.message == "80% near, 90% asked. Exception X-1 ended on 2025-12-31."
    assert found.evidence["exception_ended"] == {**FACTS, "until": "2025-12-31"}


def test_one_in_force_outweighs_one_that_ended():
    old = replace(EXEMPTION, id="X-0", starts=date(2025, 1, 1), ends=date(2025, 12, 31))
    contract = replace(CONTRACT, exemptions=(old, EXEMPTION))
    assert judged(contract=contract).message == TOLD


@pytest.mark.parametrize(
    ("subject", "severity"),
    [
        ("47037/psychiatry/all", "info"),
        ("47149/psychiatry/all", "major"),
        ("Middle/crisis/all", "major"),
        ("plan/psychiatry/all", "major"),
        ("plan", "major"),
        ("unknown/psychiatry/all", "major"),
    ],
)
def test_a_finding_is_excused_by_the_area_that_its_subject_begins_with(subject, severity):
    assert str(judged(subject=subject).severity) == severity


def test_a_region_is_excused_when_all_of_its_counties_are():
    found = judged(subject="Middle/crisis/all", contract=granted(counties=("47037", "47149")))
    assert found.severity is Severity.INFO
    assert area_of("Middle/crisis/all") == "Middle"


def test_regions_that_were_drawn_anew_need_the_data_again():
    requirement = replace(REQUIREMENT, applies_to={"region": "Middle"})
    contract = replace(CONTRACT, requirements=(requirement,))
    used = params_used(RULE, Params(0.9), requirement, contract)
    measure = Measure("47037", 8, 10, 0.8, plan_id="ALPHA", rule="TY01", measured_with=used)
    redrawn = replace(contract, regions={"47037": "Middle"})
    assert judge(measure, requirement, RULE, contract, Q1).verdict == "not_met"
    found = judge(measure, requirement, RULE, redrawn, Q1)
    before, now = used["regions"], params_used(RULE, Params(0.9), requirement, redrawn)["regions"]
    assert (found.verdict, found.message) == (
        "could_not_run",
        f"measured with other terms: regions was {before}, is now {now}; run carvein review again",
    )
    assert "regions" not in params_used(RULE, Params(0.9), REQUIREMENT, CONTRACT)
    assert "regions" in params_used(RULE, Params(0.9, "region"), REQUIREMENT, CONTRACT)


@pytest.mark.parametrize(
    ("interval", "sense", "met", "told"),
    [
        ([0.85, 0.95], Sense.AT_LEAST, True, "could be not met"),
        ([0.85, 0.95], Sense.AT_LEAST, False, "could be met"),
        ([0.90, 0.95], Sense.AT_LEAST, True, ""),
        ([0.85, 0.8999], Sense.AT_LEAST, False, ""),
        ([0.85, 0.90], Sense.AT_LEAST, False, "could be met"),
        ([0.85, 0.90], Sense.AT_MOST, True, ""),
        ([0.85, 0.91], Sense.AT_MOST, True, "could be not met"),
        ([0.91, 0.95], Sense.AT_MOST, False, ""),
        (None, Sense.AT_LEAST, True, ""),
        ([0.85], Sense.AT_LEAST, True, ""),
        ([None, 0.9], Sense.AT_LEAST, True, ""),
    ],
)
def test_the_doubt_of_a_sample(interval, sense, met, told):
    measure = Measure("plan", denominator=1234, evidence={"interval": interval})
    said = doubt(measure, 0.9, sense, met)
    assert told in said and bool(said) is bool(told)
    if said:
        assert said.startswith(" A sample of 1,234: the 95 % interval is ")
    said = chance(measure, 0.9, sense, met)
    assert told in said and bool(said) is bool(told)


def test_what_chance_may_move():
    measure = Measure("plan", evidence={"interval": [0.85, 0.95]})
    assert chance(measure, 0.9, Sense.AT_LEAST, False) == (
        " Who happens to need care moves it within 85.0% to 95.0% (95 %), so that another such "
        "period could be met."
    )
