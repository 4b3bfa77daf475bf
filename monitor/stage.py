"""Staging: Parquet parts in private folders, and the faulty lines beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from monitor.faults import VIOLATION_SCHEMA
from monitor.manifest import Manifest
from rules.tables import ENVELOPE

SUBMISSION_SCHEMA: dict[str, type[pl.DataType]] = {
    "plan_id": pl.String,
    "contract_id": pl.String,
    "period": pl.String,
    "submitted_on": pl.Date,
    "certification_name": pl.String,
    "certification_title": pl.String,
    "certified_on": pl.Date,
    "has_manifest": pl.String,
}
"""Columns of the one-row table ``submission``."""

_LARGE = 10_000
"""Rows from which on a part is written in the background."""


class Parts:
    """A folder of Parquet parts of one schema, written in the order they come.

    A large part is written beside what its writer does next, one at a time; whether all went well
    is known when :meth:`close` returns.
    """

    def __init__(self, folder: Path, schema: Mapping[str, type[pl.DataType]]) -> None:
        self.folder = folder
        self.schema = dict(schema)
        self.rows = 0
        self._parts = 0
        self._writer = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None
        make_private(folder)

    def write(self, frame: pl.DataFrame) -> None:
        """Add a frame; its columns are those of the schema, in whatever order.

        A column of text may be an Enum: it is text again when it is read.
        """
        if frame.height == 0 and self._parts:
            return
        path = self.folder / f"part-{self._parts:05d}.parquet"
        self._wait()
        rows = frame.select(*self.schema)
        if frame.height < _LARGE:
            _write_rows(rows, path)
        else:
            self._under_way = self._writer.submit(_write_rows, rows, path)
        self._parts += 1
        self.rows += frame.height

    def close(self) -> None:
        """Write an empty part when nothing came, so that the folder has its schema."""
        if not self._parts:
            self.write(pl.DataFrame(schema=self.schema))
        self._wait()
        self._writer.shutdown()

    def _wait(self) -> None:
        if self._under_way:
            self._under_way.result()
            self._under_way = None


@dataclass
class Lines:
    """Faulty lines by the code of their check, kept on disk: one file a check and batch."""

    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)
    _parts: int = 0

    def add(self, code: str, frame: pl.DataFrame) -> None:
        """Keep faulty lines, a frame with the columns of ``VIOLATION_SCHEMA``."""
        if not frame.height:
            return
        make_private(self.folder)
        _write(frame.select(*VIOLATION_SCHEMA), self.folder / f"{code}-{self._parts:06d}.parquet")
        self._parts += 1
        self.counts[code] += frame.height
        first = self.first.setdefault(code, [])
        for file, line in frame.select("file", "line").head(5 - len(first)).iter_rows():
            first.append(f"{file}:{line}" if line else file)

    def of(self, code: str) -> pl.LazyFrame | None:
        """Return every line kept for a check, read when it is collected; None without any."""
        if not self.counts[code]:
            return None
        return pl.scan_parquet(sorted(self.folder.glob(f"{code}-*.parquet")))


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the owner's eyes only."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(mode=0o700)


def stage_submission(manifest: Manifest, folder: Path) -> Path:
    """Write the table ``submission``, one row, and return its folder."""
    row: dict[str, str | date | None] = {
        "plan_id": manifest.plan_id,
        "contract_id": manifest.contract_id or None,
        "period": manifest.period or None,
        "submitted_on": manifest.submitted_on,
        "certification_name": manifest.certification_name or None,
        "certification_title": manifest.certification_title or None,
        "certified_on": manifest.certified_on,
        "has_manifest": "unreadable"
        if manifest.unreadable
        else "Y"
        if manifest.has_manifest
        else "N",
    }
    parts = Parts(folder / ENVELOPE, SUBMISSION_SCHEMA)
    parts.write(pl.DataFrame([row], schema=SUBMISSION_SCHEMA))
    return parts.folder


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1)


def _write_rows(frame: pl.DataFrame, path: Path) -> None:
    """Write a part of a table, to be read by the engine many times: seldom small, soon unpacked."""
    coded = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Enum)]
    pq.write_table(
        frame.to_arrow(),
        path,
        compression="lz4",
        use_dictionary=coded or False,
        write_statistics=False,
        # Parts have each their own categories: without this they are read as the text they are.
        store_schema=False,
    )
