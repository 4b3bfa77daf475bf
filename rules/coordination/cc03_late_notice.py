"""Hospital admissions are not told to those who care for the member, or too late.

What it measures
----------------
The admissions to a hospital (type of bill 011x, final and not denied) in the ``months`` calendar
months that end ``runout_months`` before the period's end, those of ``stays``: the share of which an
``admission_notice`` went out within ``max_days`` business days. The day of the admission is not
counted, the day of the notice is. A transfer is no new admission. A notice is of the admission that
its ``trigger_on`` names, a day either way, or else that it follows within 30 days.

Why it is required
------------------
Real-time hospital notification is one of the process measures that Pennsylvania's shared incentive
pool paid for (Integrated Care Resource Center, *State Options for Integrating Physical and
Behavioral Health Care*, 2011). One business day and the share are the contract's own figures.

Met
---
At least ``min_share`` were told in time: where one business day is allowed, an admission of Friday
on Monday.

Not met
-------
Fewer were: of those, an admission of Friday told on Tuesday.

Limits
------
Admissions are those that were billed, and counted only where encounters have arrived. That a notice
went out does not say that it was read. Business days are Mondays to Fridays that are no public
holiday of the contract's state. With fewer than ``min_stays`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from rules.comparison import FEWEST
from rules.coordination.admissions import admissions, with_notice
from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense
from rules.samples import wilson
from rules.workdays import business_days, calendar_version


@dataclass(frozen=True)
class Params:
    """``min_share`` of admissions, 0 to 1, to be told within ``max_days`` business days.

    ``stays`` are all, physical (PH) or behavioral (BH) ones; ``months`` and ``min_stays`` are
    carvein's own defaults.
    """

    min_share: float
    max_days: int = 1
    stays: Literal["all", "PH", "BH"] = "all"
    months: int = 12
    min_stays: int = FEWEST

    def __post_init__(self) -> None:
        if self.max_days < 0:
            raise ValueError(f"max_days {self.max_days} is below 0")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the admissions, and those told in time."""
    during = filing.look_back(params.months)
    found = admissions(filing, during)
    if params.stays != "all":
        found = found.filter(pl.col("behavioral") == (params.stays == "BH"))
    state = filing.contract.state
    try:
        told = with_days(with_notice(found, filing), state)
    except ValueError as fault:
        yield Measure("plan", note=str(fault), outcome=Outcome.COULD_NOT_RUN)
        return
    kept = (pl.col("days") <= params.max_days).fill_null(False)
    of, count = told.height, told.filter(kept).height
    evidence: dict[str, object] = {
        "window_start": str(during.start),
        "window_end": str(during.end),
        "stays": params.stays,
        "told_late": told.filter(pl.col("days") > params.max_days).height,
        "not_told": told["days"].null_count(),
        "holidays": f"{state}, {calendar_version()}",
        "interval": list(wilson(count, of)) if of else None,
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("encounters", "coordination")
        },
    }
    span = f"from {during.start} to {during.end}"
    if not of:
        note = f"no admission to a hospital {span}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    elif of < params.min_stays:
        note = (
            f"cannot tell: {of} admissions to a hospital {span}, and a share of fewer than "
            f"{params.min_stays} is not told"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    else:
        faulty = _rows_of(told.filter(~kept), params.max_days)
        yield Measure("plan", count, of, count / of, evidence, violations=faulty)


def with_days(stays: pl.DataFrame, state: str) -> pl.DataFrame:
    """Add ``days``, the business days from admission to notice; null without a notice.

    A notice before the admission took no day.

    Raises
    ------
    ValueError
        When no calendar of holidays is known for the state.
    """
    told = stays.filter(pl.col("told_on").is_not_null()).with_columns(
        told_on=pl.max_horizontal("admit", "told_on")
    )
    years = sorted({*told["admit"].dt.year(), *told["told_on"].dt.year()})
    days = business_days(told["admit"], told["told_on"], state, years)
    counted = told.select("encounter_id", "_file", "_line", days=days)
    key = ["encounter_id", "_file", "_line"]
    return stays.join(counted, on=key, how="left", maintain_order="left")


def _rows_of(rows: pl.DataFrame, max_days: int) -> pl.DataFrame:
    told = rows.select(
        table=pl.lit("encounters"),
        file="_file",
        line="_line",
        natural_key=pl.col("encounter_id").fill_null(""),
        field=pl.lit("admit_date"),
        value=pl.col("admit").cast(pl.String),
        expected=pl.lit(
            f"an admission_notice within {max_days} business day{'s' * (max_days != 1)}"
        ),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share told in time."""
    return params.min_share


RULE = Rule(
    code="CC03",
    name="coordination.late-notice",
    family="coordination",
    reads=("encounters", "coordination"),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} admissions from "
        "{evidence[window_start]} to {evidence[window_end]} ({value:.1%}) were told within "
        "{params.max_days} business day(s); at least {required:.1%} asked. Told late were "
        "{evidence[told_late]:,}, and {evidence[not_told]:,} not at all.{doubt}"
    ),
    remedy="Send a notice of each admission to primary care and the BH provider the same day.",
    measure=measure,
)
