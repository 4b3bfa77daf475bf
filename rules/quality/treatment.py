"""New treatment with an antidepressant: who begins, and for how long a drug stays in hand.

:func:`possible_treatments` tells the same of members whose fills of unknown drugs may have been
antidepressants: another first fill, none that is new, or more days with a drug in hand.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from rules.model import Filing, Period, add_months, month_end
from rules.quality.conditions import without
from rules.quality.drugs import covered, fills, unknown_fills
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
    return _counted(filing, chosen, _begun(filing, chosen))


def _begun(filing: Filing, chosen: Definition) -> pl.DataFrame:
    """Return the first new fill of each member within the months of first fills."""
    given = fills(filing, "antidepressant")
    before = (pl.col("day") - pl.col("day").shift(1).over("member_id")).dt.total_days()
    when = _first_fills(filing)
    return (
        given.sort("member_id", "day", "encounter_id", "line_number")
        .unique(["member_id", "day"], keep="first", maintain_order=True)
        .with_columns(before=before)
        .filter(
            (pl.col("before") > chosen["history_days"]).fill_null(True),
            pl.col("day").is_between(when.start, when.end),
        )
        .unique("member_id", keep="first", maintain_order=True)
    )


def _first_fills(filing: Filing) -> Period:
    year = measurement_year(filing)
    first = add_months(year.start, -_MONTHS_BEFORE)
    return Period(first, month_end(add_months(year.end, -_MONTHS_BEFORE)))


def _counted(filing: Filing, chosen: Definition, begun: pl.DataFrame) -> Sieve:
    """Leave out by history seen, diagnosis, age, hospice and enrolment, in this order."""
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
    return _covered_by(fills(filing, "antidepressant"), events, days, within)


def possible_treatments(filing: Filing, chosen: Definition, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``event``, ``member_id``, ``day``, ``sure``: every first fill that may be.

    Parameters
    ----------
    events
        The treatments that are counted by the drugs that are known. One is ``sure`` when no unknown
        fill came before it that could have been the first, or have made it no new one.
    """
    history, when = chosen["history_days"], _first_fills(filing)
    unknown = _maybe(filing).select("member_id", "day").unique()
    begun = _begun(filing, chosen).select("member_id", begun="day")
    moved = unknown.join(begun, on="member_id", how="left").filter(
        pl.col("day").is_between(when.start - timedelta(days=history), when.end),
        pl.col("begun").is_null() | (pl.col("day") < pl.col("begun")),
        (pl.col("day") >= when.start)
        | ((pl.col("begun") - pl.col("day")).dt.total_days() <= history).fill_null(False),
    )
    known = fills(filing, "antidepressant").select("member_id", "day").unique()
    days = pl.concat([unknown, known]).unique().join(moved, on="member_id", how="semi")
    days = days.filter(pl.col("day").is_between(when.start, when.end))
    since = (pl.col("day") - pl.col("known")).dt.total_days()
    old = days.join(known.rename({"day": "known"}), on="member_id").filter(
        since.is_between(1, history)
    )
    days = days.join(old, on=["member_id", "day"], how="anti").sort("member_id", "day")
    sure = events.join(moved, on="member_id", how="anti").select("member_id", "day", sure=True)
    others = _counted(filing, chosen, days).events.select("member_id", "day", sure=False)
    told = pl.concat([sure, others])
    return told.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))


def possible_cover(filing: Filing, possible: pl.DataFrame, days: int, within: int) -> pl.DataFrame:
    """Return what each member could be, for :func:`rules.quality.unseen.between`.

    ``possible`` is of :func:`possible_treatments`, ``days`` and ``within`` of
    :func:`covered_enough`.
    """
    known = fills(filing, "antidepressant")
    least = _covered_by(known, possible, days, within)
    most = _covered_by(pl.concat([known, _maybe(filing)]), possible, days, within)
    told = possible.with_columns(least=least, most=most)
    return told.group_by("member_id").agg(
        can_meet=pl.col("most").any(),
        can_miss=(~pl.col("least")).any(),
        can_leave=(~pl.col("sure")).any(),
    )


def _maybe(filing: Filing) -> pl.DataFrame:
    """Return the fills of unknown drugs of members with major depression."""
    found: pl.DataFrame = filing.once(
        "quality_unknown_depressed", lambda filing: unknown_fills(filing, _told_depressed(filing))
    )
    return found


def _covered_by(given: pl.DataFrame, events: pl.DataFrame, days: int, within: int) -> pl.Series:
    asked = events.with_columns(starts="day", ends=pl.col("day") + pl.duration(days=within))
    had = covered(given, asked)
    told = events.select("event").join(had, on="event", how="left", maintain_order="left")
    return told["covered"].fill_null(0) >= days


def _told_depressed(filing: Filing) -> pl.DataFrame:
    lines = lines_of(filing)
    found = lines.filter((lines.told & bits(["major_depression"])) != 0)
    frame: pl.DataFrame = found.select("member_id", told_on="day").distinct().to_polars()
    return frame
