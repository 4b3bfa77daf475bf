"""Edits: what must hold in every row of a table, and what a faulty row is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import polars as pl

from rules.model import Check, Layer, Severity
from rules.tables.column import FLAGS, Column, Kind, given, sent

PLAN, PERIOD_END, SUBMITTED_ON = "_plan", "_period_end", "_submitted_on"
"""Columns with what the manifest says, beside those of the file, in a frame under check."""

BESIDE = frozenset((PLAN, PERIOD_END, SUBMITTED_ON))

EVERY = pl.col("_line").is_not_null()
"""True for every row."""


class Sort(StrEnum):
    """What an edit looks at."""

    FORM = "presence and form of one column"
    FIELD = "meaning of one column"
    FIELDS = "columns of one row, compared"


@dataclass(frozen=True, eq=False)
class Edit:
    """One edit of a row.

    ``code`` is unique in its table, ``field`` the column that is blamed. ``ok`` is true where the
    row is right; null (a value that is not there) passes. ``fault`` and ``wanted`` say what was
    found and what was wanted, for all rows; ``expected`` says it for one row and may name other
    values of that row. A ``fatal`` edit quarantines the row. A ``plain`` one asks only whether a
    column is filled and of its form. ``asked`` is true for the rows that the edit has something to
    ask of; None stands for the rows with anything in ``field``.
    """

    code: str
    field: str
    fault: str
    wanted: str
    ok: pl.Expr
    remedy: str = ""
    severity: Severity = Severity.MINOR
    fatal: bool = False
    expected: pl.Expr | None = None
    plain: bool = False
    asked: pl.Expr | None = None

    @property
    def sort(self) -> Sort:
        """What the edit looks at: a column's presence and form, its meaning, or several columns."""
        if self.plain:
            return Sort.FORM
        told = self.roots & BESIDE
        return Sort.FIELDS if told or len(self.reads) > 1 else Sort.FIELD

    @cached_property
    def roots(self) -> frozenset[str]:
        """Names of what ``ok`` reads: submitted columns, and what stands beside them."""
        return frozenset(name.removeprefix("sent:") for name in self.ok.meta.root_names())

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names of the submitted columns that the edit looks at."""
        return frozenset(name for name in self.roots if not name.startswith("_")) | {self.field}

    def check(self, table: str) -> Check:
        """Return the edit as the judge needs it: met when no row is faulty."""
        return row_check(
            table, self.code, self.fault, self.wanted, self.remedy, self.severity, self.fatal
        )


def row_check(
    table: str,
    code: str,
    fault: str,
    wanted: str,
    remedy: str = "",
    severity: Severity = Severity.MAJOR,
    fatal: bool = False,
    unit: str = "rows",
) -> Check:
    """Return a check of ``table`` that counts faulty rows (or ``unit``) and allows none."""
    left_out = "; the rows are quarantined" if fatal else ""
    return Check(
        code=f"{table}.{code}",
        name=fault,
        table=table,
        layer=Layer.SHAPE,
        severity=severity,
        unit=unit,
        message=f"{{numerator:,.0f}} of {{denominator:,.0f}} {unit} of {table}: {fault}; "
        f"wanted {wanted}{left_out}.",
        remedy=remedy or f"Correct these {unit} and send the table again.",
        at_most=0.0,
        fatal=fatal,
    )


def column_edits(column: Column) -> tuple[Edit, ...]:
    """Return the edits that follow from what a column is declared to hold."""
    edits = (_empty(column), _unreadable(column), _range(column))
    return tuple(replace(edit, plain=True) for edit in edits if edit)


def _severity(column: Column) -> Severity:
    return Severity.MAJOR if column.required else Severity.MINOR


def _empty(column: Column) -> Edit | None:
    if not column.required or column.may_be_empty:
        return None
    return Edit(
        f"{column.name}.empty",
        column.name,
        f"{column.name} is empty",
        column.wanted,
        given(column.name),
        remedy=f"Fill {column.name} in every row.",
        severity=Severity.MAJOR,
        fatal=column.fatal,
        asked=EVERY,
    )


def _unreadable(column: Column) -> Edit | None:
    name, text = column.name, sent(column.name)
    match column.kind:
        case Kind.TEXT if column.form is None:
            return None
        case Kind.TEXT:
            assert column.form is not None
            suffix, fault = "form", f"{name} is not of its form"
            ok = text.str.contains(column.form.pattern)
        case Kind.FLAG:
            suffix, fault, ok = "value", f"{name} is not Y or N", text.is_in(FLAGS)
        case Kind.CHOICE:
            suffix, fault = "value", f"{name} is not in its set"
            ok = text.is_in(column.values)
        case Kind.LIST if column.values or column.form:
            suffix, fault = "value", f"{name} has an entry that is not in its set"
            one = f"({'|'.join(column.values)})"
            pattern = column.form.pattern if column.form else f"^{one}(;{one})*$"
            ok = pl.col(name).str.contains(pattern)
        case Kind.LIST:
            return None
        case Kind.DIAGNOSES:
            suffix, fault = "form", f"{name} has a code that is not of the form of ICD-10-CM"
            code = "([A-Z][0-9]|QA)[0-9AB][0-9A-Z]{0,4}"
            ok = pl.col(name).str.contains(f"^{code}(;{code})*$")
        case _:
            suffix, fault = column.kind.value, f"{name} is not {column.wanted}"
            ok = pl.col(name).is_not_null() | text.is_null()
    fatal = column.must_parse and column.kind is not Kind.TEXT
    return Edit(
        f"{name}.{suffix}",
        name,
        fault,
        column.wanted,
        ok,
        remedy=f"Send {name} as {column.wanted}.",
        severity=_severity(column),
        fatal=fatal,
        expected=_calendar(column) if column.kind in (Kind.DATE, Kind.MONTH) else None,
    )


def _calendar(column: Column) -> pl.Expr:
    """Return what is wanted of a day or month that cannot be read, by how it is written."""
    text = sent(column.name)
    early = text.str.contains(r"^(0[0-9]|1[0-8])[0-9]{2}-(0[1-9]|1[0-2])(-[0-9]{2})?$")
    formed = text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$") & (column.kind is Kind.DATE)
    wanted = (
        pl.when(early)
        .then(pl.lit("a year from 1900 on"))
        .when(formed)
        .then(pl.lit("a day of the calendar"))
        .otherwise(pl.lit(column.wanted))
    )
    return wanted + (", or empty" if not column.required or column.may_be_empty else "")


def _range(column: Column) -> Edit | None:
    name, low, high = column.name, column.low, column.high
    if low is None and high is None:
        return None
    value = pl.col(name)
    if low is not None and high is not None:
        wanted, ok = f"{low:g} to {high:g}", value.is_between(low, high)
    elif low is not None:
        wanted, ok = f"{low:g} or more", value >= low
    else:
        wanted, ok = f"{high:g} or less", value <= high
    return Edit(
        f"{name}.range",
        name,
        f"{name} is out of range",
        wanted,
        ok,
        remedy=f"Send {name} from the range {wanted}.",
        severity=_severity(column),
    )


def not_before(later: str, earlier: str, severity: Severity = Severity.MAJOR) -> Edit:
    """Return the edit that the day (or month) ``later`` does not lie before ``earlier``."""
    return Edit(
        f"{later}.before_{earlier}",
        later,
        f"{later} lies before {earlier}",
        f"{earlier} or later",
        pl.col(later) >= pl.col(earlier),
        remedy=f"Correct {later} or {earlier}, whichever the source record shows to be wrong.",
        severity=severity,
        expected=pl.format("{} ({}) or later", sent(earlier), pl.lit(earlier)),
    )


def not_after_sending(day: str, severity: Severity = Severity.MINOR) -> Edit:
    """Return the edit that a day does not lie after the day the plan submitted on."""
    return Edit(
        f"{day}.after_submission",
        day,
        f"{day} lies after the day of submission",
        "submitted_on of the manifest or earlier",
        pl.col(day) <= pl.col(SUBMITTED_ON),
        remedy=f"Correct {day}, or submitted_on in the manifest.",
        severity=severity,
        expected=pl.format("{} (day of submission) or earlier", pl.col(SUBMITTED_ON)),
    )


def not_above(part: str, whole: str, severity: Severity = Severity.MINOR) -> Edit:
    """Return the edit that the number ``part`` is not above ``whole``, to half a cent."""
    return Edit(
        f"{part}.above_{whole}",
        part,
        f"{part} is above {whole}",
        f"{whole} or less",
        pl.col(part) <= pl.col(whole) + 0.005,
        remedy=f"Check {part} and {whole} against the source record and correct the wrong one.",
        severity=severity,
        expected=pl.format("{} ({}) or less", sent(whole), pl.lit(whole)),
    )


def needs(
    when: pl.Expr, column: str, code: str, fault: str, severity: Severity = Severity.MINOR
) -> Edit:
    """Return the edit that rows for which ``when`` is true have something in ``column``."""
    return Edit(
        f"{column}.{code}",
        column,
        fault,
        f"{column} filled",
        ~when | given(column),
        remedy=f"Fill {column} in these rows, or correct what makes it due.",
        severity=severity,
        asked=when,
        plain=True,
    )
