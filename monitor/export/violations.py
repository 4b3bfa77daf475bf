"""The faulty lines of a report: masked in one pass, in order, on disk; counted by cause.

A cause is one rule or edit, one field and one pattern of what was wanted: lines of one cause are
mended in one way. Its lines are counted in full, whatever is listed of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from monitor.export.cells import all_safe, all_visible
from monitor.export.mask import Mask
from monitor.store import VIOLATION_SCHEMA
from rules.model import Finding

LinesOf = Callable[[str], Iterable[pl.DataFrame]]
"""Gives the lines of a finding, as submitted, in their order and in batches."""

CSV_ROWS = 1_000_000
"""More violations than this are written as Parquet, which a spreadsheet would not open anyway."""

FIRST = 5
"""Lines of a cause that are shown at once, on the page and on the screen."""

LISTED = 2_000
"""Lines of a cause that the page lists at most."""

PATTERNS = 20
"""Causes that one rule is split into at most; what comes after is one cause more."""

OTHER = ("", "")

_BATCH = 100_000
_HEAD = {"cause": pl.Int64, "number": pl.Int64, **VIOLATION_SCHEMA}
# What differs from line to line of one cause: words with a digit in them, and what is quoted.
_VARIES = r"[\w.:/-]*\d[\w.:/-]*|'[^']*'|\"[^\"]*\"|\bmasked\b"


@dataclass
class Group:
    """The lines of one cause: ``total`` of them, of which ``kept`` are in the complete file.

    ``wanted`` is what was wanted, with ``…`` in the place of what differs from line to line. Both
    ``field`` and ``wanted`` are empty where a rule has more causes than are told apart.
    """

    plan_id: str
    rule: str
    field: str
    wanted: str
    total: int = 0
    kept: int = 0


@dataclass
class Lines:
    """All faulty lines of a report, masked, in a Parquet file of the report's own folder.

    ``path`` holds every line that is kept, ``heads`` the first :data:`LISTED` of each cause.
    ``first`` is the first line of each finding; the counters hold the true counts, ``listed`` the
    kept lines of each table. A line of a file counts in ``by_table`` once for each fault, and in
    ``places`` once.
    """

    path: Path
    heads: Path
    groups: list[Group] = field(default_factory=list)
    first: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_table: Counter[str] = field(default_factory=Counter)
    by_finding: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Number of faults: a line with two of them counts twice."""
        return self.by_table.total()

    @property
    def kept(self) -> int:
        """Number of lines in the file; less than the total only under a limit."""
        return self.listed.total()

    @property
    def name(self) -> str:
        """Name of the file that holds every line, or every line within the limit."""
        return "violations.csv" if self.kept <= CSV_ROWS else "violations.parquet"

    def batches(
        self, table: str | None = None, finding_ids: Collection[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield all kept lines, or those of a table or findings, in bounded batches, in order."""
        lines = pl.scan_parquet(self.path)
        if table is not None:
            lines = lines.filter(pl.col("table") == table)
        if finding_ids is not None:
            lines = lines.filter(pl.col("finding_id").is_in(list(finding_ids)))
        yield from lines.collect_batches(chunk_size=_BATCH)

    def top(self, most: int) -> pl.DataFrame:
        """Return the first ``most`` lines of each cause; ``cause`` is a place in ``groups``."""
        heads = pl.scan_parquet(self.heads).filter(pl.col("number") < most)
        return heads.sort("cause", "number").collect()

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
    folder: Path, lines_of: LinesOf, findings: Sequence[Finding], mask: Mask, limit: int = 0
) -> Lines:
    """Mask the lines of ``findings`` and put them into one Parquet file, in their order.

    Parameters
    ----------
    folder
        Where the files are made.
    limit
        Lines of a cause to keep; 0 keeps all. Everything is counted all the same.
    """
    lines = Lines(folder / "lines.parquet", folder / "heads.parquet")
    causes = _Causes(lines.groups)
    places = _Places()
    with _Parts(lines.path, VIOLATION_SCHEMA) as kept, _Parts(lines.heads, _HEAD) as heads:
        for finding in findings:
            for frame in lines_of(finding.id):
                if frame.is_empty():
                    continue
                leaving = all_visible(mask.apply(frame.select(*VIOLATION_SCHEMA), finding.rule))
                lines.first.setdefault(finding.id, leaving.row(0, named=True))
                lines.by_finding[finding.id] += len(leaving)
                lines.by_table.update(_counts(leaving))
                places.mark(leaving)
                leaving = causes.number(finding, leaving, limit)
                listed = leaving.filter(pl.col("number") < min(LISTED, limit or LISTED))
                heads.write(listed.select(*_HEAD))
                if limit:
                    leaving = leaving.filter(pl.col("number") < limit)
                lines.listed.update(_counts(leaving))
                kept.write(leaving.select(*VIOLATION_SCHEMA))
    lines.places.update(places.count())
    return lines


class _Places:
    """The lines that have any fault, by table and file: one byte a line up to the last of them."""

    def __init__(self) -> None:
        self._marked: dict[tuple[str, str], NDArray[np.bool_]] = {}

    def mark(self, lines: pl.DataFrame) -> None:
        found = lines.filter(pl.col("line") > 0)
        for (table, file), part in found.group_by("table", "file"):
            at = part["line"].to_numpy()
            marked = self._marked.get((table, file), np.zeros(0, dtype=bool))
            if at.max() >= len(marked):
                # Twice as long, so that a file of many frames is not copied for each.
                marked = np.append(marked, np.zeros(at.max() * 2 + 1 - len(marked), dtype=bool))
            marked[at] = True
            self._marked[table, file] = marked

    def count(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for (table, _), marked in self._marked.items():
            counted[table] += int(marked.sum())
        return counted


class _Causes:
    """Tells lines apart by cause, and numbers them within it."""

    def __init__(self, groups: list[Group]) -> None:
        self.groups = groups
        self._places: dict[tuple[str, str], dict[tuple[str, str], int]] = {}

    def number(self, finding: Finding, lines: pl.DataFrame, limit: int) -> pl.DataFrame:
        """Add ``cause``, the place of the group, and ``number``, the place within it from 0."""
        told = lines.with_columns(_wanted=patterns(lines["expected"]))
        expected = pl.col("expected")
        found = told.group_by("field", "_wanted", maintain_order=True)
        pairs = found.agg(expected.first(), expected.n_unique().alias("n"), pl.len()).rows()
        places = [self._place(finding, pair[:2], pair[2]) for pair in pairs]
        numbered = pl.DataFrame(
            {
                "field": [pair[0] for pair in pairs],
                "_wanted": [pair[1] for pair in pairs],
                "cause": places,
                "_before": [self.groups[place].total for place in places],
            },
            schema_overrides={"cause": pl.Int64, "_before": pl.Int64},
        )
        for place, (_, wanted, first, different, count) in zip(places, pairs, strict=True):
            group = self.groups[place]
            if group.wanted and (different > 1 or first != group.wanted):
                group.wanted = wanted
            group.total += count
            group.kept = min(group.total, limit) if limit else group.total
        told = told.join(numbered, on=["field", "_wanted"], maintain_order="left")
        return told.with_columns(
            number=pl.col("_before") + pl.int_range(pl.len(), dtype=pl.Int64).over("cause")
        )

    def _place(self, finding: Finding, pair: tuple[str, str], expected: str) -> int:
        known = self._places.setdefault((finding.plan_id, finding.rule), {})
        if pair not in known and len(known) >= PATTERNS:
            pair, expected = OTHER, ""
        if pair not in known:
            known[pair] = len(self.groups)
            self.groups.append(Group(finding.plan_id, finding.rule, pair[0], expected))
        return known[pair]


class _Parts:
    """A Parquet file that is written frame by frame, in row groups of a fair size."""

    def __init__(self, path: Path, schema: Mapping[str, Any]) -> None:
        self._schema = pa.schema(
            [
                (name, pa.int64() if kind == pl.Int64 else pa.string())
                for name, kind in schema.items()
            ]
        )
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        if len(frame):
            self._waiting.append(frame)
        if sum(map(len, self._waiting)) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            whole = pl.concat(self._waiting).to_arrow().cast(self._schema)
            self._writer.write_table(whole)
            self._waiting.clear()

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()


def patterns(expected: pl.Series) -> pl.Series:
    """Return what was wanted of each line with ``…`` for what differs from line to line."""
    known = expected.unique()
    return expected.replace_strict(
        known, known.str.replace_all(_VARIES, "…"), return_dtype=pl.String
    )


def _counts(frame: pl.DataFrame) -> dict[str, int]:
    return dict(frame["table"].value_counts().rows())
