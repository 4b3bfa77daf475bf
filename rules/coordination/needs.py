"""Who was enrolled in some months, for how long, and who of them needs both kinds of care."""

from __future__ import annotations

import polars as pl

from rules.encounters.care import care
from rules.model import Filing, Period
from rules.quality.year import spans


def enrolment(filing: Filing, during: Period) -> pl.DataFrame:
    """Return one row a member enrolled in some months, read once for the filing.

    Returns
    -------
    polars.DataFrame
        ``member_id``; ``days`` enrolled in those months, a day of two spans once; ``until``, the
        last of them; ``smi`` and ``dual``, whether any span that meets the months says so.
    """
    name = f"enrolment {during.start} {during.end}"
    found: pl.DataFrame = filing.once(name, lambda filing: _enrolment(filing, during))
    return found


def _enrolment(filing: Filing, during: Period) -> pl.DataFrame:
    begins = pl.max_horizontal("begins", pl.lit(during.start))
    stops = pl.min_horizontal("stops", pl.lit(during.end))
    islands: pl.DataFrame = filing.once("quality_spans", spans)
    within = islands.with_columns(begins=begins, stops=stops)
    days = (
        within.filter(pl.col("member_id").is_not_null(), pl.col("begins") <= pl.col("stops"))
        .group_by("member_id")
        .agg(
            days=((pl.col("stops") - pl.col("begins")).dt.total_days() + 1).sum(),
            until=pl.col("stops").max(),
        )
    )
    table = filing.tables["members"]
    rows = table.filter(
        table.enrolled_from <= during.end,
        (table.enrolled_to >= during.start) | table.enrolled_to.isnull(),
    )
    flags = rows.group_by("member_id").agg(
        smi=(rows.smi.upper() == "Y").any().fill_null(False),
        dual=rows.dual_status.lower().isin(["partial", "full"]).any().fill_null(False),
    )
    said: pl.DataFrame = flags.to_polars()
    return days.join(said, on="member_id").sort("member_id")


def enrolled(filing: Filing, during: Period, min_days: int) -> pl.DataFrame:
    """Return the members enrolled so many days of some months, and on the last of them.

    One row a member: ``member_id``, ``smi``, ``dual``.
    """
    kept = enrolment(filing, during).filter(
        pl.col("days") >= min_days, pl.col("until") == during.end
    )
    return kept.select("member_id", "smi", "dual")


def both_needs(filing: Filing, during: Period) -> pl.DataFrame:
    """Return the :func:`care` of those with behavioral and physical needs in some months."""
    return care(filing, during).filter("bh_need", "ph_need")
