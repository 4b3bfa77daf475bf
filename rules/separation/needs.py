"""What each member with a BH need got in the months looked back on: PH, BH, or both.

A member has a BH need who has the ``smi`` flag, a BH diagnosis in any position of a paid line, or a
paid BH service. Only members enrolled all but :data:`GAP` days of the window are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing
from rules.separation.served import visits
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

GAP = 45
"""Days of the window that a member may be without enrolment. carvein's own default, after the
gap that measures of quality commonly allow."""

HEAVY = 4
"""Days with a PH visit from which a member is one who needs PH too. carvein's own default."""


def needs(filing: Filing) -> Table:
    """Return one row a member with a BH need; use it as ``filing.once("bh needs", needs)``.

    Returns
    -------
    ``member_id``, ``smi``, ``dual``, ``diagnosed`` and ``covered`` (enrolled all but the gap),
    true or false, and ``ph_days``, ``bh_days``: days with a paid visit of each kind.
    """
    lines = visits(filing)
    used = lines.group_by("member_id").agg(
        ph_days=lines.service_from.nunique(where=lines.side == "PH"),
        bh_days=lines.service_from.nunique(where=lines.side == "BH"),
    )
    flagged = enrolled(filing)
    told = flagged.left_join(used, "member_id").drop("member_id_right")
    diagnosed = with_bh_diagnosis(lines).mutate(found=ibis.literal(True))
    told = told.left_join(diagnosed, "member_id").drop("member_id_right")
    told = told.mutate(
        ph_days=told.ph_days.fill_null(0),
        bh_days=told.bh_days.fill_null(0),
        diagnosed=told.found.fill_null(False),
    ).drop("found")
    return told.filter(told.smi | told.diagnosed | (told.bh_days > 0))


def enrolled(filing: Filing) -> Table:
    """Return ``member_id``, ``smi``, ``dual``, ``covered`` of members enrolled in the window."""
    window = filing.look_back(12)
    spans = filing.tables["members"]
    began = ibis.greatest(spans.enrolled_from, ibis.literal(window.start))
    ended = ibis.least(spans.enrolled_to.fill_null(window.end), ibis.literal(window.end))
    spans = spans.mutate(days=ended.delta(began, unit="day") + 1)
    spans = spans.filter(spans.days > 0, spans.member_id.notnull())
    wanted = (window.end - window.start).days + 1 - GAP
    return spans.group_by("member_id").agg(
        smi=(spans.smi.upper() == "Y").any().fill_null(False),
        dual=spans.dual_status.lower().isin(["partial", "full"]).any().fill_null(False),
        covered=spans.days.sum() >= wanted,
    )


def with_bh_diagnosis(lines: Table) -> Table:
    """Return ``member_id`` of those with a BH diagnosis in any position of the lines."""
    told = lines.filter(lines.diagnosis_codes.notnull(), lines.member_id.notnull())
    lists = told.select("member_id", "diagnosis_codes").distinct()
    codes = lists.mutate(code=lists.diagnosis_codes.split(";").unnest())
    codes = codes.select("member_id", code=codes.code.strip().upper().replace(".", "")).distinct()
    behavioral = value_set("bh_diagnoses")
    asked = codes.select("code").distinct().to_polars()["code"].to_list()
    known = [code for code in asked if code and behavioral.of(code)]
    found = pl.DataFrame({"code": known}, schema={"code": pl.String})
    return codes.semi_join(ibis.memtable(found), "code").select("member_id").distinct()
