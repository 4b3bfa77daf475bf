"""The shape of one table: its columns, its edits, and the Pandera model that checks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from rules.model import Check, Severity
from rules.tables.column import Column, sent
from rules.tables.edit import BESIDE, Edit, column_edits, row_check
from rules.tables.few import Few, together

if TYPE_CHECKING:
    import pandera.polars as pa
    from pandera.api.polars.types import PolarsData

FILE_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "_plan": pl.String,
    "_file": pl.String,
    "_line": pl.Int64,
}
"""Columns that every staged table has after the submitted ones."""


@dataclass(frozen=True, eq=False)
class TableShape:
    """What a table of the public interface has to look like.

    ``columns`` are in the order of the interface; ``key`` names the columns that tell rows apart
    for a reader; ``checks`` holds every edit, those of files and columns included, by code.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    edits: Mapping[str, Edit]
    checks: Mapping[str, Check]
    by_name: Mapping[str, Column]

    @property
    def model(self) -> pa.DataFrameSchema:
        """The Pandera model of the whole table, for frames of :meth:`under_check`.

        It has one check an edit, named by the edit's code.
        """
        return _model(self.name, self.columns, self.edits)

    def model_for(
        self, present: Collection[str], right: Collection[str] = frozenset()
    ) -> pa.DataFrameSchema:
        """Return the model with the edits that can be asked of files with these columns.

        ``right`` has the codes of edits that no row fails, as :meth:`under_check` tells them.
        """
        known = frozenset(present) & frozenset(self.by_name)
        return _model(self.name, self.columns, self.edits_for(known), right)

    def edits_for(self, present: Collection[str]) -> dict[str, Edit]:
        """Return the edits, by code, that read no column but those present."""
        known = set(present)
        return {code: edit for code, edit in self.edits.items() if edit.reads <= known}

    def under_check(
        self,
        frame: pl.DataFrame,
        present: Collection[str],
        few: Mapping[str, Few] = MappingProxyType({}),
    ) -> tuple[pl.DataFrame, frozenset[str]]:
        """Return what the model checks, and the codes of the edits that no row fails.

        The typed columns, and beside them the verdict of each edit that some row fails.

        Parameters
        ----------
        frame
            Typed columns and ``sent:`` columns side by side.
        present
            Columns that the file has, as for :meth:`model_for`.
        few
            Columns of the frame that have few distinct texts: edits that read no other are
            reckoned once for what occurs of them, and on every row only if something is wrong.
        """
        edits = self.edits_for(frozenset(present) & frozenset(self.by_name))
        verdicts, right = _on_few(edits, few)
        left = {code: edits[code].ok for code in edits if code not in verdicts.keys() | right}
        verdicts |= {
            ok.name: ok
            for ok in frame.select(ok.fill_null(True).alias(code) for code, ok in left.items())
        }
        wrong = {code: ok for code, ok in verdicts.items() if not ok.all()}
        told = (ok.alias(_verdict(code)) for code, ok in wrong.items())
        return frame.select(*self.by_name, *told), frozenset(edits) - wrong.keys()

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must exist."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def private(self) -> frozenset[str]:
        """Names of the columns whose values are masked when they leave."""
        return frozenset(column.name for column in self.columns if column.private)


def shape_of(
    name: str,
    title: str,
    columns: tuple[Column, ...],
    key: tuple[str, ...],
    edits: tuple[Edit, ...] = (),
    more: Mapping[str, Check] | None = None,
) -> TableShape:
    """Return the shape of a table: ``edits`` beside those that its columns imply.

    ``more`` are checks, by code, of files that come in a format of the table's own.

    Raises
    ------
    ValueError
        When two edits have one code, or an edit reads a column that the table has not.
    """
    private = {name for c in columns if c.private for name in (c.name, f"sent:{c.name}")}
    every = [edit for column in columns for edit in column_edits(column)]
    every += [_discreet(edit, private) for edit in edits]
    by_code = {f"{name}.{edit.code}": edit for edit in every}
    if len(by_code) != len(every):
        raise ValueError(f"table {name}: two edits have one code")
    by_name = {column.name: column for column in columns}
    for code, edit in by_code.items():
        if unknown := edit.reads - by_name.keys():
            raise ValueError(f"edit {code} reads unknown columns {sorted(unknown)}")
    checks = _file_checks(name) | _missing_checks(name, columns)
    checks |= {code: edit.check(name) for code, edit in by_code.items()} | dict(more or {})
    return TableShape(name, title, columns, key, by_code, checks, by_name)


def _discreet(edit: Edit, private: Collection[str]) -> Edit:
    """Return the edit without an ``expected`` that would tell a private value of the row."""
    if edit.expected is None or not set(private) & set(edit.expected.meta.root_names()):
        return edit
    return replace(edit, expected=None)


def _model(
    name: str,
    columns: tuple[Column, ...],
    edits: Mapping[str, Edit],
    right: Collection[str] = frozenset(),
) -> pa.DataFrameSchema:
    """Return the Pandera model: the typed columns, each with the edits that blame it.

    Columns are nullable because emptiness is an edit of its own. One failure case a check is
    enough: rows are taken from the check's output, which is complete.
    """
    import pandera.polars as pa  # takes half a second, and only a submission is held to it

    checks: dict[str, list[pa.Check]] = {column.name: [] for column in columns}
    for code, edit in edits.items():
        checks[edit.field].append(_pandera_check(code, code in right))
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(column.kind.dtype, checks=checks[column.name], nullable=True)
            for column in columns
        },
        name=name,
    )


def _on_few(
    edits: Mapping[str, Edit], few: Mapping[str, Few]
) -> tuple[dict[str, pl.Series], set[str]]:
    """Return what is known from the distinct texts: verdicts by code, and who is right everywhere.

    An edit of one column is told for every row; one of several only where all that occurs is right.
    """
    by_columns: dict[frozenset[str], list[str]] = {}
    for code, edit in edits.items():
        columns = edit.roots - BESIDE
        if columns and columns <= few.keys():
            by_columns.setdefault(columns, []).append(code)
    verdicts: dict[str, pl.Series] = {}
    right: set[str] = set()
    for columns, codes in by_columns.items():
        mine = [few[name] for name in sorted(columns)]
        if (values := together(mine)) is None:
            continue
        for ok in values.select(edits[code].ok.fill_null(True).alias(code) for code in codes):
            if ok.all():
                right.add(ok.name)
            elif len(mine) == 1:
                verdicts[ok.name] = ok[mine[0].at]
    return verdicts, right


def _verdict(code: str) -> str:
    return f"ok:{code}"


def _pandera_check(code: str, right: bool) -> pa.Check:
    """Return the check of an edit, which reads the verdict that stands ready in its own column.

    One that is right in every row is told as one word: Pandera then makes no frame of it.
    """
    import pandera.polars as pa

    def holds(data: PolarsData) -> pl.LazyFrame | bool:
        return right or data.lazyframe.select(pl.col(_verdict(code)))

    return pa.Check(holds, name=code, error=code, ignore_na=True, n_failure_cases=1)


def natural_key(shape: TableShape) -> pl.Expr:
    """Return the key of a row as sent, its parts joined by ``/``, each cut at 100 characters."""
    parts = [sent(name).fill_null("").str.head(100) for name in shape.key]
    return pl.concat_str(parts, separator="/")


def _missing_checks(table: str, columns: tuple[Column, ...]) -> dict[str, Check]:
    found = [
        row_check(
            table,
            f"{column.name}.missing",
            f"column {column.name} is missing",
            f"a column {column.name} in every file",
            f"Add the column {column.name}.",
            fatal=column.fatal,
            unit="files",
        )
        for column in columns
        if column.required
    ]
    return {check.code: check for check in found}


_FILES = (
    ("missing", "a named file cannot be taken", "a plain name of a file in the folder"),
    ("format", "a file is of a kind that is not read", "a .csv or .parquet file"),
    ("empty", "a file is empty", "a header line and rows"),
    ("damaged", "a file cannot be read", "a whole file of its format"),
    ("header", "the header names no column of the table", "the table's column names in line 1"),
    ("delimiter", "fields are not separated by commas", "commas between fields (RFC 4180)"),
    ("no_rows", "a file has a header and no rows", "at least one row"),
    ("bom", "a file starts with a byte order mark", "UTF-8 without a byte order mark"),
    ("sha256", "a file differs from the sha256 in the manifest", "the digest in the manifest"),
    ("rows", "the number of rows differs from the manifest's", "the number in the manifest"),
)
_COLUMNS = (
    ("duplicate_column", "the header names a column twice", "each column once"),
    ("types", "a column is of a type that has no text form", "text, numbers, dates or flags"),
)
_ROWS = (
    ("fields", "a row has too few or too many fields", "as many fields as the header", True),
    ("quotes", "a quoted field is not closed or not well formed", "quotes as in RFC 4180", True),
    ("nul", "a row holds a NUL character", "text without NUL characters", True),
    ("length", "a field is too long", "at most 64 KiB a field", True),
    ("header_again", "the header line stands among the rows", "one header line, at the top", True),
    ("encoding", "a row is not UTF-8", "UTF-8 (the row was read as Windows-1252)", False),
)


def _file_checks(table: str) -> dict[str, Check]:
    found = [
        row_check(table, f"file.{code}", fault, wanted, unit=unit)
        for words, unit in ((_FILES, "files"), (_COLUMNS, "columns"))
        for code, fault, wanted in words
    ]
    found += [
        row_check(table, f"row.{code}", fault, wanted, fatal=fatal)
        for code, fault, wanted, fatal in _ROWS
    ]
    found += _layout_checks(table)
    found.append(
        row_check(
            table,
            "file.unknown_column",
            "a column is not of the public interface",
            "the columns of the interface (others are kept as text)",
            "Nothing, unless the name is a slip of the pen.",
            Severity.INFO,
            unit="columns",
        )
    )
    found.append(
        row_check(
            table,
            "file.header_case",
            "the header writes the name of a column in other letters",
            "names as the interface writes them, in small letters with underscores",
            "Write the names as the interface does; the columns were taken all the same.",
            Severity.MINOR,
            unit="columns",
        )
    )
    return {check.code: check for check in found}


def _layout_checks(table: str) -> list[Check]:
    """Return the checks of files that come in another layout."""
    found = [
        row_check(
            table,
            "layout.unknown",
            "the manifest names a layout that is not known for the table",
            "a shipped layout of the table, or one of the folder given with --layouts",
            "Name a layout that `carvein layouts list` shows.",
            unit="files",
        ),
        row_check(
            table,
            "layout.cannot_carry",
            "the layout has nothing that feeds a column",
            "every column of the interface, where a check is to ask for it",
            "Nothing; to have these columns checked, send the public interface's own file.",
            Severity.INFO,
            unit="columns",
        ),
        row_check(
            table,
            "layout.not_used",
            "the layout does not use a column of the file (it is kept as text)",
            "columns that the layout uses",
            "Nothing, unless the column was meant to count.",
            Severity.INFO,
            unit="columns",
        ),
    ]
    if table == "providers":
        fault = "an element of a JSON file is not a provider as its specification has it"
        wanted = "an object with each key once, within bounds, text where text is due"
        found.append(row_check(table, "row.element", fault, wanted, fatal=True))
    return found
