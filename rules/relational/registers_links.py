"""Registers against members, providers and subcontracts: whether whom they name exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from rules.model import Filing
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.ids import ids_of, naming_unknown, nothing
from rules.tables import TABLES

if TYPE_CHECKING:
    from ibis.expr.types import Table

PLAN = "plan"
"""The word for the plan itself where a subcontractor could stand."""


def _link(
    table: str,
    column: str,
    other: str,
    other_column: str,
    fault: str,
    remedy: str,
    but: str = "",
) -> Comparison:
    """Return the comparison that ``column`` names an id of another table, or the word ``but``."""
    named = "an NPI" if other_column == "npi" else f"a {other_column}"
    wanted = f"{but} or {named} of {other}" if but else f"{named} of {other}"
    edit = RelationalEdit(
        table,
        f"{column}.unknown",
        column,
        fault,
        wanted,
        remedy,
        looks_up=((other, other_column),),
    )

    def asked(filing: Filing) -> Table:
        rows = filing.tables[table]
        return rows.filter(rows[column].notnull() & (rows[column].lower() != but))

    def faulty(filing: Filing) -> Table:
        rows = asked(filing).select(*dict.fromkeys(("_file", "_line", *TABLES[table].key, column)))
        unknown = naming_unknown(rows, column, ids_of(filing, other, other_column))
        if unknown is None:
            return nothing()
        return tell(unknown, [Told(edit, ibis.literal(True), unknown[column], wanted)])

    def seen(filing: Filing) -> dict[str, int]:
        return {edit.full_code: int(asked(filing).count().execute())}

    name = f"{table}_{other}"
    return Comparison(name, table, (table, other), (edit,), faulty, seen)


def _member(table: str, what: str) -> Comparison:
    return _link(
        table,
        "member_id",
        "members",
        "member_id",
        f"{what} is of a member who is in no row of members",
        "Send the member with all spans of the 36 months, or correct the member_id.",
    )


APPOINTMENT_NPI = RelationalEdit(
    "appointments",
    "npi.unknown",
    "npi",
    "a provider was called who is in no row of providers",
    "an NPI of providers",
    "Draw the survey from the directory that is sent, or list the provider.",
    looks_up=(("providers", "npi"),),
)
APPOINTMENT_SITE = RelationalEdit(
    "appointments",
    "site_id.unknown",
    "site_id",
    "a provider was called at a site at which providers does not list it",
    "a site_id of the provider",
    "Correct the site_id, or list the provider at the site.",
    looks_up=(("providers", "npi"),),
)


def surveyed(filing: Filing) -> Table:
    """Return the calls to providers, or at sites, that are not listed."""
    calls, providers = filing.tables["appointments"], filing.tables["providers"]
    rows = calls.select("_file", "_line", *TABLES["appointments"].key)
    hidden = set_aside_ids(filing, "providers", "npi")
    if hidden is not None:
        rows = rows.anti_join(hidden, "npi")
    listed = providers.select(_npi="npi").distinct()
    sites = providers.select(_at="npi", _site="site_id").distinct()
    rows = rows.left_join(listed, rows.npi == listed._npi)
    rows = rows.left_join(sites, [rows.npi == sites._at, rows.site_id == sites._site])
    unknown: Any = rows._npi.isnull()
    return tell(
        rows,
        [
            Told(APPOINTMENT_NPI, unknown, rows.npi, "an NPI of providers"),
            Told(
                APPOINTMENT_SITE,
                ~unknown & rows.site_id.notnull() & rows._site.isnull(),
                rows.site_id,
                ibis.literal("a site_id of NPI ") + rows.npi + " in providers",
            ),
        ],
    )


COMPARISONS = (
    _member("authorizations", "a decision"),
    _member("appeals", "a case"),
    _member("coordination", "an event"),
    _member("duals", "a month of Medicare"),
    _link(
        "authorizations",
        "reviewer_entity",
        "subcontracts",
        "subcontractor_id",
        "decisions were made by someone who is neither the plan nor in subcontracts",
        "Enter the reviewer in the register, or write plan where the plan itself decided.",
        but=PLAN,
    ),
    _link(
        "functions",
        "operator",
        "subcontracts",
        "subcontractor_id",
        "a function is run by someone who is neither the plan nor in subcontracts",
        "Enter the operator in the register, or write plan where the plan runs it.",
        but=PLAN,
    ),
    _link(
        "coordination",
        "actor_npi",
        "providers",
        "npi",
        "the provider who acted is in no row of providers",
        "Nothing, if the provider is outside the network; else list the provider.",
    ),
    Comparison(
        "appointments_providers",
        "appointments",
        ("appointments", "providers"),
        (APPOINTMENT_NPI, APPOINTMENT_SITE),
        surveyed,
    ),
)
