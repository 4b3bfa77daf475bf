"""members against members: spans of one person that overlap or contradict each other.

Rows with one member_id and plan_id are one person. A span that ends before it begins is left out:
it has an edit of its own; so is a second row of one enrolled_from, which repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.relational.ids import nothing
from rules.relational.repeats import keep_groups
from rules.relational.spans import OPEN_END

if TYPE_CHECKING:
    from ibis.expr.types import Table

OVERLAP = RelationalEdit(
    "members",
    "enrolled_from.overlap",
    "enrolled_from",
    "a span begins before an earlier span of the member has ended",
    "a day after the end of the earlier spans",
    "End the earlier span on the day before, also where only the rate cell changes: "
    "rules count the member months of both.",
    Severity.MAJOR,
)
DAY_GAP = RelationalEdit(
    "members",
    "enrolled_from.day_gap",
    "enrolled_from",
    "a single day lies between two spans of the member",
    "the day after the end of the earlier span, or a gap of more than a day",
    "Nothing, if the member was not enrolled on that day; else join the spans.",
    Severity.INFO,
)
BIRTH_DATE = RelationalEdit(
    "members",
    "birth_date.differs",
    "birth_date",
    "birth_date is another than in the member's latest span",
    "one birth_date for a member",
    "Correct birth_date, or the member_id where the rows are of two people.",
    Severity.MAJOR,
)
SEX = RelationalEdit(
    "members",
    "sex.differs",
    "sex",
    "sex is another than in the member's latest span",
    "one sex for a member, or U",
    "Send the sex that is held now in every span of the member.",
)
EDITS = (OVERLAP, DAY_GAP, BIRTH_DATE, SEX)
_PERSON = ("member_id", "plan_id")


def faulty(filing: Filing) -> Table:
    """Return the spans that do not go with the member's others, one row a span and edit."""
    several = _of_several(filing.tables["members"])
    if several is None:
        return nothing()
    rows = _with_before(several)
    latest = ibis.window(
        group_by=_PERSON, order_by=[ibis.desc("enrolled_from"), ibis.desc("_line")]
    )
    rows = rows.mutate(
        _last_birth=rows.birth_date.first().over(latest),
        _last_sex=rows.sex.first().over(latest),
        _last_place=(rows._file + " line " + rows._line.cast("string")).first().over(latest),
    )
    same_start = rows.enrolled_from == rows._start_before
    after = rows._end_before.cast("string") + " (enrolled_to)"
    open_before = rows._end_before == ibis.date(OPEN_END)
    gap = rows.enrolled_from.delta(rows._end_before, unit="day")
    told_sex = ~rows.sex.isin(["U"]) & ~rows._last_sex.isin(["U"])
    return tell(
        rows,
        [
            Told(
                OVERLAP,
                (rows.enrolled_from <= rows._end_before) & ~same_start,
                rows.enrolled_from,
                ibis.ifelse(
                    open_before,
                    "a day after the end of the earlier span, which is open",
                    ibis.literal("a day after ") + after + ", the end of the earlier spans",
                ),
            ),
            Told(
                DAY_GAP,
                ~open_before & (gap == 2),
                rows.enrolled_from,
                ibis.literal("the day after ") + after + ", or a gap of more than a day",
            ),
            Told(
                BIRTH_DATE,
                rows.birth_date != rows._last_birth,
                rows.birth_date,
                ibis.literal("the birth_date of the member's latest span, ") + rows._last_place,
            ),
            Told(
                SEX,
                (rows.sex != rows._last_sex) & told_sex,
                rows.sex,
                ibis.literal("the sex of the member's latest span, ") + rows._last_place,
            ),
        ],
    )


def _of_several(members: Table) -> Table | None:
    """Return the rows of members with several."""
    rows = members.select(
        "_file", "_line", *_PERSON, "enrolled_from", "enrolled_to", "birth_date", "sex"
    )
    return keep_groups(rows, _PERSON, rows.count() > 1)


def _with_before(rows: Table) -> Table:
    """Add the greatest end of the member's earlier spans, and the start of the one before."""
    ended = rows.mutate(
        _end=ibis.ifelse(
            rows.enrolled_to < rows.enrolled_from,
            ibis.null("date"),
            rows.enrolled_to.fill_null(ibis.date(OPEN_END)),
        )
    )
    order = ["enrolled_from", "_file", "_line"]
    earlier = ibis.window(group_by=_PERSON, order_by=order, preceding=(None, 1))
    placed = ibis.window(group_by=_PERSON, order_by=order)
    return ended.mutate(
        _end_before=ended._end.max().over(earlier),
        _start_before=ended.enrolled_from.lag().over(placed),
    )


COMPARISON = Comparison("members_spans", "members", ("members",), EDITS, faulty)
