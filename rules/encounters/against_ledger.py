"""What encounters say was paid, month by month and side by side with what the ledger says.

Both hold what the plan itself paid to providers: fee-for-service claims by the month of service,
less what was taken back. What a subcontractor paid is in neither. An amount that is missing on one
side of the contract and found on another in the same month is not missing: the two systems told
its domain apart, which no sum can settle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Measure, Outcome, Period
from rules.spending.months import MOST_UNSEEN, list_months, months_of, why_unseen

SIDES = ("PH", "BH")
MOST_OMITTED = 0.10
"""Share of a side's claims in the ledger that encounters may lack before what they say of the side
cannot be told: what was not sent is not unspent. SP10 takes it month by month and both ways.
carvein's own default."""

_BH = ("MH", "SUD", "BH")


Sums = Mapping[tuple[str, str], float]
"""Dollars by (month, side)."""


@dataclass(frozen=True)
class Paid:
    """What the ledger and what the encounters have, for months that the ledger tells of."""

    months: tuple[str, ...]
    ledger: Sums
    encounters: Sums


def compare_sides(filing: Filing, months: int, surplus: bool) -> Iterator[Measure]:
    """Yield for PH and BH the dollars that one source has beyond the other, of the ledger's.

    Parameters
    ----------
    months
        How many mature months are compared.
    surplus
        Whether encounters are looked through for what the ledger lacks, or the other way round.
    """
    window = filing.look_back(months)
    name = f"paid by month {window.start} {window.end}"
    paid: Paid = filing.once(name, lambda filing: paid_by_month(filing, window))
    if reason := why_untold(filing, paid, window):
        yield Measure(subject="plan", outcome=Outcome.COULD_NOT_RUN, note=reason)
        return
    more, less = (paid.encounters, paid.ledger) if surplus else (paid.ledger, paid.encounters)
    for side in SIDES:
        booked = sum(paid.ledger.get((month, side), 0.0) for month in paid.months)
        sent = sum(paid.encounters.get((month, side), 0.0) for month in paid.months)
        own = _beyond(more, less, paid.months, side)
        apart = _apart(more, less, paid.months, side)
        total, plain = sum(apart.values()), sum(max(dollars, 0.0) for dollars in own.values())
        yield Measure(
            subject=side,
            numerator=round(total, 2),
            denominator=round(booked, 2),
            value=total / booked if booked > 0 else None,
            evidence={
                "months": list_months(paid.months),
                "ledger": round(booked, 2),
                "encounters": round(sent, 2),
                "by_month": {month: round(dollars, 2) for month, dollars in apart.items()},
                "in_another_domain": round(plain - total, 2),
            },
        )


def why_omitted(filing: Filing, window: Period, sides: Sequence[str]) -> str:
    """Return why encounters do not tell the dollars of some sides: the ledger paid for more.

    "" where they do, and where no ledger tells.
    """
    if "ledger" not in filing.tables or why_unseen(filing, ("ledger",)):
        return ""
    name = f"paid by month {window.start} {window.end}"
    paid: Paid = filing.once(name, lambda filing: paid_by_month(filing, window))
    for side in sides:
        booked = sum(paid.ledger.get((month, side), 0.0) for month in paid.months)
        lacking = sum(_apart(paid.ledger, paid.encounters, paid.months, side).values())
        if booked > 0 and lacking > MOST_OMITTED * booked:
            return (
                f"encounters lack ${lacking:,.0f} of the ${booked:,.0f} that the ledger paid for "
                f"{side} claims, more than {MOST_OMITTED:.0%} (rule EN05)"
            )
    return ""


def _beyond(more: Sums, less: Sums, months: Sequence[str], side: str) -> dict[str, float]:
    return {month: more.get((month, side), 0) - less.get((month, side), 0) for month in months}


def _apart(more: Sums, less: Sums, months: Sequence[str], side: str) -> dict[str, float]:
    """Return by month what one source has beyond the other, of the side and of all sides."""
    own = _beyond(more, less, months, side)
    every = {month: _in_month(more, month) - _in_month(less, month) for month in months}
    return {month: max(min(own[month], every[month]), 0.0) for month in months}


def _in_month(sums: Sums, month: str) -> float:
    return sum(amount for (at, _), amount in sums.items() if at == month)


def paid_by_month(filing: Filing, window: Period) -> Paid:
    """Return what both have for the months of a window in which the ledger has a claims entry."""
    wanted = months_of(window)
    entries = filing.tables["ledger"]
    entries = entries.filter(
        entries.kind.isin(["claims", "recovery"]),
        entries.payee_type == "provider",
        entries.incurred_month.isin(list(wanted)),
    )
    side = ibis.ifelse(entries.domain.isin(_BH), "BH", entries.domain.fill_null(""))
    booked = entries.group_by(month=entries.incurred_month, side=side).agg(
        paid=entries.amount.sum().fill_null(0.0), claims=(entries.kind == "claims").sum()
    )
    kept = booked.to_polars().to_dicts()
    told = {row["month"] for row in kept if row["claims"]}
    months = tuple(month for month in wanted if month in told)
    lines = filing.once("final_lines", final_lines)
    lines = lines.filter(
        lines.line_status == "paid",
        lines.payment_arrangement == "ffs",
        lines.service_from.between(window.start, window.end),
    )
    sums = lines.group_by(
        month=lines.service_from.strftime("%Y-%m"), side=side_of(lines.domain)
    ).agg(paid=lines.paid_amount.sum().fill_null(0.0))
    return Paid(
        months=months,
        ledger={(row["month"], row["side"]): row["paid"] for row in kept if row["month"] in told},
        encounters={
            (month, on): paid for month, on, paid in sums.to_polars().iter_rows() if month in told
        },
    )


def why_untold(filing: Filing, paid: Paid, window: Period) -> str:
    """Return why ledger and encounters cannot be held against each other, "" when they can."""
    if reason := why_unseen(filing, ("encounters", "ledger")):
        return reason
    if not paid.months:
        first, last = months_of(window)[0], months_of(window)[-1]
        return f"ledger has no claims entry for providers incurred in {first} to {last}"
    lines = filing.tables["encounters"]
    asked = lines.filter(
        lines.line_status == "paid", lines.service_from.between(window.start, window.end)
    )
    unpriced = (asked.payment_arrangement == "ffs") & asked.paid_amount.isnull()
    counts = asked.agg(
        lines=asked.count(),
        unsaid=(asked.payment_arrangement.isnull() | unpriced).sum().fill_null(0),
    )
    found = counts.to_polars().row(0, named=True)
    if found["unsaid"] > MOST_UNSEEN * found["lines"]:
        return (
            f"{found['unsaid']} of {found['lines']} paid lines have no payment_arrangement "
            "or no paid_amount"
        )
    return ""
