"""Who used what, in one pass over the encounters: paid final lines by member, month and kind.

Every figure of the money series is summed from this table, which has a row for each member,
month of service, side, arrangement, service type and lag.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from rules.domain import side_of
from rules.encounters.final import final_lines, is_correction
from rules.model import Filing, add_months, month_end
from rules.spending.benefit import MONTHS_KEPT

if TYPE_CHECKING:
    from ibis.expr.types import Table

SIDES = ("BH", "PH", "OTHER")
"""The sides of a series by their number; OTHER is long-term services, dental and transport."""

ARRANGEMENTS = ("direct", "sub-capitated")
SERVICES = ("inpatient", "residential", "emergency", "outpatient", "professional", "pharmacy")
"""Service types by their number; every other institutional line is outpatient."""

MOST_LAG = 60
"""Lags beyond it are counted with it."""

_RESIDENTIAL_PLACES = ("55", "56")
_EMERGENCY_PLACE = "23"


def first_month(filing: Filing) -> date:
    """Return the first day of the oldest month that a submission's rows may lie in."""
    return add_months(filing.period.end, 1 - MONTHS_KEPT)


def cutoff(filing: Filing) -> date | None:
    """Return the day up to which encounters were sent, None where nothing tells it.

    The manifest's ``submitted_on``, else the latest ``submitted_on`` of a line; not after the
    review's own day.
    """
    told: Any = None
    if "submission" in filing.tables:
        told = filing.tables["submission"].submitted_on.max().execute()
    if _missing(told):
        told = filing.tables["encounters"].submitted_on.max().execute()
    if _missing(told):
        return None
    day = date(told.year, told.month, told.day)
    return min(day, max(filing.as_of, filing.period.end))


def _missing(day: Any) -> bool:
    return day is None or day != day  # NaT is not itself


def use_table(filing: Filing) -> Table:
    """Return paid final lines summed; use it as ``filing.once("use", use_table)``.

    Returns
    -------
    ibis.expr.types.Table
        ``member`` (a hash of the id), ``month`` (from 0, the oldest that may be sent), ``side``,
        ``sub``, ``service`` (places in the tuples above), ``lag`` (months, null where the line has
        no day of arrival), ``benefit`` (dollars at FFS-equivalent), ``reached`` (dollars that
        reached providers), ``lines``, ``unpriced`` and ``unreached`` (lines without an amount).
    """
    start, end = first_month(filing), filing.period.end
    lines = filing.once("final_lines", final_lines)
    status = (lines.line_status.lower() == "paid").fill_null(False)
    lines = lines.filter(lines.service_from.between(start, end), status)
    first = filing.once("first_sent", _first_sent)
    lines = lines.left_join(first, lines.original_encounter_id == first.original)
    sub = (lines.payment_arrangement.lower() == "subcapitated").fill_null(False)
    price = ibis.ifelse(sub, lines.ffs_equivalent_amount, lines.paid_amount)
    side = side_of(lines.domain)
    kept = lines.select(
        member=lines.member_id.hash(),
        month=months_since(start, lines.service_from).cast("int16"),
        side=ibis.cases((side == "BH", 0), (side == "PH", 1), else_=2).cast("int8"),
        sub=sub.cast("int8"),
        service=_service(lines).cast("int8"),
        arrived=ibis.coalesce(lines.sent, lines.submitted_on),
        price=price,
        paid=lines.paid_amount,
    )
    day = cutoff(filing)
    lag = ibis.null("int16") if day is None else _lag(kept, start, day)
    kept = kept.mutate(lag=lag)
    return kept.group_by("member", "month", "side", "sub", "service", "lag").agg(
        benefit=kept.price.sum().fill_null(0.0).cast("float64"),
        reached=kept.paid.sum().fill_null(0.0).cast("float64"),
        lines=kept.count().cast("int32"),
        unpriced=kept.price.isnull().sum().cast("int32"),
        # A provider who was paid nothing for a priced service was paid some other way.
        unreached=(kept.paid.fill_null(0.0) <= 0).sum().cast("int32"),
    )


def months_since(start: date, day: Any) -> Any:
    """Return whole calendar months from the month of ``start`` to that of a column of days."""
    return (day.year() * 12 + day.month()) - (start.year * 12 + start.month)


def _lag(lines: Table, start: date, day: date) -> Any:
    """Return whole months from the month of service to arrival, counted back from the cut-off."""
    arrived = ibis.least(lines.arrived, ibis.literal(day))
    age = (day.year - start.year) * 12 + day.month - start.month - lines.month
    back = (day.year * 12 + day.month) - (arrived.year() * 12 + arrived.month())
    if day != month_end(day):
        back = back - (arrived.day() > day.day).cast("int16")
    lag = (age - back).clip(0, MOST_LAG).cast("int16")
    # The least of nothing and a day is the day.
    return ibis.ifelse(lines.arrived.isnull(), ibis.null("int16"), lag)


def _first_sent(filing: Filing) -> Table:
    """Return ``original``, ``sent``: when claims that corrections name were first sent."""
    sent = filing.tables["encounters"]
    named = sent.filter(is_correction(sent)).select(original="original_encounter_id").distinct()
    rows = sent.semi_join(named, sent.encounter_id == named.original)
    return rows.group_by(original=rows.encounter_id).agg(sent=rows.submitted_on.min())


def _service(lines: Table) -> Any:
    bill = lines.bill_type.lpad(4, "0")
    revenue = lines.revenue_code.lpad(4, "0")
    place = lines.place_of_service.lpad(2, "0")
    emergency = revenue.startswith("045") | (revenue == "0981") | (place == _EMERGENCY_PLACE)
    residential = revenue.startswith("100") | place.isin(_RESIDENTIAL_PLACES)
    institutional = (lines.claim_type == "I").fill_null(False)
    return ibis.cases(
        ((lines.claim_type == "R").fill_null(False), 5),
        (residential.fill_null(False), 1),
        ((institutional & bill.substr(0, 3).isin(["011", "012"])).fill_null(False), 0),
        (emergency.fill_null(False), 2),
        (institutional, 3),
        else_=4,
    )
