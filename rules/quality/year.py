"""The measurement year, what of it can be seen, ages, and enrolment without a break."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis
import polars as pl
from ibis import _

from rules.model import Filing, Period, add_months, month_end

if TYPE_CHECKING:
    from ibis.expr.types import Table

SHOWN_BANDS = ((0, 5), (6, 12), (13, 17), (18, 64), (65, 200))
"""Ages by which results are told apart in the evidence, both ends inside."""

_OPEN = date(9999, 12, 31)
_LEAST_SHARE = 0.1
"""A month with less than this share of the median month's lines is not taken as staged."""
MEDICAL, PHARMACY = "medical", "pharmacy"
BOTH = (MEDICAL, PHARMACY)
_PLENTY = 30
"""Lines of the median month from which on a month without any is no chance. carvein's own."""


def measurement_year(filing: Filing) -> Period:
    """Return the twelve months that end with ``mature_until``."""
    return filing.look_back(12)


def seen_from(filing: Filing) -> date | None:
    """Return the first day from which every month has encounters; None when there are none.

    A month with less than a tenth of the median month's lines has none to speak of. Use it as
    ``filing.once("quality_seen_from", seen_from)``.
    """
    lines = filing.tables["encounters"]
    day = lines.service_from
    counted = (
        lines.group_by(month=day.year() * 12 + day.month() - 1).agg(lines=lines.count()).to_polars()
    )
    last = filing.mature_until.year * 12 + filing.mature_until.month - 1
    by_month = {m: n for m, n in counted.iter_rows() if m is not None and m <= last}
    if not by_month:
        return None
    enough = _LEAST_SHARE * sorted(by_month.values())[len(by_month) // 2]
    first = max(by_month)
    while by_month.get(first - 1, 0) >= max(enough, 1):
        first -= 1
    return date(first // 12, first % 12 + 1, 1)


def months_not_sent(filing: Filing) -> dict[str, list[str]]:
    """Return the months of the measurement year without lines to speak of, by kind of claim.

    Months in which members were enrolled and that have less than a tenth of the lines of the median
    month with any, where that has 30 or more: what was not sent is not care that nobody got. A kind
    of which nothing came is held against the other. Use it as
    ``filing.once("quality_months_not_sent", months_not_sent)``.
    """
    year, lines = measurement_year(filing), filing.tables["encounters"]
    kind = (lines.claim_type == "R").ifelse(PHARMACY, MEDICAL)
    inside = lines.filter(lines.service_from.between(year.start, year.end))
    sent = inside.group_by(kind=kind, month=inside.service_from.strftime("%Y-%m")).agg(n=_.count())
    counts: dict[str, dict[str, int]] = {MEDICAL: {}, PHARMACY: {}}
    for of, month, n in sent.to_polars().iter_rows():
        counts[of or MEDICAL][month] = counts[of or MEDICAL].get(month, 0) + n
    enrolled_in = _months_enrolled(filing, year)
    told = {}
    for of, by_month in counts.items():
        each = sorted((by_month or counts[MEDICAL] or counts[PHARMACY]).values())
        usual = each[len(each) // 2] if each else 0
        least = _LEAST_SHARE * usual if usual >= _PLENTY else 0
        told[of] = [month for month in enrolled_in if by_month.get(month, 0) < least]
    return told


def _months_enrolled(filing: Filing, year: Period) -> list[str]:
    """Return the months of the year in which at least one member was enrolled."""
    starts = [add_months(year.start, later) for later in range(year.months)]
    held = filing.once("quality_spans", spans)
    return [
        f"{first:%Y-%m}"
        for first in starts
        if not held.filter(
            pl.col("begins") <= month_end(first), pl.col("stops") >= first
        ).is_empty()
    ]


def members(filing: Filing) -> pl.DataFrame:
    """Return ``member_id``, ``birth``, ``smi``, ``_file``, ``_line`` once a member.

    The birth date is the earliest given; SMI is Y where any row says so; file and line are of the
    latest span. Use it as ``filing.once("quality_members", members)``.
    """
    rows: pl.DataFrame = (
        filing.tables["members"]
        .select("member_id", "birth_date", "smi", "enrolled_from", "_file", "_line")
        .to_polars()
    )
    rows = rows.sort("member_id", "enrolled_from", "_file", "_line", nulls_last=False)
    return rows.group_by("member_id", maintain_order=True).agg(
        birth=pl.col("birth_date").min(),
        smi=(pl.col("smi").str.to_uppercase() == "Y").any(),
        key_from=pl.col("enrolled_from").last(),
        _file=pl.col("_file").last(),
        _line=pl.col("_line").last(),
    )


def spans(filing: Filing) -> pl.DataFrame:
    """Return ``member_id``, ``begins``, ``stops``: enrolment, spans that touch put together.

    Use it as ``filing.once("quality_spans", spans)``.
    """
    table: Table = filing.tables["members"]
    rows: pl.DataFrame = (
        table.filter(table.enrolled_from.notnull())
        .select(
            "member_id",
            begins="enrolled_from",
            stops=table.enrolled_to.fill_null(ibis.date(_OPEN)),
        )
        .to_polars()
    )
    rows = rows.filter(pl.col("begins") <= pl.col("stops")).sort("member_id", "begins", "stops")
    reached = pl.col("stops").cum_max().shift(1).over("member_id")
    opens = (pl.col("begins") > reached.dt.offset_by("1d")).fill_null(True)
    return (
        rows.with_columns(island=opens.cast(pl.Int64).cum_sum().over("member_id"))
        .group_by("member_id", "island")
        .agg(pl.col("begins").min(), pl.col("stops").max())
        .drop("island")
        .sort("member_id", "begins")
    )


def enrolled(events: pl.DataFrame, islands: pl.DataFrame, gap_days: int = 0) -> pl.DataFrame:
    """Return the events whose member was enrolled from ``starts`` to ``ends``, both inside.

    Parameters
    ----------
    events
        ``event``, ``member_id``, ``starts``, ``ends``.
    gap_days
        0 for no break; else one break of at most so many days, and enrolled on ``ends``.
    """
    asked = events.select("event", "member_id", "starts", "ends")
    met = asked.join(islands, on="member_id").filter(
        pl.col("begins") <= pl.col("ends"), pl.col("stops") >= pl.col("starts")
    )
    met = met.with_columns(
        begins=pl.max_horizontal("begins", "starts"), stops=pl.min_horizontal("stops", "ends")
    ).sort("event", "begins")
    before = pl.col("stops").shift(1).over("event")
    gap = (pl.col("begins") - pl.coalesce(before, pl.col("starts").dt.offset_by("-1d"))).dt
    told = (
        met.with_columns(gap=gap.total_days() - 1)
        .group_by("event")
        .agg(
            gaps=(pl.col("gap") > 0).sum(),
            longest=pl.col("gap").max(),
            last=(pl.col("ends").last() - pl.col("stops").last()).dt.total_days(),
        )
    )
    fits = (pl.col("gaps") <= (1 if gap_days else 0)) & (pl.col("longest") <= gap_days)
    kept = told.filter(fits & (pl.col("last") == 0))
    return events.join(kept.select("event"), on="event", how="semi")


def with_age(events: pl.DataFrame, people: pl.DataFrame, day: str) -> pl.DataFrame:
    """Add ``age`` in full years on the day of each event; null without a birth date."""
    joined = events.join(people.select("member_id", "birth"), on="member_id", how="left")
    on, born = pl.col(day).dt, pl.col("birth").dt
    # Months are one byte: times a hundred they overflow.
    had = (on.month() > born.month()) | ((on.month() == born.month()) & (on.day() >= born.day()))
    return joined.with_columns(
        age=on.year().cast(pl.Int64) - born.year() - (~had).cast(pl.Int64)
    ).drop("birth")


def whole_year(filing: Filing, people: pl.DataFrame) -> pl.DataFrame:
    """Return one event a member, the measurement year: ``event``, ``starts``, ``ends`` added."""
    year = measurement_year(filing)
    return people.with_columns(
        event=pl.int_range(pl.len(), dtype=pl.Int64),
        starts=pl.lit(year.start),
        ends=pl.lit(month_end(year.end)),
    )
