"""Which stored figures another definition of behavioral health asks the data again for."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from monitor.judge import judge, judge_check, params_used
from rules.contract import load
from rules.domain_definition import (
    _BY_OTHER_WORDS,
    _WHERE_SENT,
    check_rests_on_domain,
    rests_on_domain,
)
from rules.model import Measure, Period
from rules.profiles import suite
from rules.registry import rules

Q1 = Period.parse("2026Q1")
ROOT = Path(__file__).resolve().parents[2]


def of(asked, **changed):
    """Return a requirement of the demo pack that asks a rule, its value in force, a measure."""
    pack = load("demo-imc")
    requirement = next(each for each in pack.requirements if each.rule == asked)
    value = requirement.in_force(Q1.end)
    used = params_used(rules()[asked], value.params, requirement, pack)
    measure = Measure("plan", 1, 2, 0.5, rule=asked, plan_id="P", measured_with=used, **changed)
    return pack, requirement, measure


@pytest.mark.parametrize(
    ("asked", "told"),
    [("SP01", True), ("EN01", True), ("SL04", True), ("EN04", False), ("PD01", False)],
)
def test_only_figures_that_rest_on_the_domain_need_the_data_again(asked, told):
    pack, requirement, measure = of(asked)
    assert measure.measured_with.get("bh_definition") == ("hierarchy" if told else None)
    other = replace(pack, bh_definition="principal_diagnosis")
    again = (
        "measured with other terms: bh_definition was hierarchy, is now principal_diagnosis; "
        "run carvein review again"
    )
    found = judge(measure, requirement, rules()[asked], other, Q1)
    assert (found.message == again, found.verdict == "could_not_run") == (told, told)
    same = judge(measure, requirement, rules()[asked], pack, Q1)
    assert same.verdict in ("met", "not_met")


def test_a_figure_of_before_there_were_definitions_is_by_the_hierarchy():
    pack, requirement, measure = of("SP01")
    old = {name: used for name, used in measure.measured_with.items() if name != "bh_definition"}
    measure = replace(measure, measured_with=old)
    assert judge(measure, requirement, rules()["SP01"], pack, Q1).verdict in ("met", "not_met")
    found = judge(measure, requirement, rules()["SP01"], replace(pack, bh_definition="any"), Q1)
    assert found.message == (
        "measured with other terms: bh_definition was hierarchy, is now any; "
        "run carvein review again"
    )


def checks_by_code():
    found = {}
    for table in suite.TABLES:
        found |= {each.code: each.check(table) for each in suite.load(table).expectations}
    return found


def test_the_drift_of_a_side_needs_the_data_again_and_other_checks_do_not():
    pack = load("demo-imc")
    data = next(each for each in pack.requirements if each.id == "DATA-ENCOUNTERS")
    checks = checks_by_code()
    drift = {code for code, check in checks.items() if check_rests_on_domain(check)}
    assert drift == {code for code in checks if code.startswith("PFD")}
    assert len(drift) == 10
    measure = Measure("plan", 1, 1, 1.0, rule="PFD01", evidence={"now": 1, "before": 1})
    kept = replace(measure, measured_with={"bh_definition": "any"})
    asked = (checks["PFD01"], data)
    again = judge_check(kept, *asked, pack, Q1)
    assert (again.verdict, again.message) == (
        "could_not_run",
        "measured with other terms: bh_definition was any, is now hierarchy; "
        "run carvein review again",
    )
    widened = replace(pack, bh_definition="any")
    assert judge_check(kept, *asked, widened, Q1).verdict != "could_not_run"
    assert judge_check(measure, *asked, pack, Q1).verdict != "could_not_run"
    other = replace(kept, rule="PFE01")
    assert judge_check(other, checks["PFE01"], data, pack, Q1).verdict != "could_not_run"


def test_every_rule_whose_code_reads_the_domain_is_known_to_rest_on_it():
    """By the imports of its module, followed to the two places that tell lines their domain."""
    reads = {code for code, rule in rules().items() if _reads_domain(rule.measure.__module__)}
    assert reads - {code for code, rule in rules().items() if rests_on_domain(rule)} == set()
    assert reads & _BY_OTHER_WORDS == set()
    assert reads >= _WHERE_SENT
    assert len(reads) > 20


@cache
def _reads_domain(module: str) -> bool:
    tellers = {
        "rules.domain": {"with_domain"},
        "rules.encounters.final": {"final_lines", "sent_lines"},
    }
    for source, names in _imports(module):
        if source in tellers:
            if tellers[source] & set(names):
                return True
        elif source != "rules.model" and any(
            _reads_domain(each) for each in (source, *(f"{source}.{name}" for name in names))
        ):
            return True
    return False


def _imports(module: str) -> list[tuple[str, tuple[str, ...]]]:
    file = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not file.is_file():
        return []
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        (node.module, tuple(name.name for name in node.names))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rules.")
    ]
