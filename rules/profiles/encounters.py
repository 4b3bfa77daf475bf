"""The figures of a plan's encounter file, cut as the T-MSIS claim files are.

Unless a metric says otherwise it looks at paid lines that are not voids, replaced originals
among them (T-MSIS: original and replacement, paid). An inpatient line is an institutional one on a
type of bill 11x or, where no type of bill is given, one with an admission date (T-MSIS: IP);
long-term care is bill types 18x, 2x but 22x to 24x, and 6x (LT); an ambulatory line is any other
professional or institutional one (OT). Leading zeros of bill types do not count.
"""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from rules.digests import as_table, find_several
from rules.model import Filing, Period, add_months, month_end
from rules.profiles.encounter_shares import PAID, SENT, STAYS
from rules.profiles.metric import Kind, Metric, tally

METRICS = (
    Metric("lines_of_period", "paid lines of service in the period", kind=Kind.COUNT),
    Metric("silent_months", "months of the period without a paid line", "months", kind=Kind.COUNT),
    *(
        Metric(f"{name}_per_member_month", what, "member-months", needs=("members",))
        for name, what in (
            ("inpatient_claims", "paid inpatient claims adjudicated in the period"),
            ("ambulatory_lines", "paid ambulatory lines adjudicated in the period"),
            ("pharmacy_lines", "paid pharmacy lines adjudicated in the period"),
        )
    ),
    Metric(
        "members_unknown",
        "members with paid lines who are in no row of members",
        "members with paid lines",
        needs=("members",),
    ),
    Metric("repeated_keys", "lines that repeat an encounter_id and line_number", "lines"),
    *PAID,
    *STAYS,
    *SENT,
)
"""Every metric of the encounter file that an expectation may name."""


def counts(filing: Filing) -> ibis.Table:
    """Return one row with the counts of every metric, named as in :func:`..metric.tally`.

    The metrics that need members have no columns when that table was not sent. Volume is what was
    adjudicated in the reporting period (as a T-MSIS file is; else paid, else submitted, else of
    service in it, where those days are empty), so that late arrivals of the last months do not
    show as a fall. Member-months are the members with any enrolled day in a month, summed over the
    months of the period; rows without a member do not count.
    """
    sent = filing.tables["encounters"]
    paid = paid_lines(sent)
    parts = [
        tally(paid, PAID),
        tally(_stays(paid), STAYS),
        tally(sent, SENT),
        _keys(sent),
        _volume(paid, filing.period),
    ]
    if "members" in filing.tables:
        parts += _against_members(paid, filing.tables["members"], filing.period)
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.cross_join(part)
    return whole


def paid_lines(sent: ibis.Table) -> ibis.Table:
    """Return the paid lines that are not voids, with the columns that tell their populations.

    Added: ``professional``, ``pharmacy``, ``inpatient``, ``long_term``, ``ambulatory``,
    ``fee_for_service`` and ``unpaid``, all true or false, and ``bill``, the type of bill without
    leading zeros.
    """
    paid = sent.filter((_.line_status == "paid") & (_.frequency.fill_null("1") != "8"))
    institutional = _.claim_type == "I"
    bill = _.bill.left(2)
    inpatient = institutional & ibis.ifelse(
        _.bill_type.isnull(), _.admit_date.notnull(), bill == "11"
    )
    nursing = (_.bill.left(1) == "2") & bill.notin(["22", "23", "24"])
    long_term = institutional & (nursing | (_.bill.left(1) == "6") | (bill == "18"))
    return (
        paid.mutate(
            # Most lines have none, and a pattern is dear.
            bill=ibis.ifelse(_.bill_type.isnull(), "", _.bill_type.re_replace("^0+", ""))
        )
        .mutate(
            professional=_.claim_type == "P",
            pharmacy=_.claim_type == "R",
            inpatient=inpatient,
            long_term=long_term,
            fee_for_service=_.payment_arrangement == "ffs",
            unpaid=_.paid_amount.fill_null(0.0) <= 0,
        )
        .mutate(ambulatory=_.professional | (institutional & ~_.inpatient & ~_.long_term))
    )


def _stays(paid: ibis.Table) -> ibis.Table:
    """Put the lines of each inpatient claim together: one row an encounter."""
    return (
        paid.filter(_.inpatient)
        .group_by("encounter_id")
        .aggregate(
            diagnosed=_.diagnosis_codes.notnull().any(),
            discharged=_.discharge_date.notnull().any(),
            still_a_patient=(_.patient_status == "30").fill_null(False).any(),
            fee_for_service=_.fee_for_service.any(),
            amount=_.paid_amount.fill_null(0.0).sum(),
            has_taxonomy=_.billing_taxonomy.notnull().any(),
            hospital_taxonomy=_.billing_taxonomy.left(2).isin(("27", "28")).fill_null(False).any(),
        )
    )


def _keys(sent: ibis.Table) -> ibis.Table:
    digest = ibis.struct({"id": sent.encounter_id, "line": sent.line_number}).hash()
    several = as_table(find_several(sent, _key=digest)["_key"], "_key")
    alike = sent.mutate(_key=digest).semi_join(several, "_key")
    keys = alike.group_by("encounter_id", "line_number").aggregate(times=_.count())
    repeated = keys.aggregate(repeated_keys__counted=(_.times.sum() - _.count()).fill_null(0))
    return repeated.cross_join(sent.aggregate(repeated_keys__among=_.count()))


def _volume(paid: ibis.Table, period: Period) -> ibis.Table:
    heard = {
        f"month_{i}": (_.service_from.between(*month)).fill_null(False).any().fill_null(False)
        for i, month in enumerate(_months(period))
    }
    months = paid.aggregate(
        lines_of_period__counted=_.service_from.between(period.start, period.end)
        .fill_null(False)
        .sum()
        .fill_null(0),
        **heard,
    )
    spoken: Any = sum(months[name].cast("int64") for name in heard)
    return months.select(
        "lines_of_period__counted",
        silent_months__counted=period.months - spoken,
        silent_months__among=ibis.literal(period.months),
    )


def _against_members(paid: ibis.Table, members: ibis.Table, period: Period) -> list[ibis.Table]:
    spans = members.filter(_.member_id.notnull())
    enrolled = {
        f"month_{i}": _.member_id.nunique(
            where=(_.enrolled_from <= end) & (_.enrolled_to.isnull() | (_.enrolled_to >= start))
        )
        for i, (start, end) in enumerate(_months(period))
    }
    months = spans.aggregate(**enrolled)
    member_months: Any = sum(months[name] for name in enrolled)
    adjudicated = ibis.coalesce(_.adjudicated_on, _.paid_on, _.submitted_on, _.service_from)
    inside = paid.filter(adjudicated.between(period.start, period.end))
    volumes = inside.aggregate(
        inpatient_claims_per_member_month__counted=_.encounter_id.nunique(where=_.inpatient),
        ambulatory_lines_per_member_month__counted=_.ambulatory.sum().fill_null(0),
        pharmacy_lines_per_member_month__counted=_.pharmacy.sum().fill_null(0),
    )
    among = months.select(
        **{name.replace("counted", "among"): member_months for name in volumes.columns}
    )
    served = paid.filter(_.member_id.notnull()).select("member_id").distinct()
    unknown = served.anti_join(spans, "member_id")
    return [
        volumes,
        among,
        served.aggregate(members_unknown__among=_.count()),
        unknown.aggregate(members_unknown__counted=_.count()),
    ]


def _months(period: Period) -> list[tuple[Any, Any]]:
    starts = [add_months(period.start, i) for i in range(period.months)]
    return [(start, month_end(start)) for start in starts]
