"""Admissions to a hospital, each counted once, and when somebody was told of them."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from rules.domain import side_of
from rules.encounters.final import final_lines
from rules.model import Filing, Period

_BILLS = ("011",)
"""Type of bill of a hospital inpatient claim, its leading zero and its frequency aside."""

_NEAR = timedelta(days=1)


def admissions(filing: Filing, during: Period) -> pl.DataFrame:
    """Return the admissions to a hospital that began in some months, read once for the filing.

    Lines and claims of one member and admission day are one; so is what begins no later than the
    day after the stay before it ended, which is a transfer. Denied stays are left out.

    Returns
    -------
    polars.DataFrame
        ``member_id``, ``admit``, ``out``, ``behavioral`` (a line of the stay is MH or SUD), and
        the row of its first claim, sorted.
    """
    name = f"admissions {during.start} {during.end}"
    found: pl.DataFrame = filing.once(name, lambda filing: _admissions(filing, during))
    return found


def _admissions(filing: Filing, during: Period) -> pl.DataFrame:
    lines = filing.once("final_lines", final_lines)
    admit = lines.admit_date.fill_null(lines.service_from)
    paid = (lines.line_status.lower() != "denied").fill_null(True)
    inside = lines.filter(
        lines.claim_type == "I",
        lines.bill_type.lpad(4, "0").substr(0, 3).isin(_BILLS),
        lines.member_id.notnull(),
        paid,
        # A stay before the first month may run into it, and what follows is then a transfer.
        admit <= during.end,
        lines.service_to >= during.start - timedelta(days=366),
    )
    claims = inside.group_by(
        "member_id", "encounter_id", "_file", admit=inside.admit_date.fill_null(inside.service_from)
    ).agg(
        out=inside.discharge_date.fill_null(inside.service_to).max(),
        behavioral=(side_of(inside.domain) == "BH").any(),
        _line=inside._line.min(),
    )
    rows: pl.DataFrame = claims.to_polars().sort(
        "member_id", "admit", "out", "encounter_id", "_file", "_line"
    )
    reached = pl.col("out").cum_max().shift(1).over("member_id")
    opens = (pl.col("admit") > reached + _NEAR).fill_null(True)
    merged = (
        rows.with_columns(number=opens.cast(pl.Int64).cum_sum().over("member_id"))
        .group_by("member_id", "number", maintain_order=True)
        .agg(
            pl.col("admit").first(),
            pl.col("out").max(),
            pl.col("behavioral").any(),
            pl.col("encounter_id", "_file", "_line").first(),
        )
    )
    return merged.filter(pl.col("admit").is_between(during.start, during.end)).drop("number")


def with_notice(stays: pl.DataFrame, filing: Filing) -> pl.DataFrame:
    """Add ``told_on``, the first notice of each admission; null without one.

    A notice is of the admission that its ``trigger_on`` names, a day either way; one that names no
    day is of the admission that it follows within 30 days, or comes a day before.
    """
    table = filing.tables["coordination"]
    sent = table.filter(
        table.kind == "admission_notice", table.member_id.notnull(), table.occurred_on.notnull()
    )
    notices: pl.DataFrame = sent.select("member_id", "occurred_on", "trigger_on").to_polars()
    numbered = stays.with_row_index("_stay")
    pairs = numbered.select("_stay", "member_id", "admit").join(notices, on="member_id")
    off = (pl.col("trigger_on") - pl.col("admit")).dt.total_days()
    after = (pl.col("occurred_on") - pl.col("admit")).dt.total_days()
    matches = off.is_between(-1, 1) | (pl.col("trigger_on").is_null() & after.is_between(-1, 30))
    first = pairs.filter(matches).group_by("_stay").agg(told_on=pl.col("occurred_on").min())
    told = numbered.join(first, on="_stay", how="left", maintain_order="left")
    return told.drop("_stay")
