"""The faulty lines of a report: gathered masked, put in order, written whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.export.cells import all_safe, all_visible
from monitor.export.mask import Mask
from monitor.store import VIOLATION_SCHEMA
from rules.model import Finding

CSV_ROWS = 1_000_000
"""More violations than this are written as Parquet, which a spreadsheet would not open anyway."""

FIRST = 5
"""Lines that a report shows of a finding or cause."""

_ARROW = pa.schema(
    [(name, pa.int64() if name == "line" else pa.string()) for name in VIOLATION_SCHEMA]
)
_BATCH = 100_000


@dataclass
class Lines:
    """All faulty lines of a report, masked, in a Parquet file of the report's own folder.

    ``first`` holds the first few lines of each finding, ``by_table`` and ``by_finding`` the true
    counts. ``name`` is the file that has every line.
    """

    path: Path
    first: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    by_table: Counter[str] = field(default_factory=Counter)
    by_finding: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Number of faulty lines."""
        return self.by_table.total()

    @property
    def name(self) -> str:
        """Name of the file that holds every line."""
        return "violations.csv" if self.total <= CSV_ROWS else "violations.parquet"

    def batches(self) -> Iterator[pl.DataFrame]:
        """Yield all lines in bounded batches."""
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(_BATCH):
                yield _frame(batch)

    def write(self, folder: Path) -> Path:
        """Write every line into ``folder`` under :attr:`name`."""
        target = folder / self.name
        if target.suffix == ".parquet":
            self.path.rename(target)
            self.path = target
            return target
        with target.open("wb") as file:
            file.write((",".join(VIOLATION_SCHEMA) + "\n").encode())
            for frame in self.batches():
                all_safe(frame).write_csv(file, include_header=False)
        return target


def gather(
    path: Path, frames: Iterable[pl.DataFrame], findings: Sequence[Finding], mask: Mask
) -> Lines:
    """Mask the lines and put them into one Parquet file in the order of ``findings``.

    Up to :data:`CSV_ROWS` lines are sorted as a whole: by finding, table, file, line and field.
    More are sorted batch by batch, in the order in which they come.
    """
    lines = Lines(path)
    ranks = {finding.id: rank for rank, finding in enumerate(findings)}
    with pq.ParquetWriter(path, _ARROW, compression="zstd") as writer:
        for frame in frames:
            if len(frame):
                leaving = _sorted(all_visible(mask.apply(frame.select(*VIOLATION_SCHEMA))), ranks)
                writer.write_table(leaving.to_arrow().cast(_ARROW))
                lines.by_table.update(_counts(leaving, "table"))
                lines.by_finding.update(_counts(leaving, "finding_id"))
    if 0 < lines.total <= CSV_ROWS:
        whole = _sorted(pl.read_parquet(path, memory_map=False), ranks)
        pq.write_table(whole.to_arrow().cast(_ARROW), path, compression="zstd")
    for frame in lines.batches():
        for row in frame.group_by("finding_id", maintain_order=True).head(FIRST).to_dicts():
            known = lines.first.setdefault(row["finding_id"], [])
            if len(known) < FIRST:
                known.append(row)
    return lines


def _sorted(frame: pl.DataFrame, ranks: Mapping[str, int]) -> pl.DataFrame:
    rank = pl.col("finding_id").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int64)
    order = ("table", "file", "line", "field", "value", "expected")
    return frame.sort(rank, "finding_id", *order, maintain_order=True)


def _counts(frame: pl.DataFrame, name: str) -> dict[str, int]:
    return dict(frame[name].value_counts().rows())


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame
