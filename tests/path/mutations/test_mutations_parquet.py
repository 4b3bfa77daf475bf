"""Damaged Parquet files of the demo: bytes, types without text, nested columns, odd footers."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

SMALL = ("plan_offices", "capitation", "ledger", "functions", "members", "incentives")


def packed(frame: pl.DataFrame, seed: int = 0) -> bytes:
    draw, sink = random.Random(seed), io.BytesIO()
    pq.write_table(
        frame.to_arrow(),
        sink,
        compression=draw.choice(("NONE", "zstd", "snappy", "gzip")),
        row_group_size=draw.choice((1, 5, 1000)),
        use_dictionary=draw.random() < 0.5,
    )
    return sink.getvalue()


@pytest.fixture(scope="module")
def frames(demo):
    return {name: pl.read_csv(io.BytesIO(data), infer_schema=False) for name, data in demo.items()}


def announced(data: bytes) -> int:
    """Return how many rows pyarrow's own reader of footers finds, 0 where it finds no footer."""
    try:
        return pq.ParquetFile(io.BytesIO(data)).metadata.num_rows
    except (pa.ArrowException, OSError, ValueError):
        return 0


def rows_are_those_announced(got, table, name, data):
    lines, faults = got.lines(table, name), got.faults_of(name)
    assert len(lines) == len(set(lines))
    rows = announced(data)
    if len(lines) != rows:
        assert ".file.damaged" in faults, (len(lines), rows)
        assert rows < 0 or rows > 10_000_000 or not lines
    else:
        assert lines == list(range(2, rows + 2))


def test_demo_parquet_with_damaged_bytes(property_of, take, damaged, damages, frames):
    def body(table, several):
        files = {
            f"{n}.parquet": damaged(packed(frames[table], n), one) for n, one in enumerate(several)
        }
        got = take(files, {table: {"file": list(files)}})
        assert not got.refused
        for name, data in files.items():
            rows_are_those_announced(got, table, name, data)

    property_of(
        "demo Parquet, bytes",
        body,
        each=5,
        table=st.sampled_from(SMALL),
        several=st.lists(damages, min_size=5, max_size=5),
    )


DAY = datetime(2026, 1, 31, 23, 59, 59, 999_999)
ODD = (
    *(None, True, 0, -1, 2**63 - 1, 1e308, float("nan"), float("-inf"), -0.0, 1e-320, b"\xff\0"),
    *(Decimal("1.50"), Decimal(10) ** 30, date(1, 1, 1), date(9999, 12, 31), DAY, time(1, 2)),
    *(timedelta(-1), ["a", None], [], [[1]], {"a": 1}, {"a": {"b": [1, None]}}, "\0", "x" * 70_000),
    *("", " ", "=1+1", "\x1b[31m", "é", "9" * 500),
)


def retyped(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Give columns other types, names and places."""
    draw, texts, odd_names = random.Random(seed), frame, {}
    for _ in range(draw.randrange(1, 4)):
        name = draw.choice(frame.columns)
        match draw.randrange(9):
            case 0 if frame.width > 1:
                frame = frame.drop(name)
            case 1:
                # Laid on last, for polars itself takes some of them for patterns.
                odd_names[name] = draw.choice(("*", "^.*$", "x" * 300, "é", " a", "NPI"))
            case 2:
                frame = frame.select(draw.sample(frame.columns, frame.width))
            case 3:
                frame = frame.with_columns(texts[name].cast(pl.Categorical))
            case 4:
                frame = frame.with_columns(pl.struct(pl.all()).alias(name))
            case 5:
                lists = pl.Series(name, [list(row) for row in texts.rows()])
                frame = frame.with_columns(lists)
            case 6:
                frame = frame.with_columns(pl.col(pl.String).cast(pl.Binary))
            case _:
                value = draw.choice(ODD)
                odd = pl.Series(name, [value] * frame.height)
                if odd.dtype != pl.Object and odd.dtype != pl.Null:
                    frame = frame.with_columns(odd)
    names = {old: new for old, new in odd_names.items() if old in frame.columns}
    return frame.rename(names) if len(set(names.values())) == len(names) else frame


def test_demo_parquet_with_other_columns_and_types(property_of, take, frames):
    def body(table, seeds):
        files = {
            f"{n}.parquet": packed(retyped(frames[table], seed), seed)
            for n, seed in enumerate(seeds)
        }
        got = take(files, {table: {"file": list(files)}})
        assert not got.refused
        for name, data in files.items():
            assert announced(data) == frames[table].height
            rows_are_those_announced(got, table, name, data)

    property_of(
        "demo Parquet, columns and types",
        body,
        each=5,
        table=st.sampled_from(SMALL),
        seeds=st.lists(st.integers(0, 2**32 - 1), min_size=5, max_size=5),
    )


def test_what_was_found_a_reason_of_quarantine_that_nothing_told(take, frames):
    """A column of a type without text was given for missing, which no finding said."""
    frame = frames["ledger"].with_columns(pl.col("entry_id").cast(pl.Binary))
    got = take({"ledger.parquet": packed(frame)}, {"ledger": {"file": "ledger.parquet"}})
    assert got.kept["ledger", "ledger.parquet"] == list(range(2, 14))
    assert got.faults_of("ledger.parquet") == {".file.types"}
