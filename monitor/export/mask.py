"""What about a member leaves: nothing but the place of a fault, unless it is asked for with cause.

In a member-level table the values of private columns, and of columns that the public interface
does not name, become ``masked``; so does a value of another column that is not what the column
holds, for in a file with shifted columns it is somebody's identifier, birth date or diagnosis. What
is told of a whole file or its header (lines 0 and 1) stays. What was expected of such a row keeps
its words but loses its dates and codes, which are often another value of the row, unless all are
labelled as values of columns that are not private; a value of several words loses them too. A
natural key always leaves as an HMAC with a key that is drawn for one report and thrown away: rows
of one report can be matched, and nobody can try out identifiers against it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from rules.tables import ENVELOPE, TABLES, x12
from rules.tables.column import Column, Kind

MASKED = "masked"

MEMBER_LEVEL = frozenset(name for name, shape in TABLES.items() if "member_id" in shape.by_name)
"""Tables with a row about one member."""

REDISCLOSURE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The notice of 42 CFR 2.32(a)(2) that goes with every record that leaves."""

_WANTED = sorted(
    {column.wanted for shape in TABLES.values() for column in shape.columns}
    | {edit.wanted for shape in TABLES.values() for edit in shape.edits.values()}
)
"""What a column or an edit asks of every row: no fact of the row at hand."""

# Three characters or more with a digit among them: a date, a code, an identifier, a coordinate.
_TOKEN = r"[\w.:/-]+\d[\w.:/-]+|\d[\w.:/-]{2,}|[\w.:/-]{2,}\d"

_OPEN = sorted(
    {name for table in MEMBER_LEVEL for name in TABLES[table].by_name}
    - {name for table in MEMBER_LEVEL for name in TABLES[table].private}
)
# "2026-03-02 (received_on)", the value of a column that is open in every member-level table, and
# "encounters.csv line 1234", a place.
_LABELLED = rf"\S+ \((?:{'|'.join(_OPEN)})\)|\S+ line \d+"


class ExportError(Exception):
    """One line that says why nothing was written."""


_FITTING = {
    Kind.DATE: r"^\d{4}-\d{2}-\d{2}$|^.{0,3}$",
    Kind.MONTH: r"^\d{4}-\d{2}$|^.{0,3}$",
    Kind.NUMBER: r"^[-$]?\d{1,7}(\.\d{1,6})?$|^.{0,3}$",
    Kind.COUNT: r"^-?\d{1,6}(\.\d{1,6})?$|^.{0,3}$",
    Kind.FLAG: r"^.{0,3}$",
}
_HEADER_WORDS = r"^[A-Za-z_ ;,]*$"
_COUNT_OF_FIELDS = r"^\d{1,6}( fields)?$"

_WHO_AND_WHEN = re.compile(
    r"member_id|street|zip|latitude|longitude|county_fips|\w+_(on|from|to|date)|month"
)
"""Columns that tell who and when, and nothing of the care."""


@dataclass(frozen=True)
class Mask:
    """How one report treats members' facts.

    Masked by default. ``show_phi`` shows them, but what tells of the care a member had (which can
    disclose a substance use disorder) only with ``part2_basis``, its basis in 42 CFR Part 2.
    """

    show_phi: bool = False
    part2_basis: str = ""
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def notice(self) -> str:
        """What goes with the report: how it is masked, or on what basis it is not."""
        if not self.show_phi:
            return "Members' facts are masked; natural keys are keyed digests of this report alone."
        if not self.part2_basis.strip():
            return (
                "Members' facts are shown, but what tells of their care is masked: it can disclose "
                "a substance use disorder and leaves only with --part2-basis TEXT (42 CFR Part 2)."
            )
        return f"Members' facts are shown. Basis: {self.part2_basis.strip()}. {REDISCLOSURE}"

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return violations as they may leave, in the same columns and order."""
        digests = pl.Series("natural_key", self.digests(frame["natural_key"].to_list()), pl.String)
        frame = frame.with_columns(digests)
        frame = frame.with_columns(pl.col(pl.String).fill_null(""))
        if self.show_phi and self.part2_basis.strip():
            return frame
        value, expected = pl.col("value"), pl.col("expected")
        fields = frame.select("table", "field").unique().rows()
        shown = _one_of([pair for pair in fields if self.show_phi and tells_no_care(*pair)])
        shown |= (pl.col("line") <= 1) & (
            (pl.col("line") == 0) | pl.col("value").str.contains(_HEADER_WORDS)
        )
        shown |= (pl.col("field") == "") & pl.col("value").str.contains(_COUNT_OF_FIELDS)
        shown |= _of_x12()
        private = _one_of([pair for pair in fields if is_private(*pair)])
        told = value.str.contains(r"\s") & value.str.contains(r"\d")  # loses its tokens below
        private = (private | (_misplaced(fields) & ~told)) & ~shown
        about_member = pl.col("table").is_in(list(TABLES.keys() - MEMBER_LEVEL)).not_()
        about_member &= (pl.col("table") != ENVELOPE) & ~shown
        telling = expected.str.replace_all(_LABELLED, "").str.contains(_TOKEN)
        telling &= expected.is_in(_WANTED).not_() & (pl.col("line") > 1)
        wordy = about_member & value.str.contains(r"\s")
        return frame.with_columns(
            value=pl.when(private & (value != ""))
            .then(pl.lit(MASKED))
            .when(wordy)
            .then(value.str.replace_all(_TOKEN, MASKED))
            .otherwise(value),
            expected=pl.when(about_member & telling)
            .then(expected.str.replace_all(_TOKEN, MASKED))
            .otherwise(expected),
        )

    def digests(self, keys: Iterable[str | None]) -> list[str]:
        """Return the HMAC-SHA256 (RFC 2104) of each key, 16 hex digits; of an empty one nothing.

        The two hashes are begun once and copied, which halves the time of :mod:`hmac`.
        """
        block = (hashlib.sha256(self.key).digest() if len(self.key) > 64 else self.key).ljust(
            64, b"\0"
        )
        inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
        made = []
        for key in keys:
            if not key:
                made.append("")
                continue
            within, around = inner.copy(), outer.copy()
            within.update(key.encode())
            around.update(within.digest())
            made.append(around.hexdigest()[:16])
        return made


def is_private(table: str, field: str) -> bool:
    """Whether a value of that field (or of any of several) may say something about a member."""
    names = re.findall(r"\w+", field)
    if table == ENVELOPE:
        return False
    if table not in TABLES or (table in MEMBER_LEVEL and not names):
        return True
    shape = TABLES[table]
    unknown = table in MEMBER_LEVEL and any(name not in shape.by_name for name in names)
    return unknown or any(name in shape.private for name in names)


def _of_x12() -> pl.Expr:
    """Return where a fault of an X12 file tells of its envelope and not of a member."""
    name, value = pl.col("field"), pl.col("value")
    told = name.str.contains(x12.OPEN_SEGMENT)
    told |= name.str.contains(x12.OPEN_ELEMENT) & value.str.contains(x12.OPEN_VALUE)
    return (pl.col("table") == x12.TABLE) & told


def _misplaced(fields: list[tuple[str, str]]) -> pl.Expr:
    """Return where an open column of a member-level table holds what it is not made for."""
    conditions = []
    for table, name in fields:
        column = TABLES[table].by_name.get(name) if table in MEMBER_LEVEL else None
        if column is not None and not column.private:
            fits = pl.col("value").str.contains(_fitting(column))
            conditions.append((pl.col("table") == table) & (pl.col("field") == name) & ~fits)
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)


def _fitting(column: Column) -> str:
    """Return a pattern of what a column holds, its sign and range aside; of 3 characters always."""
    if column.form is not None:
        return column.form.pattern
    if column.values:
        return rf"(?i)^(?:.{{0,3}}|(?:{'|'.join(map(re.escape, column.values))}|;)*)$"
    return _FITTING.get(column.kind, r"^.{0,3}$")


def tells_no_care(table: str, field: str) -> bool:
    """Whether a field says who and when, or stands in a table that tells nothing of care."""
    names = re.findall(r"\w+", field)
    return table in ("members", "duals") or (
        bool(names) and all(_WHO_AND_WHEN.fullmatch(name) for name in names)
    )


def _one_of(pairs: list[tuple[str, str]]) -> pl.Expr:
    conditions = [(pl.col("table") == table) & (pl.col("field") == name) for table, name in pairs]
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)
