"""What kind a service line is: the conditions that its edits share."""

from __future__ import annotations

import polars as pl

PROFESSIONAL = pl.col("claim_type") == "P"
INSTITUTIONAL = pl.col("claim_type") == "I"
PHARMACY = pl.col("claim_type") == "R"
DENIED = pl.col("line_status") == "denied"
SUBCAPITATED = pl.col("payment_arrangement") == "subcapitated"
REPEATS = pl.col("frequency").is_in(["7", "8"]).fill_null(False)
INPATIENT = INSTITUTIONAL & pl.col("bill_type").str.contains("^0?(11|18|21)")
"""A hospital, swing-bed or nursing facility stay: types of bill 011x, 018x and 021x."""
DAYS = (pl.col("service_to") - pl.col("service_from")).dt.total_days() + 1
"""Days of the line, the first and the last included."""
