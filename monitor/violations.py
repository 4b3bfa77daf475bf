"""Faulty lines on their way to the store: one Parquet part a finding, nothing held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from monitor.store import VIOLATION_SCHEMA

_BATCH = 100_000


@dataclass
class ViolationFolder:
    """Every faulty line of a review, by finding, in a private folder."""

    path: Path
    _parts: list[Path] = field(default_factory=list)

    def add(self, finding_id: str, lines: Any) -> int:
        """Keep the lines of one finding.

        Parameters
        ----------
        lines
            A polars frame (lazy or not) or an ibis table with the columns of a violation, or None.

        Returns
        -------
        The number of lines kept.
        """
        if lines is None:
            return 0
        frame = lines.to_polars() if hasattr(lines, "to_polars") else lines.lazy().collect()
        return self.keep(frame.with_columns(pl.lit(finding_id).alias("finding_id")))

    def keep(self, lines: pl.DataFrame) -> int:
        """Keep lines that name their findings; return how many."""
        if lines.is_empty():
            return 0
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path / f"{len(self._parts):06}.parquet"
        lines.select(
            pl.col(name).cast(kind) for name, kind in VIOLATION_SCHEMA.items()
        ).write_parquet(part)
        self._parts.append(part)
        return len(lines)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield all lines in bounded batches, in the order in which they came."""
        for part in self._parts:
            scan = pl.scan_parquet(part)
            rows = scan.select(pl.len()).collect().item()
            for start in range(0, rows, _BATCH):
                yield scan.slice(start, _BATCH).collect()
