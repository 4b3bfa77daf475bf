"""Directory rows that nobody has verified for too long.

What it measures
----------------
The share of rows of the providers table, among those under contract on the last day of the
period, whose ``last_verified_on`` is empty or lies more than ``max_days`` before that day. Every
row counts: a provider's second site is verified on its own.

Why it is required
------------------
42 CFR 438.10(h)(3) has the plan keep its directory current. How many days a row may go without
being verified is the contract's own figure.

Met
---
Verified 90 days before the period's end, where 90 are allowed; or on a later day.

Not met
-------
Verified 91 days before, or never.

Limits
------
The date is the plan's own word: whether the phone answers is what a secret-shopper survey tells.
A row without a start of contract counts as under contract. Quarantined rows are not counted; the
evidence says how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import ibis

from rules.model import Filing, Measure, Rule, Sense


@dataclass(frozen=True)
class Params:
    """``max_days``: age of a verification on the period's last day; ``max_share``: 0 to 1."""

    max_share: float
    max_days: int = 90


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the rows under contract at the period's end that are stale."""
    on = filing.period.end
    oldest = on - timedelta(days=params.max_days)
    providers = filing.tables["providers"]
    begun = (providers.contract_effective <= on).fill_null(True)
    rows = providers.filter(begun, (providers.contract_end >= on).fill_null(True))
    stale = rows.filter((rows.last_verified_on < oldest).fill_null(True))
    total = rows.count().execute()
    counts = (
        stale.agg(
            stale=stale.count(),
            never_verified=stale.last_verified_on.isnull().sum().fill_null(0),
            providers=stale.npi.nunique(),
        )
        .to_polars()
        .row(0, named=True)
    )
    yield Measure(
        subject="plan",
        numerator=counts["stale"],
        denominator=total,
        value=counts["stale"] / total if total else None,
        evidence={
            "rows": int(total),
            **counts,
            "period_end": str(on),
            "oldest_allowed": str(oldest),
            "quarantined": filing.quarantined.get("providers", 0),
        },
        violations=stale.select(
            table=ibis.literal("providers"),
            file=stale._file,
            line=stale._line,
            natural_key=stale.npi.fill_null("") + "/" + stale.site_id.fill_null(""),
            field=ibis.literal("last_verified_on"),
            value=stale.last_verified_on.cast("string").fill_null(""),
            expected=ibis.literal(f"{oldest} or later"),
        ),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="PD02",
    name="directory.stale-row",
    family="directory",
    reads=("providers",),
    params=Params,
    columns=("providers.last_verified_on",),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} provider rows under contract "
        "({value:.1%}) were last verified more than {params.max_days} days before "
        "{evidence[period_end]}, or never ({evidence[never_verified]}); at most {required:.1%} "
        "may be"
    ),
    remedy="Verify the rows with the providers and send last_verified_on with the next submission.",
    measure=measure,
)
