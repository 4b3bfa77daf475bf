"""The areas of the scorecard: every family of rules has one, and the data's come last."""

from types import SimpleNamespace

from monitor.scorecard import AREAS, DATA, scorecard
from rules.model import Layer, Severity, Verdict
from rules.registry import rules


def of(code, layer=Layer.REQUIREMENT, verdict=Verdict.MET):
    return SimpleNamespace(
        rule=code,
        rule_name=f"{code.lower()}.fault",
        plan_id="P",
        layer=layer,
        verdict=verdict,
        severity=Severity.MAJOR,
    )


def test_every_family_of_rules_is_an_area():
    assert {code[:2] for code in rules()} == set(AREAS)


def test_areas_stand_in_their_order_and_the_data_last():
    found = [of("members.sex.unknown", Layer.SHAPE), *(of(code) for code in sorted(rules()))]
    assert list(scorecard(found)) == [*AREAS.values(), DATA]
