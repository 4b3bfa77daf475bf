"""Fills of drugs, by the user's list of national drug codes, and the days that they cover.

Antidepressants and antipsychotics that the user's list does not name are told by a public stand-in
(:mod:`rules.quality.drug_lists`). A denied pharmacy line is no fill. A fill without ``days_supply``
covers the one day on which it was dispensed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.encounters.final import standing
from rules.model import Filing, Period, add_months
from rules.practices.drugs import DRUGS as CLASSES
from rules.practices.drugs import dispensed, named_drugs
from rules.quality.drug_lists import STAND_IN
from rules.quality.lines import drug_list
from rules.quality.year import measurement_year
from rules.values import ValueSet, value_set

if TYPE_CHECKING:
    from ibis.expr.types import Table

UNKNOWN = "unknown"
FILLED = {
    "member_id": pl.String,
    "day": pl.Date,
    "days": pl.Int64,
    "product": pl.String,
    "group": pl.String,
    "encounter_id": pl.String,
    "line_number": pl.Int64,
    "_file": pl.String,
    "_line": pl.Int64,
}


def all_fills(filing: Filing) -> pl.DataFrame:
    """Return the fills of every drug of the user's list, with the columns of :data:`FILLED`.

    Use it as ``filing.once("quality_fills", all_fills)``.
    """
    values = drug_list()
    if values is None:
        return pl.DataFrame(schema=FILLED)
    sent = filing.tables["encounters"]
    year = measurement_year(filing)
    part = sent.filter(
        sent.claim_type == "R",
        sent.line_status != "denied",
        sent.ndc.notnull(),
        sent.service_from.between(add_months(year.start, -13), year.end),
    )
    lines = standing(
        part.select(
            "member_id",
            "encounter_id",
            "line_number",
            "frequency",
            "_file",
            "_line",
            "ndc",
            day="service_from",
            days=part.days_supply.fill_null(1),
        ),
        filing,
    )
    codes = lines.select("ndc").distinct().to_polars()["ndc"].to_list()
    named = _named(codes, values)
    table = ibis.memtable(named)
    return _read(lines.join(table, lines.ndc == table._code))


def stand_in_fills(filing: Filing) -> pl.DataFrame:
    """Return the fills of antidepressants and antipsychotics by the classes of ``drug_classes``.

    A product of both is a fill of each. Use it as
    ``filing.once("quality_stand_in_fills", stand_in_fills)``.
    """
    lines = _dispensed(filing)
    named = named_drugs(_codes(lines), value_set(CLASSES)).rename({"class": "group"})
    named = named.filter(pl.col("group").is_in(STAND_IN))
    table = ibis.memtable(named.select("_code", "product", "group").unique())
    return _read(lines.join(table, lines.ndc == table._code))


def unknown_fills(filing: Filing, people: pl.DataFrame) -> pl.DataFrame:
    """Return some members' fills of drugs that no list knows, with the columns of :data:`FILLED`.

    A fill without a drug code is one of them.
    """
    lists = [each for each in (value_set(CLASSES), drug_list()) if each]
    lines = _dispensed(filing)
    known = [code for code in _codes(lines) if any(each.of(code) for each in lists)]
    named = ibis.memtable(pl.DataFrame({"_code": known}, {"_code": pl.String}))
    wanted = ibis.memtable(people.select(_whose=pl.col("member_id").unique()))
    found = lines.semi_join(wanted, lines.member_id == wanted._whose)
    found = found.anti_join(named, found.ndc == named._code)
    return _read(found.mutate(product=found.ndc.left(9).fill_null(""), group=ibis.literal(UNKNOWN)))


def fills(filing: Filing, group: str) -> pl.DataFrame:
    """Return the fills of one group of drugs; none where no list can tell them."""
    own = drug_list()
    if group in STAND_IN and not (own and own.group(group)):
        found: pl.DataFrame = filing.once("quality_stand_in_fills", stand_in_fills)
    else:
        found = filing.once("quality_fills", all_fills)
    return found.filter(pl.col("group") == group)


def any_fill(filing: Filing, people: pl.DataFrame) -> pl.DataFrame:
    """Return ``member_id``, ``day`` of every paid pharmacy line of some members, whatever drug."""
    sent = filing.tables["encounters"]
    wanted = ibis.memtable(people.select(_whose=pl.col("member_id").unique()))
    part = sent.filter(sent.claim_type == "R", sent.line_status != "denied")
    part = part.semi_join(wanted, part.member_id == wanted._whose)
    frame: pl.DataFrame = part.select("member_id", day="service_from").distinct().to_polars()
    return frame


def covered(fills: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return ``event`` and ``covered``: days from ``starts`` to ``ends`` with a drug in hand.

    A fill of a product that comes early begins when the fill before it is used up; days that two
    products cover count once.

    Parameters
    ----------
    fills
        ``member_id``, ``day``, ``days``, ``product``.
    events
        ``event``, ``member_id``, ``starts``, ``ends``, both days inside.
    """
    own = ("event", "product")
    rows = fills.join(events.select("event", "member_id", "starts", "ends"), on="member_id")
    rows = rows.filter(pl.col("day").is_between("starts", "ends")).sort("event", "product", "day")
    rows = rows.with_columns(
        offset=(pl.col("day") - pl.col("starts")).dt.total_days(),
        length=(pl.col("ends") - pl.col("starts")).dt.total_days() + 1,
    )
    # A queue without a loop: a fill begins at the latest start so far, less what was supplied.
    supplied = pl.col("days").cum_sum().over(own) - pl.col("days")
    rows = rows.with_columns(
        begin=(pl.col("offset") - supplied).cum_max().over(own) + supplied
    ).with_columns(end=pl.min_horizontal(pl.col("begin") + pl.col("days"), "length"))
    rows = rows.filter(pl.col("begin") < pl.col("length")).sort("event", "begin", "end")
    reached = pl.col("end").cum_max().shift(1).over("event").fill_null(0)
    fresh = pl.max_horizontal(pl.col("end") - pl.max_horizontal("begin", reached), pl.lit(0))
    return rows.with_columns(fresh=fresh).group_by("event").agg(covered=pl.col("fresh").sum())


def _dispensed(filing: Filing) -> Table:
    year = measurement_year(filing)
    return dispensed(filing, Period(add_months(year.start, -13), year.end))


def _codes(lines: Table) -> list[str]:
    found: list[str] = lines.select("ndc").distinct().to_polars()["ndc"].drop_nulls().to_list()
    return found


def _read(found: Table) -> pl.DataFrame:
    frame: pl.DataFrame = found.select(*FILLED).to_polars().cast(FILLED)
    return frame.sort("member_id", "day", "encounter_id", "line_number", "_file", "_line")


def _named(codes: list[str], values: ValueSet) -> pl.DataFrame:
    rows = [(code, code[:9], group) for code in codes if (group := values.of(code))]
    schema = {"_code": pl.String, "product": pl.String, "group": pl.String}
    return pl.DataFrame(rows, schema, orient="row")
