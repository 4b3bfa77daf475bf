"""One file of a table as a source of text rows: columns sorted, values stripped, line known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from monitor.columnar import read_parquet, read_parquet_header
from monitor.faults import Fault
from monitor.header import Header, name_columns, read_header
from monitor.intake import ReceivedFile
from monitor.reading import Batch, count_records, read_csv
from rules.tables import TableShape


@dataclass(frozen=True)
class Source:
    """A file with its header read and its columns sorted into known and unknown ones.

    ``lacking`` names fatal columns that the file has not: none of its rows can be used.
    """

    file: ReceivedFile
    header: Header
    known: Mapping[int, str]
    others: Mapping[int, str]
    faults: tuple[Fault, ...]
    lacking: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether any row of the file can be used."""
        return self.header.usable and not self.lacking


def open_source(shape: TableShape, file: ReceivedFile) -> Source:
    """Read the header of a file of a table; what is wrong with it is in ``faults``."""
    known = shape.by_name
    if file.format == "csv":
        header = read_header(file.path, file.name, shape.name, known)
    else:
        header = read_parquet_header(file.path, file.name, shape.name)
    if not header.usable:
        return Source(file, header, {}, {}, header.faults, ())
    mine, others, faults = name_columns(header, shape.name, file.name, known)
    present = set(mine.values())
    for name in shape.required:
        if name not in header.names:
            code, wanted = f"{shape.name}.{name}.missing", f"a column {name}"
            faults.append(Fault(code, file.name, 1, name, "no such column", wanted))
    lacking = tuple(c.name for c in shape.columns if c.fatal and c.name not in present)
    return Source(file, header, mine, others, (*header.faults, *faults), lacking)


def read_batches(shape: TableShape, source: Source) -> Iterator[Batch]:
    """Yield the rows of a source in bounded batches; none where it holds no text."""
    file, header = source.file, source.header
    if not header.usable:
        if header.text:
            yield from count_records(file.path, header, header.faults[-1].code)
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
