"""Referrals are sent and nobody learns what came of them.

What it measures
----------------
The referrals of the ``months`` months to the period's end that were sent at least ``max_days``
before that end: the share that was closed within ``max_days``. A ``referral_closed`` event closes
the member's referral of the day that its ``trigger_on`` names; one that names no day closes any
referral of the member that was sent up to ``max_days`` before.

Why it is required
------------------
One in four patients who are referred makes the first behavioral visit (*Integrating physical and
behavioral health: a major step toward population health management*, hfma.org, 2016). Referrals
that go both ways and come back are a core of coordinated care; how many is the contract's figure.

Met
---
At least ``min_share`` were closed, on the last of the ``max_days`` days too.

Not met
-------
Fewer were.

Limits
------
Closed means that an event says so. A visit that took place and was never told back is open here; a
referral that the member did not want is open unless it was closed. With fewer than
``min_referrals`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from rules.comparison import FEWEST
from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Period, Rule, Sense, add_months
from rules.samples import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Params:
    """``min_share`` of referrals, 0 to 1, to be closed within ``max_days``.

    ``months`` and ``min_referrals`` are carvein's own defaults.
    """

    min_share: float
    max_days: int
    months: int = 12
    min_referrals: int = FEWEST

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")
        most = min(366, 28 * self.months - 1)
        if not 0 <= self.max_days <= most:
            raise ValueError(
                f"max_days {self.max_days} is not 0 to {most}, for months {self.months}"
            )


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the referrals, and those that were closed in time."""
    end = filing.period.end
    sent_in = Period(add_months(end, 1 - params.months), end - timedelta(days=params.max_days))
    referrals = with_closing(filing, sent_in, params.max_days)
    of, count = referrals.height, int(referrals["closed"].sum())
    evidence: dict[str, object] = {
        "from": str(sent_in.start),
        "to": str(sent_in.end),
        "median_days": referrals["days"].median(),
        "interval": list(wilson(count, of)) if of else None,
        "quarantined": filing.quarantined.get("coordination", 0),
    }
    span = f"from {sent_in.start} to {sent_in.end}"
    if not of:
        note = f"no referral was sent {span}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    elif of < params.min_referrals:
        note = (
            f"cannot tell: {of} referrals were sent {span}, and a share of fewer than "
            f"{params.min_referrals} is not told"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    else:
        faulty = _rows_of(referrals.filter(~pl.col("closed")), params.max_days)
        yield Measure("plan", count, of, count / of, evidence, violations=faulty)


def with_closing(filing: Filing, sent_in: Period, max_days: int) -> pl.DataFrame:
    """Return the referrals sent in some days: where they stand, ``closed``, and ``days`` to it."""
    columns = ("event_id", "member_id", "occurred_on", "trigger_on", "_file", "_line")
    referrals = _events(filing, "referral", columns).filter(
        pl.col("occurred_on").is_between(sent_in.start, sent_in.end)
    )
    closings = _events(filing, "referral_closed", columns)
    pairs = referrals.select("_file", "_line", "member_id", sent="occurred_on").join(
        closings.select("member_id", "trigger_on", closed_on="occurred_on"), on="member_id"
    )
    days = (pl.col("closed_on") - pl.col("sent")).dt.total_days()
    named = pl.col("trigger_on").is_null() | (pl.col("trigger_on") == pl.col("sent"))
    first = (
        pairs.with_columns(days=days)
        .filter(named & pl.col("days").is_between(0, max_days))
        .group_by("_file", "_line")
        .agg(pl.col("days").min())
    )
    told = referrals.join(first, on=["_file", "_line"], how="left", maintain_order="left")
    return told.with_columns(closed=pl.col("days").is_not_null())


def _events(filing: Filing, kind: str, columns: Sequence[str]) -> pl.DataFrame:
    table = filing.tables["coordination"]
    mine = table.filter(table.kind == kind, table.member_id.notnull(), table.occurred_on.notnull())
    frame: pl.DataFrame = mine.select(*columns).order_by("_file", "_line").to_polars()
    return frame


def _rows_of(rows: pl.DataFrame, max_days: int) -> pl.DataFrame:
    told = rows.select(
        table=pl.lit("coordination"),
        file="_file",
        line="_line",
        natural_key=pl.col("event_id").fill_null(""),
        field=pl.lit("kind"),
        value=pl.lit("referral"),
        expected=pl.lit(f"a referral_closed event within {max_days} days"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share closed."""
    return params.min_share


RULE = Rule(
    code="CC04",
    name="coordination.referral-open",
    family="coordination",
    reads=("coordination",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} referrals sent from {evidence[from]} to "
        "{evidence[to]} ({value:.1%}) were closed within {params.max_days} days; at least "
        "{required:.1%} asked.{doubt}"
    ),
    remedy="Follow each referral up until the visit took place, and tell who referred.",
    measure=measure,
)
