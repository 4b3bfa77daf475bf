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

_COLUMNS = ("procedure", "revenue", "place", "bill")
_ALWAYS = ("ed", "hospice", "glucose", "hba1c", "ldl", "screening", "revascularization")
_BY_PROCEDURE = ("sud_visit", "detox", "sud_drug", "injection_14", "injection_28", "injection_30")
_READ = (
    "encounter_id",
    "line_number",
    "member_id",
    "claim_type",
    "service_from",
    "service_to",
    "admit_date",
    "discharge_date",
    "procedure_code",
    "revenue_code",
    "place_of_service",
    "bill_type",
    "diagnosis_codes",
    "patient_status",
    "billing_npi",
    "rendering_npi",
    "billing_taxonomy",
    "rendering_taxonomy",
    "frequency",
    "_file",
    "_line",
)
_KEPT = ("encounter_id", "line_number", "member_id", "_file", "_line")


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
        ``encounter_id``, ``line_number``, ``member_id``, ``day``, ``until``, ``admit``, ``out``,
        ``open`` (still in hospital), ``died``, ``first`` (the group of the principal diagnosis),
        ``told`` (bits of all groups), ``procedure``, ``revenue``, ``place``, ``bill`` (what each
        code tells, null where nothing), ``stay`` (``acute``, ``nonacute`` or null), ``ed``,
        ``bh_provider``, ``_file``, ``_line``.
    """
    year = measurement_year(filing)
    sent = filing.tables["encounters"]
    day = sent.service_from
    part = sent.filter(
        day.between(add_months(year.start, -13), year.end), sent.claim_type.isin(("P", "I"))
    )
    lines = standing(part.select(*_READ), filing)
    lines = lines.select(
        *_KEPT,
        "claim_type",
        day="service_from",
        until=ibis.coalesce(lines.service_to, lines.service_from),
        admit=ibis.coalesce(lines.admit_date, lines.service_from),
        out=ibis.coalesce(lines.discharge_date, lines.service_to, lines.service_from),
        status=lines.patient_status.lpad(2, "0"),
        _procedure=lines.procedure_code.upper(),
        _revenue=lines.revenue_code.lpad(4, "0"),
        _place=lines.place_of_service.lpad(2, "0"),
        _bill=lines.bill_type.lpad(4, "0"),
        _list=lines.diagnosis_codes,
        _renders=lines.rendering_taxonomy.upper(),
        _by="rendering_npi",
        _bills=lines.billing_taxonomy.upper(),
        _for="billing_npi",
    )
    said = _said(lines, filing)
    for key, frame in said.items():
        named = ibis.memtable(frame.rename({name: f"{key}_{name}" for name in frame.columns}))
        lines = lines.left_join(named, lines[key] == named[f"{key}_code"]).drop(f"{key}_code")
    return _kept(lines)


def _kept(lines: Table) -> Table:
    codes = {name: lines[f"_{name}_kind"] for name in _COLUMNS}
    institutional = lines.claim_type == "I"
    by_revenue = lines._bill.isnull() & (lines.admit.notnull())
    room = codes["revenue"].isin(("acute", "nonacute", "detox")) & by_revenue
    acute = (codes["bill"] == "acute").fill_null(False) | (
        room & codes["revenue"].isin(("acute", "detox"))
    ).fill_null(False)
    nonacute = (codes["bill"] == "nonacute").fill_null(False) | (
        codes["revenue"] == "nonacute"
    ).fill_null(False)
    lines = lines.mutate(
        stay=ibis.cases(
            (institutional & nonacute, "nonacute"),
            (institutional & acute, "acute"),
            else_=ibis.null(str),
        ),
        ed=reduce(or_, ((code == "ed").fill_null(False) for code in codes.values())),
        open=(lines.status == "30").fill_null(False)
        | lines._bill.substr(3, 1).isin(("2", "3")).fill_null(False),
        died=lines.status.isin(value_set("patient_statuses").group("died")).fill_null(False),
        told=lines._list_told.fill_null(0),
        first=lines._list_first,
        bh_provider=ibis.coalesce(
            lines._renders_bh, lines._by_bh, lines._bills_bh, lines._for_bh, ibis.literal(False)
        ),
        **{name: lines[f"_{name}_kind"] for name in _COLUMNS},
    )
    always = reduce(or_, (lines[name].isin(_ALWAYS).fill_null(False) for name in _COLUMNS))
    given = lines.procedure.isin(_BY_PROCEDURE).fill_null(False)
    visit = lines.procedure.isin(("visit", "bh_visit")) | lines.revenue.isin(("visit", "bh_visit"))
    seen = lines.bh_provider & visit.fill_null(False)
    kept = lines.filter((lines.told != 0) | lines.stay.notnull() | always | given | seen)
    return kept.select(
        *_KEPT,
        "day",
        "until",
        "admit",
        "out",
        "open",
        "died",
        "first",
        "told",
        *_COLUMNS,
        "stay",
        "ed",
        "bh_provider",
    )


def _said(lines: Table, filing: Filing) -> dict[str, pl.DataFrame]:
    """Return for each code column a frame of its codes that occur and of what they tell."""
    keys = [*(f"_{name}" for name in _COLUMNS), "_renders", "_bills"]
    first, *rest = (
        lines.select(key=ibis.literal(key), code=key).filter(ibis._.code.notnull()).distinct()
        for key in keys
    )
    asked = ibis.union(first, *rest).to_polars()
    found: dict[str, pl.DataFrame] = {}
    for name in _COLUMNS:
        codes = asked.filter(pl.col("key") == f"_{name}")["code"].to_list()
        table = kinds(name)
        rows = [(code, kind) for code in codes if (kind := longest(code, table))]
        found[f"_{name}"] = pl.DataFrame(rows, {"code": pl.String, "kind": pl.String}, orient="row")
    behavioral = value_set("bh_taxonomies")
    who = {"code": pl.String, "bh": pl.Boolean}
    for key in ("_renders", "_bills"):
        codes = asked.filter(pl.col("key") == key)["code"].to_list()
        mental = [(code, is_mental(code, behavioral)) for code in codes]
        found[key] = pl.DataFrame(mental, who, orient="row")
    found["_by"] = found["_for"] = _mental_npis(filing.tables.get("providers"), behavioral)
    lists = lines.select("_list").filter(ibis._._list.notnull()).distinct().to_polars()
    found["_list"] = told_by_list(lists["_list"], value_set(DIAGNOSES))
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
