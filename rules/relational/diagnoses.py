"""Diagnosis lists of encounter lines, taken apart once: distinct strings, years, single codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from rules import icd10cm
from rules.model import Filing

if TYPE_CHECKING:
    from ibis.expr.types import Table

KEPT = (
    "_file",
    "_line",
    "encounter_id",
    "line_number",
    "member_id",
    "service_from",
    "service_to",
    "frequency",
    "diagnosis_codes",
)
"""Columns of an encounter line that the diagnosis edits read."""


def asked(filing: Filing) -> Table:
    """Return the medical lines with a diagnosis that were not denied, with ``year``.

    ``year`` is the federal fiscal year whose codes the line has to use: that of the discharge, else
    of the service; null where a service without a discharge spans two. Pharmacy lines are not
    asked, for their diagnoses are seldom the prescriber's own.
    """
    lines = filing.tables["encounters"]
    lines = lines.filter(
        lines.claim_type.isin(["P", "I"]),
        lines.line_status.fill_null("") != "denied",
        lines.diagnosis_codes.fill_null("") != "",
    )
    began = icd10cm.fiscal_year(lines.service_from)
    ended = icd10cm.fiscal_year(ibis.coalesce(lines.service_to, lines.service_from))
    discharged = icd10cm.fiscal_year(lines.discharge_date)
    year = ibis.ifelse(
        (lines.claim_type == "I") & lines.discharge_date.notnull(),
        discharged,
        ibis.ifelse(began == ended, began, ibis.null(began.type())),
    )
    return lines.select(*KEPT, year=year.cast("int64"))


def strings(filing: Filing) -> Table:
    """Return the distinct ``diagnosis_codes`` and ``year`` of the lines asked."""
    return filing.once(
        "diagnosis_strings",
        lambda held: asked(held).select("diagnosis_codes", "year").distinct(),
    )


def single_codes(listed: Table) -> Table:
    """Return one row a code of each row's list: the columns of ``listed`` and ``code``."""
    # Unnested among the columns: as a join of its own it takes fifty times as long.
    return listed.mutate(code=listed.diagnosis_codes.split(";").unnest())


def with_place(codes: Table) -> Table:
    """Return distinct rows of :func:`single_codes` with ``place``, where the code first stands."""
    distinct = codes.distinct()
    return distinct.mutate(place=distinct.diagnosis_codes.split(";").index(distinct.code))
