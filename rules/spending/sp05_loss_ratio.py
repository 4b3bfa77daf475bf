"""Too little of the revenue reaches care.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: incurred
claims and quality improvement over revenue. Incurred claims are what reached providers for paid
lines of final encounters of every domain, completed, and the ledger's incentives and practice fees
to providers and practices; quality improvement is the ledger's; revenue is capitation's.

Why it is required
------------------
42 CFR 438.8: medical loss ratio = (incurred claims + quality improvement + fraud prevention) /
(premium revenue - taxes and fees). Where a state sets a minimum it is at least 85 % (438.8(c)); the
regulation sets none by itself. What subcontractors keep is not in incurred claims (438.8(e)(2)(v)).

Met
---
The ratio is at least ``min_ratio``.

Not met
-------
The ratio is under ``min_ratio``.

Limits
------
An estimate from what plans submit here, not the report of 438.8(k): taxes, fees, fraud prevention,
reserves, reinsurance and the credibility adjustment are not in the data, and each of them but
reinsurance would raise the ratio. The report covers a rating year; the window may not. Months under
0.7 complete are left out; later ones are completed by chain ladder (the evidence says how, and how
much was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import MOST_UNSEEN
from rules.spending.window import look, without_months

READS = ("encounters", "capitation", "ledger")


@dataclass(frozen=True)
class Params:
    """``months``: length of the look-back window; ``min_ratio``: share of revenue."""

    months: int
    min_ratio: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Set incurred claims and quality improvement against revenue."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if nothing := without_months(window, evidence):
        yield nothing
        return
    if reason := window.why_untold(filing, READS, ("BH", "PH")):
        note = f"cannot tell the loss ratio: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    told = window.series
    sub = told.faults[window.used, :, 1].sum(axis=(0, 1))
    if sub[2] > MOST_UNSEEN * sub[0]:
        note = (
            f"cannot tell the loss ratio: {int(sub[2])} of {int(sub[0])} paid sub-capitated lines "
            "say that the provider got nothing"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    claims = {
        name: window.total(told.incurred[:, at])
        for at, name in enumerate(("behavioral", "physical", "other"))
    }
    extra = {kind: window.booked(kind) for kind in ("incentive", "practice_fee")}
    quality = window.booked("quality_improvement")
    spent = sum(claims.values()) + sum(extra.values()) + quality
    revenue = window.total(told.revenue)
    found = evidence | {
        "incurred_claims": {name: round(dollars, 2) for name, dollars in claims.items()},
        "paid_beside_claims": {kind: round(dollars, 2) for kind, dollars in extra.items()},
        "quality_improvement": round(quality, 2),
        "not_in_the_data": ["taxes and fees", "fraud prevention", "credibility adjustment"],
    }
    if revenue <= 0:
        note = f"cannot tell the loss ratio: capitation revenue is nothing {window.span}"
        yield Measure("plan", evidence=found, note=note, outcome=Outcome.COULD_NOT_RUN)
    else:
        yield Measure("plan", round(spent, 2), round(revenue, 2), spent / revenue, found)


def required(params: Params, measure: Measure) -> float:
    """Return the least ratio of the contract."""
    return params.min_ratio


RULE = Rule(
    code="SP05",
    name="spending.loss-ratio-low",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of revenue",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "The medical loss ratio of {plan_id} is {value:.1%} from {evidence[window_start]} to "
        "{evidence[window_end]} ({evidence[basis]}): ${numerator:,.0f} of ${denominator:,.0f}, "
        "taxes, fees and fraud prevention apart; at least {required:.1%} is required."
    ),
    remedy=(
        "Hold the figure against the report of 42 CFR 438.8(k), and remit what the contract asks "
        "where the ratio is confirmed."
    ),
    measure=measure,
    judged_by=("min_ratio",),
)
