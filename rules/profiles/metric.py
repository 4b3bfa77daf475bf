"""A metric of a table's summary: one count among another, taken over a plan's whole batch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import ibis


class Kind(StrEnum):
    """What a metric's value is made of."""

    RATIO = "ratio"
    COUNT = "count"


@dataclass(frozen=True)
class Metric:
    """One figure of a summary.

    A ratio's value is ``counted`` over ``among``; a count's value is ``counted`` itself. Both are
    said in words, for reports. ``needs`` names the further tables that it takes; ``rows`` are the
    two ibis conditions that make it, where it counts rows of one frame; ``idle`` says why there is
    nothing to look at, where that is more than an empty denominator. ``tells`` names figures
    beside the two, as ``<name>__<figure>``, that a message may show.
    """

    name: str
    counted: str
    among: str = ""
    kind: Kind = Kind.RATIO
    needs: tuple[str, ...] = ()
    rows: tuple[Any, Any] | None = None
    idle: str = ""
    tells: tuple[str, ...] = ()


def share(name: str, counted: str, among: str, *, these: Any, of: Any) -> Metric:
    """Return the metric: the share of rows that are ``these`` among the rows that are ``of``.

    Both are deferred ibis conditions on one frame (``_.column.isnull()``). A row whose condition
    is null counts as not being so.
    """
    return Metric(name, counted, among, rows=(these, of))


def tally(rows: ibis.Table, metrics: Iterable[Metric]) -> ibis.Table:
    """Return one row that counts every metric made of conditions.

    Two whole-number columns a metric: ``<name>__counted`` and ``<name>__among``; 0, never null,
    where there is no row.
    """
    counts: dict[str, Any] = {}
    for metric in metrics:
        if metric.rows is not None:
            these, of = metric.rows
            counts[f"{metric.name}__counted"] = _number(these & of)
            counts[f"{metric.name}__among"] = _number(of)
    return rows.aggregate(**counts)


def _number(condition: Any) -> Any:
    return condition.fill_null(False).sum().fill_null(0)
