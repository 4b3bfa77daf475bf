"""Edits of identifiers and names: check digits of NPIs, and texts that only fill a field."""

from __future__ import annotations

import polars as pl

from rules.model import Severity
from rules.tables.column import sent
from rules.tables.edit import Edit

_LOWEST, _HIGHEST = 1_000_000_000, 2_999_999_999
_OF_80840 = 24
"""What the digits 80840, put before every NPI, add to its Luhn sum (ISO/IEC 7812)."""

PLACEHOLDER = (
    r"(?i)^(test|testing|tests?[ _-]?(name|patient|member|provider|claim)?|unknown|unk|n[./]?a\.?|"
    r"not applicable|none|null|nil|tbd|to be determined|pending|dummy|sample|missing|blank|"
    r"x{2,20}|0{1,20}|9{6,20}|[?.*_-]{1,20})$"
)
"""Texts that fill a field and name nothing."""


def check_digit(column: str, severity: Severity = Severity.MINOR) -> Edit:
    """Return the edit that an NPI ends in its own check digit (45 CFR 162.406).

    Only texts of the form of an NPI are judged; for the others the edit of the form speaks.
    """
    due = sent(column).map_batches(_due_text, return_dtype=pl.String, is_elementwise=True)
    return Edit(
        f"{column}.check_digit",
        column,
        f"{column} ends in a wrong check digit",
        "the check digit of the Luhn formula over 80840 and the nine digits before it",
        sent(column).map_batches(_holds, return_dtype=pl.Boolean, is_elementwise=True),
        remedy=f"Look the provider up in the national registry (NPPES) and correct {column}; a "
        "wrong check digit is nearly always a slip of one digit or two digits that changed places.",
        severity=severity,
        expected=pl.format("check digit is {}, should be {}", sent(column).str.slice(9, 1), due),
    )


def _holds(texts: pl.Series) -> pl.Series:
    """Return whether each NPI ends in its check digit; texts that are no NPI pass.

    Each distinct text is reckoned once: a batch holds far fewer providers than lines.
    """
    distinct = texts.drop_nulls().unique()
    npis = distinct.cast(pl.UInt32, strict=False)
    npis = npis.set(~npis.is_between(_LOWEST, _HIGHEST), None)
    wrong = distinct.filter((npis % 10 != _due(npis)).fill_null(False))
    return ~texts.is_in(wrong.to_list()) if len(wrong) else pl.repeat(True, len(texts), eager=True)


def _due(npis: pl.Series) -> pl.Series:
    """Return the check digit that the first nine of ten digits ask for.

    Luhn: from the ninth digit leftwards every other one is doubled; 2d - 9 and 2d + 1 have the
    same last digit.
    """
    total = pl.repeat(_OF_80840, len(npis), dtype=pl.UInt32, eager=True)
    rest = npis // 10
    for place in range(9):
        digit = rest % 10
        total += digit if place % 2 else digit * 2 + (digit > 4).cast(pl.UInt32)
        rest = rest // 10
    return (10 - total % 10) % 10


def _due_text(texts: pl.Series) -> pl.Series:
    return _due(texts.cast(pl.UInt32, strict=False)).cast(pl.String)


def placeholder(column: str, severity: Severity = Severity.MINOR) -> Edit:
    """Return the edit that a text is not just a filler such as TEST, UNKNOWN or N/A."""
    return Edit(
        f"{column}.placeholder",
        column,
        f"{column} is a filler and names nothing",
        f"a real {column}, not TEST, UNKNOWN, N/A or the like",
        ~sent(column).str.contains(PLACEHOLDER),
        remedy=f"Send the real {column}; take test rows out of the file.",
        severity=severity,
    )
