"""Who decided on requests for services, by which criteria, and how: the authorizations counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from rules.domain import side_of
from rules.model import Filing

if TYPE_CHECKING:
    from ibis.expr.types import Table

PLAN = "plan"


def decisions(filing: Filing, months: int) -> Table:
    """Return the decisions on BH and PH requests of the last months, with ``side`` and ``by``.

    ``by`` is who decided, in lower case, the plan's own id as ``plan``; ``criteria`` the criteria
    set in lower case with single spaces. Either is null where it is empty.
    """
    table, during = filing.tables["authorizations"], filing.last(months)
    told = table.filter(
        table.decided_on.between(during.start, during.end), table.decision.notnull()
    )
    entity = told.reviewer_entity.strip().lower()
    told = told.mutate(
        side=side_of(told.domain.upper()),
        by=ibis.ifelse(entity == filing.plan_id.lower(), PLAN, entity),
        criteria=told.criteria_set.strip().lower().re_replace(r"\s+", " "),
        denied=(told.decision.lower() == "denied").fill_null(False),
    )
    return told.filter(told.side.isin(["BH", "PH"]))


def counts(filing: Filing, months: int) -> pl.DataFrame:
    """Return ``side``, ``by``, ``criteria``, ``named``, ``decisions`` and ``denied``, sorted.

    Read once for the filing; ``named`` is who decided as the plan spells it.
    """
    found: pl.DataFrame = filing.once(f"decisions {months}", lambda filing: _counts(filing, months))
    return found


def _counts(filing: Filing, months: int) -> pl.DataFrame:
    rows = decisions(filing, months)
    found = rows.group_by("side", "by", "criteria").agg(
        named=rows.reviewer_entity.strip().min(), decisions=rows.count(), denied=rows.denied.sum()
    )
    told: pl.DataFrame = found.to_polars()
    return told.sort("side", "by", "criteria", nulls_last=True)


def made_apart(behavioral: pl.DataFrame, physical: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of BH decisions by a reviewer and criteria that PH does not know."""
    reviewers = [PLAN, *physical["by"].drop_nulls().unique()]
    sets = physical["criteria"].drop_nulls().unique()
    elsewhere = ~pl.col("by").is_in(reviewers) & ~pl.col("criteria").is_in(sets.implode())
    return behavioral.filter(~untold() & elsewhere)


def untold() -> pl.Expr:
    """Return whether who decided, or by which criteria, is not told."""
    empty = [pl.col(name).fill_null("") == "" for name in ("by", "criteria")]
    return empty[0] | empty[1]


def total(rows: pl.DataFrame, side: str) -> tuple[int, int]:
    """Return how many decisions of one side there are, and how many deny."""
    mine = rows.filter(pl.col("side") == side)
    return int(mine["decisions"].sum()), int(mine["denied"].sum())


def rows_of(rows: Table, field: str, expected: str) -> Table:
    """Return a violation table of some decisions, with one of their columns as the fault."""
    return rows.select(
        table=ibis.literal("authorizations"),
        file=rows._file,
        line=rows._line,
        natural_key=rows.auth_id,
        field=ibis.literal(field),
        value=rows[field].fill_null(""),
        expected=ibis.literal(expected),
    )
