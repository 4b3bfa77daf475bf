"""Networks of practices have no psychiatrist or no behavioral-health coordinator.

What it measures
----------------
Every network of practices (``network_id``), by each kind of ``staff`` that is asked for
(``subject``): whether one of its practices has it. ``value`` is the share of networks with it.

Why it is required
------------------
In Community Care of North Carolina each network hires a psychiatrist and a behavioral-health
coordinator (Integrated Care Resource Center, *State Options for Integrating Physical and Behavioral
Health Care*, 2011).

Met
---
At least ``min_share`` of the networks have it; one practice of a network is enough.

Not met
-------
Fewer have.

Limits
------
The practices say it of themselves. Staff that the network employs and no practice names is not
seen. A network without it of which a practice does not say is not told: where such networks decide,
and where a quarantined row may be the one, the rule could not run. Practices of no network are left
out and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from rules.model import TOLERANCE, VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense

STAFF = ("psychiatrist", "bh_coordinator")


@dataclass(frozen=True)
class Params:
    """``staff`` that is asked for, and ``min_share`` of the networks, 0 to 1, that are to have it.

    Every network is asked unless the contract says otherwise.
    """

    staff: tuple[str, ...] = STAFF
    min_share: float = 1.0

    def __post_init__(self) -> None:
        if not self.staff or set(self.staff) - set(STAFF):
            found = ", ".join(self.staff) or "nobody"
            raise ValueError(f"staff {found}, wanted some of {', '.join(STAFF)}")


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the networks, and those with each kind of staff."""
    rows: pl.DataFrame = filing.tables["practices"].order_by("_file", "_line").to_polars()
    hidden = filing.quarantined.get("practices", 0)
    for kind in dict.fromkeys(params.staff):
        yield of_kind(rows, kind, params.min_share, hidden)


def of_kind(rows: pl.DataFrame, kind: str, min_share: float, hidden: int) -> Measure:
    """Turn the practices into the measure of one kind of staff."""
    held = pl.col(kind).str.to_uppercase()
    known = rows.drop_nulls("network_id")
    networks = known.group_by("network_id").agg(
        has=(held == "Y").any(),
        not_said=pl.col(kind).is_null().any(),
    )
    total, count = networks.height, int(networks["has"].fill_null(False).sum())
    lacking = networks.filter(~pl.col("has").fill_null(False))
    open_ones = total - count if hidden else lacking.filter("not_said").height
    evidence: dict[str, object] = {
        "practices": rows.height,
        "of_no_network": rows.height - known.height,
        "not_said": open_ones,
        "quarantined": hidden,
    }
    named = kind.replace("_", " ").replace("bh", "BH")
    if not total:
        note = "no practice is of a network"
        return Measure(kind, 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
    least = min_share * total
    if count < least - TOLERANCE and count + open_ones >= least - TOLERANCE:
        why = f"{hidden} rows of practices lie in quarantine" if hidden else "practices do not say"
        note = f"cannot tell whether {open_ones} of {total} networks have a {named}: {why}"
        return Measure(kind, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    without = known.join(lacking, on="network_id", how="semi", maintain_order="left")
    return Measure(kind, count, total, count / total, evidence, violations=_rows_of(without, kind))


def _rows_of(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the first practice of each network."""
    told = rows.unique("network_id", keep="first", maintain_order=True).select(
        table=pl.lit("practices"),
        file="_file",
        line=pl.col("_line").cast(pl.Int64),
        natural_key="network_id",
        field=pl.lit(kind),
        value=pl.col(kind).fill_null(""),
        expected=pl.lit("Y at one practice of the network"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share of networks."""
    return params.min_share


RULE = Rule(
    code="PR04",
    name="practices.network-without-staff",
    family="practices",
    reads=("practices",),
    params=Params,
    columns=("practices.network_id",),
    grain="kind of staff",
    unit="share of networks",
    sense=Sense.AT_LEAST,
    required=required,
    message=(
        "{plan_id}, {subject}: {numerator:,.0f} of {denominator:,.0f} networks of practices have "
        "one ({value:.1%}); at least {required:.1%} asked."
    ),
    remedy="Hire for each of these networks, for one of its practices or for all.",
    measure=measure,
)
