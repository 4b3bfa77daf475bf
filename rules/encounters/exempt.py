"""Why a line may lie outside the network without it telling anything of the network.

The grounds are the groups of the value set ``out_of_network_exempt``, and continuity of care: the
member had been enrolled without a break for less than so many days on the day of the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.codes import begins_with_any, lists_any
from rules.values import ValueSet, value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

GROUNDS = ("emergency", "crisis", "family_planning", "transport", "continuity")
"""In the order in which a line that has several is counted."""

READ = (
    "encounter_id",
    "member_id",
    "claim_type",
    "service_from",
    "procedure_code",
    "modifiers",
    "revenue_code",
    "place_of_service",
    "admission_type",
    "diagnosis_codes",
)
"""The columns of a line by which its ground is told, and ``claim_type``."""


def with_ground(lines: Table, members: Table, continuity_days: int) -> Table:
    """Add ``ground``, why each line is left out of an out-of-network share; null where it is not.

    One emergency line makes an emergency of its whole encounter: what was done in the emergency
    department, and the stay that followed.
    """
    return mark_ground(lines, emergencies(lines), transitions(members, continuity_days))


def mark_ground(lines: Table, emergency: Table, fresh: Table) -> Table:
    """Add ``ground`` as :func:`with_ground` does, to lines that need not be whole encounters.

    Parameters
    ----------
    emergency
        What :func:`emergencies` makes of every line of the encounters.
    fresh
        What :func:`transitions` makes of the members.
    """
    values = value_set("out_of_network_exempt")
    columns = lines.columns
    marked = lines.left_join(emergency, lines.encounter_id == emergency._emergency)
    marked = marked.left_join(
        fresh,
        [
            marked.member_id == fresh._fresh_member,
            marked.service_from >= fresh._fresh_from,
            marked.service_from <= fresh._fresh_to,
        ],
    )
    return marked.select(
        *columns,
        ground=ibis.cases(
            (marked._emergency.notnull(), "emergency"),
            *((_falls_under(name, marked, values), name) for name in GROUNDS[1:-1]),
            (marked._fresh_member.notnull(), "continuity"),
            else_=ibis.null(str),
        ),
    )


def emergencies(lines: Table) -> Table:
    """Return the encounters that hold an emergency line, once each, as ``_emergency``."""
    values = value_set("out_of_network_exempt")
    found = lines.filter(_falls_under("emergency", lines, values))
    return found.select(_emergency="encounter_id").distinct().cache()


def enrolment_starts(members: Table) -> Table:
    """Return ``member_id``, ``starts``: first days of enrolments without a break between spans.

    A span that begins on the day after another ends, or before, continues it.
    """
    spans = members.filter(members.enrolled_from.notnull()).select(
        "member_id", "enrolled_from", until=members.enrolled_to.fill_null(ibis.date("9999-12-31"))
    )
    order = [spans.enrolled_from, spans.until]
    running = spans.mutate(
        reached=spans.until.max().over(
            ibis.cumulative_window(group_by=spans.member_id, order_by=order)
        )
    )
    window = ibis.window(
        group_by=running.member_id, order_by=[running.enrolled_from, running.until]
    )
    before = running.mutate(before=running.reached.lag().over(window))
    gap = before.enrolled_from.delta(before.before, unit="day")
    return before.filter((gap > 1).fill_null(True)).select("member_id", starts="enrolled_from")


def transitions(members: Table, days: int) -> Table:
    """Return the first days of each member's enrolments as spans that do not overlap."""
    starts = enrolment_starts(members)
    window = ibis.window(group_by="member_id", order_by="starts")
    followed = starts.mutate(following=starts.starts.lead().over(window))
    last = followed.starts + ibis.interval(days=days - 1)
    before_next = followed.following - ibis.interval(days=1)
    return followed.select(
        _fresh_member="member_id",
        _fresh_from="starts",
        _fresh_to=ibis.least(last, before_next.fill_null(last)).cast("date"),
    ).cache()


def _falls_under(ground: str, lines: Table, values: ValueSet) -> Any:
    procedure = lines.procedure_code.upper()
    found = begins_with_any(procedure, values.group(f"{ground}.procedure"))
    found |= begins_with_any(lines.revenue_code.lpad(4, "0"), values.group(f"{ground}.revenue"))
    found |= begins_with_any(lines.place_of_service.lpad(2, "0"), values.group(f"{ground}.place"))
    found |= begins_with_any(lines.admission_type, values.group(f"{ground}.admission"))
    found |= begins_with_any(lines.diagnosis_codes, values.group(f"{ground}.diagnosis"))
    modifiers = values.group(f"{ground}.modifier")
    return found | lists_any(lines.modifiers.upper(), modifiers) if modifiers else found
