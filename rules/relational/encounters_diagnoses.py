"""encounters against ICD-10-CM: codes of the year, billable, told once, and fit to stand first.

A code is judged by the list of the fiscal year of the service. Where no list of that year is in
force nothing is said of it: codes come and go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt
import polars as pl

from rules import icd10cm
from rules.codes import begins_with_any
from rules.encounters.final import standing
from rules.icd10cm_release import HEADER
from rules.model import Filing, Severity
from rules.relational.diagnoses import asked, single_codes, strings, with_place
from rules.relational.edit import Comparison, RelationalEdit, Told, tell
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNKNOWN = RelationalEdit(
    "encounters",
    "diagnosis_codes.not_in_icd10cm",
    "diagnosis_codes",
    "a diagnosis is no ICD-10-CM code of the fiscal year of the service",
    "codes of the ICD-10-CM release that is valid on the date of service",
    "Ask the provider for the code that was valid on that day; codes change on 1 October.",
    Severity.MAJOR,
)
NOT_BILLABLE = RelationalEdit(
    "encounters",
    "diagnosis_codes.not_billable",
    "diagnosis_codes",
    "a diagnosis is a heading of ICD-10-CM, not a billable code",
    "codes with all the characters that ICD-10-CM has for them",
    "Ask the provider for the complete code; a heading is not billable.",
    Severity.MAJOR,
)
REPEATED = RelationalEdit(
    "encounters",
    "diagnosis_codes.repeated",
    "diagnosis_codes",
    "a line tells one diagnosis twice",
    "each diagnosis once a line",
    "Send each code once, the principal one first.",
)
CAUSE_FIRST = RelationalEdit(
    "encounters",
    "diagnosis_codes.external_cause_first",
    "diagnosis_codes",
    "the first diagnosis is an external cause (V00-Y99)",
    "the injury or condition first (ICD-10-CM guidelines, I.C.20.a.6)",
    "Put the injury or condition first and the external cause after it.",
)
MANIFESTATION_FIRST = RelationalEdit(
    "encounters",
    "diagnosis_codes.manifestation_first",
    "diagnosis_codes",
    "the first diagnosis is a manifestation of another disease",
    "the underlying disease first (ICD-10-CM guidelines, I.A.13)",
    "Put the underlying disease first and the manifestation after it.",
)
EDITS = (UNKNOWN, NOT_BILLABLE, REPEATED, CAUSE_FIRST, MANIFESTATION_FIRST)

_FORM = "^([A-Z][0-9]|QA)[0-9AB][0-9A-Z]{0,4}$"
"""Codes of another form are told by the edit of the column."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def list_unique(codes: dt.Array[dt.String]) -> int:  # type: ignore[empty-body]
    """Return how many codes of a list differ; DuckDB's own, for ibis writes its unique() wrong."""


def faulty(filing: Filing) -> Table:
    """Return the lines with a faulty list of diagnoses, one row a line and edit."""
    lists = filing.once("diagnosis_faults", _faulty_lists)
    lines = asked(filing)
    rows = lines.inner_join(
        lists,
        [
            lines.diagnosis_codes == lists.listed,
            lines.year.fill_null(0) == lists.of_year,
        ],
    )
    rows = standing(rows, filing)
    first = rows.diagnosis_codes.re_extract("^[^;]*", 0)
    return tell(
        rows,
        [
            Told(UNKNOWN, rows.unknown.notnull(), rows.unknown, _release(rows)),
            Told(
                NOT_BILLABLE,
                rows.headers.notnull(),
                rows.headers,
                ibis.literal("a billable code such as ") + rows.example,
            ),
            Told(REPEATED, rows.repeated.notnull(), rows.repeated, "each code once"),
            Told(CAUSE_FIRST, rows.cause, first, "the injury or condition before its cause"),
            Told(
                MANIFESTATION_FIRST, rows.manifestation, first, "the disease before what it causes"
            ),
        ],
    )


def _faulty_lists(filing: Filing) -> Table:
    """Return one row a faulty list and year: what is unknown, headings, repeated, falsely first."""
    lists = strings(filing)
    split = lists.diagnosis_codes.split(";")
    lists = lists.mutate(
        of_year=lists.year.fill_null(0),
        cause=lists.diagnosis_codes.left(1).isin(["V", "W", "X", "Y"]),
        manifestation=begins_with_any(
            lists.diagnosis_codes, value_set("manifestation_codes").codes
        ),
        twice=list_unique(split) < split.length(),
    )
    found = _against_releases(filing, lists)
    repeated = _repeated(lists)
    rows = lists.left_join(
        found, [lists.diagnosis_codes == found.string, lists.of_year == found.in_year]
    ).drop("string", "in_year")
    rows = rows.left_join(repeated, rows.diagnosis_codes == repeated.string)
    rows = rows.filter(
        rows.unknown.notnull()
        | rows.headers.notnull()
        | rows.repeated.notnull()
        | rows.cause
        | rows.manifestation
    )
    return rows.select(
        "of_year",
        "unknown",
        "headers",
        "example",
        "repeated",
        "cause",
        "manifestation",
        listed="diagnosis_codes",
    )


def _repeated(lists: Table) -> Table:
    """Return the lists that tell a code twice: ``string`` and ``repeated``, the codes."""
    codes = single_codes(lists.filter(lists.twice).select("diagnosis_codes").distinct())
    counted = codes.group_by("diagnosis_codes", "code").agg(times=codes.count())
    several = with_place(counted.filter(counted.times > 1).select("diagnosis_codes", "code"))
    return several.group_by(string="diagnosis_codes").agg(
        repeated=several.code.group_concat(sep=";", order_by=several.place)
    )


def _against_releases(filing: Filing, lists: Table) -> Table:
    """Return what the list of its year says of each string that has a code to be told."""
    codes = single_codes(
        lists.filter(lists.of_year.isin(list(icd10cm.releases()))).select(
            "diagnosis_codes", "of_year"
        )
    )
    bad = filing.once("diagnosis_bad_codes", lambda held: _bad_codes(codes))
    met = with_place(codes.semi_join(bad, ["code", "of_year"]))
    met = met.inner_join(bad, ["code", "of_year"])
    return met.group_by(string="diagnosis_codes", in_year="of_year").agg(
        unknown=met.code.group_concat(sep=";", where=~met.is_header, order_by=met.place),
        headers=met.code.group_concat(sep=";", where=met.is_header, order_by=met.place),
        example=met.example.argmin(met.place, where=met.is_header),
    )


def _bad_codes(codes: Table) -> Table:
    """Return the distinct codes that the list of their year does not take, or not as billable."""
    known = pl.concat(
        icd10cm.kinds(year).with_columns(known_year=pl.lit(year, pl.Int64))
        for year in icd10cm.releases()
    ).rename({"code": "known_code"})
    told = ibis.memtable(known)
    distinct = codes.select("code", "of_year").distinct()
    met = distinct.left_join(
        told, [distinct.code == told.known_code, distinct.of_year == told.known_year]
    )
    met = met.filter(
        ((met.kind == HEADER) & (met.example != ""))
        | (met.known_code.isnull() & met.code.re_search(_FORM))
    )
    return met.select("code", "of_year", "example", is_header=met.known_code.notnull())


def _release(rows: Table) -> Any:
    told = [
        (
            rows.of_year == year,
            f"codes of ICD-10-CM for fiscal year {year} ({held.version})",
        )
        for year, held in icd10cm.releases().items()
    ]
    return ibis.cases(*told, else_="")


def seen(filing: Filing) -> dict[str, int]:
    """Return how many lines each edit looked at; those of a year without a list not at all."""
    lines = asked(filing)
    decided = lines.year.isin(list(icd10cm.releases())).fill_null(False)
    every, known = lines.aggregate(every=lines.count(), known=decided.sum()).to_pandas().iloc[0]
    by_release = {UNKNOWN.full_code, NOT_BILLABLE.full_code}
    return {
        edit.full_code: int(known if edit.full_code in by_release else every) if every else 0
        for edit in EDITS
    }


COMPARISON = Comparison("encounters_diagnoses", "encounters", ("encounters",), EDITS, faulty, seen)
