"""A located fault, and how submitted text is made fit to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

SHOWN = 200
"""Longest text of a submitted value that a violation carries, in characters."""

VIOLATION_SCHEMA: dict[str, type[pl.DataType]] = {
    "table": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "natural_key": pl.String,
    "field": pl.String,
    "value": pl.String,
    "expected": pl.String,
}
"""Columns of a violation frame, in their order."""

_HIDDEN = [chr(code) for code in (*range(32), *range(127, 160), 0x2028, 0x2029)]
_HIDDEN += [chr(code) for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF)]
_HIDDEN += [chr(code) for code in range(0x2066, 0x206A)]
_PICTURES = [
    chr(0x2400 + ord(hidden)) if ord(hidden) < 32 else f"<U+{ord(hidden):04X}>"
    for hidden in _HIDDEN
]
_TRANSLATION = str.maketrans(dict(zip(_HIDDEN, _PICTURES, strict=True)))


@dataclass(frozen=True, order=True)
class Fault:
    """One fault that is found outside the rows' values: in a manifest, a file or its framing.

    ``code`` is the code of a check of :mod:`rules.tables`; ``line`` counts lines of the file with
    the header as 1, and is 0 where the whole file is meant.
    """

    code: str
    file: str
    line: int = 0
    field: str = ""
    value: str = ""
    expected: str = ""

    @property
    def table(self) -> str:
        """The table that the fault lies in, or ``submission``."""
        return self.code.split(".", 1)[0]


def violations_of(faults: Iterable[Fault]) -> pl.DataFrame:
    """Return located faults as a violation frame with one row each, in the order given."""
    rows = [
        (
            fault.table,
            visible(fault.file),
            fault.line,
            "",
            visible(fault.field),
            visible(fault.value),
            fault.expected,
        )
        for fault in faults
    ]
    return pl.DataFrame(rows, schema=VIOLATION_SCHEMA, orient="row")


def visible(text: str) -> str:
    """Return ``text`` with control characters made visible, cut at 200 characters if longer."""
    shown = text[:SHOWN].translate(_TRANSLATION).encode("utf-8", "backslashreplace").decode()
    return shown if len(text) <= SHOWN else f"{shown}… ({len(text)} characters)"


def made_visible(text: pl.Expr) -> pl.Expr:
    """Return the same as :func:`visible`, for a text column; null becomes empty."""
    shown = text.str.head(SHOWN).str.replace_many(_HIDDEN, _PICTURES)
    length = text.str.len_chars()
    cut = pl.format("{}… ({} characters)", shown, length)
    return pl.when(length > SHOWN).then(cut).otherwise(shown).fill_null("")
