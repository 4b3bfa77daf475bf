"""What about a member leaves: nothing but the place of a fault, unless it is asked for with cause.

In a member-level table the values of private columns, and of columns that the public interface
does not name, become ``masked``. What was expected of such a row keeps its words but loses its
dates and codes, which are often another value of the row, unless all are labelled as values of
columns that are not private; a value of several words loses them too. A natural key always leaves
as an HMAC with a key that is drawn for one report and thrown away: rows of one report can be
matched, and nobody can try out identifiers against it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field

import polars as pl

from rules.tables import ENVELOPE, TABLES

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
# "2026-03-02 (received_on)": the value of a column that is open in every member-level table.
_LABELLED = rf"\S+ \((?:{'|'.join(_OPEN)})\)"


class ExportError(Exception):
    """One line that says why nothing was written."""


@dataclass(frozen=True)
class Mask:
    """How one report treats members' facts.

    Raises
    ------
    ExportError
        When members' facts are asked for without a basis in 42 CFR Part 2: any member-level row
        can disclose a substance use disorder.
    """

    show_phi: bool = False
    part2_basis: str = ""
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def __post_init__(self) -> None:
        if self.show_phi and not self.part2_basis.strip():
            raise ExportError(
                "members' facts leave only with their basis in 42 CFR Part 2, because any of them "
                "can disclose a substance use disorder: name it with --part2-basis TEXT"
            )

    @property
    def notice(self) -> str:
        """What goes with the report: how it is masked, or on what basis it is not."""
        if not self.show_phi:
            return "Members' facts are masked; natural keys are keyed digests of this report alone."
        return f"Members' facts are shown. Basis: {self.part2_basis.strip()}. {REDISCLOSURE}"

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return violations as they may leave, in the same columns and order."""
        digests = [self._digest(key) for key in frame["natural_key"]]
        frame = frame.with_columns(pl.Series("natural_key", digests, pl.String))
        frame = frame.with_columns(pl.col(pl.String).fill_null(""))
        if self.show_phi:
            return frame
        fields = frame.select("table", "field").unique().rows()
        private = _one_of([pair for pair in fields if is_private(*pair)])
        about_member = pl.col("table").is_in(list(TABLES.keys() - MEMBER_LEVEL)).not_()
        about_member &= pl.col("table") != ENVELOPE
        value, expected = pl.col("value"), pl.col("expected")
        telling = expected.str.replace_all(_LABELLED, "").str.contains(_TOKEN)
        telling &= expected.is_in(_WANTED).not_()
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

    def _digest(self, natural_key: str | None) -> str:
        if not natural_key:
            return ""
        return hmac.digest(self.key, natural_key.encode(), "sha256").hex()[:16]


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


def _one_of(pairs: list[tuple[str, str]]) -> pl.Expr:
    conditions = [(pl.col("table") == table) & (pl.col("field") == name) for table, name in pairs]
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)
