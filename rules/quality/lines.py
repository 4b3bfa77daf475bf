"""The encounter lines that measures read: one narrow pass over the final lines, codes in words.

A line is kept where a diagnosis of the value set ``measure_diagnoses`` stands on it, or where it is
of a stay, an emergency department, hospice, a laboratory test or a drug given by injection. Codes
are read once each, however many lines carry them. Denied medical lines are lines: what was denied
was given all the same. A denied pharmacy line is no fill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.codes import sent_codes
from rules.encounters.final import standing
from rules.model import Filing, add_months
from rules.quality.year import measurement_year
from rules.values import ValueSet, find_value_set, value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

DIAGNOSES, SERVICES, DRUGS = "measure_diagnoses", "measure_services", "measure_drugs"

GROUPS = (
    "schizophrenia",
    "bipolar",
    "major_depression",
    "other_mental",
    "self_harm",
    "substance_use",
    "overdose",
    "diabetes",
    "cardiovascular",
    "infarct",
    "dementia",
)
"""Groups of diagnoses; a line's ``told`` has the bit of each that stands on it."""

MENTAL = ("schizophrenia", "bipolar", "major_depression", "other_mental")

_COLUMNS = {
    "procedure": "procedure_code",
    "revenue": "revenue_code",
    "place": "place_of_service",
    "bill": "bill_type",
}
_WIDTH = {"revenue": 4, "place": 2, "bill": 4}
_ALWAYS = ("ed", "hospice", "glucose", "hba1c", "ldl", "screening", "revascularization")
_BY_PROCEDURE = ("sud_visit", "detox", "sud_drug", "injection_14", "injection_28", "injection_30")
_WHO = ("rendering_taxonomy", "rendering_npi", "billing_taxonomy", "billing_npi")
"""Whose taxonomy counts, the first that is known: on the line, then in the providers' table."""

_ROW = ("encounter_id", "line_number", "member_id", "_file", "_line")
_READ = (
    "claim_type",
    "frequency",
    "patient_status",
    "diagnosis_codes",
    *_WHO,
    *_COLUMNS.values(),
)
_KEPT = (
    *_ROW,
    "day",
    "admit",
    "out",
    "open",
    "died",
    "first",
    "told",
    "procedure",
    "revenue",
    "stay",
    "ed",
    "hospice",
    "bh_provider",
)


def bits(names: Iterable[str]) -> int:
    """Return the number with the bits of some groups of diagnoses."""
    return sum(1 << GROUPS.index(name) for name in names)


def kinds(column: str) -> Mapping[str, str]:
    """Return the entries of ``measure_services`` for one field, each with what it tells."""
    values = value_set(SERVICES)
    parted = ((code, *group.partition(".")[::2]) for code, group in values.codes.items())
    return {code: kind for code, kind, field in parted if field == column}


def measure_lines(filing: Filing) -> Table:
    """Return the lines that measures read, of the measurement year and the twelve months before.

    Use it as ``filing.once("quality_lines", measure_lines)``.

    Returns
    -------
    ibis.expr.types.Table
        ``encounter_id``, ``line_number``, ``member_id``, ``day``, ``admit``, ``out``, ``open``
        (still in hospital), ``died``, ``first`` (the group of the principal diagnosis), ``told``
        (bits of all groups), ``procedure``, ``revenue`` (what each code tells, null where nothing),
        ``stay`` (``acute``, ``nonacute`` or null), ``ed``, ``hospice``, ``bh_provider``, ``_file``,
        ``_line``.
    """
    year = measurement_year(filing)
    sent = filing.tables["encounters"]
    begin = sent.service_from
    part = sent.filter(
        begin.between(add_months(year.start, -13), year.end), sent.claim_type.isin(("P", "I"))
    )
    lines = part.select(
        *_ROW,
        *_READ,
        day="service_from",
        admit=ibis.coalesce(part.admit_date, begin),
        out=ibis.coalesce(part.discharge_date, part.service_to, begin),
    )
    for column, frame in _said(filing).items():
        named = ibis.memtable(frame.rename({name: f"{column}_{name}" for name in frame.columns}))
        code = f"{column}_code"
        lines = lines.left_join(named, lines[column] == named[code]).drop(code)
    # Few lines are left by then, and what was corrected is sought among them alone.
    return standing(_kept(lines), filing).select(*_KEPT)


def _kept(lines: Table) -> Table:
    codes = {name: lines[f"{column}_kind"] for name, column in _COLUMNS.items()}
    institutional = lines.claim_type == "I"
    by_revenue = lines.bill_type.isnull() & lines.admit.notnull()
    room = codes["revenue"].isin(("acute", "nonacute", "detox")) & by_revenue
    acute = (codes["bill"] == "acute").fill_null(False) | (
        room & codes["revenue"].isin(("acute", "detox"))
    ).fill_null(False)
    nonacute = (codes["bill"] == "nonacute").fill_null(False) | (
        codes["revenue"] == "nonacute"
    ).fill_null(False)
    status = lines.patient_status.lpad(2, "0")
    lines = lines.mutate(
        stay=ibis.cases(
            (institutional & nonacute, "nonacute"),
            (institutional & acute, "acute"),
            else_=ibis.null(str),
        ),
        **{
            kind: reduce(or_, ((code == kind).fill_null(False) for code in codes.values()))
            for kind in ("ed", "hospice")
        },
        open=(status == "30").fill_null(False) | lines.bill_type_interim.fill_null(False),
        died=status.isin(value_set("patient_statuses").group("died")).fill_null(False),
        told=lines.diagnosis_codes_told.fill_null(0).cast("int16"),
        first=lines.diagnosis_codes_first,
        bh_provider=ibis.coalesce(*(lines[f"{who}_bh"] for who in _WHO), ibis.literal(False)),
        procedure=codes["procedure"],
        revenue=codes["revenue"],
    )
    always = reduce(or_, (code.isin(_ALWAYS).fill_null(False) for code in codes.values()))
    given = lines.procedure.isin(_BY_PROCEDURE).fill_null(False)
    visit = lines.procedure.isin(("visit", "bh_visit")) | lines.revenue.isin(("visit", "bh_visit"))
    seen = lines.bh_provider & visit.fill_null(False)
    return lines.filter((lines.told != 0) | lines.stay.notnull() | always | given | seen)


def _said(filing: Filing) -> dict[str, pl.DataFrame]:
    """Return for each column a frame of the texts sent, as ``code``, and of what they tell."""
    found: dict[str, pl.DataFrame] = {}
    for name, column in _COLUMNS.items():
        entries, width = kinds(name), _WIDTH.get(name, 0)
        read = {text: text.upper().rjust(width, "0") for text in sent_codes(filing, column)}
        rows = [
            (text, longest(code, entries), name == "bill" and code[3:4] in ("2", "3"))
            for text, code in read.items()
        ]
        schema = {"code": pl.String, "kind": pl.String, "interim": pl.Boolean}
        frame = pl.DataFrame(rows, schema, orient="row")
        found[column] = frame.filter(pl.col("kind").is_not_null() | pl.col("interim"))
    behavioral = value_set("bh_taxonomies")
    for column in ("rendering_taxonomy", "billing_taxonomy"):
        mental = [
            (text, is_mental(text.upper(), behavioral)) for text in sent_codes(filing, column)
        ]
        found[column] = pl.DataFrame(mental, {"code": pl.String, "bh": pl.Boolean}, orient="row")
    mental_npis = _mental_npis(filing.tables.get("providers"), behavioral)
    found["rendering_npi"] = found["billing_npi"] = mental_npis
    lists = sent_codes(filing, "diagnosis_codes")
    found["diagnosis_codes"] = told_by_list(lists, value_set(DIAGNOSES))
    return found


def longest(code: str, entries: Mapping[str, str]) -> str | None:
    """Return what the longest entry tells that a code begins with."""
    ends = range(len(code), 0, -1)
    return next((entries[code[:end]] for end in ends if code[:end] in entries), None)


def is_mental(taxonomy: str, behavioral: ValueSet) -> bool:
    """Return whether a taxonomy is of mental health, or of behavioral health of either kind."""
    return behavioral.of(taxonomy) in ("MH", "BH")


def _mental_npis(providers: Any, behavioral: ValueSet) -> pl.DataFrame:
    """Return ``code`` (an NPI) and ``bh``; an NPI whose rows disagree is none of mental health."""
    schema = {"code": pl.String, "bh": pl.Boolean}
    if providers is None:
        return pl.DataFrame(schema=schema)
    rows = providers.select(code=providers.npi, taxonomy=providers.taxonomy.upper()).filter(
        ibis._.code.notnull(), ibis._.taxonomy.notnull()
    )
    known: pl.DataFrame = rows.distinct().to_polars()
    codes = known["taxonomy"].unique().to_list()
    mental = [code for code in codes if is_mental(code, behavioral)]
    return known.group_by("code").agg(bh=pl.col("taxonomy").is_in(mental).all())


def told_by_list(lists: pl.Series, values: ValueSet) -> pl.DataFrame:
    """Return ``code`` (a list of diagnoses as sent), ``told`` (bits), ``first`` (its group).

    Lists that tell nothing are left out. Codes are read without dots and in upper case.
    """
    split = pl.DataFrame({"code": lists}).with_columns(
        one=pl.col("code").str.to_uppercase().str.replace_all(".", "", literal=True).str.split(";")
    )
    # The position counts before the codes are parted, so that the principal stays the first.
    rows = split.with_columns(place=pl.int_ranges(pl.col("one").list.len())).explode("one", "place")
    rows = rows.with_columns(pl.col("one").str.strip_chars())
    said = {code: values.of(code) for code in rows["one"].unique().to_list() if code}
    groups = {code: group for code, group in said.items() if group in GROUPS}
    heard = pl.DataFrame(
        [(code, group, bits([group])) for code, group in groups.items()],
        {"one": pl.String, "group": pl.String, "bit": pl.Int64},
        orient="row",
    )
    met = rows.join(heard, on="one")
    return met.group_by("code").agg(
        told=pl.col("bit").unique().sum(),
        first=pl.col("group").filter(pl.col("place") == 0).first(),
    )


def drug_list() -> ValueSet | None:
    """Return the list of drugs that the user loaded, None when there is none."""
    return find_value_set(DRUGS)
