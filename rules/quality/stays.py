"""Hospital stays and emergency visits out of encounter lines, each counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.model import Filing
from rules.quality.lines import measure_lines

if TYPE_CHECKING:
    from ibis.expr.types import Table

_ROW = ("encounter_id", "line_number", "_file", "_line")
_ORDER = ("out", "encounter_id", "line_number", "_file", "_line")


def lines_of(filing: Filing) -> Table:
    """Return :func:`measure_lines`, made once for the filing."""
    table: Table = filing.once("quality_lines", measure_lines)
    return table


def stays(filing: Filing) -> pl.DataFrame:
    """Return every stay in a hospital or other facility.

    Lines of one claim are one stay; so are claims of a member that begin on one day or overlap
    (claims sent twice, interim bills). A stay that begins on the day another ends is the next one:
    a transfer. Use it as ``filing.once("quality_stays", stays)``.

    Returns
    -------
    polars.DataFrame
        ``event``, ``member_id``, ``admit``, ``out``, ``open`` (no discharge yet), ``died``,
        ``stay`` (acute or nonacute), ``first``, ``told``, ``detox``, ``claims`` (how many), and the
        row of the claim that ended it, sorted by member and day.
    """
    lines = lines_of(filing)
    found: pl.DataFrame = lines.filter(lines.stay.notnull()).to_polars()
    claims = (
        found.sort(_ORDER)
        .group_by("member_id", "encounter_id", maintain_order=True)
        .agg(
            pl.col("admit").min(),
            pl.col("out").max(),
            pl.col("open").any(),
            pl.col("died").any(),
            stay=pl.when((pl.col("stay") == "acute").any())
            .then(pl.lit("acute"))
            .otherwise(pl.lit("nonacute")),
            first=pl.col("first").sort_by("line_number").drop_nulls().first(),
            told=pl.col("told").bitwise_or(),
            detox=(pl.col("revenue") == "detox").any(),
            line_number=pl.col("line_number").min(),
            _file=pl.col("_file").sort_by("line_number").first(),
            _line=pl.col("_line").sort_by("line_number").first(),
        )
        .sort("member_id", "admit", "out", "encounter_id")
    )
    before = pl.col("admit").shift(1).over("member_id")
    reached = pl.col("out").cum_max().shift(1).over("member_id")
    opens = ((pl.col("admit") >= reached) & (pl.col("admit") != before)).fill_null(True)
    merged = (
        claims.with_columns(number=opens.cast(pl.Int64).cum_sum().over("member_id"))
        .sort("member_id", "number", "out", "encounter_id")
        .group_by("member_id", "number", maintain_order=True)
        .agg(
            pl.col("admit").min(),
            pl.col("out").max(),
            pl.col("died").any(),
            pl.col("told").bitwise_or(),
            pl.col("detox").any(),
            pl.col("open", "stay", "first", *_ROW).last(),
            claims=pl.len(),
        )
        .drop("number")
    )
    return merged.with_row_index("event").with_columns(pl.col("event").cast(pl.Int64))


def emergencies(filing: Filing) -> pl.DataFrame:
    """Return every day on which a member was in an emergency department with a reason told.

    Claims of the hospital and of the physician on one day are one visit. Use it as
    ``filing.once("quality_emergencies", emergencies)``.

    Returns
    -------
    polars.DataFrame
        ``member_id``, ``day``, ``firsts`` (groups of the claims' principal diagnoses), ``told``,
        ``died`` and the row of its first line, sorted by member and day.
    """
    lines = lines_of(filing)
    found: pl.DataFrame = lines.filter(lines.ed, lines.told != 0).to_polars()
    return (
        found.sort("member_id", "day", "encounter_id", "line_number", "_file", "_line")
        .group_by("member_id", "day", maintain_order=True)
        .agg(
            firsts=pl.col("first").drop_nulls().unique().sort(),
            told=pl.col("told").bitwise_or(),
            died=pl.col("died").any(),
            **{name: pl.col(name).first() for name in _ROW},
        )
    )


def visits(filing: Filing, people: pl.DataFrame) -> pl.DataFrame:
    """Return the lines outside stays and emergency departments of some members.

    Parameters
    ----------
    people
        Has the column ``member_id``.

    Returns
    -------
    polars.DataFrame
        ``member_id``, ``encounter_id``, ``day``, ``first``, ``told``, ``bh_provider`` and ``kind``:
        ``visit``, ``bh_visit``, ``sud_visit``, ``detox``, ``sud_drug``, the injections, or null.
    """
    lines = lines_of(filing)
    inside = lines.filter(lines.ed | lines.stay.notnull()).select("encounter_id").distinct()
    wanted = ibis.memtable(people.select(_whose=pl.col("member_id").unique()))
    found = lines.anti_join(inside, "encounter_id").semi_join(
        wanted, lines.member_id == wanted._whose
    )
    found = found.select(
        "member_id",
        "encounter_id",
        "day",
        "first",
        "told",
        "bh_provider",
        kind=ibis.coalesce(found.procedure, found.revenue),
    )
    frame: pl.DataFrame = found.to_polars()
    return frame


def hospice(filing: Filing) -> pl.DataFrame:
    """Return ``member_id`` of members with a hospice service in the measurement year.

    Use it as ``filing.once("quality_hospice", hospice)``.
    """
    lines = lines_of(filing)
    year = filing.look_back(12)
    frame: pl.DataFrame = (
        lines.filter(lines.hospice, lines.day.between(year.start, year.end))
        .select("member_id")
        .distinct()
        .to_polars()
    )
    return frame
