"""providers and encounters against NPPES: listed, active, the same kind, name, place and trade.

NPPES states one practice location a provider: a state or ZIP is told only where no row of the
provider has it. Where the file lists less than half of the submission's NPIs it is taken for an
extract, and absence from it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.encounters.final import standing
from rules.model import Filing, Severity
from rules.npi import is_sound
from rules.nppes import same_organization, same_person
from rules.relational.edit import NPPES, Comparison, RelationalEdit, Told, tell
from rules.tables.column import STATE, ZIP

if TYPE_CHECKING:
    from ibis.expr.types import Table

_REGISTER = "Correct the row, or have the provider correct NPPES."
NOT_LISTED = RelationalEdit(
    "providers",
    "npi.not_in_nppes",
    "npi",
    "an NPI with a right check digit is not in NPPES",
    "an NPI that NPPES lists",
    "Look the provider up in NPPES and correct the NPI.",
    Severity.MAJOR,
)
DEACTIVATED = RelationalEdit(
    "providers",
    "npi.nppes_deactivated",
    "npi",
    "an NPI was deactivated in NPPES while the row is under contract",
    "an NPI that is active",
    "End the contract row, or show that the NPI is active again.",
    Severity.MAJOR,
)
OTHER_KIND = RelationalEdit(
    "providers",
    "entity_type.nppes_differs",
    "entity_type",
    "entity_type differs from NPPES",
    "individual for NPPES entity type 1, facility for 2",
    "Correct entity_type, or list the NPI of the provider who is meant.",
    Severity.MAJOR,
)
OTHER_NAME = RelationalEdit(
    "providers",
    "name.nppes_differs",
    "name",
    "the name cannot be any that NPPES has for the NPI",
    "a name that NPPES has for the NPI",
    "Check whether the NPI is that of the provider who is named.",
)
OTHER_STATE = RelationalEdit(
    "providers",
    "state.nppes_differs",
    "state",
    "no row of the provider is in the state of practice that NPPES has",
    "the state of the practice location in NPPES",
    _REGISTER,
)
OTHER_ZIP = RelationalEdit(
    "providers",
    "zip.nppes_differs",
    "zip",
    "no row of the provider has the ZIP code of practice that NPPES has",
    "the ZIP code of the practice location in NPPES",
    _REGISTER,
)
OTHER_TAXONOMY = RelationalEdit(
    "providers",
    "taxonomy.not_in_nppes",
    "taxonomy",
    "the taxonomy is none of those that NPPES has for the NPI",
    "one of the up to 15 taxonomies in NPPES",
    _REGISTER,
)
BILLED = RelationalEdit(
    "encounters",
    "billing_npi.nppes_deactivated",
    "billing_npi",
    "the billing NPI was deactivated in NPPES on the day of service",
    "an NPI that is active on the day",
    "Find out who rendered the service, and recover what was paid to a provider who could not.",
    Severity.MAJOR,
)
RENDERED = RelationalEdit(
    "encounters",
    "rendering_npi.nppes_deactivated",
    "rendering_npi",
    "the rendering NPI was deactivated in NPPES on the day of service",
    "an NPI that is active on the day",
    "Find out who rendered the service, and recover what was paid to a provider who could not.",
    Severity.MAJOR,
)
_NAMES = (
    "organization",
    "other_organization",
    "last_name",
    "first_name",
    "middle_name",
    "other_last_name",
    "other_first_name",
    "other_middle_name",
)


def faulty_providers(filing: Filing) -> Table:
    """Return the provider rows that NPPES contradicts, one row a row and edit."""
    rows = _met(filing)
    until = ibis.least(rows.contract_end.fill_null(filing.period.end), filing.period.end)
    active_again = (rows.reactivated >= rows.deactivated).fill_null(False)
    place = rows.own_state & rows.practice_state.notnull()
    return tell(
        rows,
        [
            Told(NOT_LISTED, rows.missed, rows.npi, rows.nowhere),
            Told(
                DEACTIVATED,
                (rows.deactivated <= until) & ~active_again,
                rows.npi,
                ibis.literal("an active NPI; NPPES deactivated it on ")
                + rows.deactivated.cast("string"),
            ),
            Told(
                OTHER_KIND,
                rows.entity_type != rows.listed_type,
                rows.entity_type,
                rows.listed_type + " in NPPES",
            ),
            Told(OTHER_NAME, rows.other_name.notnull(), rows.name, rows.other_name + " in NPPES"),
            Told(
                OTHER_STATE,
                ~rows.own_state & rows.state.re_search(STATE.pattern),
                rows.state,
                rows.practice_state + " in NPPES" + rows.updated,
            ),
            Told(
                OTHER_ZIP,
                place & ~rows.own_zip & rows.zip.re_search(ZIP.pattern),
                rows.zip,
                rows.practice_zip + " in NPPES" + rows.updated,
            ),
            Told(
                OTHER_TAXONOMY,
                ~(";" + rows.taxonomies + ";").contains(";" + rows.taxonomy.upper() + ";"),
                rows.taxonomy,
                rows.taxonomies.replace(";", ", ") + " in NPPES" + rows.updated,
            ),
        ],
    )


def seen_providers(filing: Filing) -> Mapping[str, int]:
    """Count the rows that each edit looked at."""
    rows = _met(filing)
    listed = rows.listed_npi.notnull()
    counted: dict[str, Any] = {
        NOT_LISTED.full_code: rows.asked.sum(),
        DEACTIVATED.full_code: listed.sum(),
        OTHER_KIND.full_code: (rows.entity_type.notnull() & rows.listed_type.notnull()).sum(),
        OTHER_NAME.full_code: (
            rows.name.notnull() & (rows.entity_type == rows.listed_type).fill_null(False)
        ).sum(),
        OTHER_STATE.full_code: (
            rows.state.re_search(STATE.pattern) & rows.practice_state.notnull()
        ).sum(),
        OTHER_ZIP.full_code: (rows.zip.re_search(ZIP.pattern) & rows.practice_zip.notnull()).sum(),
        OTHER_TAXONOMY.full_code: (rows.taxonomy.notnull() & rows.taxonomies.notnull()).sum(),
    }
    found = rows.agg(**counted).to_polars().row(0, named=True)
    return {code: int(count or 0) for code, count in found.items()}


def _met(filing: Filing) -> Table:
    """Return the provider rows beside what NPPES has for their NPI, once for a filing."""
    table: Table = filing.once("providers_nppes", _meet)
    return table


def _meet(filing: Filing) -> Table:
    providers, nppes = filing.tables["providers"], _one_a_provider(filing.tables[NPPES])
    file, stated = (
        nppes.agg(file=nppes._file.max(), stated=nppes.stated_on.max()).to_polars().row(0)
    )
    nppes = nppes.mutate(
        listed_npi=nppes.npi,
        listed_type=nppes.entity_type,
        deactivated=nppes.deactivated_on,
        reactivated=nppes.reactivated_on,
        updated=(" (updated there on " + nppes.updated_on.cast("string") + ")").fill_null(""),
    ).select(
        "listed_npi",
        "listed_type",
        "practice_state",
        "practice_zip",
        "taxonomies",
        "updated",
        "deactivated",
        "reactivated",
    )
    rows = providers.left_join(nppes, providers.npi == nppes.listed_npi)
    rows = rows.mutate(asked=is_sound(rows.npi))
    distinct = rows.filter(rows.asked).select("npi", "listed_npi").distinct()
    counted = distinct.agg(every=distinct.count(), listed=distinct.listed_npi.count())
    every, listed = counted.to_polars().row(0)
    if 2 * listed < every:
        rows = rows.mutate(asked=ibis.literal(False))
    mine = ibis.window(group_by=rows.npi)
    rows = rows.mutate(
        missed=rows.asked & rows.listed_npi.isnull() & _enumerated(rows, stated),
        nowhere=ibis.literal(f"an NPI of {file}" if file else "an NPI of NPPES"),
        own_state=(rows.state == rows.practice_state).any().over(mine),
        own_zip=(rows.zip == rows.practice_zip).any().over(mine),
    )
    others = ibis.memtable(_other_names(filing.tables["providers"], filing.tables[NPPES]))
    named = rows.left_join(
        others, [rows.npi == others.named_npi, rows.name == others.listed_as]
    ).drop("named_npi", "listed_as")
    return named


def _enumerated(rows: Table, stated: Any) -> Any:
    """Return whether the NPI must have been there when the file was made."""
    if stated is None:
        return ibis.literal(True)
    return (rows.contract_effective <= ibis.literal(stated).cast("date")).fill_null(True)


def _one_a_provider(nppes: Table) -> Table:
    """Return NPPES with its days as dates and one row an NPI."""
    days = ("updated_on", "deactivated_on", "reactivated_on", "stated_on")
    return nppes.mutate(**{day: nppes[day].cast("date") for day in days}).distinct(
        on="npi", keep="first"
    )


def _other_names(providers: Table, nppes: Table) -> pl.DataFrame:
    """Return the NPIs and names as listed that can be none of NPPES's, and what it has."""
    pairs = providers.filter(providers.name.notnull()).select("npi", "name", "entity_type")
    met = pairs.distinct().inner_join(
        nppes.select("npi", *_NAMES, listed_type="entity_type").distinct(on="npi", keep="first"),
        "npi",
    )
    met = met.filter(met.entity_type == met.listed_type)
    rows = []
    for row in met.to_polars().iter_rows(named=True):
        if told := _other_name(row):
            rows.append((row["npi"], row["name"], told))
    columns = ("named_npi", "listed_as", "other_name")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").unique(
        ["named_npi", "listed_as"], maintain_order=True
    )


def _other_name(row: Mapping[str, str | None]) -> str:
    """Return NPPES's name where the one that is listed cannot be it, else nothing."""
    part = {name: row[name] or "" for name in _NAMES}
    if row["entity_type"] == "facility":
        known = [part["organization"], part["other_organization"]]
        return "" if same_organization(row["name"] or "", known) else part["organization"]
    legal = (part["last_name"], part["first_name"], part["middle_name"])
    other = (
        part["other_last_name"],
        part["other_first_name"] or part["first_name"],
        part["other_middle_name"],
    )
    if same_person(row["name"] or "", [legal, other]):
        return ""
    given = " ".join(word for word in legal[1:] if word)
    return ", ".join(word for word in (legal[0], given) if word)


def faulty_encounters(filing: Filing) -> Table:
    """Return the paid lines whose provider was deactivated on the day, a row a line and edit."""
    nppes = _one_a_provider(filing.tables[NPPES])
    gone = nppes.filter(nppes.deactivated_on.notnull()).select(
        gone="npi", since="deactivated_on", again="reactivated_on"
    )
    lines = filing.tables["encounters"]
    lines = lines.filter(lines.line_status != "denied").select(
        "_file",
        "_line",
        "encounter_id",
        "line_number",
        "service_from",
        "frequency",
        "billing_npi",
        "rendering_npi",
    )
    billed, rendered = gone, gone.view()
    met = lines.left_join(billed, lines.billing_npi == billed.gone).rename(
        billed_gone="gone", billed_since="since", billed_again="again"
    )
    met = met.left_join(rendered, met.rendering_npi == rendered.gone)
    suspects = met.filter(met.billed_gone.notnull() | met.gone.notnull())
    rows = standing(suspects, filing)
    return tell(
        rows,
        [
            Told(
                BILLED,
                _off(rows.service_from, rows.billed_since, rows.billed_again),
                rows.billing_npi,
                _since(rows.billed_since),
            ),
            Told(
                RENDERED,
                _off(rows.service_from, rows.since, rows.again),
                rows.rendering_npi,
                _since(rows.since),
            ),
        ],
    )


def _off(day: Any, since: Any, again: Any) -> Any:
    """Return whether a day lies after the deactivation and before a later reactivation."""
    return (day > since) & ~((again >= since) & (day >= again)).fill_null(False)


def _since(since: Any) -> Any:
    return ibis.literal("an NPI active on the day; NPPES deactivated it on ") + since.cast("string")


COMPARISONS = (
    Comparison(
        "providers_nppes",
        "providers",
        ("providers", NPPES),
        (
            NOT_LISTED,
            DEACTIVATED,
            OTHER_KIND,
            OTHER_NAME,
            OTHER_STATE,
            OTHER_ZIP,
            OTHER_TAXONOMY,
        ),
        faulty_providers,
        seen_providers,
    ),
    Comparison(
        "encounters_nppes",
        "encounters",
        ("encounters", NPPES),
        (BILLED, RENDERED),
        faulty_encounters,
    ),
)
