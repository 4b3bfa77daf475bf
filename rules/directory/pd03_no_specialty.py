"""Directory rows that map to no specialty, so that no network standard counts them.

What it measures
----------------
The share of rows of the providers table, among those under contract on the last day of the
period, whose taxonomy and program map to none of carvein's network specialties (value set
``specialties``): rows with neither, rows whose taxonomy lies in no grouping of the NUCC code set
(value set ``taxonomy_groupings``), and rows with a behavioral taxonomy (``bh_taxonomies``) that no
specialty holds. The base is these rows and those that map.

Why it is required
------------------
42 CFR 438.10(h) has the directory give each provider's specialty, and 42 CFR 438.68 has networks
measured by it. A provider without one is in no count: it can neither help a plan nor be missed.

Met
---
The share is at most the largest allowed.

Not met
-------
The share is larger.

Limits
------
Taxonomies of physical health that network standards do not name (emergency medicine, laboratories,
home care, transport, supplies, assistants and many more) are no fault: such rows are counted apart
and stand in no share, unless the contract says ``beyond: counted``. Nor are behavioral people who
work under another's name (``supervised_taxonomies``: behavior technicians, registered nurses,
peers). That a code exists in full is not asked here but by the edits of the table. The map is
carvein's own where it is marked so; a program may name a specialty by its slug, and a plan can put
a row right by that. A row without a start of contract counts as under contract. Quarantined rows
are not counted; the evidence says how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from rules import specialty
from rules.model import Filing, Measure, Rule, Sense
from rules.values import value_set

MOST_GROUPINGS = 20
"""Groupings of rows beyond the standards that the evidence names, the largest first."""

_COLUMNS = (
    *("npi", "site_id", "taxonomy", "program"),
    *("contract_effective", "contract_end", "_file", "_line"),
)


@dataclass(frozen=True)
class Params:
    """``max_share``: 0 to 1; ``beyond``: what becomes of taxonomies that no standard names."""

    max_share: float
    beyond: Literal["apart", "counted"] = "apart"


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the rows under contract at the period's end that map to no specialty."""
    told = _told(filing)
    accused = ["missing", "unknown", "behavioral"]
    accused += ["beyond"] if params.beyond == "counted" else []
    faulty = told.filter(pl.col("fault").is_in(accused))
    total = told.filter(pl.col("fault") == "").height + faulty.height
    beyond = told.filter(pl.col("fault") == "beyond")
    groupings = beyond.group_by(pl.col("taxonomy").str.slice(0, 4)).len()
    largest = groupings.sort("len", "taxonomy", descending=[True, False]).head(MOST_GROUPINGS)
    counts = {fault: int((told["fault"] == fault).sum()) for fault in (*accused, "supervised")}
    yield Measure(
        subject="plan",
        numerator=faulty.height,
        denominator=total,
        value=faulty.height / total if total else None,
        evidence={
            "rows": told.height,
            **counts,
            "beyond": beyond.height,
            "beyond_groupings": dict(largest.iter_rows()),
            "providers": faulty["npi"].n_unique(),
            "specialties": specialty.version(),
            "period_end": str(filing.period.end),
            "quarantined": filing.quarantined.get("providers", 0),
        },
        violations=_violations(faulty),
    )


def _told(filing: Filing) -> pl.DataFrame:
    """Return the rows under contract, each with its ``fault``, "" where it maps."""
    day = filing.period.end
    rows: pl.DataFrame = filing.tables["providers"].select(*_COLUMNS).to_polars()
    current = rows.filter(
        (pl.col("contract_effective") <= day).fill_null(True),
        (pl.col("contract_end") >= day).fill_null(True),
    ).with_columns(pl.col("taxonomy", "program").fill_null(""))
    pairs = current.select("taxonomy", "program").unique(maintain_order=True)
    faults = [fault_of(taxonomy, program) for taxonomy, program in pairs.iter_rows()]
    found = pairs.with_columns(fault=pl.Series(faults, dtype=pl.String))
    return current.join(found, on=["taxonomy", "program"], how="left", maintain_order="left")


def fault_of(taxonomy: str, program: str) -> str:
    """Tell why a taxonomy and program map to no specialty, "" where they map to one.

    Returns
    -------
    ``missing`` without a taxonomy, ``unknown`` where it lies in no grouping of the code set,
    ``supervised`` and ``behavioral`` for behavioral ones, ``beyond`` for all others.
    """
    if specialty.specialties_of(taxonomy, program):
        return ""
    code = taxonomy.strip().upper()
    if not code:
        return "missing"
    if value_set("taxonomy_groupings").of(code) is None:
        return "unknown"
    if value_set("bh_taxonomies").of(code) is None:
        return "beyond"
    return "behavioral" if value_set("supervised_taxonomies").of(code) is None else "supervised"


def _violations(faulty: pl.DataFrame) -> pl.DataFrame:
    program = pl.when(pl.col("program") != "").then(pl.lit("; program ") + pl.col("program"))
    taxonomy = pl.when(pl.col("taxonomy") == "").then(pl.lit("none")).otherwise("taxonomy")
    wanted = "a taxonomy, or a program, of a network specialty"
    return faulty.sort("_file", "_line").select(
        table=pl.lit("providers"),
        file="_file",
        line="_line",
        natural_key=pl.concat_str(
            pl.col("npi").fill_null(""), pl.col("site_id").fill_null(""), separator="/"
        ),
        field=pl.lit("taxonomy"),
        value=pl.concat_str(taxonomy, program.otherwise(pl.lit("; no program"))),
        expected=pl.lit(f"{wanted} (value set specialties {specialty.version()})"),
    )


def required(params: Params, measure: Measure) -> float:
    """Return the largest share allowed."""
    return params.max_share


RULE = Rule(
    code="PD03",
    name="directory.no-specialty",
    family="directory",
    reads=("providers",),
    params=Params,
    columns=("providers.taxonomy",),
    grain="plan",
    unit="share",
    sense=Sense.AT_MOST,
    required=required,
    judged_by=("max_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} provider rows under contract "
        "({value:.1%}) map to no network specialty: {evidence[missing]:,} without a taxonomy, "
        "{evidence[unknown]:,} with one of no known grouping, {evidence[behavioral]:,} with a "
        "behavioral one; at most {required:.1%} may. Rows with a taxonomy that network standards "
        "do not name: {evidence[beyond]:,}"
    ),
    remedy=(
        "Correct each taxonomy against the national registry, or name the specialty of the row in "
        "program."
    ),
    measure=measure,
)
