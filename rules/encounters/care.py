"""What each member got in some months, and needs: one reading of the final lines for many rules.

A need is a diagnosis in any place on professional or institutional claims of two different days,
or of one inpatient stay: one visit may only have ruled it out. Behavioral needs are those of the
value set ``bh_diagnoses``, physical ones those of ``chronic_conditions``. Care is any final line of
a side, denied ones too, for it was given. A paid day is one with a paid line of a provider's care:
no pharmacy, no independent laboratory.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.codes import sent_codes
from rules.domain import BEHAVIORAL
from rules.encounters.final import final_lines
from rules.model import Filing, Period
from rules.quality.lines import kinds, longest
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

LABORATORY = "81"
"""Place of service of an independent laboratory: a test there is no visit."""

_INPATIENT_BILLS = ("011", "012")


def care(filing: Filing, during: Period) -> pl.DataFrame:
    """Return one row a member with a final line in some months, read once for the filing.

    Returns
    -------
    polars.DataFrame
        ``member_id``; ``bh_days`` and ``ph_days``, the paid days of each side; and, true or false:
        ``bh_need``, ``ph_need``, ``bh_care``, ``ph_care``, ``MH`` and ``SUD`` (a service of that
        domain), ``visit`` and ``ph_visit`` (by the codes of ``measure_services``, of PH or any).
    """
    name = f"care {during.start} {during.end}"
    found: pl.DataFrame = filing.once(name, lambda filing: _by_member(filing, during))
    return found


def _by_member(filing: Filing, during: Period) -> pl.DataFrame:
    """Add up days, of which a member has fewer than lines: both sums are over bits."""
    flags = _flags(filing, during)
    bit = {name: 1 << place for place, name in enumerate(flags.columns[2:])}
    told = reduce(add, (ibis.ifelse(flags[name], value, 0) for name, value in bit.items()))
    each = flags.select("member_id", "day", told=told.cast("int16"))
    days = each.group_by("member_id", "day").agg(told=each.told.bit_or())

    def on(name: str) -> Any:
        return (days.told & bit[name]) != 0

    members = days.group_by("member_id").agg(
        told=days.told.bit_or(),
        **{name: on(name).sum() for name in ("bh_paid", "ph_paid", "bh_told", "ph_told")},
    )
    found: pl.DataFrame = members.to_polars()
    ever = {name: pl.col("told").cast(pl.Int64) & value != 0 for name, value in bit.items()}
    return found.select(
        "member_id",
        bh_days="bh_paid",
        ph_days="ph_paid",
        bh_need=(pl.col("bh_told") > 1) | ever["bh_stay"],
        ph_need=(pl.col("ph_told") > 1) | ever["ph_stay"],
        bh_care=ever["MH"] | ever["SUD"],
        ph_care=ever["PH"],
        **{name: ever[name] for name in ("MH", "SUD", "visit", "ph_visit")},
    )


def _flags(filing: Filing, during: Period) -> Table:
    """Return ``member_id``, ``day`` and what each line tells, true, false or null."""
    lines = filing.once("final_lines", final_lines)
    lines = lines.filter(
        lines.member_id.notnull(), lines.service_from.between(during.start, during.end)
    ).select(
        "member_id",
        "claim_type",
        "line_status",
        "domain",
        "place_of_service",
        "procedure_code",
        "revenue_code",
        "bill_type",
        _list="diagnosis_codes",
        day="service_from",
    )
    needs = ibis.memtable(_needs(sent_codes(filing, "diagnosis_codes")))
    lines = lines.left_join(needs, lines._list == needs.named)
    claim = lines.claim_type.isin(["P", "I"])
    bill = lines.bill_type.lpad(4, "0").substr(0, 3)
    stay = (lines.claim_type == "I") & bill.isin(_INPATIENT_BILLS)
    at_laboratory = lines.place_of_service.lpad(2, "0") == LABORATORY
    paid = claim & (lines.line_status.lower() == "paid") & ~at_laboratory.fill_null(False)
    behavioral, physical = lines.domain.isin(BEHAVIORAL), lines.domain == "PH"
    visit = (lines.claim_type != "R") & (
        lines.procedure_code.isin(_visits(filing, "procedure_code", "procedure")).fill_null(False)
        | lines.revenue_code.isin(_visits(filing, "revenue_code", "revenue")).fill_null(False)
    )
    return lines.select(
        "member_id",
        "day",
        MH=lines.domain == "MH",
        SUD=lines.domain == "SUD",
        PH=physical,
        bh_paid=paid & behavioral,
        ph_paid=paid & physical,
        bh_told=claim & lines.bh,
        ph_told=claim & lines.ph,
        bh_stay=stay & lines.bh,
        ph_stay=stay & lines.ph,
        visit=visit,
        ph_visit=visit & physical,
    )


def _visits(filing: Filing, column: str, field: str) -> list[str]:
    """Return the texts of a code column, as sent, that tell a visit of any kind."""
    entries = kinds(field)
    width = 4 if field == "revenue" else 0
    return [
        text
        for text in sent_codes(filing, column)
        if longest(text.upper().rjust(width, "0"), entries) == "visit"
    ]


def _needs(lists: pl.Series) -> pl.DataFrame:
    """Return ``named``, ``bh`` and ``ph`` of the lists of diagnoses that tell a need."""
    told = (
        pl.DataFrame({"named": lists})
        .with_columns(code=pl.col("named").str.split(";"))
        .explode("code")
    )
    told = told.with_columns(
        pl.col("code").str.strip_chars().str.to_uppercase().str.replace_all(".", "", literal=True)
    )
    behavioral, physical = value_set("bh_diagnoses"), value_set("chronic_conditions")
    distinct = told["code"].drop_nulls().unique()
    bh = [code for code in distinct if behavioral.of(code)]
    ph = [code for code in distinct if physical.of(code) and not behavioral.of(code)]
    lists_told = told.group_by("named").agg(
        bh=pl.col("code").is_in(bh).any(), ph=pl.col("code").is_in(ph).any()
    )
    return lists_told.filter(pl.col("bh") | pl.col("ph"))
