"""New episodes of substance use disorder, and the treatment that begins and goes on after them."""

from __future__ import annotations

import polars as pl

from rules.model import Filing
from rules.quality.drugs import fills
from rules.quality.editions import Definition
from rules.quality.lines import bits
from rules.quality.stays import hospice, lines_of, stays
from rules.quality.telling import Sieve
from rules.quality.year import (
    enrolled,
    measurement_year,
    members,
    seen_from,
    spans,
    with_age,
)

_SUD = bits(["substance_use"])
_ROW = ("encounter_id", "line_number", "_file", "_line")
_SERVICE = ("member_id", "begin", "end", "what", "told", "treats", "starts_itself", "died", *_ROW)


def services(filing: Filing) -> pl.DataFrame:
    """Return every service for substance use, stays first where several begin on one day.

    Use it as ``filing.once("quality_substance", services)``.

    Returns
    -------
    polars.DataFrame
        ``member_id``, ``begin``, ``end``, ``what`` (``a stay``, ``b service``, ``c fill``),
        ``told`` (a diagnosis of substance use stands on it), ``treats`` (it is treatment and
        neither an emergency visit nor withdrawal management), ``starts_itself`` (a stay, or a
        program that dispenses: it is both the episode and its treatment) and its row.
    """
    every = filing.once("quality_stays", stays)
    inpatient = every.filter(pl.col("told").cast(pl.Int64) & _SUD != 0).select(
        "member_id",
        "died",
        *_ROW,
        begin="admit",
        end="out",
        what=pl.lit("a stay"),
        told=pl.lit(True),
        treats=~pl.col("detox") & ~pl.col("open"),
        starts_itself=~pl.col("open"),
    )
    lines = lines_of(filing)
    inside = lines.filter(lines.stay.notnull()).select("encounter_id").distinct()
    emergency = lines.filter(lines.ed).select(_emergency="encounter_id").distinct()
    by_code = lines.procedure.isin(("sud_visit", "sud_drug", "detox")).fill_null(False)
    found = lines.filter(by_code | ((lines.told & _SUD) != 0)).anti_join(inside, "encounter_id")
    found = found.left_join(emergency, found.encounter_id == emergency._emergency)
    rows = found.select(
        "member_id",
        "day",
        "told",
        "died",
        "procedure",
        "revenue",
        *_ROW,
        ed=found._emergency.notnull(),
    ).to_polars()
    kind = pl.coalesce("procedure", "revenue")
    outpatient = (
        rows.sort("member_id", "encounter_id", "day", "line_number", "_file", "_line")
        .group_by("member_id", "encounter_id", "day", maintain_order=True)
        .agg(
            told=(pl.col("told").cast(pl.Int64) & _SUD != 0).any(),
            died=pl.col("died").any(),
            treats=kind.is_in(["visit", "bh_visit", "sud_visit", "sud_drug"]).any()
            & ~pl.col("ed").any(),
            starts_itself=(kind == "sud_drug").any() & ~pl.col("ed").any(),
            **{name: pl.col(name).first() for name in _ROW[1:]},
        )
        .with_columns(begin="day", end="day", what=pl.lit("b service"))
    )
    given = fills(filing, "substance_use").with_columns(
        begin="day",
        end="day",
        what=pl.lit("c fill"),
        told=pl.lit(False),
        treats=pl.lit(True),
        starts_itself=pl.lit(False),
        died=pl.lit(False),
    )
    parts = [
        part.select(_SERVICE).cast({"line_number": pl.Int64, "_line": pl.Int64})
        for part in (inpatient, outpatient, given)
    ]
    return pl.concat(parts).sort("member_id", "begin", "what", "encounter_id", "line_number")


def new_episodes(filing: Filing, chosen: Definition) -> Sieve:
    """Return the episodes that IET counts.

    ``day`` is the day of the service, of a stay the day of discharge; ``begin`` is what the history
    is counted back from.
    """
    year = measurement_year(filing)
    every: pl.DataFrame = filing.once("quality_substance", services)
    own = pl.col("member_id")
    by_day = every.group_by("member_id", "begin", maintain_order=True).agg(end=pl.col("end").max())
    before = by_day.sort("member_id", "begin").with_columns(
        reached=pl.col("end").cum_max().shift(1).over(own)
    )
    index = every.filter("told").group_by("member_id", "begin", maintain_order=True).first()
    index = index.with_columns(day="end").join(
        before.select("member_id", "begin", "reached"), on=["member_id", "begin"]
    )
    shift = pl.duration(days=chosen["enrolled_after"])
    history = (pl.col("begin") - pl.col("reached")).dt.total_days() > chosen["history_days"]
    first, last = pl.lit(year.start) - shift, pl.lit(year.end) - shift
    index = index.filter(history.fill_null(True), pl.col("day").is_between(first, last))
    sieve = Sieve(index.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64)))
    seen = filing.once("quality_seen_from", seen_from)
    asked = pl.col("begin") - pl.duration(days=chosen["history_days"])
    sieve.keep("history before the first month of encounters", asked >= pl.lit(seen))
    sieve.events = with_age(sieve.events, filing.once("quality_members", members), "day")
    sieve.keep("younger, or without a birth date", pl.col("age") >= chosen["least_age"])
    sieve.keep("died", ~pl.col("died"))
    in_hospice = filing.once("quality_hospice", hospice)
    sieve.keep("hospice", sieve.events.join(in_hospice, on="member_id", how="anti"))
    spanned = sieve.events.with_columns(
        starts=pl.col("begin") - pl.duration(days=chosen["enrolled_before"]),
        ends=pl.col("day") + shift,
    )
    sieve.keep("not enrolled throughout", enrolled(spanned, filing.once("quality_spans", spans)))
    return sieve


def initiated(filing: Filing, chosen: Definition, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``event``, ``since``: the day on which treatment began, of a stay its last day.

    A stay, or a program that dispenses, begins the treatment of its own episode; otherwise another
    service has to, on the day of the episode or in the days after (14 in all).
    """
    itself = events.filter("starts_itself").select("event", since="day")
    others = events.filter(~pl.col("starts_itself")).select(
        "event", "member_id", "day", index="encounter_id"
    )
    met = others.join(_treatment(filing), on="member_id").filter(
        pl.col("encounter_id") != pl.col("index"),
        (pl.col("begin") - pl.col("day"))
        .dt.total_days()
        .is_between(0, chosen["initiation_days"] - 1),
    )
    began = met.sort("event", "begin", "end").group_by("event", maintain_order=True).first()
    return pl.concat([itself, began.select("event", since="end")])


def engaged(filing: Filing, chosen: Definition, began: pl.DataFrame) -> pl.DataFrame:
    """Return the events with enough services in the days after treatment began.

    Parameters
    ----------
    began
        ``event``, ``member_id``, ``since``.

    Returns
    -------
    polars.DataFrame
        ``event``. Services of one claim and day are one; of fills one counts.
    """
    met = began.join(_treatment(filing), on="member_id").filter(
        (pl.col("begin") - pl.col("since")).dt.total_days().is_between(1, chosen["engagement_days"])
    )
    fill = pl.col("what") == "c fill"
    counted = met.group_by("event").agg(
        services=(~fill).sum().cast(pl.Int64) + fill.any().cast(pl.Int64)
    )
    return counted.filter(pl.col("services") >= chosen["least_services"]).select("event")


def _treatment(filing: Filing) -> pl.DataFrame:
    every = filing.once("quality_substance", services)
    treats: pl.DataFrame = every.filter("treats")
    return treats.select("member_id", "encounter_id", "begin", "end", "what")
