"""providers against the delegation register and the members who name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, set_aside_ids, tell
from rules.relational.ids import nothing
from rules.specialty import specialties_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNREGISTERED = RelationalEdit(
    "providers",
    "subcontractor_id.unknown",
    "subcontractor_id",
    "the subcontractor that holds the contract is not in subcontracts",
    "a subcontractor_id of subcontracts, or empty for a direct contract",
    "Enter the subcontractor in the register, or correct the id.",
    Severity.MAJOR,
    looks_up=(("subcontracts", "subcontractor_id"),),
)
NOT_IN_FORCE = RelationalEdit(
    "providers",
    "subcontractor_id.not_in_force",
    "subcontractor_id",
    "the provider is listed through a subcontractor without an agreement at the period's end",
    "a subcontractor with an agreement in force",
    "Send the agreement that is missing, or end the provider's contract with it.",
    looks_up=(("subcontracts", "subcontractor_id"),),
)
OVER_PANEL = RelationalEdit(
    "providers",
    "panel_limit.exceeded",
    "panel_limit",
    "more members name the provider at the period's end than the panel may hold",
    "a panel_limit that holds the members who are assigned",
    "Assign members to others, raise panel_limit, or set accepting_new to N.",
    looks_up=(("providers", "npi"),),
)
NO_SPECIALTY = RelationalEdit(
    "providers",
    "program.unknown",
    "program",
    "a provider that counts for no specialty: neither program nor taxonomy is one of them",
    "a taxonomy or program of the specialties value set",
    "Name a program or slug of the value set, or the taxonomy; nothing, where no standard asks "
    "for what the provider does.",
)
_KEY = ("npi", "site_id", "taxonomy")


def without_agreement(filing: Filing) -> Table:
    """Return the rows with a subcontractor that is unknown, or no longer bound."""
    providers, register = filing.tables["providers"], filing.tables["subcontracts"]
    day = ibis.date(filing.period.end)
    bound = (register.effective.isnull() | (register.effective <= day)) & (
        register.end.isnull() | (register.end >= day)
    )
    known = register.group_by(_sub="subcontractor_id").agg(
        _bound=bound.any(), _ended=register.end.max()
    )
    rows = providers.filter(providers.subcontractor_id.notnull()).select(
        "_file", "_line", *_KEY, "subcontractor_id", "contract_effective", "contract_end"
    )
    rows = rows.left_join(known, rows.subcontractor_id == known._sub)
    hidden = set_aside_ids(filing, "subcontracts", "subcontractor_id")
    if hidden is not None:
        rows = rows.anti_join(hidden, "subcontractor_id")
    listed = (rows.contract_effective <= day) & (
        rows.contract_end.isnull() | (rows.contract_end >= day)
    )
    ended = ibis.coalesce(
        ibis.literal("; the last ended on ") + rows._ended.cast("string"),
        ibis.literal("; none has begun"),
    )
    expected = ibis.literal(f"an agreement in force on {filing.period.end}") + ended
    return tell(
        rows,
        [
            Told(
                UNREGISTERED,
                rows._sub.isnull(),
                rows.subcontractor_id,
                "a subcontractor_id of subcontracts",
            ),
            Told(
                NOT_IN_FORCE,
                rows._sub.notnull() & ~rows._bound & listed,
                rows.subcontractor_id,
                expected,
            ),
        ],
    )


def seen_subcontractors(filing: Filing) -> dict[str, int]:
    """Return how many rows are contracted through a subcontractor."""
    asked = int(filing.tables["providers"].subcontractor_id.count().execute())
    return {edit.full_code: asked for edit in (UNREGISTERED, NOT_IN_FORCE)}


def over_panel(filing: Filing) -> Table:
    """Return the first row of each provider whose panels, taken together, hold too few."""
    members, providers = filing.tables["members"], filing.tables["providers"]
    day = ibis.date(filing.period.end)
    now = members.filter(
        members.pcp_npi.notnull(),
        members.enrolled_from <= day,
        members.enrolled_to.isnull() | (members.enrolled_to >= day),
    )
    assigned = now.select("member_id", "pcp_npi", "weight").distinct()
    assigned = assigned.group_by(_pcp="pcp_npi").agg(_people=assigned.weight.fill_null(1.0).sum())
    # A site may be listed once a specialty, with one panel.
    panels = providers.group_by("npi", "site_id").agg(
        _limit=providers.panel_limit.max(), _full=providers.panel_limit.notnull().all()
    )
    room = panels.group_by(_npi="npi").agg(_room=panels._limit.sum(), _bounded=panels._full.all())
    full = room.inner_join(assigned, room._npi == assigned._pcp)
    full = full.filter(full._bounded & (full._people > full._room))
    rows = providers.select("_file", "_line", *_KEY, "panel_limit")
    hidden = set_aside_ids(filing, "providers", "npi")
    if hidden is not None:
        rows = rows.anti_join(hidden, "npi")
    rows = rows.inner_join(full, rows.npi == full._npi)
    first = ibis.window(group_by="npi", order_by=["_file", "_line"])
    rows = rows.mutate(_nth=ibis.row_number().over(first))
    people = rows._people.round(0).cast("int64").cast("string")
    expected = people + f" or more: so many members name the NPI on {filing.period.end}"
    value = rows._room.cast("int64").cast("string")
    return tell(rows, [Told(OVER_PANEL, rows._nth == 0, value, expected)])


def seen_panels(filing: Filing) -> dict[str, int]:
    """Return how many rows state a panel limit."""
    return {OVER_PANEL.full_code: int(filing.tables["providers"].panel_limit.count().execute())}


def without_specialty(filing: Filing) -> Table:
    """Return the rows with a program that count for no specialty; each pair is looked up once."""
    rows = _with_program(filing).select("_file", "_line", *_KEY, "program")
    pairs = rows.select("taxonomy", "program").distinct().to_polars()
    lost = [pair for pair in pairs.iter_rows() if not specialties_of(*pair)]
    if not lost:
        return nothing()
    unmapped = ibis.memtable(
        pl.DataFrame(lost, schema={"_code": pl.String, "_name": pl.String}, orient="row")
    )
    rows = rows.semi_join(
        unmapped,
        [rows.taxonomy.identical_to(unmapped["_code"]), rows.program == unmapped["_name"]],
    )
    return tell(rows, [Told(NO_SPECIALTY, ibis.literal(True), rows.program, NO_SPECIALTY.wanted)])


def _with_program(filing: Filing) -> Table:
    rows = filing.tables["providers"]
    return rows.filter(rows.program.notnull())


def seen_programs(filing: Filing) -> dict[str, int]:
    """Return how many rows name a program."""
    return {NO_SPECIALTY.full_code: int(_with_program(filing).count().execute())}


COMPARISONS = (
    Comparison(
        "providers_subcontracts",
        "providers",
        ("providers", "subcontracts"),
        (UNREGISTERED, NOT_IN_FORCE),
        without_agreement,
        seen_subcontractors,
    ),
    Comparison(
        "providers_panels",
        "providers",
        ("providers", "members"),
        (OVER_PANEL,),
        over_panel,
        seen_panels,
    ),
    Comparison(
        "providers_specialties",
        "providers",
        ("providers",),
        (NO_SPECIALTY,),
        without_specialty,
        seen_programs,
    ),
)
