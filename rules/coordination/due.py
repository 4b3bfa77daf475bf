"""Who is due an event of joint care, who has one, and the rows of those who have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.coordination.needs import both_needs, enrolled
from rules.model import Filing, Measure, Outcome, Period
from rules.samples import wilson

if TYPE_CHECKING:
    from ibis.expr.types import Table

NOBODY = pl.Series(dtype=pl.String)
ALL, SMI, BOTH, SMI_AND_BOTH = "all", "smi", "both_needs", "smi_with_both_needs"


def members_due(
    filing: Filing, months: int, groups: Iterable[str], min_days: int, others: pl.Series = NOBODY
) -> pl.DataFrame:
    """Return the members of any of some groups, and of ``others``: ``member_id``.

    All of them were enrolled on the period's last day, and ``min_days`` of the months to it. Needs
    are those of as many months of complete encounters.
    """
    who = enrolled(filing, filing.last(months), min_days)
    kinds = set(groups)
    due = pl.col("member_id").is_in(others.implode()) | pl.lit(ALL in kinds)
    if SMI in kinds:
        due |= pl.col("smi")
    if kinds & {BOTH, SMI_AND_BOTH}:
        told = both_needs(filing, filing.look_back(months))["member_id"]
        both = pl.col("member_id").is_in(told.implode())
        due |= both if BOTH in kinds else both & pl.col("smi")
    return who.filter(due).select("member_id")


def with_event(
    due: pl.DataFrame,
    filing: Filing,
    during: Period,
    kind: str,
    tools: Sequence[str] = (),
    actors: Sequence[str] = (),
) -> pl.DataFrame:
    """Add ``done``, whether an event of the kind counts, and ``other``, whether there are others.

    Without ``tools`` or ``actors`` any counts.
    """
    events = filing.tables["coordination"]
    mine = events.filter(
        events.kind == kind,
        events.member_id.notnull(),
        events.occurred_on.between(during.start, during.end),
    )
    counts = mine.kind == kind
    if tools:
        counts &= mine.tool.strip().lower().isin([tool.lower() for tool in tools])
    if actors:
        counts &= mine.actor.lower().isin(list(actors))
    counting = counts.fill_null(False)
    held = mine.group_by("member_id").agg(done=counting.any(), other=~counting.any())
    told = due.join(held.to_polars(), on="member_id", how="left", maintain_order="left")
    return told.with_columns(pl.col("done", "other").fill_null(False))


def share_done(
    filing: Filing,
    during: Period,
    told: pl.DataFrame,
    evidence: Mapping[str, object],
    min_members: int,
    event: str,
    expected: str,
    field: str = "member_id",
) -> Measure:
    """Return the share of members due, as :func:`with_event` told them, who have the event.

    ``event`` is its name in a note; ``expected`` and ``field`` are of the rows of those without.
    """
    of, count = told.height, int(told["done"].sum())
    held = {**evidence, "interval": list(wilson(count, of)) if of else None}
    span = f"from {during.start} to {during.end}"
    if not of:
        note = f"no member was due {event} {span}"
        return Measure("plan", 0.0, 0.0, None, held, note, Outcome.NOT_APPLICABLE)
    if of < min_members:
        note = (
            f"cannot tell: {of} members were due {event} {span}, and a share of fewer than "
            f"{min_members} is not told"
        )
        return Measure("plan", evidence=held, note=note, outcome=Outcome.COULD_NOT_RUN)
    faulty = rows_without(filing, during, told, expected, field) if count < of else None
    return Measure("plan", count, of, count / of, held, violations=faulty)


def rows_without(
    filing: Filing, during: Period, told: pl.DataFrame, expected: str, field: str
) -> Table:
    """Return the latest span of each member who is due and has none; ``field`` is what it shows."""
    without = ibis.memtable(told.filter(~pl.col("done")).select("member_id"))
    rows = filing.tables["members"]
    rows = rows.filter(rows.enrolled_from <= during.end).semi_join(without, "member_id")
    place = ibis.row_number().over(
        group_by=rows.member_id, order_by=[ibis.desc(rows.enrolled_from), rows._file, rows._line]
    )
    last = rows.select("member_id", "_file", "_line", place=place, shown=rows[field])
    last = last.filter(last.place == 0)
    return last.select(
        table=ibis.literal("members"),
        file=last._file,
        line=last._line,
        natural_key=last.member_id,
        field=ibis.literal(field),
        value=last.shown.fill_null(""),
        expected=ibis.literal(expected),
    )
