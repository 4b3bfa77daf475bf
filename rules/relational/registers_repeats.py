"""Keys that must not repeat: members, money and what rules count, one edit a table.

Providers and encounters have edits of their own. What may rightly come twice is not asked: two
agreements with a subcontractor from one day on, a function with two operators, survey calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.relational.ids import nothing
from rules.relational.repeats import find_repeats
from rules.tables import TABLES

if TYPE_CHECKING:
    from ibis.expr.types import Table

COUNTED_TWICE = {
    "members": "member months",
    "capitation": "revenue",
    "ledger": "payments",
}
"""Tables in which a repeated row is counted twice, and what of it."""

REPEATABLE = (
    *COUNTED_TWICE,
    "authorizations",
    "coordination",
    "duals",
    "incentives",
    "practices",
)


def _comparison(table: str) -> Comparison:
    keys = TABLES[table].key
    named = f"{'an' if keys[0][0] in 'aeiou' else 'a'} {' and '.join(keys)}"
    edit = RelationalEdit(
        table,
        f"{keys[0]}.repeated",
        keys[0],
        f"a row repeats the {' and '.join(keys)} of an earlier one",
        f"one row {named}",
        "Send the row once; where the two differ, send the one that is right."
        + (f" Rules count the {COUNTED_TWICE[table]} of both." if table in COUNTED_TWICE else ""),
        Severity.MAJOR if table in COUNTED_TWICE else Severity.MINOR,
    )

    def faulty(filing: Filing) -> Table:
        rows = find_repeats(filing.tables[table].select("_file", "_line", *keys), keys)
        if rows is None:
            return nothing()
        expected = ibis.literal(f"one row {named}; the first is in ") + rows._first
        return tell(rows, [Told(edit, ibis.literal(True), rows[keys[0]], expected)])

    return Comparison(f"{table}_repeats", table, (table,), (edit,), faulty)


COMPARISONS = tuple(_comparison(table) for table in REPEATABLE)
