"""agreements: data sharing, exchange, training and oversight between parties."""

from __future__ import annotations

from rules.model import Severity
from rules.tables.column import Column, Kind
from rules.tables.edit import not_after_sending, not_before
from rules.tables.shape import shape_of

COLUMNS = (
    Column("agreement_id", required=True, fatal=True),
    Column(
        "kind", Kind.CHOICE, required=True, values=("data_sharing", "hie", "training", "oversight")
    ),
    Column("parties", required=True),
    Column(
        "domain",
        Kind.CHOICE,
        required=True,
        values=("PH", "MH", "SUD", "BH", "LTSS", "OTHER", "both"),
    ),
    Column("effective", Kind.DATE, required=True),
    Column("end", Kind.DATE, required=True),
    Column("last_exchange_on", Kind.DATE),
)

EDITS = (
    not_before("end", "effective"),
    not_before("last_exchange_on", "effective", Severity.INFO),
    not_after_sending("last_exchange_on"),
)

AGREEMENTS = shape_of("agreements", __doc__, COLUMNS, ("agreement_id",), EDITS)
