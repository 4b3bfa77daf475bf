"""Members with a condition, a test or a visit in a span of days, told in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from rules.encounters.care import care
from rules.model import Filing, Period, add_months
from rules.quality.drugs import FILLED, fills
from rules.quality.editions import Definition
from rules.quality.lines import bits
from rules.quality.stays import hospice, lines_of
from rules.quality.telling import Sieve
from rules.quality.year import enrolled, measurement_year, members, spans, whole_year, with_age


def year_before(filing: Filing) -> Period:
    """Return the twelve months before the measurement year."""
    year = measurement_year(filing)
    return Period(add_months(year.start, -12), date.fromordinal(year.start.toordinal() - 1))


def with_condition(
    filing: Filing, groups: Sequence[str], span: Period, outpatient_days: int
) -> pl.DataFrame:
    """Return ``member_id`` of those with a diagnosis in any position within the span.

    One line of an acute stay is enough; otherwise so many days are asked for.
    """
    lines = lines_of(filing)
    found = lines.filter((lines.told & bits(groups)) != 0, lines.day.between(span.start, span.end))
    acute = (found.stay == "acute").fill_null(False)
    counted = found.group_by("member_id").agg(
        inpatient=acute.any(), days=found.day.nunique(where=~acute)
    )
    counted = counted.filter(counted.inpatient | (counted.days >= outpatient_days))
    frame: pl.DataFrame = counted.select("member_id").to_polars()
    return frame


def with_service(filing: Filing, kinds: Sequence[str], span: Period) -> pl.DataFrame:
    """Return ``member_id`` of those with a procedure of one of those kinds within the span."""
    lines = lines_of(filing)
    found = lines.filter(
        lines.procedure.isin(kinds).fill_null(False), lines.day.between(span.start, span.end)
    )
    frame: pl.DataFrame = found.select("member_id").distinct().to_polars()
    return frame


def antipsychotics(filing: Filing) -> pl.DataFrame:
    """Return fills and injections of antipsychotics in the measurement year, as fills are told."""
    year = measurement_year(filing)
    lines = lines_of(filing)
    lasts = {f"injection_{days}": days for days in (14, 28, 30)}
    found = lines.filter(lines.procedure.isin(tuple(lasts)).fill_null(False))
    injected = found.select(
        "member_id", "day", "encounter_id", "line_number", "_file", "_line", product="procedure"
    ).to_polars()
    given = injected.with_columns(
        days=pl.col("product").replace_strict(lasts, return_dtype=pl.Int64),
        group=pl.lit("antipsychotic"),
    )
    both = [part.select(*FILLED).cast(FILLED) for part in (fills(filing, "antipsychotic"), given)]  # type: ignore[arg-type]
    return pl.concat(both).filter(pl.col("day").is_between(year.start, year.end))


def reached_by(filing: Filing, what: str) -> pl.DataFrame:
    """Return ``member_id`` of those who had something of :func:`care` in the measurement year."""
    return care(filing, measurement_year(filing)).filter(what).select("member_id")


def through_the_year(filing: Filing, chosen: Definition) -> Sieve:
    """Return members of the definition's ages who were enrolled through the measurement year.

    Ages are of the year's last day; one break of ``gap_days`` is allowed.
    """
    people = whole_year(filing, filing.once("quality_members", members))
    sieve = Sieve(with_age(people, people, "ends"))
    sieve.keep("without a birth date", pl.col("age").is_not_null())
    sieve.events = sieve.events.filter(
        pl.col("age").is_between(chosen["least_age"], chosen.figures.get("most_age", 200))
    )
    sieve.keep("hospice", without(sieve.events, filing.once("quality_hospice", hospice)))
    islands = filing.once("quality_spans", spans)
    sieve.keep("not enrolled through the year", enrolled(sieve.events, islands, chosen["gap_days"]))
    return sieve


def among(events: pl.DataFrame, those: pl.DataFrame) -> pl.DataFrame:
    """Return the events of some members."""
    return events.join(those, on="member_id", how="semi", maintain_order="left")


def without(events: pl.DataFrame, those: pl.DataFrame) -> pl.DataFrame:
    """Return the events of all but some members."""
    return events.join(those, on="member_id", how="anti", maintain_order="left")


def is_among(events: pl.DataFrame, those: pl.DataFrame) -> pl.Series:
    """Return whether each event's member is one of those."""
    return events["member_id"].is_in(those["member_id"].implode())
