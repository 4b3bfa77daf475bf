"""Value-based arrangements leave behavioral health out.

What it measures
----------------
The arrangements of category 2 or above (linked to quality, shared savings or risk,
population-based): the share that includes both physical and behavioral health. An arrangement with
several payees is one, and includes what any of its rows includes. The evidence has the same by
dollars.

Why it is required
------------------
Plans drive integration by value-based arrangements that include physical **and** behavioral health
(*Key Levers for Advancing Physical-Behavioral Health Care Integration at the Practice Level through
Integrated Medicaid Managed Care*). An arrangement for one side alone rewards that side for what it
saves on the other's account.

Met
---
At least ``min_share`` of the arrangements include both.

Not met
-------
Fewer do.

Limits
------
The table says that an arrangement includes behavioral health, not how much of it. Plain fee for
service (category 1) is not counted. An arrangement whose flags are empty is left out; past 5 % of
them the rule could not run. Without any such arrangement the rule is not applicable: whether there
ought to be one is another requirement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from rules.model import VIOLATION_COLUMNS, Filing, Measure, Outcome, Rule, Sense
from rules.spending.months import MOST_UNSEEN

CATEGORIES = ("2", "3", "4")


@dataclass(frozen=True)
class Params:
    """``min_share`` of value-based arrangements, 0 to 1, that include both sides."""

    min_share: float


def measure(filing: Filing, scope: Mapping[str, str], params: Params) -> Iterator[Measure]:
    """Count the value-based arrangements, and those that include both sides."""
    rows, arranged = read_arrangements(filing)
    told = arranged.filter(pl.col("told"))
    both = told.filter(pl.col("ph") & pl.col("bh"))
    untold = arranged.height - told.height
    evidence: dict[str, Any] = {
        "without_bh": told.filter(~pl.col("bh")).height,
        "without_ph": told.filter(~pl.col("ph")).height,
        "untold": untold,
        "payments": float(told["payments"].sum()),
        "payments_both": float(both["payments"].sum()),
        "by_category": {
            category: {"both": int(some["both"]), "of": int(some["of"])}
            for category, some in _by_category(told).items()
        },
        "quarantined": filing.quarantined.get("payment_models", 0),
    }
    if arranged.is_empty():
        note = "no value-based arrangement (category 2 to 4) was sent"
        yield Measure("plan", 0.0, 0.0, None, evidence, note, Outcome.NOT_APPLICABLE)
        return
    if untold > MOST_UNSEEN * arranged.height:
        note = (
            f"cannot tell: {untold} of {arranged.height} value-based arrangements do not say "
            "whether they include PH and BH"
        )
        yield Measure("plan", evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
        return
    faulty = told.filter(~(pl.col("ph") & pl.col("bh")))
    yield Measure(
        subject="plan",
        numerator=both.height,
        denominator=told.height,
        value=both.height / told.height,
        evidence=evidence,
        violations=_rows_of(rows, faulty),
    )


def read_arrangements(filing: Filing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of value-based arrangements, and each arrangement once.

    Returns
    -------
    rows, arrangements
        The second has ``arrangement_id``, ``ph``, ``bh``, ``told`` (no flag that matters is
        empty), ``payments`` and ``category``.
    """
    table = filing.tables["payment_models"]
    rows: pl.DataFrame = (
        table.filter(table.category.isin(CATEGORIES)).order_by("_file", "_line").to_polars()
    )
    sides = {}
    for name, column in (("ph", "includes_ph"), ("bh", "includes_bh")):
        flag = pl.col(column).str.to_uppercase()
        sides[name] = (flag == "Y").fill_null(False).any()
        sides[f"{name}_known"] = (flag == "Y").fill_null(False).any() | flag.is_in(
            ["Y", "N"]
        ).fill_null(False).all()
    arranged = rows.group_by("arrangement_id", maintain_order=True).agg(
        **sides, payments=pl.col("payments").sum(), category=pl.col("category").first()
    )
    known = pl.col("ph_known") & pl.col("bh_known")
    return rows, arranged.with_columns(told=known)


def _by_category(told: pl.DataFrame) -> dict[str, dict[str, int]]:
    counted = told.group_by("category").agg(both=(pl.col("ph") & pl.col("bh")).sum(), of=pl.len())
    return {str(row.pop("category")): row for row in counted.sort("category").iter_rows(named=True)}


def _rows_of(rows: pl.DataFrame, faulty: pl.DataFrame) -> pl.DataFrame:
    """Return a violation frame of every row of the arrangements for one side alone."""
    sides = faulty.select("arrangement_id", "bh")
    told = rows.join(sides, on="arrangement_id", maintain_order="left").select(
        table=pl.lit("payment_models"),
        file="_file",
        line="_line",
        natural_key=pl.concat_str(
            pl.col("arrangement_id").fill_null(""), pl.col("payee_id").fill_null(""), separator="/"
        ),
        field=pl.when(pl.col("bh")).then(pl.lit("includes_ph")).otherwise(pl.lit("includes_bh")),
        value=pl.when(pl.col("bh")).then("includes_ph").otherwise("includes_bh").fill_null(""),
        expected=pl.lit("Y: an arrangement that includes both sides"),
    )
    return told.select(VIOLATION_COLUMNS)


def required(params: Params, measure: Measure) -> float:
    """Return the least share that includes both."""
    return params.min_share


RULE = Rule(
    code="VB01",
    name="payment.without-bh",
    family="payment",
    reads=("payment_models",),
    params=Params,
    grain="plan",
    unit="share",
    sense=Sense.AT_LEAST,
    required=required,
    judged_by=("min_share",),
    message=(
        "{plan_id}: {numerator:,.0f} of {denominator:,.0f} value-based arrangements ({value:.1%}) "
        "include both PH and BH, {evidence[without_bh]:,} leave BH out; at least {required:.1%} "
        "asked. By dollars ${evidence[payments_both]:,.0f} of ${evidence[payments]:,.0f}."
    ),
    remedy="Bring behavioral health into the arrangements, with measures and risk that fit it.",
    measure=measure,
)
