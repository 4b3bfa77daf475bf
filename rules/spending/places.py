"""Where members stand, month by month: their rate cell and their region."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from rules.model import Filing
from rules.spending.use import first_month, months_since

if TYPE_CHECKING:
    from ibis.expr.types import Table

NOWHERE = ""
"""The cell or region of those whom the members' table does not place."""

EVER = 10_000
"""Months beyond any that a submission has."""


def places(filing: Filing) -> Table:
    """Return ``member`` (hash), ``starts``, ``until`` (months), ``cell``, ``region``.

    Each member has one row for any month: a span lasts until the next one starts, the first one
    reaches back for ever. Use it as ``filing.once("places", places)``.
    """
    spans = _spans(filing)
    last = spans.group_by("member", "starts").agg(
        cell=spans.cell.argmax(spans.line), region=spans.region.argmax(spans.line)
    )
    window = ibis.window(group_by=last.member, order_by=last.starts)
    return last.select(
        "member",
        starts=ibis.ifelse(last.starts.lag().over(window).isnull(), -EVER, last.starts),
        until=last.starts.lead().over(window).fill_null(EVER),
        cell=last.cell,
        region=last.region,
    )


def enrolled(filing: Filing, months: int) -> pl.DataFrame:
    """Return people enrolled: ``month`` (from 0), ``cell``, ``region``, ``people`` (weights)."""
    spans = _spans(filing)
    counts: pl.DataFrame = (
        spans.group_by(
            "cell",
            "region",
            starts=spans.starts.clip(0, months),
            ends=spans.ends.clip(-1, months - 1),
        )
        .agg(people=spans.weight.sum())
        .to_polars()
        .filter(pl.col("ends") >= pl.col("starts"))
    )
    if counts.is_empty():
        schema = {"cell": pl.String, "region": pl.String, "people": pl.Float64, "month": pl.Int64}
        return pl.DataFrame(schema=schema)
    return (
        counts.with_columns(month=pl.int_ranges("starts", pl.col("ends") + 1))
        .explode("month")
        .group_by("month", "cell", "region")
        .agg(pl.col("people").sum())
        .with_columns(pl.col("month").cast(pl.Int64), pl.col("people").cast(pl.Float64))
        .sort("month", "cell", "region")
    )


def _spans(filing: Filing) -> Table:
    members, start = filing.tables["members"], first_month(filing)
    region = _region(members, filing)
    members = members.mutate(_region=region) if region is not None else members
    ends = ibis.ifelse(
        members.enrolled_to < members.enrolled_from, ibis.null("date"), members.enrolled_to
    )
    return members.filter(members.member_id.notnull()).select(
        member=members.member_id.hash(),
        starts=_month(start, members.enrolled_from, 0),
        ends=_month(start, ends, EVER),
        cell=members.rate_cell.fill_null(NOWHERE),
        region=members._region if region is not None else ibis.literal(NOWHERE),
        weight=members.weight.fill_null(1.0).clip(0, None),
        line=members._line,
    )


def _month(start: date, day: Any, otherwise: int) -> Any:
    return months_since(start, day).cast("int32").fill_null(otherwise)


def _region(members: Table, filing: Filing) -> Any:
    """Return the region of a member's county, None where the contract draws no regions."""
    named: dict[str, list[str]] = {}
    for fips, region in filing.contract.regions.items():
        named.setdefault(region, []).append(fips)
    if not named:
        return None
    branches = [(members.county_fips.isin(fips), region) for region, fips in named.items()]
    return ibis.cases(*branches, else_=NOWHERE)
