"""The amounts of one service line, and how they go with its status and arrangement."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import given, sent
from rules.tables.edit import Edit, needs, not_above
from rules.tables.encounter_lines import DENIED, REPEATS, SUBCAPITATED

_BILLED, _ALLOWED, _PAID = (
    pl.col("billed_amount"),
    pl.col("allowed_amount"),
    pl.col("paid_amount"),
)

AMOUNTS = (
    Edit(
        "paid_amount.on_denied",
        "paid_amount",
        "a denied line was paid",
        "0 on a denied line",
        ~DENIED | (pl.col("paid_amount") == 0),
        severity=Severity.MAJOR,
        expected=pl.lit("0 on a denied line"),
    ),
    not_above("paid_amount", "billed_amount"),
    Edit(
        "allowed_amount.above_billed_amount",
        "allowed_amount",
        "allowed_amount is above billed_amount",
        "billed_amount or less",
        (_ALLOWED <= _BILLED + 0.005) | (_BILLED == 0),
        remedy="Check which of the two amounts is the claim's.",
        expected=pl.format("{} (billed_amount) or less", sent("billed_amount")),
    ),
    Edit(
        "billed_amount.allowed_without",
        "billed_amount",
        "an amount is allowed although nothing was billed",
        "the provider's charge",
        (_BILLED != 0) | (_ALLOWED == 0),
        remedy="Send the charge as it was billed.",
    ),
    not_above("paid_amount", "allowed_amount"),
    needs(
        SUBCAPITATED & ~DENIED,
        "ffs_equivalent_amount",
        "missing_on_subcapitated",
        "a sub-capitated line has no FFS equivalent",
        severity=Severity.MAJOR,
    ),
    Edit(
        "ffs_equivalent_amount.zero",
        "ffs_equivalent_amount",
        "a sub-capitated line that was not denied has an FFS equivalent of 0",
        "the plan's schedule price",
        ~SUBCAPITATED | DENIED | (pl.col("ffs_equivalent_amount") != 0),
    ),
    needs(
        SUBCAPITATED,
        "subcontractor_id",
        "missing_on_subcapitated",
        "a sub-capitated line names no subcontractor",
        severity=Severity.MAJOR,
    ),
    needs(DENIED, "denial_code", "missing_on_denied", "a denied line has no denial_code"),
    Edit(
        "paid_amount.zero",
        "paid_amount",
        "a line paid by the service was allowed something and paid nothing",
        "more than 0, unless somebody else paid it all",
        (_PAID != 0) | DENIED | SUBCAPITATED | REPEATS | (_ALLOWED == 0),
        remedy="Nothing, where another payer or the member paid; else send what was paid.",
        severity=Severity.INFO,
    ),
    Edit(
        "paid_amount.category_two",
        "paid_amount",
        "money was paid on a code that only reports performance",
        "0 on a CPT category II code (four digits and F)",
        (_PAID == 0) | ~pl.col("procedure_code").str.ends_with("F"),
        remedy="Send an incentive in the ledger, and the code with 0.",
        severity=Severity.INFO,
    ),
    not_above("ffs_equivalent_amount", "billed_amount", Severity.INFO),
    Edit(
        "ffs_equivalent_amount.on_ffs",
        "ffs_equivalent_amount",
        "a line paid by the service has an FFS equivalent",
        "ffs_equivalent_amount on sub-capitated lines only",
        SUBCAPITATED | (pl.col("ffs_equivalent_amount").fill_null(0) == 0),
        remedy="Correct payment_arrangement, or take the amount out.",
        severity=Severity.INFO,
    ),
    Edit(
        "denial_code.on_paid",
        "denial_code",
        "a paid line has a reason of denial",
        "denial_code on denied lines only",
        DENIED | ~given("denial_code"),
        remedy="Correct line_status, or take the code out.",
        severity=Severity.INFO,
    ),
    Edit(
        "denial_code.no_denial",
        "denial_code",
        "the reason of denial is one that splits a payment",
        "a reason of denial, not 1 to 3 (member's share) or 45 (above the schedule)",
        ~DENIED | ~pl.col("denial_code").str.contains("^((CO|CR|OA|PI|PR)-?)?([123]|45)$"),
        remedy="Send the reason why nothing was paid.",
    ),
)
