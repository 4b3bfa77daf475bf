"""Read Parquet in bounded batches, every value as the text that a CSV would have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.faults import Fault
from monitor.header import MAX_COLUMNS, Header
from monitor.reading import DAMAGE_SCHEMA, Batch
from monitor.records import FIELD_LIMIT

ROWS = 200_000
"""Rows that are read at a time."""

_BELIEVED = 10_000_000
"""Most rows that a damaged file's footer is believed to have lost."""

_LARGEST_WHOLE = 2.0**53
_ERRORS = (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError)


def read_parquet_header(path: Path, name: str, table: str) -> Header:
    """Read the names and types of a Parquet file; a column without a text form is a fault."""
    faults: list[Fault] = []
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            rows = file.metadata.num_rows
    except _ERRORS as error:
        reason = f"not Parquet, or cut off: {str(error).splitlines()[0]}"
        fault = Fault(f"{table}.file.damaged", name, 0, "", reason, "a whole Parquet file")
        return Header((), (fault,), False, text=False)
    if len(schema.names) > MAX_COLUMNS:
        found, wanted = f"{len(schema.names)} columns", f"at most {MAX_COLUMNS} columns"
        fault = Fault(f"{table}.file.damaged", name, 0, "", found, wanted)
        return Header((), (fault,), False, text=False)
    skipped: set[int] = set()
    for number, field in enumerate(schema):
        if _text_of("", _dtype(field.type)) is None:
            skipped.add(number)
            code, wanted = f"{table}.file.types", "text, numbers, dates or flags"
            faults.append(Fault(code, name, 1, field.name, f"type {field.type}", wanted))
    names = tuple(field.name.strip() for field in schema)
    return Header(names, tuple(faults), True, skipped=frozenset(skipped), announced=rows)


def read_parquet(path: Path, name: str, table: str, header: Header) -> Iterator[Batch]:
    """Yield the rows of a Parquet file; row i (from 0) stands on line i + 2.

    Where the file turns out to be damaged, the rows that its footer announces and that cannot be
    read come as damaged records without text.
    """
    seen, announced = 0, header.announced
    try:
        with pq.ParquetFile(path) as file:
            for record_batch in file.iter_batches(batch_size=ROWS):
                yield _batch(record_batch, seen, name, table)
                seen += record_batch.num_rows
    except _ERRORS as error:
        code, reason = f"{table}.file.damaged", str(error).splitlines()[0]
        fault = Fault(code, name, seen + 2, "", f"damaged: {reason}", "a whole Parquet file")
        end = announced if announced - seen <= _BELIEVED else seen
        lost = pl.int_range(seen + 2, end + 2, dtype=pl.Int64, eager=True)
        kept = pl.DataFrame({"_line": lost}).with_columns(
            _reasons=pl.lit(code), _record=pl.lit(None, pl.String)
        )
        yield Batch(_rows(pl.DataFrame(), seen), kept, (fault,))


def _batch(batch: pa.RecordBatch, seen: int, name: str, table: str) -> Batch:
    numbers = [str(number) for number in range(batch.num_columns)]
    frame = pl.from_arrow(pa.Table.from_batches([batch.rename_columns(numbers)]))
    assert isinstance(frame, pl.DataFrame)
    texts = [_text_of(column, frame.schema[column]) for column in numbers]
    columns = [
        pl.lit(None, pl.String).alias(column) if text is None else text.alias(column)
        for column, text in zip(numbers, texts, strict=True)
    ]
    rows = _rows(frame.select(columns), seen, batch.num_rows)
    return without_damaged(rows, numbers, name, table, batch.schema.names)


def _rows(frame: pl.DataFrame, seen: int, height: int = 0) -> pl.DataFrame:
    lines = pl.int_range(seen + 2, seen + 2 + height, dtype=pl.Int64, eager=True)
    return (
        frame.with_columns(lines.alias("_line")) if frame.width else pl.DataFrame({"_line": lines})
    )


def without_damaged(
    rows: pl.DataFrame, numbers: list[str], name: str, table: str, names: list[str]
) -> Batch:
    """Set aside rows with a NUL character or a field that is too long, as for CSV."""
    faults: list[Fault] = []
    reasons: dict[int, str] = {}
    texts = pl.col(numbers)
    odd = texts.str.contains("\0", literal=True) | (texts.str.len_bytes() > FIELD_LIMIT)
    if not numbers or not any(rows.select(odd.any()).row(0)):
        return Batch(rows, pl.DataFrame(schema=DAMAGE_SCHEMA))
    for number, column in zip(numbers, names, strict=True):
        nul = pl.col(number).str.contains("\0", literal=True)
        long = pl.col(number).str.len_bytes() > FIELD_LIMIT
        for code, wrong, wanted in (
            ("row.nul", nul, "no NUL character"),
            ("row.length", long & ~nul, f"at most {FIELD_LIMIT >> 10} KiB"),
        ):
            found = rows.lazy().filter(wrong).select("_line", number)
            for line, value in found.collect().iter_rows():
                if line not in reasons:
                    reasons[line] = f"{table}.{code}"
                    faults.append(Fault(f"{table}.{code}", name, line, column, value, wanted))
    if not reasons:
        return Batch(rows, pl.DataFrame(schema=DAMAGE_SCHEMA))
    bad = pl.col("_line").is_in(list(reasons))
    record = pl.struct(numbers).struct.json_encode() if numbers else pl.lit(None, pl.String)
    kept = rows.filter(bad).select(
        "_line",
        pl.col("_line").replace_strict(reasons, return_dtype=pl.String).alias("_reasons"),
        record.alias("_record"),
    )
    return Batch(rows.filter(~bad), kept, tuple(faults))


def _dtype(kind: pa.DataType) -> pl.DataType:
    """Return the polars type of an Arrow type; Object where there is none."""
    try:
        series = pl.from_arrow(pa.array([], type=kind))
    except (Exception, pl.exceptions.PanicException):  # each refuses types in its own way
        return pl.Object()
    return series.dtype if isinstance(series, pl.Series) else pl.Object()


def _text_of(column: str, dtype: pl.DataType) -> pl.Expr | None:
    """Return the canonical text of a column, or None where its type has none."""
    value = pl.col(column)
    if dtype == pl.String or dtype == pl.Null:
        return value.cast(pl.String)
    if dtype.is_integer() or dtype.is_decimal() or dtype in (pl.Categorical, pl.Enum):
        return value.cast(pl.String)
    if dtype.is_float():
        whole = (value == value.round()) & (value.abs() < _LARGEST_WHOLE)
        text = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String))
        return pl.when(value.is_not_nan()).then(text.otherwise(value.cast(pl.String)))
    if dtype == pl.Boolean:
        return pl.when(value).then(pl.lit("Y")).when(~value).then(pl.lit("N"))
    if dtype == pl.Date:
        return value.dt.to_string("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime):
        local = value.dt.replace_time_zone(None)
        day = local.dt.to_string("%Y-%m-%d")
        exact = local.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
        return pl.when(local == local.dt.truncate("1d")).then(day).otherwise(exact)
    if isinstance(dtype, pl.List) and dtype.inner == pl.String:
        return value.list.join(";")
    return None
