"""Requests for behavioral health are denied more often than those for physical health.

What it measures
----------------
The decisions in the ``months`` months to the period's end: the share of BH requests (MH, SUD or
BH) that were denied, less that of PH requests. ``value`` is the difference, -1 to 1, with its 95 %
interval (Newcombe 1998, method 10). A partial approval is no denial.

Why it is required
------------------
Medical management may be no more stringent for mental health and substance use than for the rest
(42 CFR 438.910(d)). Unequal denial rates are a sign, not proof. How large a difference calls for a
look is the contract's own figure.

Met
---
The difference is at most ``max_difference``.

Not met
-------
The whole 95 % interval of the difference lies above ``max_difference``.

Limits
------
Services differ: what needs approval at all, and how much of it is asked for without a need, is not
compared. In between, where the difference is larger than allowed and chance could be behind it,
and with fewer than ``min_decisions`` of either side, the data cannot tell. Requests of one member
are counted as if they were decided apart, so the interval is somewhat too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.comparison import FEWEST, Share, compare
from rules.delegation.decisions import counts, decisions, rows_of, total
from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``max_difference`` of the denial rates, -1 to 1; ``min_decisions`` of each side."""

    max_difference: float
    months: int = 12
    min_decisions: int = FEWEST

    def __post_init__(self) -> None:
        if not -1 <= self.max_difference <= 1:
            raise ValueError(f"max_difference {self.max_difference:g} is not -1 to 1")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Compare the denial rates of BH and PH requests."""
    rows, during = counts(filing, params.months), filing.last(params.months)
    (of, denied), (others, others_denied) = total(rows, "BH"), total(rows, "PH")
    found = decisions(filing, params.months)
    faulty = found.filter((found.side == "BH") & found.denied)
    yield compare(
        "plan",
        Share("BH requests", "denied", denied, of),
        Share("PH requests", "denied", others_denied, others),
        params.max_difference,
        params.min_decisions,
        {
            "decided_from": str(during.start),
            "decided_to": str(during.end),
            "quarantined": filing.quarantined.get("authorizations", 0),
        },
        rows_of(faulty, "decision", "a denial no more often than for PH"),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest difference allowed."""
    return params.max_difference


RULE = Rule(
    code="AU01",
    name="authorizations.bh-denied-more",
    family="authorizations",
    reads=("authorizations",),
    params=Params,
    grain="plan",
    unit="difference of shares",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}, decided from {evidence[decided_from]} to {evidence[decided_to]}: "
        "{evidence[one]} against {evidence[other]}, a difference of {value:.1%}; at most "
        "{required:.1%} allowed.{doubt}"
    ),
    remedy="Compare the criteria and the reviewers of both sides; review denials of BH again.",
    measure=measure,
)
