"""members against practices and capitation: whether what a span names exists there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.ids import distinct, ids_of, naming_unknown, nothing

if TYPE_CHECKING:
    from ibis.expr.types import Table

PRACTICE = RelationalEdit(
    "members",
    "attributed_practice_id.unknown",
    "attributed_practice_id",
    "the practice that the member is attributed to is not in practices",
    "a practice_id of practices",
    "List the practice, or attribute the member anew.",
    looks_up=(("practices", "practice_id"),),
)
RATE_CELL = RelationalEdit(
    "members",
    "rate_cell.not_paid",
    "rate_cell",
    "a span of the period has a rate cell for which capitation has no month of it",
    "a rate_cell of capitation in the period",
    "Name rate cells alike in members and capitation, or send the months that are missing.",
    looks_up=(("capitation", "rate_cell"),),
)


def unknown_practice(filing: Filing) -> Table:
    """Return the spans with a practice that is not in practices."""
    rows = filing.tables["members"].select(
        "_file", "_line", "member_id", "enrolled_from", "attributed_practice_id"
    )
    known = ids_of(filing, "practices", "practice_id")
    unknown = naming_unknown(rows, "attributed_practice_id", known)
    if unknown is None:
        return nothing()
    value = unknown.attributed_practice_id
    return tell(unknown, [Told(PRACTICE, ibis.literal(True), value, "a practice_id of practices")])


def seen_practice(filing: Filing) -> dict[str, int]:
    """Return how many spans name a practice."""
    asked = filing.tables["members"].attributed_practice_id.count()
    return {PRACTICE.full_code: int(asked.execute())}


def unpaid_cell(filing: Filing) -> Table:
    """Return the spans of the period whose rate cell was not paid for in it."""
    members, capitation = filing.tables["members"], filing.tables["capitation"]
    first, last = f"{filing.period.start:%Y-%m}", f"{filing.period.end:%Y-%m}"
    paid = capitation.filter(capitation.month.between(first, last))
    known = [distinct(paid, "rate_cell")]
    hidden = set_aside_ids(filing, "capitation", "rate_cell")
    if hidden is not None:
        known.append(distinct(hidden, "rate_cell"))
    rows = members.filter(_in_period(filing, members)).select(
        "_file", "_line", "member_id", "enrolled_from", "rate_cell"
    )
    unpaid = naming_unknown(rows, "rate_cell", *known)
    if unpaid is None:
        return nothing()
    period = f"{filing.period.start} to {filing.period.end}"
    expected = f"a rate cell that capitation has in the period, {period}"
    return tell(unpaid, [Told(RATE_CELL, ibis.literal(True), unpaid.rate_cell, expected)])


def seen_cell(filing: Filing) -> dict[str, int]:
    """Return how many spans of the period have a rate cell."""
    members = filing.tables["members"]
    asked = members.filter(_in_period(filing, members)).count()
    return {RATE_CELL.full_code: int(asked.execute())}


def _in_period(filing: Filing, members: Table) -> ibis.ir.BooleanValue:
    return (
        members.rate_cell.notnull()
        & (members.enrolled_from <= ibis.date(filing.period.end))
        & (members.enrolled_to.isnull() | (members.enrolled_to >= ibis.date(filing.period.start)))
    )


COMPARISONS = (
    Comparison(
        "members_practices",
        "members",
        ("members", "practices"),
        (PRACTICE,),
        unknown_practice,
        seen_practice,
    ),
    Comparison(
        "members_rate_cells",
        "members",
        ("members", "capitation"),
        (RATE_CELL,),
        unpaid_cell,
        seen_cell,
    ),
)
