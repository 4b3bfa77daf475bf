"""New treatment with an antidepressant: who begins, and for how long a drug stays in hand."""

from __future__ import annotations

import polars as pl

from rules.model import Filing, add_months, month_end
from rules.quality.conditions import without
from rules.quality.drugs import covered, fills
from rules.quality.editions import Definition
from rules.quality.lines import bits
from rules.quality.stays import hospice, lines_of
from rules.quality.telling import Sieve
from rules.quality.year import (
    enrolled,
    measurement_year,
    members,
    seen_from,
    spans,
    with_age,
)

RATES = ("84 days", "180 days")

_MONTHS_BEFORE = 8
"""First fills count in the twelve months that end so many months before the year does."""


def new_treatments(filing: Filing, chosen: Definition) -> Sieve:
    """Return the first new treatment of each member; ``day`` is the day of the first fill."""
    year = measurement_year(filing)
    given = fills(filing, "antidepressant")
    before = (pl.col("day") - pl.col("day").shift(1).over("member_id")).dt.total_days()
    first = add_months(year.start, -_MONTHS_BEFORE)
    last = month_end(add_months(year.end, -_MONTHS_BEFORE))
    begun = (
        given.sort("member_id", "day", "encounter_id", "line_number")
        .unique(["member_id", "day"], keep="first", maintain_order=True)
        .with_columns(before=before)
        .filter(
            (pl.col("before") > chosen["history_days"]).fill_null(True),
            pl.col("day").is_between(first, last),
        )
        .unique("member_id", keep="first", maintain_order=True)
    )
    sieve = Sieve(begun.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64)))
    seen = filing.once("quality_seen_from", seen_from)
    asked = pl.col("day") - pl.duration(days=chosen["history_days"])
    sieve.keep("history before the first month of encounters", asked >= pl.lit(seen))
    near = sieve.events.join(_told_depressed(filing), on="member_id").filter(
        (pl.col("told_on") - pl.col("day")).dt.total_days().abs() <= chosen["diagnosis_days"]
    )
    sieve.keep("no major depression told", sieve.events.join(near, on="event", how="semi"))
    sieve.events = with_age(sieve.events, filing.once("quality_members", members), "day")
    sieve.keep("younger, or without a birth date", pl.col("age") >= chosen["least_age"])
    sieve.keep("hospice", without(sieve.events, filing.once("quality_hospice", hospice)))
    spanned = sieve.events.with_columns(
        starts=pl.col("day") - pl.duration(days=chosen["enrolled_before"]),
        ends=pl.col("day") + pl.duration(days=chosen["enrolled_after"]),
    )
    islands = filing.once("quality_spans", spans)
    sieve.keep("not enrolled throughout", enrolled(spanned, islands, chosen["gap_days"]))
    return sieve


def covered_enough(filing: Filing, events: pl.DataFrame, days: int, within: int) -> pl.Series:
    """Return whether each member had a drug in hand on ``days`` of the first ``within`` + 1."""
    asked = events.with_columns(starts="day", ends=pl.col("day") + pl.duration(days=within))
    had = covered(fills(filing, "antidepressant"), asked)
    told = events.select("event").join(had, on="event", how="left", maintain_order="left")
    return told["covered"].fill_null(0) >= days


def _told_depressed(filing: Filing) -> pl.DataFrame:
    lines = lines_of(filing)
    found = lines.filter((lines.told & bits(["major_depression"])) != 0)
    frame: pl.DataFrame = found.select("member_id", told_on="day").distinct().to_polars()
    return frame
