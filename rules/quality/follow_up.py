"""Follow-up after a stay or an emergency visit: which events count, and what answers them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from rules.model import Filing, Measure
from rules.quality.drugs import fills
from rules.quality.editions import Definition
from rules.quality.lines import MENTAL, bits
from rules.quality.stays import emergencies, hospice, stays, visits
from rules.quality.telling import Sieve, event_rows, evidence_of, rate
from rules.quality.year import enrolled, measurement_year, members, spans, with_age

_OUTPATIENT = ("visit", "bh_visit", "sud_visit")
RATES = ("7 days", "30 days")


def after_stays(filing: Filing, chosen: Definition) -> Sieve:
    """Return the discharges that FUH counts; ``day`` is the day of discharge.

    A discharge with another admission within ``chained_days`` is no event: of stays that follow one
    another the last counts, and a stay for another reason ends the chain.
    """
    year = measurement_year(filing)
    every = filing.once("quality_stays", stays)
    counts = pl.col("first").is_in(MENTAL) | _self_harm(chosen, pl.col("first") == "self_harm")
    told = (pl.col("stay") == "acute") & counts.fill_null(False)
    after = pl.col("admit").shift(-1).over("member_id") - pl.col("out")
    next_told = told.shift(-1).over("member_id")
    events = every.with_columns(
        day="out", after=after.dt.total_days(), again=next_told.fill_null(False)
    ).filter(told, ~pl.col("open"), pl.col("out").is_between(year.start, year.end))
    sieve = Sieve(events)
    _open_window(sieve, year.end, chosen)
    soon = pl.col("after").is_not_null() & (pl.col("after") <= chosen["chained_days"])
    sieve.keep("readmitted or transferred, the later stay counts", ~(soon & pl.col("again")))
    sieve.keep("admitted for another reason or to another facility", ~soon)
    _standing(sieve, filing, chosen)
    return sieve


def after_emergencies(filing: Filing, chosen: Definition) -> Sieve:
    """Return the emergency visits that FUM or FUA counts, one in every ``apart_days``."""
    year = measurement_year(filing)
    found = filing.once("quality_emergencies", emergencies)
    firsts = pl.col("firsts")
    if chosen["follow_up"] == "substance":
        counts = firsts.list.contains("substance_use") | _has(["overdose"])
    else:
        of_mind = pl.any_horizontal(*(firsts.list.contains(name) for name in MENTAL))
        counts = of_mind | _self_harm(chosen, firsts.list.contains("self_harm"))
    events = found.filter(counts, pl.col("day").is_between(year.start, year.end))
    sieve = Sieve(events.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64)))
    _open_window(sieve, year.end, chosen)
    _standing(sieve, filing, chosen)
    admitted = sieve.events.join(
        filing.once("quality_stays", stays).select("member_id", "admit", "out"), on="member_id"
    )
    latest = pl.col("day") + pl.duration(days=chosen["chained_days"])
    # A visit on a day within a stay was part of it.
    admitted = admitted.filter(
        (pl.col("admit") <= latest) & (pl.col("out") >= pl.col("day"))
    ).select("event")
    sieve.keep(
        "admitted on the day or within 30 days",
        sieve.events.join(admitted, on="event", how="anti"),
    )
    sieve.keep("another visit within 31 days counts", apart(sieve.events, chosen["apart_days"]))
    return sieve


def apart(events: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return of each member's events the first, and each that is ``days`` after the one before it.

    Works in rounds, one for each event that a member keeps.
    """
    rest, kept = events.sort("member_id", "day"), []
    while rest.height:
        first = rest.group_by("member_id", maintain_order=True).first()
        kept.append(first.select("event"))
        since = rest.join(first.select("member_id", _from="day"), on="member_id")
        rest = since.filter((pl.col("day") - pl.col("_from")).dt.total_days() >= days).drop("_from")
    if not kept:
        return events
    return events.join(pl.concat(kept), on="event", how="semi")


def answered(filing: Filing, chosen: Definition, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``event`` and ``after``: days from each event to the first visit that answers it."""
    found = visits(filing, events)
    seen = pl.col("kind").is_in(_OUTPATIENT)
    mental = _has(MENTAL)
    answers = {
        "provider": seen & (pl.col("bh_provider") | (pl.col("kind") == "bh_visit")),
        "diagnosis": seen & (pl.col("bh_provider") | mental),
        "principal": seen
        & (pl.col("first").is_in(MENTAL) | ((pl.col("first") == "self_harm") & mental)),
        "substance": (seen & _has(["substance_use", "overdose"]))
        | pl.col("kind").is_in(["sud_visit", "sud_drug"]),
    }[chosen["follow_up"]]
    told = found.filter(answers.fill_null(False)).select("member_id", answer="day")
    if chosen["follow_up"] == "substance":
        given = fills(filing, "substance_use")
        told = pl.concat([told, given.select("member_id", answer="day")])
    after = (pl.col("answer") - pl.col("day")).dt.total_days()
    return (
        events.select("event", "member_id", "day")
        .join(told, on="member_id")
        .with_columns(after=after)
        .filter(pl.col("after").is_between(chosen["first_day"], max(chosen["windows"])))
        .group_by("event")
        .agg(pl.col("after").min())
    )


def rates(
    filing: Filing, chosen: Definition, sieve: Sieve, field: str, wanted: str, least: int
) -> Iterator[Measure]:
    """Yield one rate for each window of the definition, e.g. ``7 days`` and ``30 days``."""
    events = event_rows(with_met(filing, chosen, sieve.events), field, "day")
    evidence = evidence_of(filing, chosen, sieve)
    for days in chosen["windows"]:
        met = (events["after"] <= days).fill_null(False)
        yield rate(f"{days} days", events, met, evidence, f"{wanted} within {days} days", least)


def with_met(filing: Filing, chosen: Definition, events: pl.DataFrame) -> pl.DataFrame:
    """Add ``after``, days to the first answer, null where none came in the longest window."""
    return events.drop("after", strict=False).join(
        answered(filing, chosen, events), on="event", how="left", maintain_order="left"
    )


def _open_window(sieve: Sieve, end: date, chosen: Definition) -> None:
    last = end - timedelta(days=max(chosen["windows"]))
    sieve.keep("follow-up window not complete", pl.col("day") <= last)


def _standing(sieve: Sieve, filing: Filing, chosen: Definition) -> None:
    """Leave out by age, death, hospice and enrolment, in this order."""
    people = filing.once("quality_members", members)
    sieve.events = with_age(sieve.events, people, "day")
    sieve.keep("younger, or without a birth date", pl.col("age") >= chosen["least_age"])
    sieve.keep("died", ~pl.col("died"))
    in_hospice = filing.once("quality_hospice", hospice)
    sieve.keep("hospice", sieve.events.join(in_hospice, on="member_id", how="anti"))
    asked = sieve.events.with_columns(
        starts=pl.col("day") - pl.duration(days=chosen["enrolled_before"]),
        ends=pl.col("day") + pl.duration(days=chosen["enrolled_after"]),
    )
    sieve.keep("not enrolled throughout", enrolled(asked, filing.once("quality_spans", spans)))


def _self_harm(chosen: Definition, principal: pl.Expr) -> pl.Expr:
    """Return whether self-harm makes an event: never, as principal diagnosis, or in any place."""
    asked = {"none": pl.lit(False), "principal": principal, "any": _has(["self_harm"])}
    return asked[chosen["self_harm"]]


def _has(groups: Sequence[str]) -> pl.Expr:
    return pl.col("told").cast(pl.Int64) & bits(groups) != 0
