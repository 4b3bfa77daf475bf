"""A plan's table as one small row of figures: what the bands of a suite are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from rules.model import Filing, Outcome
from rules.profiles import capitation, drift, encounters, providers
from rules.profiles.metric import Kind, Metric

DECIMALS = 8
"""Decimals that a value keeps and a bound may have.

Values that lie closer to a bound than the judge's tolerance then lie on it exactly, so every
reader of a value reads the same verdict.
"""

_COUNTS: Mapping[str, Callable[[Filing], Any]] = {
    "providers": providers.counts,
    "encounters": encounters.counts,
    "drift": drift.counts,
    "capitation": capitation.counts,
}
_SOURCES = {"drift": "encounters"}

METRICS: Mapping[str, Mapping[str, Metric]] = MappingProxyType(
    {
        "providers": {metric.name: metric for metric in providers.METRICS},
        "encounters": {metric.name: metric for metric in encounters.METRICS},
        "drift": {metric.name: metric for metric in drift.METRICS},
        "capitation": {metric.name: metric for metric in capitation.METRICS},
    }
)
"""The metrics of each suite by name, in the order in which they are shown."""


def source_of(suite: str) -> str:
    """Return the table that a suite looks at: drift at encounters, any other at its namesake."""
    return _SOURCES.get(suite, suite)


@dataclass(frozen=True)
class Figure:
    """One metric of one plan: what was counted, among what, and the value; or why there is none."""

    metric: Metric
    counted: float | None = None
    among: float | None = None
    value: float | None = None
    outcome: Outcome = Outcome.MEASURED
    note: str = ""
    told: Mapping[str, float] = field(default_factory=dict)


def summarise(filing: Filing, table: str) -> Mapping[str, Figure]:
    """Count every metric of one plan's table, in one query.

    Parameters
    ----------
    filing
        The plan's staged tables.
    table
        The name of a suite.

    Returns
    -------
    A figure for every metric of the table. Where a metric's denominator is zero the figure is
    not applicable; where a table was not sent it could not run. Neither has a value.
    """
    metrics = METRICS[table]
    if source_of(table) not in filing.tables:
        return {name: _unheard(metric, source_of(table)) for name, metric in metrics.items()}
    told = _COUNTS[table](filing)
    row = told if isinstance(told, Mapping) else told.to_pyarrow().to_pylist()[0]
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
            note=metric.idle
            or f"nothing to look at: the batch has no {metric.among or metric.counted}",
        )
    value = counted if metric.kind is Kind.COUNT or among is None else counted / among
    told = {name: float(row[f"{metric.name}__{name}"]) for name in metric.tells}
    return Figure(metric, counted, among, round(value, DECIMALS), told=told)


def _unheard(metric: Metric, table: str) -> Figure:
    return Figure(metric, outcome=Outcome.COULD_NOT_RUN, note=f"{table} was not sent")
