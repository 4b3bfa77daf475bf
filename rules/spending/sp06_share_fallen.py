"""Behavioral health has a smaller share of benefits than the rate gave it.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: by how much
the BH share of all benefits falls short of the share that the certified rate gave it, relative to
it. Benefits are paid lines of final encounters at FFS-equivalent, completed; the rate's share is
the BH part of the rate over ``benefits_in_rate`` x revenue, ``benefits_in_rate`` being the share of
the gross rate that is benefits. Both are of the same members, so a change in who is enrolled moves
both. The evidence splits the change of BH dollars per member month between the two halves of the
window into penetration, units per user and unit price, by service type (LMDI), and gives benefits
by rate cell and region with 95 % intervals, and BH dollars per member month of every month.

Why it is required
------------------
The brief of the Integrated Care Resource Center (*State Options*, 2011) asks states to watch a plan
that holds both benefits for reallocation of funds away from BH; a share that falls while the rate
still pays for it is where it would show.

Met
---
The relative fall is at most ``max_fall``.

Not met
-------
The relative fall is more than ``max_fall``.

Limits
------
A share falls when PH benefits rise as well: the finding is no proof that money moved, which SP10
looks into. A rate that foresaw more BH than was needed gives the same picture. Months under 0.7
complete are left out; later ones are completed by chain ladder (the evidence says how, and how much
was added).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.change import split_halves
from rules.spending.intervals import interval_of, intervals
from rules.spending.monthly import monthly
from rules.spending.window import look, without_months

READS = ("encounters", "capitation")


@dataclass(frozen=True)
class Params:
    """``months``: look-back; ``max_fall``: share of the rate's share; ``benefits_in_rate``."""

    months: int
    max_fall: float
    benefits_in_rate: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")
        if not 0 < self.benefits_in_rate <= 1:
            raise ValueError(f"benefits_in_rate {self.benefits_in_rate} is not above 0 up to 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Set the BH share of benefits against that of the rate."""
    window = look(filing, params.months)
    evidence = window.evidence(filing, READS)
    if nothing := without_months(window, evidence):
        yield nothing
        return
    if reason := window.why_untold(filing, READS, ("BH", "PH")) or window.why_no_bh_rate():
        note = f"cannot tell the BH share: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    told = window.series
    bh = window.total(told.raw_bh.benefit)
    rest = window.total(told.raw_ph.benefit) + window.total(told.other_benefit)
    rate, foreseen = window.total(told.bh_rate), window.total(told.revenue)
    foreseen *= params.benefits_in_rate
    if foreseen <= 0 or bh + rest <= 0:
        nothing_is = "capitation revenue is" if foreseen <= 0 else "what paid lines were paid is"
        note = f"cannot tell the BH share: {nothing_is} nothing {window.span}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    share, certified = bh / (bh + rest), rate / foreseen
    low, high = interval_of(filing, window, bh)
    found = evidence | {
        "bh_benefit": round(bh, 2),
        "other_benefit": round(rest, 2),
        "share": share,
        "certified_share": certified,
        "interval": [1 - high / (high + rest) / certified, 1 - low / (low + rest) / certified],
        "change": split_halves(told, 0, window.used),
        "strata": intervals(filing, told, window.used),
        "months": monthly(window),
    }
    yield Measure("plan", share, certified, 1 - share / certified, found)


def required(params: Params, measure: Measure) -> float:
    """Return the largest relative fall of the contract."""
    return params.max_fall


RULE = Rule(
    code="SP06",
    name="spending.bh-share-fallen",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="relative fall of the BH share",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "Behavioral health was {numerator:.1%} of {plan_id}'s benefits from "
        "{evidence[window_start]} to {evidence[window_end]} ({evidence[basis]}), where the rate "
        "gave it {denominator:.1%}: a fall of {value:.1%}; at most {required:.1%} is "
        "allowed.{chance}"
    ),
    remedy=(
        "Explain the fall by service type (the evidence splits it), and bring BH benefits back to "
        "their share of the rate; send any BH encounters that are missing."
    ),
    measure=measure,
    judged_by=("max_fall",),
)
