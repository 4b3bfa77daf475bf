"""payment_models: value-based arrangements, one row an arrangement and payee."""

from __future__ import annotations

from rules.tables.column import Column, Kind
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

PAYMENT_MODELS = shape_of("payment_models", __doc__, COLUMNS, ("arrangement_id", "payee_id"))
