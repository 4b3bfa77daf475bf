"""Behavioral health money went elsewhere, or is left over.

What it measures
----------------
Where the BH part of the rate went over the ``months`` calendar months that end ``runout_months``
before the period's end, in cents that add up: BH benefit (what reached providers, completed), what
BH subcontractors kept, BH administration and BH reinvestment (the ledger's), PH benefit (what
physical and other benefits cost beyond their own part of the rate, as far as there is BH money left
for it), and the remainder. The value is PH benefit and a remainder above 0, over the BH part of the
rate. The PH part of the rate is ``benefits_in_rate`` x revenue less the BH part.

Why it is required
------------------
Under one capitation nothing but an account of each dollar shows whether money meant for behavioral
health stayed with it (Integrated Care Resource Center, *State Options*, 2011).

Met
---
The share is at most ``max_share``.

Not met
-------
The share is more than ``max_share``.

Limits
------
Money carries no label: that PH was paid from the BH part is how the account is drawn, one after the
other in the order above. A remainder under 0 says that more was spent than the BH part of the rate
gave, and from what it was paid is not known. Administration is what the ledger enters under a BH
domain. Months under 0.7 complete are left out; later ones are completed by chain ladder (the
evidence says how, and how much was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.flow import Flow, flow_of
from rules.spending.months import MOST_UNSEEN
from rules.spending.window import look, without_months

READS = ("encounters", "capitation", "ledger")


@dataclass(frozen=True)
class Params:
    """``months``: look-back; ``max_share``: share of the BH part; ``benefits_in_rate``."""

    months: int
    max_share: float
    benefits_in_rate: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        if not 0 < self.benefits_in_rate <= 1:
            raise ValueError(f"benefits_in_rate {self.benefits_in_rate} is not above 0 up to 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Follow the BH part of the rate to where it went."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if nothing := without_months(window, evidence):
        yield nothing
        return
    if reason := window.why_untold(filing, READS, ("BH", "PH")) or window.why_no_bh_rate():
        note = f"cannot tell where the money went: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    sub = window.series.faults[window.used, 0, 1].sum(axis=0)
    if sub[2] > MOST_UNSEEN * sub[0]:
        note = (
            f"cannot tell where the money went: {int(sub[2])} of {int(sub[0])} paid sub-capitated "
            "BH lines say that the provider got nothing"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    flow: Flow = flow_of(window, params.benefits_in_rate)
    found = evidence | {"flow": flow.in_dollars(), "remainder_is": flow.remainder_is}
    elsewhere = flow.ph_benefit + max(flow.remainder, 0)
    yield Measure("plan", elsewhere / 100, flow.bh_rate / 100, elsewhere / flow.bh_rate, found)


def required(params: Params, measure: Measure) -> float:
    """Return the largest share of the contract."""
    return params.max_share


RULE = Rule(
    code="SP11",
    name="spending.bh-money-elsewhere",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of BH rate",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "Of the BH part of {plan_id}'s rate, ${denominator:,.0f} from {evidence[window_start]} to "
        "{evidence[window_end]} ({evidence[basis]}), {value:.1%} (${numerator:,.0f}) went to "
        "physical health or is left over; at most {required:.1%} may."
    ),
    remedy="Account for what did not reach behavioral health, and restore what is owed to it.",
    measure=measure,
    judged_by=("max_share",),
)
