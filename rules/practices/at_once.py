"""Drugs in hand at once: from fills to days, and the longest run of days with several.

A fill of a product that comes before the one before it is used up begins when that one is; two
strengths of one drug are two products and one drug. Days without supply between two fills of a
drug, or of a class, of at most ``gap`` days count as days with it.
"""

from __future__ import annotations

import polars as pl


def in_hand(fills: pl.DataFrame, by: str, gap: int, last: int) -> pl.DataFrame:
    """Return the spans of days on which each member has each drug, or each class, in hand.

    Parameters
    ----------
    fills
        ``member_id``, ``product``, the column ``by``, ``offset`` (day of the fill, 0 the first of
        the span looked at) and ``days`` supplied.
    by
        ``drug`` or ``class``.
    last
        The last day looked at: spans end there.

    Returns
    -------
    pl.DataFrame
        ``member_id``, ``by``, ``begin`` and ``end``, the day after the last; spans of one member
        and drug do not touch.
    """
    # A supply past the last day says no more than one up to it, however absurd.
    rows = fills.with_columns(days=pl.col("days").clip(0, last + 1)).filter(pl.col("days") > 0)
    rows = rows.sort("member_id", by, "product", "offset")
    # A queue without a loop: a fill begins at the latest start so far, less what was supplied.
    rows = _numbered(rows, "member_id", by, "product").with_columns(
        before=pl.col("days").cum_sum() - pl.col("days")
    )
    start = pl.when("first").then("before").forward_fill()
    rows = rows.with_columns(supplied=pl.col("before") - start)
    rows = rows.with_columns(
        begin=_latest(pl.col("offset") - pl.col("supplied")) + pl.col("supplied")
    ).with_columns(end=pl.min_horizontal(pl.col("begin") + pl.col("days"), pl.lit(last + 1)))
    rows = rows.filter(pl.col("begin") <= last).sort("member_id", by, "begin", "end")
    rows = _numbered(rows, "member_id", by)
    reached = _latest(pl.col("end")).shift(1)
    apart = pl.col("first") | (pl.col("begin") > reached + gap)
    spans = rows.group_by(span=apart.cum_sum(), maintain_order=True).agg(
        pl.col("member_id", by, "begin").first(), pl.col("end").max()
    )
    return spans.select("member_id", by, "begin", "end")


def longest_run(spans: pl.DataFrame, least: int) -> pl.DataFrame:
    """Return ``member_id`` and ``run``: the most days in a row with at least so many at once."""
    steps = pl.concat(
        [
            spans.select("member_id", day="begin", step=pl.lit(1, pl.Int64)),
            spans.select("member_id", day="end", step=pl.lit(-1, pl.Int64)),
        ]
    )
    days = steps.group_by("member_id", "day").agg(pl.col("step").sum()).sort("member_id", "day")
    # What one member begins ends as well: each one's sum is back at 0 before the next one's.
    held = _numbered(days, "member_id").with_columns(
        enough=pl.col("step").cum_sum() >= least, length=pl.col("day").shift(-1) - pl.col("day")
    )
    changed = pl.col("first") | (pl.col("enough") != pl.col("enough").shift(1)).fill_null(True)
    held = held.with_columns(stretch=changed.cum_sum()).filter("enough")
    runs = held.group_by("stretch").agg(pl.col("member_id").first(), run=pl.col("length").sum())
    return runs.group_by("member_id").agg(pl.col("run").max())


_APART = 1 << 32
"""More than any day or supply: keeps the figures of one group above those of the one before."""


def _numbered(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Add ``first``, whether a row is the first of its group, and ``group``, to sorted rows."""
    first = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in by)
    return rows.with_columns(first=first.fill_null(True)).with_columns(
        group=pl.col("first").cast(pl.Int64).cum_sum()
    )


def _latest(figure: pl.Expr) -> pl.Expr:
    """Return the largest of a figure so far in its group, without a pass for every group."""
    return (pl.col("group") * _APART + figure).cum_max() - pl.col("group") * _APART


def on_drugs(spans: pl.DataFrame, least: int, days: int) -> pl.Series:
    """Return the members with at least ``least`` at once for ``days`` days in a row, sorted."""
    runs = longest_run(spans, least).filter(pl.col("run") >= days)
    return runs["member_id"].sort()
