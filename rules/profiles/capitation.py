"""The figures of a plan's capitation table, held against its members and its own period."""

from __future__ import annotations

import ibis

from rules.model import Filing, add_months, month_end
from rules.profiles.metric import Kind, Metric

METRICS = (
    Metric(
        "capitation_per_enrolled_month",
        "member-months of capitation in the period",
        "member-months of enrollment",
        needs=("members",),
    ),
    Metric("months_unpaid", "months of the period without capitation", "months", kind=Kind.COUNT),
    Metric("bh_of_rate", "dollars of the behavioral benefit in the rate", "dollars of revenue"),
)
"""Every metric of the capitation table that an expectation may name."""


def counts(filing: Filing) -> ibis.Table:
    """Return one row with ``<metric>__counted`` and ``<metric>__among`` of every metric.

    A member counts as enrolled in a month with any enrolled day in it. The metric that needs
    members has no columns when that table was not sent.
    """
    period = filing.period
    months = [add_months(period.start, number) for number in range(period.months)]
    names = [f"{month:%Y-%m}" for month in months]
    paid = filing.tables["capitation"]
    paid = paid.filter(paid.month.isin(names))
    row = paid.aggregate(
        capitation_per_enrolled_month__counted=paid.member_months.sum().fill_null(0.0),
        months_unpaid__counted=len(months) - paid.month.nunique(where=paid.member_months > 0),
        months_unpaid__among=ibis.literal(len(months)),
        bh_of_rate__counted=(paid.bh_pmpm * paid.member_months).sum().fill_null(0.0),
        bh_of_rate__among=paid.revenue.sum().fill_null(0.0),
    )
    if "members" not in filing.tables:
        return row.drop("capitation_per_enrolled_month__counted")
    members = filing.tables["members"]
    enrolled = members.aggregate(
        **{
            name: members.member_id.nunique(
                where=(members.enrolled_from <= month_end(month))
                & (members.enrolled_to.isnull() | (members.enrolled_to >= month))
            )
            for name, month in zip(names, months, strict=True)
        }
    )
    total = sum(enrolled[name] for name in names)
    return row.cross_join(enrolled.select(capitation_per_enrolled_month__among=total))
