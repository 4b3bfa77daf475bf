"""Relational edits: what a row owes to other rows and to other tables of the submission."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import ibis

from rules.model import Check, Filing, Severity
from rules.tables import TABLES
from rules.tables.edit import row_check

if TYPE_CHECKING:
    from ibis.expr.types import Table

NPPES = "nppes"
"""Name of the NPPES extract among a filing's tables, where the user brought one."""

OPTIONAL = frozenset({NPPES})
"""Tables that no plan submits: without them the edits that read them are not asked."""


@dataclass(frozen=True, eq=False)
class RelationalEdit:
    """One edit that sees more than its own row.

    ``code`` is unique in its table and reads ``column.fault``; ``field`` is the column that is
    blamed. ``fault`` and ``wanted`` say what was found and what was wanted, for all rows; the
    comparison says it for each row. ``looks_up`` names, as table and column, where a row must be
    found: a quarantined row there whose column cannot be read may be the one that is missed.
    """

    table: str
    code: str
    field: str
    fault: str
    wanted: str
    remedy: str = ""
    severity: Severity = Severity.MINOR
    looks_up: tuple[tuple[str, str], ...] = ()

    @property
    def full_code(self) -> str:
        """The code under which findings are kept: ``table.column.fault``."""
        return f"{self.table}.{self.code}"

    @property
    def names_missed(self) -> bool:
        """Whether it tells ids that it does not find: the value told is one of them."""
        return bool(self.looks_up) and self.code.rpartition(".")[2].startswith("unknown")

    def check(self) -> Check:
        """Return the edit as the judge needs it: met when no row is faulty."""
        return row_check(self.table, self.code, self.fault, self.wanted, self.remedy, self.severity)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Edits of one table that are told in one pass over the rows that it reads.

    ``reads`` names every table that must be there, ``table`` itself among them. ``faulty`` returns
    one row for each faulty row and edit: ``code`` (the full code) and the columns of a violation.
    ``seen`` says how many rows an edit looked at, by full code, where that is not every row of
    the table; an edit that looked at none is not applicable.
    """

    name: str
    table: str
    reads: tuple[str, ...]
    edits: tuple[RelationalEdit, ...]
    faulty: Callable[[Filing], Table]
    seen: Callable[[Filing], Mapping[str, int]] | None = None

    def checks(self) -> dict[str, Check]:
        """Return the checks of the edits by full code."""
        return {edit.full_code: edit.check() for edit in self.edits}


@dataclass(frozen=True, eq=False)
class Told:
    """What an edit says of each row: whether it is faulty, what was found and what was wanted.

    ``faulty``, ``value`` and ``expected`` are ibis expressions on the rows (deferred or not);
    a null in ``faulty`` acquits. A private value of a *row* must not be told in ``expected``.
    """

    edit: RelationalEdit
    faulty: Any
    value: Any
    expected: Any


def dollars(amount: Any) -> Any:
    """Return an amount as text, with its cents."""
    return amount.cast("decimal(18, 2)").cast("string")


def tell(rows: Table, told: Sequence[Told]) -> Table:
    """Return the faulty rows of one table as violations with the edit's ``code``.

    Parameters
    ----------
    rows
        Rows with ``_file``, ``_line``, the table's key columns and whatever ``told`` reads.
    """
    table = told[0].edit.table
    columns: dict[str, Any] = {}
    for number, each in enumerate(told):
        columns[f"_faulty_{number}"] = ibis.coalesce(_bound(rows, each.faulty), False)
        columns[f"_value_{number}"] = _text(rows, each.value)
        columns[f"_expected_{number}"] = _text(rows, each.expected)
    # Of wide rows nothing else is read below, and every column costs time to compile.
    marked = rows.select("_file", "_line", *TABLES[table].key, **columns)
    marked = marked.filter(ibis.or_(*(marked[f"_faulty_{n}"] for n in range(len(told)))))
    # One pass, not one an edit: what gives the rows may be a join over every line.
    said = [
        ibis.ifelse(
            marked[f"_faulty_{number}"],
            ibis.struct(
                {
                    "code": each.edit.full_code,
                    "field": each.edit.field,
                    "value": marked[f"_value_{number}"],
                    "expected": marked[f"_expected_{number}"],
                }
            ),
            None,
        )
        for number, each in enumerate(told)
    ]
    faults = marked.select(
        file=marked._file,
        line=marked._line.cast("int64"),
        natural_key=natural_key(table, marked),
        fault=ibis.array(said).unnest(),
    )
    faults = faults.filter(faults.fault.notnull())
    return faults.select(
        code=faults.fault["code"],
        table=ibis.literal(table),
        file=faults.file,
        line=faults.line,
        natural_key=faults.natural_key,
        field=faults.fault["field"],
        value=faults.fault["value"],
        expected=faults.fault["expected"],
    )


def natural_key(table: str, rows: Table) -> Any:
    """Return the key of each row, its parts joined by ``/``, as the shape step writes it."""
    parts = [rows[name].cast("string").fill_null("").left(100) for name in TABLES[table].key]
    return ibis.literal("/").join(parts)


def set_aside_ids(filing: Filing, table: str, column: str) -> Table | None:
    """Return the values of a column in a table's quarantined rows, one row each, named as it.

    Whoever is missed in the staged table may stand there. Of a record that could not be split into
    fields every part counts, whatever column it was meant for. None when no row lies in quarantine.
    """
    kept = filing.set_aside.get(table)
    if kept is None:
        return None
    named = ibis.array([kept._record.re_extract(f'"{column}":"([^"]*)"', 1)])
    parts = kept._record.re_split("[,;|\t]")
    found = kept.select(part=ibis.ifelse(kept._record.startswith("{"), named, parts).unnest())
    found = found.select(found.part.replace('"', "").strip().name(column))
    return found.filter(found[column] != "").distinct()


def why_untold(filing: Filing, edit: RelationalEdit, missed: int) -> str:
    """Return why an edit cannot tell who is missed where it looks them up, "" when it can.

    Parameters
    ----------
    missed
        How many different values the edit tells. A row in quarantine can hide one id: where more
        ids are missed than rows may hide, or none, an edit that names them can tell.
    """
    hiding = _hiding(filing, edit)
    rows = sum(nameless for nameless, _ in hiding.values())
    lost = sum(unread for _, unread in hiding.values())
    if edit.names_missed and (not missed or (missed > rows and not lost)):
        return ""
    return f"{_in_words(hiding)}: who is missed may stand there" if hiding else ""


def may_hide(filing: Filing, edit: RelationalEdit, missed: int) -> str:
    """Return how many of the ids that an edit tells may stand in quarantine all the same."""
    hiding = _hiding(filing, edit)
    if not missed or not hiding:
        return ""
    rows = sum(nameless for nameless, _ in hiding.values())
    return f"{_in_words(hiding)}: {rows} of the {missed} ids that are missed may stand there"


def _hiding(filing: Filing, edit: RelationalEdit) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the rows that may hide an id, and those of them without a record, where there are."""
    found = {}
    for table, column in edit.looks_up:
        count = partial(_nameless, table=table, column=column)
        told = filing.once(f"nameless_{table}_{column}", count)
        if told[0]:
            found[table, column] = told
    return found


def _in_words(hiding: Mapping[tuple[str, str], tuple[int, int]]) -> str:
    told = []
    for (table, column), (nameless, _) in hiding.items():
        rows = "1 row" if nameless == 1 else f"{nameless} rows"
        held = "lies" if nameless == 1 else "lie"
        told.append(f"{rows} of {table} whose {column} cannot be read {held}")
    return f"{'; '.join(told)} in quarantine"


def _nameless(filing: Filing, table: str, column: str) -> tuple[int, int]:
    """Count the quarantined rows of which nobody can say whose they are, and the lost ones."""
    kept = filing.set_aside.get(table)
    if kept is None:
        return 0, 0
    fatal = [
        code
        for code, check in TABLES[table].checks.items()
        if check.fatal and code.startswith(f"{table}.{column}.")
    ]
    faulty = ibis.or_(
        kept._record.re_extract(f'"{column}":"([^"]*)"', 1).strip() == "",
        *(kept._reasons.split(";").contains(code) for code in fatal),
    )
    # Of a record that was not split every part is known, see set_aside_ids.
    lost = kept._record.isnull()
    found = kept.filter(lost | (kept._record.startswith("{") & faulty))
    counted = found.agg(rows=found.count(), lost=found._record.isnull().sum()).to_polars()
    rows, without = counted.row(0)
    return int(rows), int(without or 0)


def _bound(rows: Table, expression: Any) -> Any:
    return rows.bind(expression)[0]


def _text(rows: Table, expression: Any) -> Any:
    if isinstance(expression, str):
        return ibis.literal(expression)
    return _bound(rows, expression).cast("string").fill_null("")
