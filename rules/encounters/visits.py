"""Days on which a member had two visits or more, and what became of those visits.

A visit is what one clinician did with one member on one day, told by the codes of the value set
``visits``: an evaluation with psychotherapy added by the same prescriber is one. At a federally
qualified or rural health center (by place, type of bill or code) a visit is what one center did
for one side, physical or behavioral, on one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.codes import sent_codes
from rules.domain import BEHAVIORAL
from rules.encounters.final import final_lines, natural_key
from rules.model import Filing, Period
from rules.values import value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

SAME_DAY = ("97", "231", "236", "B20")
"""CARC: in the payment of another service; mutually exclusive on one day; not compatible with
another of the day; furnished by another provider."""

CREDENTIALS = ("B7",)
"""CARC: the provider was not certified or eligible on that day."""

_CENTER_PLACES = ("50", "72")
_CENTER_BILLS = ("071", "077")


def visit_lines(filing: Filing, during: Period) -> Table:
    """Return the final lines of visits in some months, with what tells the visit they are of.

    Adds ``behavioral``, ``center``, ``who``, ``paid``, ``same_day`` and ``credentials``.
    """
    values = value_set("visits")
    lines = filing.once("final_lines", final_lines)
    mine = lines.filter(
        lines.procedure_code.isin(_texts(filing, "procedure_code", sorted(values.codes))),
        lines.member_id.notnull(),
        lines.service_from.between(during.start, during.end),
        lines.domain.isin([*BEHAVIORAL, "PH"]),
    )
    center = mine.place_of_service.lpad(2, "0").isin(_CENTER_PLACES).fill_null(False)
    center |= mine.bill_type.lpad(4, "0").substr(0, 3).isin(_CENTER_BILLS).fill_null(False)
    center |= mine.procedure_code.isin(_texts(filing, "procedure_code", values.group("clinic")))
    behavioral = mine.domain.isin(BEHAVIORAL)
    denied = (mine.line_status.lower() == "denied").fill_null(False)
    own = ibis.coalesce(mine.rendering_npi, mine.billing_npi, "")
    at_center = ibis.coalesce(mine.billing_npi, "") + ibis.ifelse(behavioral, "/BH", "/PH")
    reasons = {
        name: mine.denial_code.isin(_texts(filing, "denial_code", wanted)).fill_null(False)
        for name, wanted in (("same_day", SAME_DAY), ("credentials", CREDENTIALS))
    }
    return mine.mutate(
        behavioral=behavioral,
        center=center,
        who=ibis.ifelse(center, at_center, own),
        paid=~denied,
        **{name: denied & reason for name, reason in reasons.items()},
    )


def _texts(filing: Filing, column: str, wanted: Sequence[str]) -> list[str]:
    """Return how the lines write some codes: in any case, a reason with its group or without."""
    groups = r"^(CO|CR|OA|PI|PR)[- ]?" if column == "denial_code" else "^"
    sent = sent_codes(filing, column)
    return sent.filter(sent.str.to_uppercase().str.replace(groups, "").is_in(wanted)).to_list()


def visits(lines: Table) -> Table:
    """Return one row a visit: ``member_id``, ``day``, ``behavioral`` and what became of it.

    A visit is denied for being on the same day when none of its lines was paid and one was denied
    so; for credentials likewise.
    """
    found = lines.group_by("member_id", "center", "who", day=lines.service_from).agg(
        behavioral=lines.behavioral.any(),
        paid=lines.paid.any(),
        same_day=lines.same_day.any(),
        credentials=lines.credentials.any(),
    )
    return found.mutate(
        same_day=found.same_day & ~found.paid, credentials=found.credentials & ~found.paid
    )


def shared_days(filing: Filing, during: Period) -> Table:
    """Return the days of a member with two visits or more in some months, read once for the filing.

    ``member_id``, ``day``; ``mixed`` has visits of both sides; ``center``, ``same_day`` and
    ``credentials`` say whether any visit of the day was at a health center, or was denied so.
    """
    name = f"shared_days_{during.start:%Y%m%d}_{during.end:%Y%m%d}"
    days: Table = filing.once(name, lambda filing: _shared_days(visit_lines(filing, during)))
    return days


def _shared_days(lines: Table) -> Table:
    each = visits(lines)
    days = each.group_by("member_id", "day").agg(
        visits=each.count(),
        behavioral=each.behavioral.any(),
        physical=(~each.behavioral).any(),
        center=each.center.any(),
        same_day=each.same_day.any(),
        credentials=each.credentials.any(),
    )
    shared = days.filter(days.visits >= 2)
    return shared.select(
        "member_id",
        "day",
        "center",
        "same_day",
        "credentials",
        mixed=shared.behavioral & shared.physical,
    )


def count_shared(filing: Filing, during: Period) -> pl.DataFrame:
    """Return ``center``, ``mixed``, ``days``, ``same_day`` and ``credentials``, sorted."""
    days = shared_days(filing, during)
    found = days.group_by("center", "mixed").agg(
        days=days.count(), same_day=days.same_day.sum(), credentials=days.credentials.sum()
    )
    counts: pl.DataFrame = found.to_polars()
    return counts.sort("center", "mixed")


def denied_lines(filing: Filing, during: Period, center: bool) -> Table:
    """Return a violation table of the lines denied for the day, on days with both sides."""
    lines, days = visit_lines(filing, during), shared_days(filing, during)
    mixed = days.filter(days.mixed, days.center == center, days.same_day)
    mixed = mixed.select(_member="member_id", _day="day")
    faulty = lines.filter(lines.same_day)
    rows: Any = faulty.semi_join(
        mixed, [faulty.member_id == mixed._member, faulty.service_from == mixed._day]
    )
    return rows.select(
        table=ibis.literal("encounters"),
        file=rows._file,
        line=rows._line,
        natural_key=natural_key(rows),
        field=ibis.literal("denial_code"),
        value=rows.denial_code,
        expected=ibis.literal("paid beside a visit of the other side on that day"),
    )
