"""What one column of a submitted table holds, and how its text becomes a typed value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl


class Kind(StrEnum):
    """How the text of a column is read; every other reading is a fault."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    LIST = "list"
    DIAGNOSES = "diagnoses"
    DATE = "date"
    MONTH = "month"
    NUMBER = "number"
    COUNT = "count"

    @property
    def dtype(self) -> type[pl.DataType]:
        """Type of the staged column: dates Date, numbers Float64, counts Int64, the rest text."""
        return _DTYPES.get(self, pl.String)


_DTYPES: dict[Kind, type[pl.DataType]] = {
    Kind.DATE: pl.Date,
    Kind.NUMBER: pl.Float64,
    Kind.COUNT: pl.Int64,
}

FLAGS = ("Y", "N")
DOMAINS = ("PH", "MH", "SUD", "BH", "LTSS", "OTHER")
_DATE = r"^(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_MONTH = r"^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])$"
_LARGEST_COUNT = 2.0**53


@dataclass(frozen=True)
class Form:
    """A written form: a pattern that the whole text must fit, and the same in words."""

    pattern: str
    wanted: str


NPI = Form("^[12][0-9]{9}$", "10 digits, the first 1 or 2")
TAXONOMY = Form("^[0-9A-Z]{9}X$", "10 characters, the last X")
ZIP = Form("^[0-9]{5}$", "5 digits")
FIPS = Form("^[0-9]{5}$", "5 digits, state and county")
STATE = Form("^[A-Z]{2}$", "2 capital letters")
SLUG = Form("^[a-z0-9_]+$", "small letters, digits and underscores")


@dataclass(frozen=True)
class Column:
    """One column of the public interface.

    ``required`` (R) columns must exist, and may be empty only with ``may_be_empty``. Without a
    usable value in a ``fatal`` column a row cannot be used at all. ``private`` values are masked
    when they leave. ``values`` closes the set of a choice or of the entries of a list; ``form``
    is a written form of text; ``low`` and ``high`` bound a number or count, both inside.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    may_be_empty: bool = False
    private: bool = False
    fatal: bool = False
    values: tuple[str, ...] = ()
    form: Form | None = None
    low: float | None = None
    high: float | None = None

    @property
    def must_parse(self) -> bool:
        """Whether an unreadable value leaves the row without use.

        True for every required date and month (an unreadable end must not pass for an open one),
        for required numbers that may not be empty, and for fatal columns.
        """
        if self.fatal:
            return True
        if not self.required:
            return False
        if self.kind in (Kind.DATE, Kind.MONTH):
            return True
        return self.kind in (Kind.NUMBER, Kind.COUNT) and not self.may_be_empty

    @property
    def wanted(self) -> str:
        """What a value has to be, in words."""
        if self.form:
            return self.form.wanted
        if self.values:
            every = "only " if self.kind is Kind.LIST else "one of "
            return every + ", ".join(self.values)
        return _WANTED[self.kind]


_WANTED = {
    Kind.TEXT: "text",
    Kind.CHOICE: "one of a set",
    Kind.FLAG: "Y or N",
    Kind.LIST: "entries with ; between them",
    Kind.DIAGNOSES: "ICD-10-CM codes with ; between them",
    Kind.DATE: "a day as YYYY-MM-DD",
    Kind.MONTH: "a month as YYYY-MM",
    Kind.NUMBER: "a number such as 1234.50",
    Kind.COUNT: "a whole number",
}


def sent(name: str) -> pl.Expr:
    """Return the text of a column as it was sent, stripped, null where it was empty."""
    return pl.col(f"sent:{name}")


def given(name: str) -> pl.Expr:
    """Return whether a row has anything in that column, readable or not."""
    return sent(name).is_not_null()


def parse(column: Column) -> pl.Expr:
    """Return the typed value of a column from its sent text; null where it cannot be read."""
    text = sent(column.name)
    value: pl.Expr
    match column.kind:
        case Kind.DATE:
            value = pl.when(text.str.contains(_DATE)).then(
                text.str.to_date("%Y-%m-%d", strict=False)
            )
        case Kind.MONTH:
            value = pl.when(text.str.contains(_MONTH)).then(text)
        case Kind.NUMBER:
            value = _number(text)
        case Kind.COUNT:
            number = _number(text)
            whole = (number == number.round()) & (number.abs() <= _LARGEST_COUNT)
            value = pl.when(whole).then(number).cast(pl.Int64)
        case Kind.FLAG:
            value = pl.when(text.is_in(FLAGS)).then(text)
        case Kind.CHOICE:
            value = pl.when(text.is_in(column.values)).then(text)
        case Kind.LIST:
            value = text.str.replace_all(r"\s*;\s*", ";").str.strip_chars(";")
        case Kind.DIAGNOSES:
            value = text.str.to_uppercase().str.replace_all(r"[.\s]", "").str.strip_chars(";")
        case _:
            value = text
    return value.alias(column.name)


def _number(text: pl.Expr) -> pl.Expr:
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)
