"""payment_models: value-based arrangements, one row an arrangement and payee."""

from __future__ import annotations

import polars as pl

from rules.tables.column import Column, Kind
from rules.tables.edit import Edit
from rules.tables.shape import shape_of

COLUMNS = (
    Column("arrangement_id", required=True, fatal=True),
    Column("payee_id", required=True),
    Column("category", Kind.CHOICE, required=True, values=("1", "2", "3", "4")),
    Column("includes_ph", Kind.FLAG, required=True),
    Column("includes_bh", Kind.FLAG, required=True),
    Column("payments", Kind.NUMBER, required=True, low=0.0),
    Column("quality_linked", Kind.FLAG, required=True),
)

_LINKED = pl.col("quality_linked")

EDITS = (
    Edit(
        "quality_linked.category_two",
        "quality_linked",
        "payment of category 2 that is not linked to quality",
        "Y for category 2, which is payment linked to quality (HCP-LAN framework)",
        (pl.col("category") != "2") | (_LINKED != "N"),
        remedy="Correct quality_linked, or the category to 1.",
    ),
    Edit(
        "quality_linked.category_one",
        "quality_linked",
        "plain fee for service that is linked to quality",
        "N for category 1, which is payment without a link to quality (HCP-LAN framework)",
        (pl.col("category") != "1") | (_LINKED != "Y"),
        remedy="Correct quality_linked, or the category to 2 or above.",
    ),
    Edit(
        "includes_bh.neither",
        "includes_bh",
        "an arrangement that includes neither physical nor behavioral health",
        "Y in includes_ph or in includes_bh",
        (pl.col("includes_ph") != "N") | (pl.col("includes_bh") != "N"),
        remedy="Say what the arrangement pays for, or leave it out.",
    ),
)

PAYMENT_MODELS = shape_of("payment_models", __doc__, COLUMNS, ("arrangement_id", "payee_id"), EDITS)
