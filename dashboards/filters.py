"""The filters above a page: their names, what can be chosen, and what is wrong with a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dashboards import reach, standing
from dashboards.address import EVERY, Query
from dashboards.data import SEVERITIES, VERDICTS, Review, visible
from dashboards.wording import CHANGE_WORDS, VERDICT_WORDS, listed

LABELS = {
    "review": "Review",
    "plan": "Plan",
    "specialty": "BH specialty",
    "beside": "PH specialty",
    "shows": "Map shows",
    "area": "Area",
    "rule": "Rule",
    "severity": "Severity",
    "verdict": "Verdict",
    "change": "Change",
    "text": "Words",
}
"""Labels of the controls, in the order in which they stand."""

ANY = {
    "plan": "All plans",
    "area": "All areas",
    "rule": "All rules",
    "severity": "All severities",
    "change": "Any change",
    "text": "in what was found",
}
"""What a control says while nothing is chosen."""

Choice = dict[str, str]


def choices(
    findings: pl.DataFrame, review: Review, reviews: Sequence[Review]
) -> dict[str, list[Choice]]:
    """Return what can be chosen in each filter, as value and label."""
    measured = reach.specialties(findings)
    return {
        "review": [_choice(one.id, _name_review(one, reviews)) for one in reviews],
        "plan": [_choice(plan) for plan in sorted(review.plans)],
        "specialty": [_choice(one.key, one.title) for one in measured if one.is_bh],
        "beside": [_choice(one.key, one.title) for one in measured if not one.is_bh],
        "shows": [
            _choice("share", "Share of members within"),
            _choice("miles", "Miles to the farthest member"),
        ],
        "area": [_choice(area) for area in standing.areas(findings)],
        "rule": _rules(findings),
        "severity": [_choice(severity, severity.capitalize()) for severity in SEVERITIES],
        "verdict": [_choice(verdict, VERDICT_WORDS[verdict].capitalize()) for verdict in VERDICTS]
        + [_choice(EVERY, "Every verdict")],
        "change": [
            _choice(name, words.capitalize()) for name, words in CHANGE_WORDS.items() if name
        ],
    }


def faults(
    query: Query, open_to: Mapping[str, Sequence[Choice]], names: Sequence[str]
) -> list[str]:
    """Say which of the named filters asks for what the review does not have."""
    found = []
    for name in names:
        asked = getattr(query, name)
        known = [choice["value"] for choice in open_to.get(name, ())]
        if asked and name in open_to and asked not in known:
            few = f"It has {listed(known)}." if 0 < len(known) <= 12 else ""
            found.append(
                f"No {LABELS[name].lower()} {visible(asked)} in this review. {few}".strip()
            )
    return found


def _choice(value: str, label: str = "") -> Choice:
    return {"value": value, "label": visible(label or value)}


def _name_review(review: Review, reviews: Sequence[Review]) -> str:
    """Return period and day of a review, with its contract where there are several."""
    contract = f"{review.contract_id} " if len({one.contract_id for one in reviews}) > 1 else ""
    day = review.started_at[:10] or review.id
    same_day = sum(one.started_at[:10] == review.started_at[:10] for one in reviews) > 1
    when = review.started_at[:16].replace("T", " ") if same_day and review.started_at else day
    return f"{contract}{review.period} of {when}{', latest' if review is reviews[0] else ''}"


def _rules(findings: pl.DataFrame) -> list[Choice]:
    """Return the rules of requirements, then the checks, those that found something first."""
    found = (
        findings.group_by("rule", "rule_name", "layer")
        .agg(faulty=(pl.col("verdict") == "not_met").any())
        .sort(pl.col("layer") != "requirement", ~pl.col("faulty"), "rule", "rule_name")
        .unique("rule", keep="first", maintain_order=True)
    )
    return [
        _choice(rule, rule if layer == "shape" else f"{rule} {name}")
        for rule, name, layer, _ in found.iter_rows()
    ]
