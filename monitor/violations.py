"""Faulty lines on their way to the store and the report: on disk by finding, never all in memory.

A finding has one order of lines wherever it is read: by table, file, line and field, then by what
was found and wanted, so that two runs over the same files tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.engine import Engine, in_batches
from monitor.store import VIOLATION_SCHEMA
from rules.model import VIOLATION_COLUMNS

BATCH = 100_000
"""Lines that are held in memory at a time."""

SORTED_IN_MEMORY = 200_000
"""A finding with more lines than this is sorted on disk, if it is not in order already."""

_ORDER = ("table", "file", "line", "field", "value", "expected", "natural_key")
_ARROW = pa.schema(
    [(name, pa.int64() if name == "line" else pa.string()) for name in VIOLATION_COLUMNS]
)
_SORTING = 500
"""Megabytes for sorting lines on disk."""


@dataclass
class ViolationFolder:
    """Every faulty line of a review, by finding, in a private folder."""

    path: Path
    _parts: dict[str, list[pl.LazyFrame]] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)
    _files: int = 0

    def add(self, finding_id: str, lines: Any) -> int:
        """Keep the lines of one finding.

        Parameters
        ----------
        lines
            A polars frame or an ibis table with the columns of a violation, or None. A lazy frame
            is of files that stay as long as the folder: it is read where it lies.

        Returns
        -------
        The number of lines kept.
        """
        if lines is None:
            return 0
        if not isinstance(lines, pl.LazyFrame):
            lines = self._written(lines)
        rows = int(lines.select(pl.len()).collect(engine="streaming").item())
        if rows:
            self._parts.setdefault(finding_id, []).append(lines)
            self._rows[finding_id] = self._rows.get(finding_id, 0) + rows
        return rows

    def mark(self) -> Mapping[str, tuple[int, int]]:
        """Return how many parts and rows each finding has, for :meth:`back_to`."""
        return {key: (len(parts), self._rows[key]) for key, parts in self._parts.items()}

    def back_to(self, mark: Mapping[str, tuple[int, int]]) -> None:
        """Forget the lines that were added since a mark was made."""
        self._parts = {key: self._parts[key][:parts] for key, (parts, _) in mark.items()}
        self._rows = {key: rows for key, (_, rows) in mark.items()}

    def keep(self, lines: pl.DataFrame) -> int:
        """Keep lines that name their findings; return how many."""
        parts = lines.partition_by("finding_id", as_dict=True, maintain_order=True)
        return sum(self.add(str(key), part) for (key,), part in parts.items())

    def of(self, finding_id: str) -> Iterator[pl.DataFrame]:
        """Yield the lines of one finding in their order and in bounded batches."""
        parts = self._parts.get(finding_id)
        if not parts:
            return
        lines = pl.concat([_plain(part) for part in parts])
        if self._rows[finding_id] <= SORTED_IN_MEMORY:
            batches = iter([lines.collect().sort(_ORDER, nulls_last=True)])
        elif is_in_order(lines):
            batches = lines.collect_batches(chunk_size=BATCH)
        else:
            batches = self._sorted(lines).collect_batches(chunk_size=BATCH)
        for batch in batches:
            told = batch.with_columns(pl.lit(finding_id).alias("finding_id"))
            yield from told.select(*VIOLATION_SCHEMA).iter_slices(BATCH)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield all lines in bounded batches, by finding in the order in which they came."""
        for finding_id in self._parts:
            yield from self.of(finding_id)

    def _written(self, lines: Any) -> pl.LazyFrame:
        """Write a frame, or what an ibis table yields, to a file of this folder."""
        path = self._new_file()
        if isinstance(lines, pl.DataFrame):
            lines.select(*VIOLATION_COLUMNS).write_parquet(path)
        else:
            with pq.ParquetWriter(path, _ARROW, compression="zstd") as writer:
                for batch in in_batches(lines.select(*VIOLATION_COLUMNS), BATCH):
                    writer.write_table(pa.Table.from_batches([batch]).cast(_ARROW))
        return pl.scan_parquet(path)

    def _sorted(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        """Sort more lines than memory should hold; the engine spills into this folder."""
        path = self._new_file()
        part = self.path / "unsorted" / path.name
        part.parent.mkdir(mode=0o700, exist_ok=True)
        lines.sink_parquet(part)
        with Engine(self.path, _SORTING) as engine:
            engine.table(part.parent).order_by(list(_ORDER)).to_parquet(path)
        part.unlink()
        return pl.scan_parquet(path)

    def _new_file(self) -> Path:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files += 1
        return self.path / f"{self._files:06}.parquet"


def is_in_order(lines: pl.LazyFrame) -> bool:
    """Whether lines stand by table, file, line and field with no two at one place."""
    names = _ORDER[:4]
    last: pl.DataFrame | None = None
    for batch in lines.select(*names).collect_batches(chunk_size=BATCH):
        frame = batch if last is None else pl.concat([last, batch])
        rises = pl.lit(False)
        for name in reversed(names):
            now, before = pl.col(name), pl.col(name).shift(1)
            rises = (now > before) | ((now == before) & rises)
        if not frame.select(rises.slice(1).fill_null(False).all()).item():
            return False
        last = frame.tail(1)
    return True


def _plain(lines: pl.LazyFrame) -> pl.LazyFrame:
    kinds = {name: VIOLATION_SCHEMA[name] for name in VIOLATION_COLUMNS}
    return lines.select(pl.col(name).cast(kind) for name, kind in kinds.items())
