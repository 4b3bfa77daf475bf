"""Encounters come later from a subcontractor than from the plan itself.

What it measures
----------------
Lines of services that began in the ``months`` months to the period's end, each as it was sent: the
days from ``adjudicated_on`` to ``received_on`` (to ``submitted_on`` where the plan had received the
line before it decided), or from ``service_to`` to ``submitted_on`` without those, as in EN01. For
each subcontractor with lines of the domain: the median days of those lines, less the median of the
lines that no subcontractor is named on, of both PH and BH. ``value`` is the difference in days.

Why it is required
------------------
42 CFR 438.242 has a plan's data take in those of its subcontractors. Where these come weeks later,
care that the plan delegated is seen late by everybody who is to coordinate it, and an unfinished
month of theirs reads as underspending.

Met
---
The difference is at most ``max_days``.

Not met
-------
It is a day more.

Limits
------
Half of the lines came within the median: a tail of very late lines is EN01's to tell. Services and
ways of billing differ between the two. With fewer than ``min_lines`` of either the medians are not
told; they are of whole days, and every line of the window counts, so that no interval is given.
What names no subcontractor is taken as the plan's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.encounters.en01_late import with_days
from rules.encounters.final import natural_key, sent_lines, served_in_last
from rules.model import Filing, Measure, Outcome, Rule, Sense

if TYPE_CHECKING:
    from ibis.expr.types import Table

SIDES = ("PH", "BH")


@dataclass(frozen=True)
class Params:
    """``domain`` of the subcontractors' lines, PH or BH; ``max_days`` that their median may lag.

    ``months`` of service looked at; ``min_lines`` of either, carvein's own default.
    """

    domain: str
    max_days: float
    months: int = 12
    min_lines: int = 100

    def __post_init__(self) -> None:
        if self.domain not in SIDES:
            raise ValueError(f"domain {self.domain!r}, wanted PH or BH")
        if not 1 <= self.months <= 36:
            raise ValueError(f"months {self.months} is not 1 to 36")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Compare the median delay of each subcontractor's lines with that of the plan's own."""
    sent = with_days(served_in_last(params.months, filing.once("sent_lines", sent_lines), filing))
    counts = count_days(sent, params.domain)
    own = counts.filter(pl.col("by").is_null())
    delegated = counts.filter(pl.col("by").is_not_null())
    if delegated.is_empty():
        note = f"no {params.domain} line of the {params.months} months names a subcontractor"
        yield Measure("plan", 0.0, 0.0, None, {}, note, Outcome.NOT_APPLICABLE)
        return
    for who in delegated["by"].unique().sort():
        yield compare_medians(filing, str(who), delegated.filter(pl.col("by") == who), own, params)


def count_days(sent: Table, domain: str) -> pl.DataFrame:
    """Return ``by`` (null: the plan), ``days`` and ``lines`` of dated lines."""
    mine = sent.filter(
        sent.days.notnull(),
        (sent.subcontractor_id.isnull() & sent.side.isin(SIDES)) | (sent.side == domain),
    )
    found = mine.group_by(by=mine.subcontractor_id, days=mine.days).agg(lines=mine.count())
    counts: pl.DataFrame = found.to_polars()
    return counts.sort("by", "days", nulls_last=False)


def compare_medians(
    filing: Filing, who: str, mine: pl.DataFrame, own: pl.DataFrame, params: Params
) -> Measure:
    """Turn the delays of one subcontractor and of the plan into a measure."""
    lines, plan_lines = int(mine["lines"].sum()), int(own["lines"].sum())
    evidence: dict[str, object] = {
        "domain": params.domain,
        "lines": lines,
        "plan_lines": plan_lines,
        "quarantined": filing.quarantined.get("encounters", 0),
    }
    if min(lines, plan_lines) < params.min_lines:
        note = (
            f"{who}: cannot tell: {lines:,} lines of its own and {plan_lines:,} of the plan; fewer "
            f"than {params.min_lines} are not compared"
        )
        return Measure(who, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    days, plan_days = median(mine), median(own)
    later = days - plan_days
    return Measure(
        subject=who,
        numerator=days,
        denominator=lines,
        value=later,
        evidence={**evidence, "median_days": days, "plan_median_days": plan_days},
        violations=_later_lines(filing, who, params, plan_days)
        if later > params.max_days
        else None,
    )


def median(counts: pl.DataFrame) -> float:
    """Return the median of ``days``, each counted ``lines`` times; the mean of two middle ones."""
    rows = counts.sort("days").with_columns(up_to=pl.col("lines").cum_sum())
    total = int(rows["lines"].sum())
    middle = [rows.filter(pl.col("up_to") >= place)["days"][0] for place in _places(total)]
    return float(sum(middle)) / len(middle)


def _places(total: int) -> tuple[int, ...]:
    return ((total + 1) // 2,) if total % 2 else (total // 2, total // 2 + 1)


def _later_lines(filing: Filing, who: str, params: Params, plan_days: float) -> Table:
    sent = with_days(served_in_last(params.months, filing.once("sent_lines", sent_lines), filing))
    most = plan_days + params.max_days
    rows = sent.filter(sent.subcontractor_id == who, sent.side == params.domain, sent.days > most)
    received = rows.after_adjudication.notnull() & ~rows.by_plan
    return rows.select(
        table=ibis.literal("encounters"),
        file=rows._file,
        line=rows._line,
        natural_key=natural_key(rows),
        field=ibis.ifelse(received, "received_on", "submitted_on"),
        value=ibis.ifelse(received, rows.received_on, rows.submitted_on).cast("string"),
        expected=ibis.literal(
            f"at most {most:g} days, as half of the plan's own lines and {params.max_days:g} more"
        ),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the days that the median may lag."""
    return params.max_days


RULE = Rule(
    code="DL09",
    name="delegation.slower-encounters",
    family="delegation",
    reads=("encounters",),
    params=Params,
    columns=("encounters.subcontractor_id",),
    grain="subcontractor",
    unit="days",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: half of the {evidence[lines]:,} {evidence[domain]} lines of {subject} came "
        "within {evidence[median_days]:g} days, half of the plan's own {evidence[plan_lines]:,} "
        "within {evidence[plan_median_days]:g}: {value:g} days later, and at most {required:g} "
        "allowed."
    ),
    remedy="Have the subcontractor send adjudicated encounters as soon as the plan sends its own.",
    measure=measure,
)
