"""False discovery over plans and regions, against scipy, with no data."""

import pytest
from scipy.stats import false_discovery_control

from monitor.answer import Reply, build_answer
from monitor.discovery import adjusted, hold_discovery
from monitor.judge import compare, judge, params_used
from monitor.review import PlanResult
from monitor.shape import TableCount
from rules.contract import load
from rules.model import Finding, Measure, Outcome, Period
from rules.registry import rules

PACK = load("demo-imc")
PERIOD = Period.parse("2025Q4")
RULE = rules()["SP10"]
ASKED = PACK.requirement("IMC-8.20")
VALUE = ASKED.in_force(PERIOD.end)


def measure(plan_id: str, p: float, told: str = "access contraction", regions=()) -> Measure:
    return Measure(
        "plan",
        1000.0,
        1800.0,
        told,
        {
            "told": f"{told}: 9.0% of behavioral health money.",
            "since": "2025-07",
            "lost_pmpm": 2.0,
            "p_value": p,
            "regions": [{"region": name, "p_value": each, "fell": True} for name, each in regions],
        },
        review_id="R1",
        plan_id=plan_id,
        requirement_id=ASKED.id,
        rule="SP10",
        measured_with=params_used(RULE, VALUE.params, ASKED, PACK),
    )


def plan(counted: Measure, earlier: list[Finding]) -> PlanResult:
    findings = compare([judge(counted, ASKED, RULE, PACK, PERIOD)], earlier)
    sent = ("encounters", "members", "capitation", "ledger")
    tables = {name: TableCount(9, 9, 0) for name in sent}
    answer = build_answer(
        plan_id=counted.plan_id,
        contract_id=PACK.id,
        period=str(PERIOD),
        tables=tables,
        findings=findings,
        contract=PACK,
    )
    return PlanResult(answer, (), (counted,), tuple(findings))


def test_q_values_of_plans_and_of_all_their_regions_are_those_of_scipy() -> None:
    drawn = [0.001, 0.04, 0.6]
    regions = [[("East", 0.004), ("West", 0.03)], [("East", 0.2)], []]

    told = adjusted(
        [
            measure(plan_id, p, regions=own)
            for plan_id, p, own in zip("ABC", drawn, regions, strict=True)
        ]
    )

    assert [each.evidence["q_value"] for each in told] == pytest.approx(
        false_discovery_control(drawn)
    )
    held = [region for each in told for region in each.evidence["regions"]]
    assert [region["q_value"] for region in held] == pytest.approx(
        false_discovery_control([0.004, 0.03, 0.2])
    )
    assert [(region["region"], region["fell"]) for region in held] == [
        ("East", True),
        ("West", True),
        ("East", False),
    ]


@pytest.mark.parametrize(
    ("p", "told"), [(0.025, "access contraction"), (0.0251, "cannot tell: too few members")]
)
def test_one_fall_of_two_plans_needs_half_of_five_percent(p: float, told: str) -> None:
    one, other = adjusted([measure("ONE", p), measure("OTHER", 0.9, "no shift")])

    assert (one.value, one.evidence["plans_tested"]) == (told, 2)
    assert (other.value, other.outcome) == ("no shift", Outcome.MEASURED)


def test_one_plan_alone_is_tested_at_five_percent() -> None:
    assert adjusted([measure("ONE", 0.05)])[0].value == "access contraction"


def test_a_finding_that_chance_explains_is_judged_again_and_the_answer_with_it() -> None:
    kept, dropped, quiet = measure("A", 0.0003), measure("B", 0.045), measure("C", 0.7, "no shift")
    (before,) = plan(dropped, []).findings
    earlier = {"A": [], "B": [before], "C": []}
    plans = [plan(each, earlier[each.plan_id]) for each in (kept, dropped, quiet)]
    assert [one.answer.verdict for one in plans] == [
        Reply.ACCEPTED_WITH_ERRORS,
        Reply.ACCEPTED_WITH_ERRORS,
        Reply.ACCEPTED,
    ]

    held = hold_discovery(plans, PACK, PERIOD, earlier.__getitem__)

    assert [
        (f.plan_id, f.observed, str(f.verdict), str(f.change), f.evidence["q_value"])
        for one in held
        for f in one.findings
    ] == [
        ("A", "access contraction", "not_met", "new", 0.0009),
        ("B", "cannot tell: too few members", "could_not_run", "", 0.0675),
        ("C", "no shift", "met", "", 0.7),
    ]
    assert held[1].findings[0].message == (
        "cannot tell whether BH money shifted: 1,800 members are too few: a fall as large comes "
        "by chance with p = 0.045, which among the 3 plans of this review is q = 0.068, wanted at "
        "most 0.05"
    )
    assert held[1].measures[0].evidence["since"] is None
    assert [one.answer.verdict for one in held] == [
        Reply.ACCEPTED_WITH_ERRORS,
        Reply.ACCEPTED,
        Reply.ACCEPTED,
    ]
    assert held[0].answer.tables == plans[0].answer.tables


def test_a_plan_that_was_not_tested_stays_as_it_is() -> None:
    blind = Measure(
        "plan",
        value="cannot tell: data",
        outcome=Outcome.COULD_NOT_RUN,
        note="silent months",
        plan_id="D",
        requirement_id=ASKED.id,
        rule="SP10",
    )
    one = plan(blind, [])

    assert hold_discovery([one], PACK, PERIOD, lambda plan_id: []) == (one,)
