"""Text that leaves: no control character works in it, and no spreadsheet runs it.

A spreadsheet takes a cell for a formula by its first character, also after blanks and in the
full-width forms. Such text gets an apostrophe in front; a plain number, negative too, does not.
"""

from __future__ import annotations

import re

import polars as pl

_RUNS = r"^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])"
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"

_HIDDEN = [code for code in range(32) if chr(code) not in "\t\n\r"]
_HIDDEN += [*range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_HIDDEN += [0xFEFF, 0xFFFE, 0xFFFF]
_SHOWN = {chr(code): f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _HIDDEN}
_TRANSLATION = str.maketrans(_SHOWN)
_CONTROL = "[" + "".join(f"\\x{{{code:x}}}" for code in _HIDDEN) + "]"


def visible(text: str) -> str:
    r"""Return text with control characters and reversals of direction spelled out (``\x1b``)."""
    return text.translate(_TRANSLATION)


def safe(text: str) -> str:
    """Return text that no spreadsheet runs when it opens the CSV file."""
    if text.isascii() and text.isprintable() and text[:1].isalnum():
        return text
    text = visible(text)
    return f"'{text}" if would_run(text) else text


def would_run(text: str) -> bool:
    """Tell whether a spreadsheet would take text for a formula when it is typed into a cell."""
    return bool(re.match(_RUNS, text)) and not re.fullmatch(_NUMBER, text)


def runs(text: pl.Expr) -> pl.Expr:
    """Return :func:`would_run` of each text."""
    return text.str.contains(_RUNS) & ~text.str.contains(_NUMBER)


def all_visible(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with :func:`visible` applied to every text column."""
    names = [name for name, kind in frame.schema.items() if kind == pl.String]
    marked = frame.select(pl.col(names).str.contains(_CONTROL).any())
    faulty = [name for name in names if marked[name][0]]
    return frame.with_columns(pl.col(faulty).str.replace_many(list(_SHOWN), list(_SHOWN.values())))


def all_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with :func:`safe` applied to every text column."""
    text = pl.col(pl.String)
    return all_visible(frame).with_columns(
        pl.when(runs(text)).then(pl.lit("'") + text).otherwise(text).name.keep()
    )
