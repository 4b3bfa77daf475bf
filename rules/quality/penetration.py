"""The share of members whom a kind of service reaches at all."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from rules.model import Filing, Measure
from rules.quality.conditions import is_among, reached_by
from rules.quality.editions import Definition
from rules.quality.telling import Sieve, evidence_of, member_rows, rate
from rules.quality.year import measurement_year, members, spans, whole_year, with_age


def reached(filing: Filing, chosen: Definition, wanted: str, least: int) -> Measure:
    """Return the share of members enrolled in the year who had a service of the domain.

    It has no trail: to list whom no service reached is to tell who was treated.
    """
    year = measurement_year(filing)
    people = whole_year(filing, filing.once("quality_members", members))
    in_year = filing.once("quality_spans", spans).filter(
        pl.col("begins") <= year.end, pl.col("stops") >= year.start
    )
    sieve = Sieve(with_age(people, people, "ends"))
    sieve.keep(
        "not enrolled in the year", pl.col("member_id").is_in(in_year["member_id"].implode())
    )
    begins, stops = pl.max_horizontal("begins", pl.lit(year.start)), pl.lit(year.end)
    days = (pl.min_horizontal("stops", stops) - begins).dt.total_days() + 1
    average = (in_year.select(days.sum()).item() or 0) / ((year.end - year.start).days + 1)
    events = member_rows(sieve.events)
    met = is_among(events, reached_by(filing, chosen["domain"]))
    share = round(int(met.sum()) / average, 6) if average else None
    evidence = evidence_of(
        filing, chosen, sieve, average_members=round(average, 2), share_of_average=share
    )
    return replace(rate("plan", events, met, evidence, wanted, least), violations=None)
