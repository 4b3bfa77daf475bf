"""Members reach behavioral health providers only through one subcontractor.

What it measures
----------------
The distinct NPIs with a behavioral health taxonomy that are under contract on the last day of the
period: the share whose every row under contract carries the same one subcontractor. ``value`` is
the share of the subcontractor with most of them; the evidence has the same for physical health.

Why it is required
------------------
Where one subcontractor holds the contracts with all behavioral health providers, the carve-out
stands inside the carve-in: the plan cannot reach a provider but through it (subcontracts that keep
management in separate silos; Integrated Care Resource Center, *State Options for Integrating
Physical and Behavioral Health Care*, 2011).

Met
---
At most ``max_share`` of the providers are contracted through that one subcontractor alone.

Not met
-------
More are.

Limits
------
Read is what the provider table says of contracts. A provider with one direct row, or rows of two
subcontractors, is not bound to one. Distances are not measured: NW01 tells whether what is left
would be within reach. A taxonomy that is not of behavioral health does not count, whatever the
provider does. Under ``min_providers`` the share is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rules.domain import taxonomy_group
from rules.model import TOLERANCE, VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense

BEHAVIORAL = ("MH", "SUD", "BH")
_SHOWN = 20


@dataclass(frozen=True)
class Params:
    """``max_share`` through one subcontractor, 0 to 1; ``min_providers`` is carvein's own."""

    max_share: float
    min_providers: int = 10


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the BH providers whose every contract is through one subcontractor."""
    bound = by_provider(filing)
    behavioral = bound.filter(pl.col("behavioral"))
    others = bound.filter(~pl.col("behavioral"))
    counts = through(behavioral)
    evidence: dict[str, Any] = {
        "last_day": str(filing.period.end),
        "by_subcontractor": dict(counts[:_SHOWN]),
        "direct_or_several": behavioral["only"].null_count(),
        "quarantined": filing.quarantined.get("providers", 0),
    }
    of = behavioral.height
    if not of:
        note = f"no BH provider under contract on {filing.period.end}"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    if of < params.min_providers:
        note = (
            f"cannot tell: {of} BH providers under contract on {filing.period.end}, and the share "
            f"of fewer than {params.min_providers} is not told"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    who, count = counts[0] if counts else ("", 0)
    over = count / of > params.max_share + TOLERANCE
    named = name_of(filing, who)
    physical = dict(through(others)).get(who, 0)
    yield Measure(
        subject="plan",
        numerator=count,
        denominator=of,
        value=count / of,
        evidence={
            **evidence,
            "subcontractor_id": who,
            "through": f"{named} ({who})" if named else who or "any one subcontractor",
            "ph_providers": others.height,
            "ph_through": physical,
        },
        violations=rows_of(behavioral, who) if over else None,
    )


def by_provider(filing: Filing) -> pl.DataFrame:
    """Return one row an NPI under contract on the last day of the period.

    Returns
    -------
    polars.DataFrame
        ``npi``, ``behavioral``, ``only`` (the one subcontractor of every row, null where a row is
        direct or they differ), ``file`` and ``line`` of the first row.
    """
    table, last = filing.tables["providers"], filing.period.end
    current = table.filter(
        table.npi.notnull(),
        table.contract_effective.isnull() | (table.contract_effective <= last),
        table.contract_end.isnull() | (table.contract_end >= last),
    )
    columns = ("npi", "taxonomy", "subcontractor_id", "_file", "_line")
    rows: pl.DataFrame = current.select(*columns).order_by("_file", "_line").to_polars()
    codes = rows["taxonomy"].drop_nulls().unique().to_list()
    mine = [code for code in codes if taxonomy_group(code) in BEHAVIORAL]
    who = pl.col("subcontractor_id")
    bound_to_one = (who.n_unique() == 1) & (who.null_count() == 0)
    return (
        rows.group_by("npi", maintain_order=True)
        .agg(
            behavioral=pl.col("taxonomy").is_in(mine).fill_null(False).any(),
            only=pl.when(bound_to_one).then(who.first()),
            file=pl.col("_file").first(),
            line=pl.col("_line").first(),
        )
        .sort("npi")
    )


def through(bound: pl.DataFrame) -> list[tuple[str, int]]:
    """Return each subcontractor with the providers bound to it alone, most first."""
    counts = bound.filter(pl.col("only").is_not_null()).group_by("only").len()
    rows = counts.sort(["len", "only"], descending=[True, False]).iter_rows()
    return [(str(who), int(count)) for who, count in rows]


def name_of(filing: Filing, subcontractor_id: str) -> str:
    """Return the name that the register gives a subcontractor, "" without one."""
    table = filing.tables.get("subcontracts")
    if table is None:
        return ""
    rows = table.filter(table.subcontractor_id == subcontractor_id).order_by("_file", "_line")
    return next((str(name) for name in rows.name.to_polars() if name), "")


def rows_of(bound: pl.DataFrame, who: str) -> pl.DataFrame:
    """Return a violation frame of the first row of each provider bound to one subcontractor."""
    told = bound.filter(pl.col("only") == who).select(
        table=pl.lit("providers"),
        file="file",
        line=pl.col("line").cast(pl.Int64),
        natural_key="npi",
        field=pl.lit("subcontractor_id"),
        value="only",
        expected=pl.lit("a contract with the plan itself"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed through one subcontractor."""
    return params.max_share


RULE = Rule(
    code="DL07",
    name="delegation.only-through-one",
    family="delegation",
    reads=("providers",),
    params=Params,
    columns=("providers.taxonomy", "providers.subcontractor_id"),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} BH providers under contract on "
        "{evidence[last_day]} ({value:.1%}) are reached only through {evidence[through]}; at most "
        "{required:.1%} may be. Of {evidence[ph_providers]:,} other providers it holds "
        "{evidence[ph_through]:,}."
    ),
    remedy="Contract with behavioral health providers directly, as with all others.",
    measure=measure,
)
