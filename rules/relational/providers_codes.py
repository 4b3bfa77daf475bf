"""providers against NUCC's list of taxonomies, where the user has loaded it.

Without it the row edit holds a taxonomy against the groupings of the code set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.values import find_value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

NOT_LISTED = RelationalEdit(
    "providers",
    "taxonomy.not_in_nucc",
    "taxonomy",
    "the taxonomy is not in the list of NUCC that was loaded",
    "a code of the NUCC provider taxonomy",
    "Send the taxonomy that the provider is enrolled with, or load a later list.",
)


def faulty(filing: Filing) -> Table:
    """Return the providers whose well-formed taxonomy the loaded list does not have."""
    held, rows = find_value_set("nucc_taxonomy"), filing.tables["providers"]
    if held is None:
        return tell(rows, [Told(NOT_LISTED, ibis.literal(False), rows.taxonomy, "")])
    wrong = rows.taxonomy.re_search("^[0-9A-Z]{9}X$") & ~rows.taxonomy.isin(list(held.codes))
    wanted = f"a code of {held.title}, version {held.version}"
    return tell(rows, [Told(NOT_LISTED, wrong, rows.taxonomy, wanted)])


def seen(filing: Filing) -> dict[str, int]:
    """Return how many rows have a taxonomy; none while no list is loaded."""
    if find_value_set("nucc_taxonomy") is None:
        return {NOT_LISTED.full_code: 0}
    return {NOT_LISTED.full_code: int(filing.tables["providers"].taxonomy.count().execute())}


COMPARISON = Comparison("providers_codes", "providers", ("providers",), (NOT_LISTED,), faulty, seen)
