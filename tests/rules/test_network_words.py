"""Counts and kinds of care in words, and one of what templates tell as many."""

import pytest

from monitor.wording import worded
from rules.model import Finding, Layer, Severity, Verdict
from rules.network.words import class_words, no_specialty, so_many, title, within_sentence


def test_counts_and_their_nouns():
    assert [so_many(n, "provider") for n in (0, 1, 1.0, 2, 1204, 40.5)] == [
        *("0 providers", "1 provider", "1 provider", "2 providers", "1,204 providers"),
        "40.5 providers",
    ]
    assert [so_many(n, "county", "counties") for n in (1, 2)] == ["1 county", "2 counties"]


def test_slugs_are_told_by_their_titles():
    assert [title(slug) for slug in ("obgyn", "outpatient_sud", "respite_care")] == [
        "Gynecology, OB/GYN",
        "Outpatient substance use treatment",
        "respite care",
    ]
    assert [within_sentence(slug) for slug in ("primary_care", "otolaryngology")] == [
        "primary care",
        "ENT/Otolaryngology",
    ]
    assert (class_words("large_metro"), class_words(None)) == ("large metro", "")
    assert no_specialty("cardiolgy").endswith("; is it cardiology?")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("1", "1 provider near"),
        ("0", "0 providers near"),
        ("11", "11 providers near"),
        ("2,001", "2,001 providers near"),
        ("0.1", "0.1 providers near"),
        ("3 of 1", "3 of 1 providers near"),
    ],
)
def test_one_is_told_as_one(finding, number, told):
    assert worded(finding, "{number} providers near", {"number": number}).message == told


@pytest.fixture
def finding():
    """Return a finding whose message is still to be worded."""
    return Finding(
        id="F", review_id="R", contract_id="C", plan_id="P", requirement_id="Q", rule="NW02",
        rule_name="network.too-few-providers", layer=Layer.REQUIREMENT, subject="s",
        period="2026Q1", verdict=Verdict.MET, severity=Severity.MAJOR, observed="1",
        required="1", citation="", message="", unit="",
        numerator=1, denominator=1, violations=0, remedy="", evidence={},
    )  # fmt: skip
