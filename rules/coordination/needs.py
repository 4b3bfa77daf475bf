"""What members need, told by their diagnoses, and which side of care they got.

A need is a diagnosis in any place on professional or institutional claims of two different days,
or of one inpatient stay: one visit may only have ruled it out. Behavioral needs are those of the
value set ``bh_diagnoses``, physical ones those of ``chronic_conditions``. Care is any final line of
a side, denied ones too, for it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Period
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

_INPATIENT_BILLS = ("011", "012")


def needs(filing: Filing, during: Period) -> Table:
    """Return one row a member with a need: ``member_id``, ``bh_need``, ``ph_need``."""
    lines = filing.once("final_lines", final_lines)
    claims = lines.filter(
        lines.claim_type.isin(["P", "I"]),
        lines.member_id.notnull(),
        lines.diagnosis_codes.notnull(),
        lines.service_from.between(during.start, during.end),
    )
    inpatient = claims.bill_type.lpad(4, "0").substr(0, 3).isin(_INPATIENT_BILLS)
    told = claims.select(
        "member_id",
        "diagnosis_codes",
        day="service_from",
        stay=(inpatient & (claims.claim_type == "I")).fill_null(False),
    )
    # Claims tell the same few lists of codes again and again: each list is read once.
    lists = claims.select("diagnosis_codes").distinct().to_polars()["diagnosis_codes"]
    kinds = ibis.memtable(_kinds(lists))
    found = told.join(kinds, told.diagnosis_codes == kinds.named)
    sides = {}
    for side, where in (("bh", found.bh), ("ph", found.ph)):
        sides[f"{side}_first"] = found.day.min(where=where)
        sides[f"{side}_last"] = found.day.max(where=where)
        sides[f"{side}_stay"] = (where & found.stay).any()
    each = found.group_by("member_id").agg(**sides)
    needed = each.select(
        "member_id",
        bh_need=((each.bh_first < each.bh_last) | each.bh_stay).fill_null(False),
        ph_need=((each.ph_first < each.ph_last) | each.ph_stay).fill_null(False),
    )
    return needed.filter(needed.bh_need | needed.ph_need)


def _kinds(lists: pl.Series) -> pl.DataFrame:
    """Return ``named``, ``bh`` and ``ph`` of the lists of diagnoses that tell a need."""
    codes = (
        pl.DataFrame({"named": lists})
        .with_columns(code=pl.col("named").str.split(";"))
        .explode("code")
    )
    codes = codes.with_columns(
        pl.col("code").str.strip_chars().str.to_uppercase().str.replace_all(".", "", literal=True)
    )
    behavioral, physical = value_set("bh_diagnoses"), value_set("chronic_conditions")
    distinct = codes["code"].drop_nulls().unique()
    bh = [code for code in distinct if behavioral.of(code)]
    ph = [code for code in distinct if physical.of(code) and not behavioral.of(code)]
    told = codes.group_by("named").agg(
        bh=pl.col("code").is_in(bh).any(), ph=pl.col("code").is_in(ph).any()
    )
    return told.filter(pl.col("bh") | pl.col("ph"))


def care(filing: Filing, during: Period) -> Table:
    """Return one row a member with any final line: ``member_id``, ``bh_care``, ``ph_care``."""
    lines = filing.once("final_lines", final_lines)
    side = side_of(lines.domain)
    given = lines.filter(
        lines.member_id.notnull(),
        lines.service_from.between(during.start, during.end),
        side.isin(["BH", "PH"]),
    )
    behavioral = side_of(given.domain) == "BH"
    return given.group_by("member_id").agg(bh_care=behavioral.any(), ph_care=(~behavioral).any())


def enrolled(filing: Filing, during: Period, min_days: int) -> Table:
    """Return the members enrolled so many days of some months, and on the last of them.

    One row a member: ``member_id`` and ``smi`` (Y on any span that meets the months).
    """
    members = filing.tables["members"]
    open_end = members.enrolled_to.fill_null(ibis.date(during.end))
    spans = members.filter(
        members.member_id.notnull(), members.enrolled_from <= during.end, open_end >= during.start
    )
    spans = spans.select(
        "member_id",
        first=ibis.greatest(spans.enrolled_from, ibis.date(during.start)),
        last=ibis.least(spans.enrolled_to.fill_null(ibis.date(during.end)), ibis.date(during.end)),
        smi=(spans.smi.upper() == "Y").fill_null(False),
    )
    once = spans.group_by("member_id", "first").agg(last=spans["last"].max(), smi=spans.smi.any())
    each = once.group_by("member_id").agg(
        days=(once["last"].delta(once["first"], unit="day") + 1).sum(),
        until=once["last"].max(),
        smi=once.smi.any(),
    )
    kept = each.filter(each.days >= min_days, each.until == ibis.date(during.end))
    return kept.select("member_id", "smi")
