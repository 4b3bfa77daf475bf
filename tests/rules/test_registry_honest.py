"""What every registered rule promises to the judge: its template, its params, its tables."""

from __future__ import annotations

import ast
import inspect
import string

from rules.params import describe, fields_of
from rules.profiles import suite
from rules.registry import rules
from rules.tables import ENVELOPE_CHECKS, TABLES

NAMES = {
    "plan_id",
    "subject",
    "numerator",
    "denominator",
    "value",
    "required",
    "unit",
    "period",
    "params",
    "evidence",
    "chance",
    "doubt",
}
SUBMISSION = "submission"


def roots(template: str) -> set[str]:
    """Return the first names that a template asks for."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    return {name.split(".")[0].split("[")[0] for name in names}


def test_templates_ask_only_for_what_the_judge_knows():
    templates = {code: rule.message for code, rule in rules().items()}
    templates |= {code: check.message for code, check in ENVELOPE_CHECKS.items()}
    for shape in TABLES.values():
        templates |= {code: check.message for code, check in shape.checks.items()}
    for table in suite.TABLES:
        read = suite.load(table)
        templates |= {each.code: each.check(table).message for each in read.expectations}
    assert len(templates) > 500
    asked = {code: roots(template) - NAMES for code, template in templates.items()}
    assert {code: names for code, names in asked.items() if names} == {}


def test_params_named_in_templates_exist():
    unknown = [
        (code, name)
        for code, rule in rules().items()
        for _, name, _, _ in string.Formatter().parse(rule.message)
        if name and name.startswith("params.") and name[7:] not in fields_of(rule.params)
    ]
    assert unknown == []


def test_every_param_can_be_given_by_a_pack():
    told = {
        code: [describe(kind) for kind in fields_of(rule.params).values()]
        for code, rule in rules().items()
    }
    assert sorted(told) == sorted(rules())


def test_rules_read_tables_that_there_are():
    unknown = [
        (code, table)
        for code, rule in rules().items()
        for table in rule.reads
        if table not in TABLES and table != SUBMISSION
    ]
    assert unknown == []


def test_what_judged_by_names_is_read_by_required_alone():
    """Else a stored measure, judged again with another figure, would be the wrong measure."""
    read_elsewhere = []
    for code, rule in rules().items():
        module = inspect.getmodule(rule.measure)
        assert module is not None
        for function in ast.parse(inspect.getsource(module)).body:
            if not isinstance(function, ast.FunctionDef) or function.name == "required":
                continue
            read_elsewhere += [
                (code, function.name, node.attr)
                for node in ast.walk(function)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "params"
                and node.attr in rule.judged_by
            ]
    assert read_elsewhere == []
