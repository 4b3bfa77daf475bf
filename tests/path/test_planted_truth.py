"""Each plan of the demo state is flagged for its own fault, and for nobody else's."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor import desk
from monitor.demo import make_state
from monitor.review import Reviewed, Terms, review
from rules.contract import load
from rules.model import Finding, Severity, Verdict

PLANS = ("STEADY", "SILO", "DRIFT", "GHOST")
OWN = {
    "STEADY": set(),
    "SILO": {
        *("DL01", "DL02", "DL03", "IF01", "EN01"),
        *("DL04", "DL05", "DL06", "DL07", "DL08", "DL09"),
        *("CC02", "CC03", "CC04", "CC07", "CC08", "PR04", "VB01"),
        *("SL01", "SL02", "SL03", "SL04", "SL05", "SL06", "SL07"),
    },
    "DRIFT": {"SP01"},
    "GHOST": {"NW06", "NW07", "PD01", "PD02"},
}
PLANTED = set().union(*OWN.values())
"""Every rule that one of the planted faults breaks."""
COMPLETE = ("EN04", "EN05", "EN06", "EN07", "EN08")
"""Every plan sends all of its encounters: nothing is planted against these."""


def reviewed(state: Path, folder: Path) -> Reviewed:
    pack = load("demo-imc")
    received, refused = desk.take_in([state / plan for plan in PLANS], pack, folder)
    assert refused == []
    day = date(2026, 5, 1)
    period = desk.settle_period("", received, day)
    terms = Terms("R1", pack, period, day, pack.county_classes)
    return review(received, terms, folder, lambda plan_id: ())


def broken(result: Reviewed) -> dict[str, set[str]]:
    """Return the rules of the planted faults that each plan does not meet."""
    found: dict[str, set[str]] = {plan: set() for plan in PLANS}
    for finding in result.findings:
        if finding.verdict is Verdict.NOT_MET and finding.rule in PLANTED:
            found[finding.plan_id].add(finding.rule)
    return found


def unmet(result: Reviewed, rule: str) -> list[Finding]:
    """Return the findings of a rule that are not met."""
    return [f for f in result.findings if f.rule == rule and f.verdict is Verdict.NOT_MET]


@pytest.mark.parametrize(
    ("members", "seed"),
    [(20000, 7), (8000, 11), (8000, 23), (8000, 42), (8000, 101)],
)
def test_each_plan_is_flagged_for_its_own_fault_alone(
    members: int, seed: int, tmp_path: Path
) -> None:
    state = make_state("TN", members, 18, seed, tmp_path / "state")
    result = reviewed(state, tmp_path / "work")

    assert broken(result) == OWN
    # In a small plan one psychologist who happens to be idle may be all that a county had.
    assert {f.plan_id for f in unmet(result, "NW08")} >= {"GHOST"}
    # A plan of 2,000 members may be too small to say that its money moved, never large enough to
    # be accused of what was not planted.
    few = "cannot tell: too few members"
    moved = {f.plan_id: f.observed for f in result.findings if f.rule == "SP10"}
    for plan in PLANS:
        told = "reallocation" if plan == "DRIFT" else "no shift"
        assert moved[plan] in ({told} if members >= 20_000 else {told, few}), (plan, moved)
    assert {
        (finding.plan_id, finding.rule, str(finding.verdict))
        for finding in result.findings
        if finding.rule in COMPLETE
    } == {(plan, rule, "met") for plan in PLANS for rule in COMPLETE}
    steady = [finding for finding in result.findings if finding.plan_id == "STEADY"]
    grave = [
        finding.rule
        for finding in steady
        if finding.verdict is Verdict.NOT_MET and finding.severity is Severity.CRITICAL
    ]
    assert grave == []
    assert_figures_are_the_truth(result, json.loads((state / "truth.json").read_text()))


def assert_figures_are_the_truth(result: Reviewed, truth: dict[str, Any]) -> None:
    """Hold what was measured against what was planted."""
    by = {(finding.plan_id, finding.rule): finding for finding in result.findings}
    for plan in PLANS:
        planted = truth["plans"][plan]
        ratio = float(by[plan, "SP01"].observed)
        assert ratio == pytest.approx(planted["money"]["bh_benefit_ratio"], abs=0.005)
        idle = by[plan, "NW06"]
        assert idle.numerator == planted["idle_providers"]["idle"]
        assert float(idle.observed) == pytest.approx(planted["idle_providers"]["share"], abs=1e-9)
        # No claim can match a wrong NPI: NW06 counts who has one as idle, NW07 leaves them out.
        ghosts = next(
            finding
            for finding in result.findings
            if (finding.plan_id, finding.rule) == (plan, "NW07")
            and finding.subject == "plan/behavioral_health"
        )
        told = ghosts.evidence["ghost"] + ghosts.evidence["undecided"]
        assert told == planted["idle_providers"]["idle"]
        late = {f.subject: f for f in result.findings if (f.plan_id, f.rule) == (plan, "EN01")}
        for side, share in (("BH", "bh_share"), ("PH", "ph_share")):
            assert float(late[side].observed) == pytest.approx(planted["late"][share], abs=0.01)
