"""One file of a table as a source of text rows: columns sorted, values stripped, line known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from monitor.columnar import read_parquet, read_parquet_header
from monitor.faults import Fault
from monitor.header import Header, name_columns, plain, read_header
from monitor.intake import ReceivedFile
from monitor.layouts import Bound, apply, bind
from monitor.providers_json import read_json, read_json_header
from monitor.reading import Batch, count_records, read_csv
from monitor.x12.opening import open_x12
from monitor.x12.reader import read_x12
from monitor.x12.rows import KNOWN, OWN
from rules.layout import MAY_BE_ABSENT, Layout, alike
from rules.tables import TableShape


@dataclass(frozen=True)
class Source:
    """A file with its header read and its columns sorted into known and unknown ones.

    ``lacking`` names fatal columns that the file has not: none of its rows can be used. An X12
    file gets the day it was submitted on from the manifest; ``seen`` counts its segments and
    claims once it has been read.
    """

    file: ReceivedFile
    header: Header
    known: Mapping[int, str]
    others: Mapping[int, str]
    faults: tuple[Fault, ...]
    lacking: tuple[str, ...]
    bound: Bound | None = None
    submitted_on: date | None = None
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def usable(self) -> bool:
        """Whether any row of the file can be used."""
        return self.header.usable and not self.lacking

    def why_none(self, table: str) -> str:
        """Return the codes, ``;`` between them, of why no row can be used: those that are told."""
        told = {fault.code for fault in self.faults}
        codes = (f"{table}.{name}.missing" for name in self.lacking)
        # A column that is there has not the type of one.
        return ";".join(
            dict.fromkeys(code if code in told else f"{table}.file.types" for code in codes)
        )

    def asks_for(self, column: str) -> bool:
        """Tell whether the file has to have a column: not one that its layout cannot carry."""
        return self.bound is None or column in self.lacking or column in self.known.values()


def open_source(shape: TableShape, file: ReceivedFile, submitted_on: date | None = None) -> Source:
    """Read the header of a file of a table; what is wrong with it is in ``faults``."""
    if file.format == "x12":
        return _open_x12(shape, file, submitted_on)
    if file.layout is not None:
        return _open_laid_out(shape, file, file.layout)
    known = shape.by_name
    if file.format == "csv":
        header = read_header(file.path, file.name, shape.name, known, plain)
    else:
        header = read_parquet_header(file.path, file.name, shape.name)
    if not header.usable:
        return Source(file, header, {}, {}, header.faults, ())
    mine, others, faults = name_columns(header, shape.name, file.name, known)
    present = set(mine.values())
    for name in shape.required:
        if name not in present and name not in header.names:
            code, wanted = f"{shape.name}.{name}.missing", f"a column {name}"
            faults.append(Fault(code, file.name, 1, name, "no such column", wanted))
    lacking = tuple(c.name for c in shape.columns if c.fatal and c.name not in present)
    return Source(file, header, mine, others, (*header.faults, *faults), lacking)


def _open_x12(shape: TableShape, file: ReceivedFile, submitted_on: date | None) -> Source:
    """See whether a file is X12; its columns are always the same."""
    header = open_x12(file.path, file.name, tuple(shape.by_name))
    known = dict(enumerate(KNOWN)) if header.usable else {}
    others = dict(enumerate(OWN, len(KNOWN))) if header.usable else {}
    return Source(file, header, known, others, header.faults, (), submitted_on=submitted_on)


def _open_laid_out(shape: TableShape, file: ReceivedFile, layout: Layout) -> Source:
    """Read the header of a file that comes in a layout."""
    if file.format == "json":
        header = read_json_header(file.path, file.name, shape.name)
    elif file.format == "csv":
        header = read_header(file.path, file.name, shape.name, layout.names, alike)
    else:
        header = read_parquet_header(file.path, file.name, shape.name)
    if not header.usable:
        return Source(file, header, {}, {}, header.faults, ())
    bound = bind(layout, header, shape, file.name)
    present = set(bound.known.values())
    lacking = tuple(
        column.name
        for column in shape.columns
        if column.fatal
        and column.name not in present
        and (shape.name, column.name) not in MAY_BE_ABSENT
    )
    faults = [
        Fault(f"{shape.name}.{name}.missing", file.name, 1, name, "no such column", wanted)
        for name in lacking
        if (wanted := f"a column that {layout.id} makes {name} of")
    ]
    known, others = bound.known, bound.others
    told = (*header.faults, *bound.faults, *faults)
    return Source(file, header, known, others, told, lacking, bound)


def read_batches(shape: TableShape, source: Source) -> Iterator[Batch]:
    """Yield the rows of a source in bounded batches; none where it holds no text."""
    for batch in _read(shape, source):
        yield apply(source.bound, batch) if source.bound is not None else batch


def _read(shape: TableShape, source: Source) -> Iterator[Batch]:
    """Yield the rows of a source as they stand in its file."""
    file, header = source.file, source.header
    if not header.usable:
        if header.text:
            yield from count_records(file.path, header, header.faults[-1].code)
    elif file.format == "json":
        yield from read_json(file.path, file.name, shape.name)
    elif file.format == "x12":
        yield from read_x12(file.path, file.name, header, source.submitted_on, source.seen)
    elif file.format == "csv":
        yield from read_csv(file.path, file.name, shape.name, header)
    else:
        yield from read_parquet(file.path, file.name, shape.name, header)


def text_of(batch: Batch, source: Source, others: Mapping[str, str]) -> pl.DataFrame:
    """Return a batch's rows with stripped text, null where empty.

    Known columns are named ``sent:<name>``; unknown ones ``other:<name>``, as ``others`` spells
    them by their casefolded names.
    """
    named = {number: f"sent:{name}" for number, name in source.known.items()}
    named |= {number: f"other:{others[own.casefold()]}" for number, own in source.others.items()}
    columns = [pl.col("_line")]
    for number, name in named.items():
        if batch.clean:
            columns.append(pl.col(str(number)).alias(name))
            continue
        text = pl.col(str(number)).str.strip_chars()
        columns.append(pl.when(text != "").then(text).alias(name))
    return batch.rows.select(columns)


def as_json(source: Source, others: Mapping[str, str]) -> pl.Expr:
    """Return a row of :func:`text_of` as one JSON object of the names and texts that were sent."""
    fields = [pl.col(f"sent:{name}").alias(name) for name in source.known.values()]
    for own in source.others.values():
        fields.append(pl.col(f"other:{others[own.casefold()]}").alias(own))
    return pl.struct(fields).struct.json_encode() if fields else pl.lit("{}")
