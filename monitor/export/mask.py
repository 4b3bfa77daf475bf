"""What about a member leaves: nothing but the place of a fault, unless it is asked for with cause.

In a member-level table the values of private columns, and of columns that the public interface
does not name, become ``masked``; so does a value of another column that is not what the column
holds, for in a file with shifted columns it is somebody's identifier, birth date or diagnosis. Of a
column with a form a masked value leaves its picture, which shows how it is written. What is told of
a whole file, its header (lines 0 and 1) or the manifest stays.

What was expected are the edit's own words, and stays, but for what the row holds itself: a value
that is labelled as one of a private column leaves its label, and a text that tells the blamed
value or a private key gives way to what the edit wants of every row. A natural key always leaves as
an HMAC with a key that is drawn for one report and thrown away: rows of one report can be matched,
and nobody can try out identifiers against it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from monitor.export.picture import MASKED, picture
from monitor.manifest import NAME as MANIFEST
from rules import registry
from rules.coordination import BY_NEED
from rules.quality import SUBSTANCE_USE
from rules.relational import COMPARISONS
from rules.tables import ENVELOPE, TABLES, x12
from rules.tables.column import Column, Kind

MEMBER_LEVEL = frozenset(name for name, shape in TABLES.items() if "member_id" in shape.by_name)
"""Tables with a row about one member."""

REDISCLOSURE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The notice of 42 CFR 2.32(a)(2) that goes with every record that leaves."""

_RELATED = {edit.full_code: edit for each in COMPARISONS for edit in each.edits}

# What these say of a row tells its diagnosis, or a date of another line of the claim.
_TELLING = frozenset(
    {"encounters.diagnosis_codes.not_billable", "encounters.submitted_on.before_original"}
)

# Three characters or more with a digit among them: a date, a code, an identifier, a coordinate.
_TOKEN = r"[\w.:/-]+\d[\w.:/-]+|\d[\w.:/-]{2,}|[\w.:/-]{2,}\d"


class ExportError(Exception):
    """One line that says why nothing was written."""


_FITTING = {
    Kind.DATE: r"^\d{4}-\d{2}-\d{2}$|^.{0,3}$",
    Kind.MONTH: r"^\d{4}-\d{2}$|^.{0,3}$",
    Kind.NUMBER: r"^[-$]?\d{1,7}(\.\d{1,6})?$|^.{0,3}$",
    Kind.COUNT: r"^-?\d{1,6}(\.\d{1,6})?$|^.{0,3}$",
    Kind.FLAG: r"(?i)^(.{0,3}|true|false)$",
}
_HEADER_WORDS = r"^[A-Za-z_ ;,]*$"
_COUNTED = r"^[\d,]{1,20}( (fields|bytes|characters))?$"

# What is written for a flag or a choice by mistake, and is nobody's name.
_PLAIN_WORDS = ("male", "female", "other", "unknown", "yes", "no", "true", "false", "none", "null")

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

    def apply(self, frame: pl.DataFrame, rule: str = "") -> pl.DataFrame:
        """Return violations as they may leave, in the same columns and order.

        Parameters
        ----------
        rule
            Code of the rule or edit that told all of them. Of one that is not known, dates and
            codes are taken out of what was expected.
        """
        keys = frame["natural_key"]
        digests = pl.Series("natural_key", self.digests(keys.to_list()), pl.String)
        frame = frame.with_columns(digests, _key=keys)
        frame = frame.with_columns(pl.col(pl.String).fill_null(""))
        if self.show_phi and self.part2_basis.strip():
            return frame.drop("_key")
        value = pl.col("value")
        fields = frame.select("table", "field").unique().rows()
        # Who is on the trail of such a measure, or is not, tells of a substance use disorder.
        open_to_all = self.show_phi and rule not in SUBSTANCE_USE | BY_NEED
        shown = _one_of([pair for pair in fields if open_to_all and tells_no_care(*pair)])
        shown |= (pl.col("line") <= 1) & ((pl.col("line") == 0) | value.str.contains(_HEADER_WORDS))
        shown |= (pl.col("field") == "") & value.str.contains(_COUNTED)
        shown |= pl.col("file") == MANIFEST
        shown |= _of_x12()
        private = _one_of([pair for pair in fields if is_private(*pair)])
        private = (private | _misplaced(fields)) & ~shown
        about_member = pl.col("table").is_in(list(TABLES.keys() - MEMBER_LEVEL)).not_()
        about_member &= (pl.col("table") != ENVELOPE) & ~shown
        drawn = _one_of([pair for pair in fields if _has_a_form(*pair)])
        masked = pl.when(drawn).then(picture(value)).otherwise(pl.lit(MASKED))
        return frame.with_columns(
            value=pl.when(private & (value != "")).then(masked).otherwise(value),
            expected=pl.when(about_member)
            .then(_expected(rule, private))
            .otherwise(pl.col("expected")),
        ).drop("_key")

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
    """Whether a value of that field (or of any of several) may say something about a member.

    Every date of an encounter does, for a drug is received and paid on the day it is dispensed.
    """
    names = re.findall(r"\w+", field)
    if table == ENVELOPE:
        return False
    if table not in TABLES or (table in MEMBER_LEVEL and not names):
        return True
    shape = TABLES[table]
    unknown = table in MEMBER_LEVEL and any(name not in shape.by_name for name in names)
    return unknown or any(name in _private(table) for name in names)


@cache
def _private(table: str) -> frozenset[str]:
    """Return the columns of a table that are masked when they leave."""
    shape = TABLES[table]
    dates = {c.name for c in shape.columns if c.kind is Kind.DATE and table == "encounters"}
    return shape.private | dates


def _has_a_form(table: str, field: str) -> bool:
    """Whether a field is a column whose values have a form or are identifiers: no free text."""
    column = TABLES[table].by_name.get(field) if table in TABLES else None
    if column is None:
        return False
    formed = column.kind is not Kind.TEXT or column.form is not None
    return formed or not column.private or field == "member_id"


def _expected(rule: str, private: pl.Expr) -> pl.Expr:
    """Return what was expected of rows about members, without what it tells of them.

    A value with the name of a private column after it leaves the name: ``2026-03-09 (received_on)
    or later`` becomes ``received_on or later``. Where the text tells the value that is blamed, or
    a key that is private, the words for every row stand for it.
    """
    text = pl.col("expected")
    table, _, code = rule.partition(".")
    if rule in _RELATED:
        whole = _RELATED[rule].wanted
    elif table in TABLES and rule in TABLES[table].edits:
        whole = TABLES[table].edits[rule].wanted
    elif (table in TABLES and rule in TABLES[table].checks and not code.startswith("x12.")) or (
        registry.find(rule) is not None
    ):
        whole = ""
    else:
        telling = text.str.contains(_TOKEN) & (pl.col("line") > 1)
        return pl.when(telling).then(text.str.replace_all(_TOKEN, MASKED)).otherwise(text)
    if rule in _TELLING:
        return pl.lit(whole)
    hidden = "|".join(sorted({name for table in MEMBER_LEVEL for name in _private(table)}))
    labelled = text.str.replace_all(rf"[^\s,;]+ \(({hidden})\)", "$1")
    value, key = pl.col("value"), pl.col("_key").str.split("/").list.first()
    tells = private & (value.str.len_chars() > 2) & text.str.contains(value, literal=True)
    keyed = [name for name in MEMBER_LEVEL if TABLES[name].key[0] in _private(name)]
    tells |= (
        pl.col("table").is_in(keyed)
        & (key.str.len_chars() > 2)
        & text.str.contains(key, literal=True)
    )
    instead = pl.lit(whole) if whole else text.str.replace_all(_TOKEN, MASKED)
    return pl.when(tells).then(instead).otherwise(labelled)


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
        if column is not None and not is_private(table, name):
            fits = pl.col("value").str.contains(_fitting(column))
            conditions.append((pl.col("table") == table) & (pl.col("field") == name) & ~fits)
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)


def _fitting(column: Column) -> str:
    """Return a pattern of what a column holds, its sign and range aside; of 3 characters always."""
    if column.form is not None:
        return column.form.pattern
    if column.values:
        words = "|".join((*map(re.escape, column.values), *_PLAIN_WORDS))
        return rf"(?i)^(?:.{{0,3}}|(?:{words}|;)*)$"
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
