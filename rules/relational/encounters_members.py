"""encounters against members: the patient known, of this plan, born, and enrolled on the day.

Lines that were denied are not asked, for that may be why; nor are voids and what was voided or
replaced, for retroactive disenrolment is mended so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.encounters.final import standing
from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.spans import merged, reach, spans_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNKNOWN = RelationalEdit(
    "encounters",
    "member_id.unknown",
    "member_id",
    "a paid line is of a member who is in no row of members",
    "a member_id of members",
    "Send every member with a service in the file, with all spans of the 36 months, "
    "or correct the member_id.",
    Severity.MAJOR,
    looks_up=(("members", "member_id"),),
)
NOT_ENROLLED = RelationalEdit(
    "encounters",
    "service_from.not_enrolled",
    "service_from",
    "a paid service began on a day on which the member was not enrolled",
    "a day in one of the member's spans of enrolment",
    "Send the span that is missing; if the member was disenrolled later, void the claim.",
)
BEFORE_BIRTH = RelationalEdit(
    "encounters",
    "service_from.before_birth",
    "service_from",
    "a paid service began before the member was born",
    "the member's birth_date or later",
    "Correct the date or the member_id; before birth the mother is the patient.",
    Severity.MAJOR,
)
OTHER_PLAN = RelationalEdit(
    "encounters",
    "member_id.of_other_plan",
    "member_id",
    "a paid line is of a member whom members gives to another plan",
    "a member of the plan that submits",
    "Correct plan_id of the member, or void the claim.",
)
EDITS = (UNKNOWN, NOT_ENROLLED, BEFORE_BIRTH, OTHER_PLAN)


def faulty(filing: Filing) -> Table:
    """Return the paid lines whose member does not fit, one row a line and edit."""
    lines, members = filing.tables["encounters"], filing.tables["members"]
    spans = merged(
        spans_of(members, members.member_id, members.enrolled_from, members.enrolled_to)
    ).cache()
    people = _people(filing, members, reach(spans)).cache()
    met = lines.select(*_KEPT).left_join(people, lines.member_id == people.who)
    suspects = met.filter(
        met.line_status != "denied",
        met.who.isnull()
        | met.broken
        | (met.service_from < met.first)
        | (met.service_from > met.last)
        | (met.service_from < met.birth)
        | met.others.notnull(),
    )
    suspects = standing(suspects, filing).cache()
    rows = _with_absence(suspects, spans)
    hidden = set_aside_ids(filing, "members", "member_id")
    known, whole = rows.who.notnull(), ibis.literal(True)
    if hidden is not None:
        hidden = hidden.select(hidden="member_id")
        rows = rows.left_join(hidden, rows.member_id == hidden.hidden)
        known, whole = rows.who.notnull(), rows.hidden.isnull()
    return tell(
        rows,
        [
            Told(UNKNOWN, ~known & whole, rows.member_id, "a member_id of members"),
            Told(
                NOT_ENROLLED,
                known & whole & rows.absence.notnull(),
                rows.service_from,
                ibis.literal("a day on which the member is enrolled; it ") + rows.absence,
            ),
            Told(
                BEFORE_BIRTH,
                rows.service_from < rows.birth,
                rows.service_from,
                "the member's birth_date or later",
            ),
            Told(
                OTHER_PLAN,
                rows.others.notnull() & whole,
                rows.member_id,
                ibis.literal(f"a member of {filing.plan_id}, not of ") + rows.others,
            ),
        ],
    )


_KEPT = (
    "_file",
    "_line",
    "encounter_id",
    "line_number",
    "member_id",
    "service_from",
    "frequency",
    "line_status",
)


def _people(filing: Filing, members: Table, reached: Table) -> Table:
    """Add ``birth``, none where rows disagree, and ``others``: the plan of all rows, not this.

    Where members knows no member of this plan, whose the submission is cannot be told (without a
    manifest the plan is the folder's name); that is a fault of members, not of every line.
    """
    own = members.filter(members.plan_id == filing.plan_id).count().execute() > 0
    births = members.group_by(_of="member_id").agg(
        birth=ibis.ifelse(
            members.birth_date.min() == members.birth_date.max(),
            members.birth_date.min(),
            ibis.null("date"),
        ),
        others=ibis.ifelse(
            (members.plan_id.fill_null(filing.plan_id) != filing.plan_id).all() & own,
            members.plan_id.max(),
            ibis.null(str),
        ),
    )
    return reached.left_join(births, reached.who == births._of).drop("_of")


def _with_absence(suspects: Table, spans: Table) -> Table:
    """Add ``absence``: how the service missed the enrolment, null where it did not."""
    gaps = suspects.filter(suspects.broken)
    inside = gaps.semi_join(
        spans,
        [
            gaps.member_id == spans.who,
            gaps.service_from >= spans.starts,
            gaps.service_from <= spans.ends,
        ],
    )
    inside = inside.select(in_file="_file", in_line="_line")
    rows = suspects.left_join(
        inside, [suspects._file == inside.in_file, suspects._line == inside.in_line]
    )
    return rows.mutate(
        absence=ibis.cases(
            (rows.service_from < rows.first, "begins later"),
            (rows.service_from > rows.last, "ended before"),
            (rows.broken & rows.in_line.isnull(), "has a gap here"),
            else_=ibis.null(str),
        )
    )


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines were not denied."""
    lines = filing.tables["encounters"]
    asked = int((lines.line_status != "denied").sum().fill_null(0).execute())
    return {edit.full_code: asked for edit in EDITS}


COMPARISON = Comparison(
    "encounters_members", "encounters", ("encounters", "members"), EDITS, faulty, seen
)
