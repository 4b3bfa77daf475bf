"""Spans of days that belong to somebody: merged where they touch, and how far they reach.

Most people have one unbroken span, so a line is first held against the first and the last day; the
merged spans themselves are asked only of those few who have a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table

OPEN_START = "0001-01-01"
OPEN_END = "9999-12-31"


def spans_of(rows: Table, who: Any, starts: Any, ends: Any) -> Table:
    """Return ``who``, ``starts``, ``ends``: a row a span; an empty day leaves its side open.

    A span that ends before it starts says nothing of its end.
    """
    ends = ibis.ifelse(ends < starts, ibis.null("date"), ends)
    spans = rows.select(
        who=who,
        starts=starts.fill_null(ibis.date(OPEN_START)),
        ends=ends.fill_null(ibis.date(OPEN_END)),
    )
    return spans.filter(spans.who.notnull()).distinct()


def merged(spans: Table) -> Table:
    """Return the spans of :func:`spans_of` with those that overlap or touch made one."""
    order = [spans.starts, spans.ends]
    reached = spans.mutate(
        reached=spans.ends.max().over(ibis.cumulative_window(group_by=spans.who, order_by=order))
    )
    window = ibis.window(group_by=reached.who, order_by=[reached.starts, reached.ends])
    before = reached.mutate(before=reached.reached.lag().over(window))
    gap = before.starts.delta(before.before, unit="day") > 1
    numbered = before.mutate(
        run=gap.fill_null(True)
        .cast("int64")
        .sum()
        .over(ibis.cumulative_window(group_by=before.who, order_by=[before.starts, before.ends]))
    )
    return (
        numbered.group_by("who", "run")
        .agg(starts=numbered.starts.min(), ends=numbered.ends.max())
        .drop("run")
    )


def reach(spans: Table) -> Table:
    """Return ``who``, ``first``, ``last``, ``broken``: the reach of merged spans, one row each."""
    return spans.group_by("who").agg(
        first=spans.starts.min(), last=spans.ends.max(), broken=spans.count() > 1
    )
