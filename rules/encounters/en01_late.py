"""Encounter lines that arrived too late.

What it measures
----------------
For PH and for BH each, the share of encounter lines that came more than ``max_days`` late. The days
are those from ``adjudicated_on`` to ``received_on``, or to ``submitted_on`` where the line was
received no later than it was adjudicated: then ``received_on`` is the plan's own receipt of the
claim. Where either of the first two is empty, they are those from ``service_to`` to
``submitted_on``. Every line as it was sent counts, originals that were replaced
later included, for each was due in its own time.

Why it is required
------------------
42 CFR 438.242(c)(2) has the contract say how often and how soon encounter data come. How many days
and which share is the contract's own figure. PH and BH stand apart because a subcontractor's slow
file hides in a plan-wide share.

Met
---
Received 30 days after adjudication, where 30 are allowed; or received by the plan before it, and
submitted 30 days after it.

Not met
-------
Received, or submitted, 31 days after; or, without those dates, submitted 31 days after the service
ended.

Limits
------
A line with neither pair of dates is not counted; nor is a replacement or a void without the first
pair, for its ``submitted_on`` tells when the correction went in, not when the service was first
told. The evidence has both counts. LTSS, dental and transport lines are in neither share. A service
that was never sent is not late here. ``months`` keeps old lateness out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.domain import side_of
from rules.encounters.final import is_correction, natural_key, sent_lines, served_in_last
from rules.model import Filing, Measure, Rule, Sense

if TYPE_CHECKING:
    from ibis.expr.types import Table

SIDES = ("PH", "BH")
_NOBODY = "direct"
_SHOWN = 20
"""How many subcontractors the evidence names, those with most lines first."""


@dataclass(frozen=True)
class Params:
    """``max_days`` from adjudication (or service); ``max_share``, 0 to 1, of lines beyond it.

    ``months``: only services that began in so many last months up to the period's end; every line
    that was sent when None.
    """

    max_share: float
    max_days: int = 30
    months: int | None = None


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the late lines of PH and of BH."""
    sent = filing.once("sent_lines", sent_lines)
    lines = with_days(served_in_last(params.months, sent, filing))
    counted_by = _counts(lines, params.max_days)
    for side in SIDES:
        mine = counted_by.filter(pl.col("side") == side)
        found = mine.select(pl.col(*_COUNTS).sum(), pl.col("longest_days").max()).row(0, named=True)
        counted, late = found["counted"], found["late"]
        yield Measure(
            subject=side,
            numerator=late,
            denominator=counted,
            value=late / counted if counted else None,
            evidence={
                **found,
                "by_subcontractor": _by_subcontractor(mine),
                "quarantined": filing.quarantined.get("encounters", 0),
            },
            violations=_late_lines(lines.filter(lines.side == side), params.max_days)
            if late
            else None,
        )


_COUNTS = ("lines", "counted", "late", "by_adjudication", "by_service", "corrections", "undated")


def with_days(lines: Table) -> Table:
    """Add ``side``, ``after_adjudication`` and ``after_service`` (days), and ``days`` of the two.

    ``after_service`` is null for a correction, as told above.
    """
    own = ibis.ifelse(is_correction(lines), ibis.null("date"), lines.submitted_on)
    lines = lines.mutate(side=side_of(lines.domain), by_plan=_received_by_plan(lines))
    came = ibis.ifelse(lines.by_plan, lines.submitted_on, lines.received_on)
    lines = lines.mutate(
        after_adjudication=came.delta(lines.adjudicated_on, unit="day"),
        after_service=own.delta(lines.service_to, unit="day"),
    )
    return lines.mutate(days=ibis.coalesce(lines.after_adjudication, lines.after_service))


def _received_by_plan(lines: Table) -> Any:
    """Return whether received_on is the plan's receipt: no later than its own decision."""
    return (lines.received_on <= lines.adjudicated_on) & lines.submitted_on.notnull()


def _counts(lines: Table, max_days: int) -> pl.DataFrame:
    """Count the lines by side and subcontractor_id, ``direct`` without one, in one pass."""
    uncounted = lines.days.isnull()
    found = lines.group_by("side", by=lines.subcontractor_id.fill_null(_NOBODY)).agg(
        lines=lines.count(),
        counted=lines.days.count(),
        late=(lines.days > max_days).sum().fill_null(0),
        by_adjudication=lines.after_adjudication.count(),
        by_service=(lines.after_adjudication.isnull() & lines.after_service.notnull()).sum(),
        corrections=(uncounted & is_correction(lines)).sum(),
        undated=(uncounted & ~is_correction(lines)).sum(),
        longest_days=lines.days.max(),
    )
    counts: pl.DataFrame = found.to_polars()
    return counts


def _by_subcontractor(counts: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return the lines counted and late of each subcontractor, those with most lines first."""
    some = counts.filter(pl.col("counted") > 0).sort(
        "counted", "by", descending=[True, False], nulls_last=True
    )
    rows = some.select("by", "counted", "late").head(_SHOWN).iter_rows()
    return {by: {"lines": lines, "late": late} for by, lines, late in rows}


def _late_lines(lines: Table, max_days: int) -> Table:
    late = lines.filter(lines.days > max_days)
    adjudicated = late.after_adjudication.notnull()
    received = adjudicated & ~late.by_plan
    came = ibis.ifelse(received, late.received_on, late.submitted_on).cast("string")
    since = ibis.ifelse(
        adjudicated,
        late.adjudicated_on.cast("string") + " (adjudicated_on)",
        late.service_to.cast("string") + " (service_to)",
    )
    return late.select(
        table=ibis.literal("encounters"),
        file=late._file,
        line=late._line,
        natural_key=natural_key(late),
        field=ibis.ifelse(received, "received_on", "submitted_on"),
        value=came,
        expected=f"at most {max_days} days after " + since,
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="EN01",
    name="encounters.late",
    family="encounters",
    reads=("encounters",),
    params=Params,
    grain="PH and BH",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} {subject} encounter lines ({value:.1%}) "
        "came more than {params.max_days} days after adjudication, or after the service where "
        "those dates are missing; at most {required:.1%} may"
    ),
    remedy="Send adjudicated encounters within the days the contract allows, each side's alike.",
    measure=measure,
)
