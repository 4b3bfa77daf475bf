"""A plan's table as one small row of figures: what the bands of a suite are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rules.model import Filing, Outcome
from rules.profiles import encounters, providers
from rules.profiles.metric import Kind, Metric

DECIMALS = 8
"""Decimals that a value keeps and a bound may have.

Values that lie closer to a bound than the judge's tolerance then lie on it exactly, so every
reader of a value reads the same verdict.
"""

_COUNTS = {"providers": providers.counts, "encounters": encounters.counts}

METRICS: Mapping[str, Mapping[str, Metric]] = MappingProxyType(
    {
        "providers": {metric.name: metric for metric in providers.METRICS},
        "encounters": {metric.name: metric for metric in encounters.METRICS},
    }
)
"""The metrics of each profiled table by name, in the order in which they are shown."""


@dataclass(frozen=True)
class Figure:
    """One metric of one plan: what was counted, among what, and the value; or why there is none."""

    metric: Metric
    counted: float | None = None
    among: float | None = None
    value: float | None = None
    outcome: Outcome = Outcome.MEASURED
    note: str = ""


def summarise(filing: Filing, table: str) -> Mapping[str, Figure]:
    """Count every metric of one plan's table, in one query.

    Parameters
    ----------
    filing
        The plan's staged tables.
    table
        ``providers`` or ``encounters``.

    Returns
    -------
    A figure for every metric of the table. Where a metric's denominator is zero the figure is
    not applicable; where a table was not sent it could not run. Neither has a value.
    """
    metrics = METRICS[table]
    if table not in filing.tables:
        return {name: _unheard(metric, table) for name, metric in metrics.items()}
    row = _COUNTS[table](filing).to_pyarrow().to_pylist()[0]
    return {name: _figure(metric, filing, row) for name, metric in metrics.items()}


def _figure(metric: Metric, filing: Filing, row: Mapping[str, Any]) -> Figure:
    for table in metric.needs:
        if table not in filing.tables:
            return _unheard(metric, table)
    counted, among = row.get(f"{metric.name}__counted"), row.get(f"{metric.name}__among")
    counted = None if counted is None else float(counted)
    among = None if among is None else float(among)
    if counted is None or among == 0:
        return Figure(
            metric,
            counted,
            among,
            outcome=Outcome.NOT_APPLICABLE,
            note=f"nothing to look at: the batch has no {metric.among or metric.counted}",
        )
    value = counted if metric.kind is Kind.COUNT or among is None else counted / among
    return Figure(metric, counted, among, round(value, DECIMALS))


def _unheard(metric: Metric, table: str) -> Figure:
    return Figure(metric, outcome=Outcome.COULD_NOT_RUN, note=f"{table} was not sent")
