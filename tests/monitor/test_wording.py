"""Figures and messages in words: nothing submitted is a template."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from monitor.judge import judge
from monitor.wording import rule_in_words, text
from tests.monitor.judge_sample import CONTRACT, Q1, REQUIREMENT, RULE, measured


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


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("delegation.off-site", "Delegation: off site"),
        ("spending.bh-benefit-ratio", "Spending: BH benefit ratio"),
        ("units is not a number", "units is not a number"),
        ("a file ends. It is empty", "a file ends. It is empty"),
        ("", ""),
    ],
)
def test_a_rule_in_words(name, words):
    assert rule_in_words(name) == words
