"""ledger against itself, the manifest and capitation: entries, months and what they sum to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, dollars, set_aside_ids, tell
from rules.relational.ids import nothing
from rules.relational.repeats import find_repeats

if TYPE_CHECKING:
    from ibis.expr.types import Table

ALIKE = RelationalEdit(
    "ledger",
    "amount.booked_twice",
    "amount",
    "an entry is like an earlier one in everything but entry_id",
    "one entry a payment",
    "Take out the entry if it is the same payment; else say in note what it is for.",
)
NOT_CAPITATED = RelationalEdit(
    "ledger",
    "incurred_month.not_capitated",
    "incurred_month",
    "a sub-capitation is for a month of the period for which capitation has no row",
    "a month of capitation",
    "Send the month in capitation, or correct incurred_month.",
    looks_up=(("capitation", "month"),),
)
OVER_REVENUE = RelationalEdit(
    "capitation",
    "revenue.below_expense",
    "revenue",
    "the medical expense of the month is above the revenue of all rate cells",
    "revenue above what the ledger has for members' care",
    "Nothing, if the month was costly; else look for entries in the wrong month.",
    Severity.INFO,
    looks_up=(("capitation", "month"), ("ledger", "incurred_month")),
)
_CARE = ("claims", "subcapitation", "recovery", "practice_fee", "community_health_team")
"""Kinds of entry that pay for members' care."""

_SAME = (
    "incurred_month",
    "paid_month",
    "kind",
    "domain",
    "payee_type",
    "payee_id",
    "amount",
)


def booked_twice(filing: Filing) -> Table:
    """Return the entries that are like an earlier one, notes included, but for their id."""
    rows = filing.tables["ledger"]
    rows = rows.select("_file", "_line", "entry_id", *_SAME, _note=rows.note.fill_null(""))
    # One id twice is a repeated key, and told as that.
    again = rows.group_by("entry_id").having(rows.count() > 1).agg(_rows=rows.count())
    rows = rows.filter(rows.amount != 0).anti_join(again, "entry_id")
    rows = find_repeats(rows, (*_SAME, "_note"))
    if rows is None:
        return nothing()
    expected = ibis.literal("one entry; the first is in ") + rows._first
    return tell(rows, [Told(ALIKE, ibis.literal(True), rows.amount, expected)])


def not_capitated(filing: Filing) -> Table:
    """Return the sub-capitation entries of months in the period that were not paid for."""
    ledger, capitation = filing.tables["ledger"], filing.tables["capitation"]
    paid = capitation.select(known="month").distinct()
    hidden = set_aside_ids(filing, "capitation", "month")
    if hidden is not None:
        paid = paid.union(hidden.select(known="month"), distinct=True)
    rows = ledger.filter(_of_period(filing, ledger)).select("_file", "_line", *_ASKED)
    rows = rows.anti_join(paid, rows.incurred_month == paid.known)
    expected = "a month that capitation has"
    return tell(rows, [Told(NOT_CAPITATED, ibis.literal(True), rows.incurred_month, expected)])


_ASKED = ("entry_id", "incurred_month")


def _of_period(filing: Filing, ledger: Table) -> ibis.ir.BooleanValue:
    first, last = f"{filing.period.start:%Y-%m}", f"{filing.period.end:%Y-%m}"
    return (ledger.kind == "subcapitation") & ledger.incurred_month.between(first, last)


def seen_subcapitations(filing: Filing) -> dict[str, int]:
    """Return how many entries are sub-capitations of the period."""
    ledger = filing.tables["ledger"]
    asked = ledger.filter(_of_period(filing, ledger)).count()
    return {NOT_CAPITATED.full_code: int(asked.execute())}


def over_revenue(filing: Filing) -> Table:
    """Return the first capitation row of each month in which care cost more than the revenue."""
    ledger = filing.tables["ledger"]
    care = ledger.filter(ledger.kind.isin(_CARE))
    spent = care.group_by(_month="incurred_month").agg(_spent=care.amount.sum())
    window = ibis.window(group_by="month", order_by=["_file", "_line"])
    rows = _whole_months(filing).select("_file", "_line", "month", "rate_cell", "revenue")
    rows = rows.mutate(
        _nth=ibis.row_number().over(window),
        _total=rows.revenue.sum().over(ibis.window(group_by="month")),
        _whole=rows.revenue.notnull().all().over(ibis.window(group_by="month")),
    )
    rows = rows.filter(rows._nth == 0, rows._whole)
    rows = rows.inner_join(spent, rows.month == spent._month)
    expected = dollars(rows._spent) + " (medical expense in the ledger) or more in " + rows.month
    value = dollars(rows._total)
    return tell(rows, [Told(OVER_REVENUE, rows._spent > rows._total, value, expected)])


def _whole_months(filing: Filing) -> Table:
    """Return the capitation of the months of which no row, on either side, is in quarantine."""
    rows = filing.tables["capitation"]
    for table, column in (("capitation", "month"), ("ledger", "incurred_month")):
        hidden = set_aside_ids(filing, table, column)
        if hidden is not None:
            rows = rows.anti_join(hidden, rows.month == hidden[column])
    return rows


def seen_months(filing: Filing) -> dict[str, int]:
    """Return how many rows of capitation are of a month that can be summed."""
    return {OVER_REVENUE.full_code: int(_whole_months(filing).count().execute())}


COMPARISONS = (
    Comparison("ledger_entries", "ledger", ("ledger",), (ALIKE,), booked_twice),
    Comparison(
        "ledger_capitation",
        "ledger",
        ("ledger", "capitation"),
        (NOT_CAPITATED,),
        not_capitated,
        seen_subcapitations,
    ),
    Comparison(
        "capitation_ledger",
        "capitation",
        ("capitation", "ledger"),
        (OVER_REVENUE,),
        over_revenue,
        seen_months,
    ),
)
