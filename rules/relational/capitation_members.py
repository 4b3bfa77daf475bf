"""capitation against members: whether the member months paid are those that the spans give.

A month counts a member who was there for part of it as anything from that part to a whole, for
contracts count differently; only what lies outside of both is told. Months before the period are
left out: members who have gone need not be sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity, add_months, month_end
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.spending.months import month_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

WIDE = (0.7, 1.3)
"""T-MSIS Data Quality Measures v4.1, plan level: capitation payments over enrolments."""

CLOSE = 0.05
FEWEST = 5.0
"""carvein's own: a share that is off by more, and by more member months than these, is told."""

FAR = RelationalEdit(
    "capitation",
    "member_months.far_from_members",
    "member_months",
    "member_months lies outside 0.7 to 1.3 of those that members gives (T-MSIS limit)",
    "the member months of the spans in members",
    "Find what members or capitation lacks: spans, a month, a rate cell under two names.",
    Severity.MAJOR,
)
OFF = RelationalEdit(
    "capitation",
    "member_months.off_members",
    "member_months",
    f"member_months is over {CLOSE:.0%} off those that members gives (carvein's own limit)",
    "the member months of the spans in members",
    "Reconcile enrolment with what was paid; retroactive changes explain a little.",
)
NO_MEMBERS = RelationalEdit(
    "capitation",
    "rate_cell.no_members",
    "rate_cell",
    "member months were paid for a rate cell that no member of the period has",
    "a rate cell that members name",
    "Name rate cells alike in members and capitation, or send the members who are missing.",
)
EDITS = (FAR, OFF, NO_MEMBERS)


def faulty(filing: Filing) -> Table:
    """Return the months of the period whose member months differ, one row a row and edit."""
    rows = _in_period(filing).select("_file", "_line", "month", "rate_cell", "member_months")
    counted = _counted(filing)
    totals = counted.group_by("_month").agg(
        _unnamed=ibis.ifelse(counted._cell == "", counted._high, 0.0).sum(),
        _named=ibis.ifelse(counted._cell == "", 0.0, counted._high).sum(),
    )
    rows = rows.inner_join(totals, rows.month == totals._month).drop("_month")
    rows = rows.left_join(counted, [rows.month == counted._month, rows.rate_cell == counted._cell])
    unseen = rows._unnamed + float(filing.quarantined.get("members", 0))
    low, high = rows._low.fill_null(0.0), rows._high.fill_null(0.0) + unseen
    paid = rows.member_months
    known = rows._cell.notnull()
    far = (paid < WIDE[0] * low) | (paid > WIDE[1] * high)
    close = ((paid >= (1 - CLOSE) * low) & (paid <= (1 + CLOSE) * high)) | (
        (paid >= low - FEWEST) & (paid <= high + FEWEST)
    )
    words = ibis.ifelse(
        low.round(1) == high.round(1),
        low.round(1).cast("string"),
        low.round(1).cast("string") + " to " + high.round(1).cast("string"),
    )
    spans = words + " by the spans of members in " + rows.month + ", rate cell " + rows.rate_cell
    return tell(
        rows,
        [
            Told(FAR, known & far & ~close, paid, spans),
            Told(OFF, known & ~far & ~close, paid, spans),
            Told(
                NO_MEMBERS,
                ~known & (rows._named > 0) & (paid > unseen),
                rows.rate_cell,
                ibis.literal("a rate cell of members in ") + rows.month,
            ),
        ],
    )


def _in_period(filing: Filing) -> Table:
    rows = filing.tables["capitation"]
    return rows.filter(rows.month.between(*_ends(filing)), rows.member_months.notnull())


def _ends(filing: Filing) -> tuple[str, str]:
    return month_of(filing.period.start), month_of(filing.period.end)


def _counted(filing: Filing) -> Table:
    """Return ``_month``, ``_cell`` ("" for none), and the fewest and most member months."""
    members = filing.tables["members"]
    starts = [add_months(filing.period.start, later) for later in range(filing.period.months)]
    months = ibis.memtable(
        {
            "_month": [month_of(start) for start in starts],
            "_from": starts,
            "_to": [month_end(start) for start in starts],
        },
        schema={"_month": "string", "_from": "date", "_to": "date"},
    )
    spans = members.select(
        "member_id",
        "enrolled_from",
        _cell=members.rate_cell.fill_null(""),
        _until=members.enrolled_to.fill_null(ibis.date(filing.period.end)),
        _weight=members.weight.fill_null(1.0),
    ).filter(
        ibis._.enrolled_from <= ibis.date(filing.period.end),
        ibis._._until >= ibis.date(filing.period.start),
    )
    met = spans.inner_join(
        months, [spans.enrolled_from <= months._to, spans._until >= months._from]
    )
    first, last = ibis.greatest(met.enrolled_from, met._from), ibis.least(met._until, met._to)
    met = met.mutate(
        _share=(last.delta(first, unit="day") + 1) / (met._to.delta(met._from, unit="day") + 1)
    )
    each = met.group_by("_month", "_cell", "member_id").agg(
        _share=ibis.least(met._share.sum(), 1.0), _weight=met._weight.max()
    )
    return each.group_by("_month", "_cell").agg(
        _low=(each._share * each._weight).sum(), _high=each._weight.sum()
    )


def seen(filing: Filing) -> dict[str, int]:
    """Return how many rows are of a month of the period."""
    asked = int(_in_period(filing).count().execute())
    return {edit.full_code: asked for edit in EDITS}


COMPARISON = Comparison(
    "capitation_members", "capitation", ("capitation", "members"), EDITS, faulty, seen
)
