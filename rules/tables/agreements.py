"""agreements: data sharing, exchange, training and oversight between parties."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import Column, Kind, given, sent
from rules.tables.edit import Edit, not_after_sending, not_before
from rules.tables.shape import shape_of
from rules.tables.spans import open_end

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
    Edit(
        "last_exchange_on.after_end",
        "last_exchange_on",
        "the last exchange lies after the agreement ended",
        "end or earlier",
        pl.col("last_exchange_on") <= pl.col("end"),
        remedy="Send the agreement that is in force, or correct its end.",
        expected=pl.format("{} (end) or earlier", sent("end")),
    ),
    Edit(
        "last_exchange_on.never",
        "last_exchange_on",
        "data were never exchanged under an agreement to exchange them",
        "the day of the last exchange for kinds hie and data_sharing",
        ~pl.col("kind").is_in(["hie", "data_sharing"]) | given("last_exchange_on"),
        remedy="Send the day of the last exchange; begin the exchange if there was none.",
        severity=Severity.INFO,
    ),
    Edit(
        "parties.single",
        "parties",
        "an agreement names a single party",
        "two or more parties with ; between them",
        pl.col("parties").str.contains(r"[^;\s]\s*;\s*[^;\s]"),
        remedy="Name every party of the agreement.",
    ),
    open_end("end"),
)

AGREEMENTS = shape_of("agreements", __doc__, COLUMNS, ("agreement_id",), EDITS)
