"""Staged encounter lines as one file, each with its domain and the step that told it.

A line is a fact about a member, so what leaves is held to more than a report is. Private columns,
and those that the interface does not name, are ``masked`` unless ``show_phi``; what tells of a
member's care is shown only with the basis of 42 CFR Part 2 besides. Lines for a substance use
disorder leave only with that basis: without it they are held back, and the note beside the file
counts them, so that what is there and what is not make up what was staged.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.engine import AMPLE, Engine, in_batches
from monitor.export.cells import all_safe, all_visible, safe
from monitor.export.mask import ExportError, Mask, is_private, tells_no_care
from monitor.export.picture import MASKED
from rules.domain import ADDED, KEPT, with_domain
from rules.domain_definition import HIERARCHY

SUFFIXES = (".csv", ".parquet")

TABLE = "encounters"
HELD_BACK = "SUD"
"""The domain whose lines leave only with a basis in 42 CFR Part 2."""

_PLACE = {"_plan": "plan_id", "_file": "file", "_line": "line"}
_AT_ONCE = 500_000
_BATCH = 100_000


def export_encounters(
    folder: Path,
    to: Path,
    *,
    review_id: str,
    plan: str = "",
    mask: Mask | None = None,
    bh_definition: str = HIERARCHY,
) -> dict[str, Any]:
    """Write the staged encounters of a review, by plan, file and line; return the note on it.

    Parameters
    ----------
    folder
        The kept folder of the review.
    to
        A ``.csv`` or ``.parquet`` file, mode 0600; an earlier one is replaced. The note goes
        beside it, under the same name and ``.json``.
    plan
        Only the lines of this plan.
    bh_definition
        What behavioral health is, as the pack of the review had it.

    Raises
    ------
    ExportError
        On another suffix, when no encounters are staged, or when the file cannot be written.
    """
    mask = mask or Mask()
    if to.suffix.lower() not in SUFFIXES:
        raise ExportError(f"{to}: wanted a file name that ends in .csv or .parquet")
    if to.is_dir():
        raise ExportError(f"{to}: is a folder, wanted a file name")
    plans = [one for one in sorted((folder / "plans").glob("*")) if _staged(one).is_dir()]
    names = _columns(plans)
    counted: Counter[str] = Counter()
    try:
        with tempfile.TemporaryDirectory(dir=to.parent) as made:
            draft, told = Path(made) / f"draft{to.suffix.lower()}", Path(made) / "note.json"
            with _Table(draft, names) as file:
                for one in plans:
                    for frame in _lines_of(one, plan, names, bh_definition):
                        counted.update(dict(frame["domain"].value_counts().rows()))
                        file.write(leaving(frame, mask))
            if not counted:
                whose = f" of plan {plan}" if plan else ""
                raise ExportError(f"review {review_id} has no staged encounters{whose}")
            note = _note(review_id, to, counted, _set_aside(plans, plan), mask)
            note["bh_definition"] = bh_definition
            told.write_text(json.dumps(note, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            for path, target in ((draft, to), (told, to.with_name(f"{to.name}.json"))):
                path.chmod(0o600)
                path.replace(target)
    except OSError as error:
        raise ExportError(f"{to}: cannot be written: {error.strerror or error}") from error
    return note


def leaving(frame: pl.DataFrame, mask: Mask) -> pl.DataFrame:
    """Return lines as they may leave: those that may, with what may be seen of them."""
    basis = bool(mask.part2_basis.strip())
    if not basis:
        frame = frame.filter(pl.col("domain") != HELD_BACK)
    if mask.show_phi and basis:
        return all_visible(frame)
    hidden = [
        name
        for name in frame.columns
        if name not in (*_PLACE.values(), *ADDED)
        and (not tells_no_care(TABLE, name) if mask.show_phi else is_private(TABLE, name))
    ]
    return all_visible(
        frame.with_columns(
            pl.when(pl.col(name) == "").then(pl.lit("")).otherwise(pl.lit(MASKED)).alias(name)
            for name in hidden
        )
    )


def _staged(plan_folder: Path, table: str = TABLE) -> Path:
    return plan_folder / "staged" / table


def _columns(plans: Sequence[Path]) -> list[str]:
    """Return the columns of the file: place, what was sent (of all plans), what was told."""
    sent: dict[str, None] = {}
    for one in plans:
        schema = pl.scan_parquet(sorted(_staged(one).glob("*.parquet"))).collect_schema()
        own = (*_PLACE, *KEPT.values())
        sent |= dict.fromkeys(_name(name) for name in schema.names() if name not in own)
    return [*_PLACE.values(), *sent, *ADDED]


def _name(sent: str) -> str:
    """Return the name of a column that was sent; ours are not taken for the plan's own."""
    return f"sent_{sent}" if sent in (*_PLACE.values(), *ADDED) else sent


def _lines_of(
    plan_folder: Path, plan: str, names: Sequence[str], bh_definition: str
) -> Iterator[pl.DataFrame]:
    """Yield one plan's lines with their domain, by file and line, all columns as text."""
    with Engine(plan_folder, AMPLE) as engine:
        lines = engine.table(_staged(plan_folder))
        providers = _staged(plan_folder, "providers")
        listed = engine.table(providers) if providers.is_dir() else None
        own = {_name(name): name for name in lines.columns if _name(name) != name}
        lines = lines.rename(own)
        if plan:
            lines = lines.filter(lines["_plan"] == plan)
        files = lines.group_by("_file").agg(last=lines["_line"].max()).order_by("_file")
        for file, last in files.to_polars().iter_rows():
            # A stretch of lines at a time: what the engine sorts and holds stays bounded.
            for first in range(0, last + 1, _AT_ONCE):
                inside = lines["_line"].between(first, first + _AT_ONCE - 1)
                some = lines.filter((lines["_file"] == file) & inside)
                told = with_domain(some, listed, bh_definition).order_by("_line")
                for batch in in_batches(told, _BATCH):
                    yield _text(pl.DataFrame(pl.from_arrow(batch)), names)


def _text(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return lines under the columns of the file; a value that is missing is empty."""
    frame = frame.rename(_PLACE)
    absent = [pl.lit("").alias(name) for name in names if name not in frame.columns]
    given = [
        pl.col(name).cast(pl.Int64 if name == "line" else pl.String)
        for name in names
        if name in frame.columns
    ]
    return (
        frame.select(*given, *absent).select(*names).with_columns(pl.col(pl.String).fill_null(""))
    )


def _set_aside(plans: Sequence[Path], plan: str) -> int:
    """Return how many encounter rows lie in quarantine, of all plans of the review."""
    kept = [one / "quarantine" / TABLE for one in plans if not plan or _plan_of(one) == plan]
    parts = [part for one in kept for part in sorted(one.glob("*.parquet"))]
    return int(pl.scan_parquet(parts).select(pl.len()).collect().item()) if parts else 0


def _plan_of(plan_folder: Path) -> str:
    parts = sorted(_staged(plan_folder).glob("*.parquet"))
    first = pl.scan_parquet(parts).select("_plan").head(1).collect()
    return str(first.item()) if len(first) else ""


def _note(
    review_id: str, to: Path, counted: Counter[str], set_aside: int, mask: Mask
) -> dict[str, Any]:
    held = 0 if mask.part2_basis.strip() else counted[HELD_BACK]
    withheld = (
        f"{held} lines for a substance use disorder are held back: they leave only with "
        "--part2-basis TEXT (42 CFR Part 2)."
    )
    return {
        "file": to.name,
        "review_id": review_id,
        "staged": counted.total(),
        "written": counted.total() - held,
        "held_back": held,
        "quarantined": set_aside,
        "domains": dict(sorted(counted.items())),
        "part2_basis": mask.part2_basis.strip(),
        "notice": f"{mask.notice} {withheld}" if held else mask.notice,
    }


class _Table:
    """A CSV or Parquet file that lines are added to, batch by batch."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._parquet = path.suffix == ".parquet"
        if self._parquet:
            kinds = [(name, pa.int64() if name == "line" else pa.string()) for name in names]
            self._schema = pa.schema(kinds)
            self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        else:
            self._file = path.open("wb")
            # A column of the plan's own may be named like a formula.
            pl.DataFrame(schema=dict.fromkeys(map(safe, names), pl.String)).write_csv(self._file)

    def write(self, frame: pl.DataFrame) -> None:
        if self._parquet:
            self._writer.write_table(frame.to_arrow().cast(self._schema))
        else:
            all_safe(frame).write_csv(self._file, include_header=False)

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_: object) -> None:
        (self._writer if self._parquet else self._file).close()
