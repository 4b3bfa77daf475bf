"""Less is reinvested in the community than the contract asks.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: ledger
entries of kind ``reinvestment``, by ``paid_month``, over capitation revenue of the same months.

Why it is required
------------------
Iowa's plan paid 2.5 % of capitation to a community reinvestment fund (Integrated Care Resource
Center, *State Options for Integrating Physical and Behavioral Health Care*, 2011), so that what
is saved on behavioral health stays with it.

Met
---
The share is at least ``min_share``.

Not met
-------
The share is under ``min_share``.

Limits
------
Money counts when it is paid, not when it is promised, so a yearly payment outside the window is
not seen until the window reaches it. What the fund did with it is not seen. A month without
capitation is left out on both sides and named; one without a ledger entry counts as nothing paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import (
    capitation_by_month,
    list_months,
    months_of,
    tell_basis,
    why_unseen,
)

READS = ("ledger", "capitation")


@dataclass(frozen=True)
class Params:
    """``months``: length of the look-back window; ``min_share``: share of capitation revenue."""

    months: int
    min_share: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Sum reinvestment and capitation revenue over the look-back window."""
    wanted = months_of(filing.look_back(params.months))
    rate, paid = capitation_by_month(filing), reinvestment_by_month(filing)
    paid_for = [month for month in wanted if month in rate and rate[month].complete]
    used = paid_for
    reinvested = sum(paid.get(month, 0.0) for month in used)
    revenue = sum(rate[month].revenue for month in used)
    evidence = {
        "window_start": wanted[0],
        "window_end": wanted[-1],
        "basis": tell_basis(used, [month for month in wanted if month not in used]),
        "months_used": len(used),
        "months_wanted": len(wanted),
        "by_month": [{"month": month, "reinvested": paid.get(month, 0.0)} for month in used],
        "quarantined": {table: filing.quarantined.get(table, 0) for table in READS},
    }
    span = f"from {wanted[0]} to {wanted[-1]}"
    if not paid_for:
        note = f"capitation has no complete month {span}"
        yield Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    elif reason := why_unseen(filing, READS) or why_no_entries(paid_for, paid):
        note = f"cannot tell the reinvestment: {reason}"
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    elif revenue <= 0:
        note = f"capitation revenue is nothing {span}"
        yield Measure("plan", reinvested, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    else:
        yield Measure("plan", reinvested, revenue, reinvested / revenue, evidence)


def reinvestment_by_month(filing: Filing) -> dict[str, float]:
    """Return the dollars reinvested by paid month, 0 for a month with other entries only."""
    entries = filing.tables["ledger"]
    is_reinvestment = (entries.kind.lower() == "reinvestment").fill_null(False)
    sums = (
        entries.filter(entries.paid_month.notnull())
        .group_by("paid_month")
        .agg(amount=entries.amount.sum(where=is_reinvestment).fill_null(0.0))
    )
    return dict(sums.order_by("paid_month").to_polars().iter_rows())


def why_no_entries(paid_for: list[str], paid: Mapping[str, float]) -> str:
    """Return why the ledger tells of no month that was paid for, "" when it tells of one."""
    if any(month in paid for month in paid_for):
        return ""
    return f"ledger has no entry paid in the months of capitation: {list_months(paid_for)}"


def required(params: Params, measure: Measure) -> float:
    """Return the least share of the contract."""
    return params.min_share


RULE = Rule(
    code="SP02",
    name="spending.reinvestment-short",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of revenue",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id} reinvested {value:.2%} of its capitation revenue from {evidence[window_start]} "
        "to {evidence[window_end]} ({evidence[basis]}): ${numerator:,.0f} of ${denominator:,.0f}; "
        "at least {required:.2%} is required."
    ),
    remedy="Pay the shortfall into community reinvestment and enter it in the ledger.",
    measure=measure,
    judged_by=("min_share",),
)
