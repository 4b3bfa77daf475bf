"""Too little of the behavioral health revenue reaches care.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: what reached
providers for behavioral health, and BH quality improvement, over BH revenue. What reached providers
is the ``paid_amount`` of paid BH lines of final encounters, sub-capitated ones too, completed; BH
quality improvement is the ledger's. BH revenue is the BH part of the rate, which is benefit cost,
over ``benefits_in_rate``, the share of the gross rate that is benefits in the rate certification.

Why it is required
------------------
A state may ask for a medical loss ratio of a part of the benefit, as New York did of behavioral
health (Behavioral Health Expenditure Target); the form of the ratio is that of 42 CFR 438.8(d).

Met
---
The ratio is at least ``min_ratio``.

Not met
-------
The ratio is under ``min_ratio``.

Limits
------
42 CFR 438.8 asks for one ratio of the whole contract: that of a part stands only where the contract
has it. Taxes, fees and fraud prevention are not in the data, and no credibility adjustment is made.
A provider whom a subcontractor pays by salary shows no ``paid_amount``: beyond 5 % of paid sub-
capitated BH lines the ratio could not be told. Months under 0.7 complete are left out; later ones
are completed by chain ladder (the evidence says how, and how much was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.intervals import interval_of
from rules.spending.months import MOST_UNSEEN
from rules.spending.window import look, without_months

READS = ("encounters", "capitation", "ledger")


@dataclass(frozen=True)
class Params:
    """``months``: look-back; ``min_ratio``; ``benefits_in_rate``: benefits' share of the rate."""

    months: int
    min_ratio: float
    benefits_in_rate: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        if not 0 < self.benefits_in_rate <= 1:
            raise ValueError(f"benefits_in_rate {self.benefits_in_rate} is not above 0 up to 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Set what reached providers for behavioral health against BH revenue."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if nothing := without_months(window, evidence):
        yield nothing
        return
    if reason := window.why_untold(filing, READS, ("BH",)) or window.why_no_bh_rate():
        note = f"cannot tell the BH loss ratio: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    told = window.series
    sub = told.faults[window.used, 0, 1].sum(axis=0)
    if sub[2] > MOST_UNSEEN * sub[0]:
        note = (
            f"cannot tell the BH loss ratio: {int(sub[2])} of {int(sub[0])} paid sub-capitated BH "
            "lines say that the provider got nothing"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    claims = window.total(told.incurred[:, 0])
    quality = window.booked("quality_improvement", ("BH",))
    revenue = window.total(told.bh_rate) / params.benefits_in_rate
    found = evidence | {
        "bh_incurred_claims": round(claims, 2),
        "bh_quality_improvement": round(quality, 2),
        "bh_rate": round(window.total(told.bh_rate), 2),
        "bh_kept_by_subcontractors": round(window.total(told.retained), 2),
        "not_in_the_data": ["taxes and fees", "fraud prevention", "credibility adjustment"],
    }
    low, high = interval_of(filing, window, claims)
    found["interval"] = [(low + quality) / revenue, (high + quality) / revenue]
    spent = claims + quality
    yield Measure("plan", round(spent, 2), round(revenue, 2), spent / revenue, found)


def required(params: Params, measure: Measure) -> float:
    """Return the least ratio of the contract."""
    return params.min_ratio


RULE = Rule(
    code="SP04",
    name="spending.bh-loss-ratio-low",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of BH revenue",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "The behavioral health loss ratio of {plan_id} is {value:.1%} from "
        "{evidence[window_start]} to {evidence[window_end]} ({evidence[basis]}): ${numerator:,.0f} "
        "of ${denominator:,.0f} reached care; at least {required:.1%} is required.{chance}"
    ),
    remedy=(
        "Show what providers were paid for behavioral health, or return the shortfall as the "
        "contract has it; send any BH encounters that are missing."
    ),
    measure=measure,
    judged_by=("min_ratio",),
)
