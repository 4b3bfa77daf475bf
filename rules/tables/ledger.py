"""ledger: what the plan paid, one row an entry."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import DOMAINS, Column, Kind
from rules.tables.edit import PERIOD_END, Edit, not_before
from rules.tables.identifiers import placeholder
from rules.tables.shape import shape_of
from rules.tables.spans import month_in_reach, month_not_after_period

KINDS = (
    "claims",
    "subcapitation",
    "incentive",
    "practice_fee",
    "community_health_team",
    "reinvestment",
    "quality_improvement",
    "administration",
    "recovery",
)

COLUMNS = (
    Column("entry_id", required=True, fatal=True),
    Column("incurred_month", Kind.MONTH, required=True, fatal=True),
    Column("paid_month", Kind.MONTH, required=True),
    Column("kind", Kind.CHOICE, required=True, values=KINDS),
    Column("domain", Kind.CHOICE, required=True, values=DOMAINS),
    Column(
        "payee_type",
        Kind.CHOICE,
        required=True,
        values=("provider", "subcontractor", "community", "practice", "other"),
    ),
    Column("payee_id", required=True),
    Column("amount", Kind.NUMBER, required=True, fatal=True),
    Column("note"),
)

EDITS = (
    not_before("paid_month", "incurred_month"),
    Edit(
        "paid_month.after_period",
        "paid_month",
        "the payment lies after the period and its run-out of a year",
        "a month up to 12 months after the period's end",
        pl.col("paid_month") <= pl.col(PERIOD_END).dt.offset_by("12mo").dt.strftime("%Y-%m"),
    ),
    Edit(
        "amount.recovery_positive",
        "amount",
        "a recovery is not negative",
        "a negative amount for a recovery",
        (pl.col("kind") != "recovery") | (pl.col("amount") < 0),
        severity=Severity.MAJOR,
        expected=pl.lit("a negative amount for a recovery"),
    ),
    Edit(
        "amount.negative",
        "amount",
        "an amount that is no recovery is negative",
        "0 or more, or kind recovery",
        (pl.col("kind") == "recovery") | (pl.col("amount") >= 0),
        expected=pl.lit("0 or more, or kind recovery"),
    ),
    Edit(
        "payee_type.subcapitation",
        "payee_type",
        "a sub-capitation goes to a payee that is no subcontractor",
        "payee_type subcontractor for kind subcapitation",
        (pl.col("kind") != "subcapitation") | (pl.col("payee_type") == "subcontractor"),
        remedy="Correct the kind or payee_type; only a subcontractor is paid by the head.",
    ),
    Edit(
        "payee_type.claims",
        "payee_type",
        "claims are paid to somebody who renders no care",
        "provider, practice or subcontractor for kind claims",
        (pl.col("kind") != "claims") | ~pl.col("payee_type").is_in(["community", "other"]),
        remedy="Correct payee_type, or the kind.",
    ),
    Edit(
        "payee_type.practice_fee",
        "payee_type",
        "a practice fee goes to somebody who is no practice",
        "practice or provider for kind practice_fee",
        (pl.col("kind") != "practice_fee") | pl.col("payee_type").is_in(["practice", "provider"]),
        remedy="Correct payee_type, or the kind.",
    ),
    Edit(
        "payee_type.administration",
        "payee_type",
        "administration is paid to a provider or practice",
        "subcontractor or other for kind administration",
        (pl.col("kind") != "administration")
        | ~pl.col("payee_type").is_in(["provider", "practice"]),
        remedy="Correct payee_type, or send what paid for care under its own kind.",
        severity=Severity.INFO,
    ),
    Edit(
        "amount.zero",
        "amount",
        "an entry of 0",
        "entries that moved money",
        pl.col("amount") != 0,
        remedy="Leave the entry out.",
        severity=Severity.INFO,
    ),
    month_not_after_period("incurred_month"),
    month_in_reach("incurred_month"),
    placeholder("payee_id"),
)

LEDGER = shape_of("ledger", __doc__, COLUMNS, ("entry_id",), EDITS)
