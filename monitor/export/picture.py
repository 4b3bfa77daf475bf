"""A value that may not be shown, as its picture: what it is like, and nothing of what it says.

Letters become ``A``, digits ``9``, other signs stay: ``04/14/2025`` is like ``99/99/9999``. The E
of a number that a spreadsheet shortened stays too, because that is what is wrong with it.
"""

from __future__ import annotations

import polars as pl

MASKED = "masked"

LONGEST = 30
"""Signs of a picture; what comes after them is cut."""

_SHORTENED = r"^-?\d(\.\d+)?[eE][+-]?\d+$"
# Letters and a blank may be a name or a street, whose words' lengths tell something.
_LIKE_A_NAME = r"(?s)\pL.*\s|\s.*\pL"
_HALF_OF_A_DAY = r"(?i)\s[ap]m$"


def picture(value: pl.Expr) -> pl.Expr:
    """Return ``masked, like 99/99/9999`` of each value; ``masked`` alone of what may be a name."""
    head = value.str.slice(0, LONGEST)
    drawn = head.str.replace_all(r"\pM", "").str.replace_all(r"\pN", "9")
    drawn = (
        pl.when(value.str.contains(_SHORTENED))
        .then(drawn.str.to_uppercase())
        .otherwise(drawn.str.replace_all(r"\pL", "A"))
    )
    cut = pl.when(value.str.len_chars() > LONGEST).then(pl.lit("…")).otherwise(pl.lit(""))
    return (
        pl.when(value.str.replace(_HALF_OF_A_DAY, "").str.contains(_LIKE_A_NAME))
        .then(pl.lit(MASKED))
        .otherwise(pl.concat_str(pl.lit(f"{MASKED}, like "), drawn, cut))
    )
