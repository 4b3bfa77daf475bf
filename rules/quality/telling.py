"""What a measure says: its rates, what was left out and why, and the member-level trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome
from rules.quality.editions import Definition, definition
from rules.quality.lines import DIAGNOSES, DRUGS, SERVICES
from rules.quality.year import (
    MEDICAL,
    SHOWN_BANDS,
    measurement_year,
    months_not_sent,
    seen_from,
)
from rules.spending.months import list_months
from rules.values import find_value_set

MESSAGE = (
    "{plan_id}: {evidence[name]}, {subject}: {numerator:,.0f} of {denominator:,.0f} ({value:.1%}) "
    "from {evidence[year_start]} to {evidence[year_end]} by edition {evidence[edition]} "
    "({evidence[label]}); at least {required:.1%} is required."
)
FEW = 30
"""Denominators below this are not judged: carvein's own default, as HEDIS commonly reports them."""

BRING = "bring an NDC list: carvein values update FILE (docs/guides/measures.md)"


@dataclass
class Sieve:
    """Events on their way to the denominator, and how many each reason left out, in order."""

    events: pl.DataFrame
    left_out: dict[str, int] = field(default_factory=dict)
    found: int = 0

    def __post_init__(self) -> None:
        """Count what there was to begin with."""
        self.found = self.events.height

    def keep(self, reason: str, kept: pl.DataFrame | pl.Expr) -> None:
        """Keep the events that ``kept`` holds, or of which it is true; count the others."""
        before = self.events.height
        if isinstance(kept, pl.Expr):
            self.events = self.events.filter(kept.fill_null(False))
        else:
            self.events = kept
        self.left_out[reason] = before - self.events.height


def check_params(
    measure: str, edition: str, rates: Sequence[str], min_rate: float | Mapping[str, float]
) -> None:
    """Refuse an edition that a measure has not, and a least rate that is none.

    Raises
    ------
    ValueError
        With the reason, for the pack that gives the params.
    """
    definition(measure, edition)
    given = min_rate if isinstance(min_rate, Mapping) else {"": min_rate}
    if isinstance(min_rate, Mapping) and sorted(given) != sorted(rates):
        raise ValueError(f"min_rate has {', '.join(given)}; wanted {' and '.join(rates)}")
    for rate in given.values():
        if not 0 <= rate <= 1:
            raise ValueError(f"min_rate {rate}, wanted a share from 0 to 1")


def required(params: Any, measure: Measure) -> float:
    """Return the least rate of the measure's subject."""
    asked = params.min_rate
    return float(asked[measure.subject] if isinstance(asked, Mapping) else asked)


def evidence_of(filing: Filing, chosen: Definition, sieve: Sieve, **more: Any) -> dict[str, Any]:
    """Return what every rate of a measure says of itself."""
    year = measurement_year(filing)
    first = filing.once("quality_seen_from", seen_from)
    sets = [find_value_set(name) for name in (DIAGNOSES, SERVICES, DRUGS)]
    return {
        **chosen.tell(),
        "year_start": year.start.isoformat(),
        "year_end": year.end.isoformat(),
        "encounters_from": first.isoformat() if first else "",
        "months_not_sent": filing.once("quality_months_not_sent", months_not_sent),
        "found": sieve.found,
        "left_out": dict(sieve.left_out),
        "value_sets": {each.name: each.marked_version for each in sets if each},
        "stand_in_value_sets": [each.name for each in sets if each and not each.replaced],
        "quarantined": {
            name: filing.quarantined.get(name, 0) for name in ("encounters", "members")
        },
        **more,
    }


def rate(
    subject: str,
    events: pl.DataFrame,
    met: pl.Series,
    evidence: Mapping[str, Any],
    expected: str,
    least: int,
    rests_on: tuple[str, ...] = (MEDICAL,),
) -> Measure:
    """Return one rate, or that it could not run where months that it rests on were not sent.

    Parameters
    ----------
    events
        The denominator: ``age``, and ``table``, ``natural_key``, ``field``, ``shown``, ``_file``,
        ``_line`` for the trail.
    met
        Whether each event counts in the numerator.
    expected
        What would have counted, without dates or names: it leaves with the trail.
    least
        How many events have to be in the denominator for the rate to be judged.
    rests_on
        Kinds of claims, each month of which has to be there.
    """
    told = events.with_columns(met=met)
    missed = told.filter(~pl.col("met"))
    count, total = int(met.sum()), told.height
    enough = total >= max(least, 1)
    trail = missed.select(
        "table",
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key="natural_key",
        field="field",
        value=pl.col("shown").cast(pl.String),
        expected=pl.lit(expected),
    ).select(VIOLATION_COLUMNS)
    found = Measure(
        subject=subject,
        numerator=float(count),
        denominator=float(total),
        value=count / total if enough else None,
        evidence={**evidence, "by_age": by_age(told)},
        note="" if enough else too_few(count, total, least),
        outcome=Outcome.MEASURED if enough else Outcome.NOT_APPLICABLE,
        violations=trail,
    )
    lack = [
        f"{kind} lines to speak of in {list_months(evidence['months_not_sent'][kind])}"
        for kind in rests_on
        if evidence["months_not_sent"][kind]
    ]
    if not lack or (total and not enough):
        return found
    note = f"cannot tell the rate, {count} of {total}: no {' and no '.join(lack)}"
    return replace(found, value=None, note=note, outcome=Outcome.COULD_NOT_RUN, violations=None)


def too_few(count: int, total: int, least: int) -> str:
    """Say why a rate is not judged."""
    if not total:
        return "nothing is in the denominator"
    return f"{count} of {total}: too few to judge a rate, at least {least} are asked for"


def by_age(told: pl.DataFrame) -> dict[str, list[int]]:
    """Return numerator and denominator by band of age, bands without anybody left out."""
    found = {}
    for low, high in SHOWN_BANDS:
        band = told.filter(pl.col("age").is_between(low, high))
        if band.height:
            name = f"{low}-{high}" if high < 200 else f"{low}+"
            found[name] = [int(band["met"].sum()), band.height]
    return found


def event_rows(events: pl.DataFrame, name: str, column: str) -> pl.DataFrame:
    """Add to events what the trail shows of each: its encounter line, and the day ``column``."""
    key = pl.format("{}/{}", "encounter_id", pl.col("line_number").cast(pl.Int64))
    return events.with_columns(
        table=pl.lit("encounters"),
        natural_key=key,
        field=pl.lit(name),
        shown=pl.col(column).cast(pl.String),
    )


def member_rows(events: pl.DataFrame) -> pl.DataFrame:
    """Add to members what the trail shows of each: the row of the latest enrolment."""
    return events.with_columns(
        table=pl.lit("members"),
        natural_key=pl.format("{}/{}", "member_id", pl.col("key_from").cast(pl.String)),
        field=pl.lit("member_id"),
        shown=pl.col("member_id"),
    )
