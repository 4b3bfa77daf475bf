"""encounters against code sets too large or too dated for a row edit: HCPCS, provider taxonomy.

HCPCS is asked only where the user has loaded CMS's list (``carvein values update``); CPT and CDT
codes are licensed and never asked. Taxonomies are held against NUCC's list where it was loaded, and
against its groupings where not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.codes import begins_with_any
from rules.encounters.final import standing
from rules.model import Filing, Severity
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.values import ValueSet, find_value_set, value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

BILLING = RelationalEdit(
    "encounters",
    "billing_taxonomy.not_in_set",
    "billing_taxonomy",
    "the billing taxonomy is none of the code set",
    "a code of the NUCC provider taxonomy",
    "Send the taxonomy that the provider is enrolled with.",
)
RENDERING = RelationalEdit(
    "encounters",
    "rendering_taxonomy.not_in_set",
    "rendering_taxonomy",
    "the rendering taxonomy is none of the code set",
    "a code of the NUCC provider taxonomy",
    "Send the taxonomy that the provider is enrolled with.",
)
UNKNOWN = RelationalEdit(
    "encounters",
    "procedure_code.not_in_hcpcs",
    "procedure_code",
    "a lettered procedure code is not in HCPCS Level II",
    "a code of the HCPCS release that is valid on the date of service",
    "Ask the provider for the code that was valid on that day; HCPCS changes every quarter.",
    Severity.MAJOR,
)
NOT_IN_FORCE = RelationalEdit(
    "encounters",
    "procedure_code.not_in_force",
    "procedure_code",
    "the date of service lies outside the dates of the HCPCS code",
    "a code in force on the date of service",
    "Ask the provider for the code that was in force on that day.",
    Severity.MAJOR,
)
EDITS = (BILLING, RENDERING, UNKNOWN, NOT_IN_FORCE)

_LETTERED = "^[A-CE-V][0-9]{4}$"
"""HCPCS Level II but for D, the dental codes, which are CDT."""
_TAXONOMY_FORM = "^[0-9A-Z]{9}X$"
_KEPT = ("_file", "_line", "encounter_id", "line_number", "frequency", "service_from", "service_to")


def faulty(filing: Filing) -> Table:
    """Return the lines with a code that its set does not have on the day, a row a line and edit."""
    lines = _asked(filing)
    dated = ibis.memtable(_dated(find_value_set("hcpcs")))
    rows = lines.left_join(dated, lines.procedure_code == dated.dated_code)
    outside = (rows.service_from > rows.last) | (
        ibis.coalesce(rows.service_to, rows.service_from) < rows.first
    )
    rows = rows.mutate(
        wrong_billing=_no_taxonomy(rows.billing_taxonomy),
        wrong_rendering=_no_taxonomy(rows.rendering_taxonomy),
        unknown=_unknown(rows),
        outside=outside.fill_null(False),
    )
    rows = rows.filter(rows.wrong_billing | rows.wrong_rendering | rows.unknown | rows.outside)
    rows = standing(rows, filing)
    wanted = f"a code of {_title(_taxonomies())}"
    hcpcs = find_value_set("hcpcs")
    return tell(
        rows,
        [
            Told(BILLING, rows.wrong_billing, rows.billing_taxonomy, wanted),
            Told(RENDERING, rows.wrong_rendering, rows.rendering_taxonomy, wanted),
            Told(
                UNKNOWN,
                rows.unknown,
                rows.procedure_code,
                f"a code of {_title(hcpcs)}" if hcpcs else "",
            ),
            Told(
                NOT_IN_FORCE,
                rows.outside,
                rows.procedure_code,
                ibis.ifelse(
                    rows.service_from > rows.last,
                    ibis.literal("a code in force; this one ended on ") + rows.last.cast("string"),
                    ibis.literal("a code in force; this one began on ") + rows.first.cast("string"),
                ),
            ),
        ],
    )


def _asked(filing: Filing) -> Table:
    lines = filing.tables["encounters"]
    lines = lines.filter(lines.line_status.fill_null("") != "denied")
    return lines.select(*_KEPT, "billing_taxonomy", "rendering_taxonomy", "procedure_code")


def _taxonomies() -> ValueSet:
    return find_value_set("nucc_taxonomy") or value_set("taxonomy_groupings")


def _no_taxonomy(column: Any) -> Any:
    """Return whether a code of the right form is none of the set; malformed ones are told else."""
    held = _taxonomies()
    known = column.isin(list(held.codes)) if held.replaced else begins_with_any(column, held.codes)
    return (column.re_search(_TAXONOMY_FORM) & ~known).fill_null(False)


def _unknown(lines: Table) -> Any:
    """Return whether a lettered code is not in the HCPCS list that speaks for the whole service."""
    hcpcs = find_value_set("hcpcs")
    if hcpcs is None:
        return ibis.literal(False)
    code = lines.procedure_code
    asked = _speaks(lines, hcpcs) & code.re_search(_LETTERED)
    return (asked & ~code.isin(list(hcpcs.codes))).fill_null(False)


def _speaks(lines: Table, held: ValueSet) -> Any:
    ended = ibis.coalesce(lines.service_to, lines.service_from)
    speaks = (lines.service_from >= held.effective) & (ended >= held.effective)
    return speaks & (ended <= held.until) if held.until else speaks


def _dated(held: ValueSet | None) -> pl.DataFrame:
    """Return the codes that have days of their own: ``dated_code``, ``first`` and ``last``."""
    starts, ends = (held.starts, held.ends) if held else ({}, {})
    rows = [(code, starts.get(code), ends.get(code)) for code in {**starts, **ends}]
    schema = {"dated_code": pl.String, "first": pl.Date, "last": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _title(held: ValueSet) -> str:
    return f"{held.title}, version {held.version}"


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines had a code to look up; none of HCPCS while no list is loaded."""
    lines, hcpcs = _asked(filing), find_value_set("hcpcs")
    none = ibis.literal(0)
    lettered = lines.procedure_code.re_search(_LETTERED).fill_null(False)
    dated = list(_dated(hcpcs)["dated_code"])
    counted = lines.aggregate(
        billing=lines.billing_taxonomy.count(),
        rendering=lines.rendering_taxonomy.count(),
        unknown=(lettered & _speaks(lines, hcpcs).fill_null(False)).sum() if hcpcs else none,
        outside=lines.procedure_code.isin(dated).fill_null(False).sum() if dated else none,
    )
    names = ("billing", "rendering", "unknown", "outside")
    row = counted.to_polars().row(0, named=True)
    return {edit.full_code: int(row[name] or 0) for edit, name in zip(EDITS, names, strict=True)}


COMPARISON = Comparison("encounters_codes", "encounters", ("encounters",), EDITS, faulty, seen)
