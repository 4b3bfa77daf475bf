"""Behavioral health benefits fall short of the behavioral health part of the rate.

What it measures
----------------
Over the ``months`` calendar months that end ``runout_months`` before the period's end: the BH
benefit over the BH part of the rate. BH benefit is the paid lines of final encounters whose domain
is MH or SUD, by the month of ``service_from``: ``paid_amount`` where the plan pays fee for
service, ``ffs_equivalent_amount`` where a subcontractor is paid per head. The BH part of the rate
is the sum of ``bh_pmpm`` x member months in the same months.

Why it is required
------------------
Under one integrated contract, money that the state's rate meant for behavioral health can be
spent elsewhere without a separate contract that would show it (Integrated Care Resource Center,
*State Options for Integrating Physical and Behavioral Health Care*, 2011: reallocation of funds
away from BH). What a subcontractor keeps is not benefit (42 CFR 438.8(e)(2)(v)).

Met
---
The ratio is at least ``min_ratio``.

Not met
-------
The ratio is under ``min_ratio``.

Limits
------
A low ratio is a fact about money, not about motive: less use, lower prices, encounters not sent
and a rate set too high all lower it. Encounters still to come are left to ``runout_months``, not
estimated. A month without capitation is left out on both sides and named. A month that was paid
for and has no final line at all counts as nothing spent and is named: its encounters were not sent,
or nobody was served; with no line in any of them, or no paid one of any kind of care, the rule
could not run. A sub-capitated line without an equivalent counts as nothing; beyond 5 % of them, or
of rows in quarantine, or where capitation pays for rate cells twice, the ratio could not be told;
nor where ``bh_pmpm`` is 0 for all members of a month, which is no rate for behavioral health; nor
where the ledger paid for BH claims that encounters lack, by more than a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.encounters.against_ledger import why_omitted
from rules.model import Filing, Measure, Outcome, Rule, Sense
from rules.spending.benefit import (
    Spent,
    list_unpriced,
    spending_by_month,
    total,
    why_unpriced,
)
from rules.spending.months import (
    PaidMonth,
    capitation_by_month,
    list_months,
    month_of,
    months_of,
    tell_basis,
    why_no_bh_rate,
    why_unseen,
)

READS = ("encounters", "capitation")


@dataclass(frozen=True)
class Params:
    """``months``: length of the look-back window; ``min_ratio``: BH benefit over BH rate."""

    months: int
    min_ratio: float

    def __post_init__(self) -> None:
        if self.months < 1:
            raise ValueError(f"months {self.months}, wanted at least 1")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Sum BH benefit and the BH part of the rate over the look-back window."""
    during = filing.look_back(params.months)
    wanted = months_of(during)
    rate, spent = capitation_by_month(filing), spending_by_month(filing)
    staged = {month for month, _ in spent}
    paid_for = [month for month in wanted if month in rate and rate[month].complete]
    silent = [month for month in paid_for if month not in staged]
    used = paid_for
    bh = total(spent, used, "BH")
    bh_rate = sum(rate[month].bh_rate for month in used)
    with_members = [month for month in used if rate[month].member_months > 0]
    evidence = {
        "window_start": wanted[0],
        "window_end": wanted[-1],
        "basis": tell_basis(used, [month for month in wanted if month not in used], silent),
        "silent_months": silent,
        "months_used": len(used),
        "months_wanted": len(wanted),
        "member_months": sum(rate[month].member_months for month in used),
        "bh_lines": bh.lines,
        "subcapitated_lines": bh.subcapitated,
        "unpriced_lines": bh.subcapitated_unpriced + bh.direct_unpriced,
        "ph_benefit": total(spent, used, "PH").benefit,
        "quarantined": {table: filing.quarantined.get(table, 0) for table in READS},
        "months": tell_months(month_of(filing.mature_until), rate, spent),
    }
    span, unpriced = f"from {wanted[0]} to {wanted[-1]}", why_unpriced(bh)
    if not paid_for:
        note = f"capitation has no complete month {span}"
        yield Measure("plan", None, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    elif (
        reason := why_unseen(filing, READS)
        or why_no_lines(paid_for, silent)
        or why_none_paid(paid_for, spent)
        or why_no_bh_rate(with_members, [rate[month].bh_rate for month in with_members])
        or why_omitted(filing, during, ("BH",))
        or unpriced
    ):
        yield Measure(
            "plan",
            evidence=evidence,
            note=f"cannot tell the BH benefit: {reason}",
            outcome=Outcome.COULD_NOT_RUN,
            violations=list_unpriced(filing, used) if unpriced else None,
        )
    elif bh_rate <= 0:
        note = f"capitation has no member month {span}"
        yield Measure("plan", bh.benefit, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    else:
        yield Measure("plan", bh.benefit, bh_rate, bh.benefit / bh_rate, evidence)


def why_no_lines(paid_for: list[str], silent: list[str]) -> str:
    """Return why the benefit is unknown in every month that was paid for, "" when it is not."""
    if silent != paid_for:
        return ""
    return f"encounters has no final line in the months that were paid for: {list_months(paid_for)}"


def why_none_paid(paid_for: list[str], spent: Mapping[tuple[str, str], Spent]) -> str:
    """Return why the benefit is unknown where no line of any side is paid, "" when one is."""
    months = set(paid_for)
    held = [each for (month, _), each in spent.items() if month in months]
    if any(each.direct or each.subcapitated for each in held):
        return ""
    return f"no paid encounter line in {list_months(paid_for)}"


def tell_months(
    mature_until: str,
    rate: Mapping[str, PaidMonth],
    spent: Mapping[tuple[str, str], Spent],
) -> list[dict[str, Any]]:
    """Return every staged month for a chart; None where the month was not submitted.

    ``mature`` is False for the months whose encounters are still arriving.
    """
    staged = {month for month, _ in spent}
    told = []
    for month in sorted(staged | set(rate)):
        paid = rate.get(month)
        told.append(
            {
                "month": month,
                "bh_benefit": total(spent, [month], "BH").benefit if month in staged else None,
                "bh_rate": paid.bh_rate if paid else None,
                "ph_benefit": total(spent, [month], "PH").benefit if month in staged else None,
                "member_months": paid.member_months if paid else None,
                "mature": month <= mature_until,
            }
        )
    return told


def required(params: Params, measure: Measure) -> float:
    """Return the least ratio of the contract."""
    return params.min_ratio


RULE = Rule(
    code="SP01",
    name="spending.bh-benefit-ratio",
    family="spending",
    reads=READS,
    params=Params,
    grain="plan",
    unit="share of BH rate",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id} spent {value:.1%} of the BH part of its rate on BH benefits from "
        "{evidence[window_start]} to {evidence[window_end]} ({evidence[basis]}): "
        "${numerator:,.0f} of ${denominator:,.0f}; at least {required:.1%} is required."
    ),
    remedy=(
        "Show where the rest of the BH part of the rate went, and bring BH benefits up to the "
        "share required; send any BH encounters that are missing."
    ),
    measure=measure,
    judged_by=("min_ratio",),
)
