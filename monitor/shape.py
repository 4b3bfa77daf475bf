"""Shape: Pandera over bounded batches of text; clean rows staged, faulty rows told and kept.

The only reader of Pandera's errors. Every row that comes in is staged or quarantined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context

from monitor.faults import VIOLATION_SCHEMA, Fault, made_visible, violations_of
from monitor.intake import Received
from monitor.manifest import NAME
from monitor.reading import Batch
from monitor.sources import Source, as_json, open_source, read_batches, text_of
from monitor.stage import Lines, Parts, stage_submission
from monitor.tally import Run, TableCount, count_what_ran, measure_of
from monitor.typed import Typed, coded, typed
from rules.domain import KEPT
from rules.domain_definition import HIERARCHY
from rules.domain_told import Teller
from rules.model import Check, Measure
from rules.tables import ENVELOPE, ENVELOPE_CHECKS, TABLES, TableShape, staged_schema
from rules.tables.column import sent
from rules.tables.few import Few
from rules.tables.shape import natural_key

__all__ = ["Shaped", "TableCount", "shape"]

Progress = Callable[[str], None]

QUARANTINE_SCHEMA: dict[str, type[pl.DataType]] = {
    "_file": pl.String,
    "_line": pl.Int64,
    "_reasons": pl.String,
    "_record": pl.String,
}
"""Columns of quarantined rows: ``;``-joined codes, and the row as sent (JSON, or the raw line)."""


@dataclass(frozen=True)
class Shaped:
    """What came of a submission's tables.

    ``staged`` and ``quarantine`` map a table to its folder of Parquet parts; a table that is
    ``unreadable`` is not in ``staged``. ``files`` counts by table and file name. ``measures`` has
    one measure for each check that ran; their violations are lazy frames over parts on disk.
    ``not_carried`` maps a table to the columns that the layouts of its files do not carry.
    """

    staged: Mapping[str, Path]
    counts: Mapping[str, TableCount]
    files: Mapping[tuple[str, str], TableCount]
    measures: tuple[Measure, ...]
    checks: Mapping[str, Check]
    unreadable: tuple[str, ...]
    quarantine: Mapping[str, Path]
    not_carried: Mapping[str, frozenset[str]] = field(default_factory=dict)


def shape(
    received: Received,
    folder: Path,
    progress: Progress | None = None,
    bh_definition: str = HIERARCHY,
) -> Shaped:
    """Check every row of every table that was received; stage those that can be used.

    Parameters
    ----------
    received
        A submission as :func:`monitor.intake.receive` gives it.
    folder
        A private folder that the staged tables, quarantined rows and faulty lines go below.
    progress
        Gets one line of text a batch.
    bh_definition
        What behavioral health is, as the pack has it.
    """
    staged = {ENVELOPE: stage_submission(received.manifest, folder / "staged")}
    envelope = Lines(folder / "violations" / ENVELOPE)
    for code in ENVELOPE_CHECKS:
        envelope.add(code, violations_of(fault for fault in received.faults if fault.code == code))
    plan_id = received.manifest.plan_id
    told = Counter(fault.code for fault in received.faults)
    measures = [
        measure_of(check, envelope, max(1.0, told[check.code]), plan_id)
        for check in ENVELOPE_CHECKS.values()
    ]
    checks = dict(ENVELOPE_CHECKS)
    done: dict[str, Run] = {}
    # Encounters come last: what they are for is told with the providers that were staged.
    for table in sorted(received.named, key=lambda table: table == "encounters"):
        run = _open_run(table, received, folder)
        if run.staged and table == "encounters":
            run.staged.schema |= dict.fromkeys(KEPT.values(), pl.String)
            run.teller = Teller(_trades(done.get("providers")), bh_definition)
        done[table] = _shape_table(run, received, progress)
    runs = [done[table] for table in received.named]
    for run in runs:
        checks |= run.shape.checks
        for code, check in run.shape.checks.items():
            if code in run.ran:
                measures.append(measure_of(check, run.lines, run.ran[code], plan_id))
        if run.staged:
            staged[run.shape.name] = run.staged.folder
    return Shaped(
        staged=staged,
        counts={run.shape.name: run.count for run in runs},
        files={(run.shape.name, name): n for run in runs for name, n in run.files.items()},
        measures=tuple(measures),
        checks=checks,
        unreadable=tuple(run.shape.name for run in runs if run.staged is None),
        quarantine={run.shape.name: run.kept.folder for run in runs if run.kept.rows},
        not_carried={run.shape.name: run.not_carried for run in runs},
    )


def _shape_table(run: Run, received: Received, say: Progress | None) -> Run:
    table = run.shape.name
    run.tell(fault for fault in received.faults if fault.table == table)
    for source in run.sources:
        run.tell(source.faults)
        run.files[source.file.name] = _shape_file(run, source, say)
    for parts in (run.staged, run.kept):
        if parts:
            parts.close()
    entry = received.manifest.tables.get(table)
    if entry and entry.rows is not None and entry.rows != run.count.rows:
        code, wanted = f"{table}.file.rows", f"{entry.rows} rows"
        run.tell([Fault(code, NAME, entry.line, "rows", f"{run.count.rows} rows", wanted)])
    count_what_ran(run)
    return run


def _trades(providers: Run | None) -> pl.DataFrame | None:
    """Return ``npi`` and ``taxonomy`` of the staged providers; None where none could be."""
    if providers is None or providers.staged is None:
        return None
    parts = pl.scan_parquet(sorted(providers.staged.folder.glob("*.parquet")))
    return parts.select("npi", "taxonomy").drop_nulls().unique().collect()


def _open_run(table: str, received: Received, folder: Path) -> Run:
    shape = TABLES[table]
    day = received.manifest.submitted_on
    sources = [open_source(shape, file, day) for file in received.tables.get(table, ())]
    run = Run(
        shape,
        received.manifest,
        sources,
        Lines(folder / "violations" / table),
        Parts(folder / "quarantine" / table, QUARANTINE_SCHEMA),
    )
    for source in sources:
        for own in source.others.values():
            run.others.setdefault(own.casefold(), own)
    if any(source.usable for source in sources):
        columns = list(staged_schema(table).items())
        at = len(shape.columns)
        unknown: list[tuple[str, type[pl.DataType]]] = [
            (name, pl.String) for name in run.others.values()
        ]
        schema = dict([*columns[:at], *unknown, *columns[at:]])
        run.staged = Parts(folder / "staged" / table, schema)
    return run


def _shape_file(run: Run, source: Source, say: Progress | None) -> TableCount:
    """Take one file's rows to where they belong and count them: none may be lost."""
    name, rows, staged, kept = source.file.name, 0, 0, run.kept.rows
    for batch in _one_ahead(read_batches(run.shape, source)):
        rows += batch.rows.height + batch.damaged.height
        if say:
            say(f"{run.shape.name}: {rows:,} rows of {name}")
        run.tell(batch.faults)
        run.kept.write(batch.damaged.with_columns(_file=pl.lit(name)))
        if batch.rows.height:
            staged += _shape_batch(run, source, batch)
    count = TableCount(rows, staged, run.kept.rows - kept)
    if count.staged + count.quarantined != rows:
        raise AssertionError(f"{name}: of {rows} rows {count} are left")
    if source.header.usable and not rows:
        code, wanted = f"{run.shape.name}.file.no_rows", "at least one row"
        alone = "no claim" if source.file.format == "x12" else "a header alone"
        run.tell([Fault(code, name, 1, "", alone, wanted)])
    return count


def _one_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield batches while the next one is read beside what is done with the last."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _shape_batch(run: Run, source: Source, batch: Batch) -> int:
    """Check the rows of a batch, stage and quarantine them; return how many were staged."""
    text = text_of(batch, source, run.others)
    if run.staged is None or source.lacking:
        reasons = pl.lit(source.why_none(run.shape.name))
        run.kept.write(_quarantined(text, source, run.others, reasons))
        return 0
    checked = typed(text, run.shape, run.manifest)
    frame = checked.frame
    present = [name for name in source.known.values() if name not in batch.unasked]
    run.asked.update(_asked(run.shape, present, frame))
    outputs = _failed(run.shape, present, checked)
    for code, ok in outputs.items():
        run.lines.add(code, _faulty_lines(run.shape, code, frame, ok, source.file.name))
    fatal = [code for code in outputs if run.shape.checks[code].fatal]
    good = frame
    if fatal:
        usable = pl.Series(pl.repeat(True, frame.height, eager=True))
        for code in fatal:
            usable &= outputs[code]
        good = frame.filter(usable)
        bad = (~usable).arg_true()
        reasons = pl.concat_str(
            [pl.when(~ok.gather(bad)).then(pl.lit(code)) for code, ok in outputs.items()],
            separator=";",
            ignore_nulls=True,
        )
        run.kept.write(_quarantined(frame[bad], source, run.others, reasons))
    run.staged.write(_staged(good, checked.few, run, source))
    return good.height


def _asked(shape: TableShape, present: Collection[str], frame: pl.DataFrame) -> dict[str, int]:
    """Return how many rows each edit has something to ask of, by its code."""
    edits = shape.edits_for(present)
    filled = {
        edit.field: frame.height - frame[f"sent:{edit.field}"].null_count()
        for edit in edits.values()
    }
    own = {code: edit.asked for code, edit in edits.items() if edit.asked is not None}
    counted = frame.select(asked.sum().alias(code) for code, asked in own.items())
    told: dict[str, int] = counted.row(0, named=True) if own else {}
    return {code: filled[edit.field] for code, edit in edits.items()} | told


def _failed(shape: TableShape, present: Collection[str], checked: Typed) -> dict[str, pl.Series]:
    """Return, for each check of the table's model that failed, which rows are right.

    Taken from the check's output, which has every row, not from Pandera's failure cases. The
    settings of the user's environment are overruled: they could turn checks off in silence.
    """
    try:
        with config_context(
            validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA
        ):
            frame, right = shape.under_check(checked.frame, present, checked.few)
            shape.model_for(present, right).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        failed: dict[str, pl.Series] = {}
        for error in errors.schema_errors:
            if not isinstance(error.check, pa.Check) or error.check_output is None:
                raise RuntimeError(f"a check could not run: {error}") from errors
            failed[str(error.check.name)] = error.check_output.to_series()
        return failed
    return {}


def _faulty_lines(
    shape: TableShape, code: str, frame: pl.DataFrame, ok: pl.Series, file: str
) -> pl.DataFrame:
    """Return one violation a row that is not right, in the order of the file."""
    edit = shape.edits[code]
    expected = edit.expected if edit.expected is not None else pl.lit(edit.wanted)
    needed = {"_line", f"sent:{edit.field}", *expected.meta.root_names()}
    needed |= {f"sent:{name}" for name in shape.key}
    bad = frame.select(sorted(needed))[(~ok).arg_true()]
    return bad.select(
        pl.lit(shape.name).alias("table"),
        pl.lit(file).alias("file"),
        pl.col("_line").alias("line"),
        natural_key(shape).alias("natural_key"),
        pl.lit(edit.field).alias("field"),
        made_visible(sent(edit.field)).alias("value"),
        expected.fill_null(edit.wanted).alias("expected"),
    ).select(*VIOLATION_SCHEMA)


def _quarantined(
    frame: pl.DataFrame, source: Source, others: Mapping[str, str], reasons: pl.Expr
) -> pl.DataFrame:
    return frame.select(
        pl.lit(source.file.name).alias("_file"),
        "_line",
        reasons.alias("_reasons"),
        as_json(source, others).alias("_record"),
    )


def _staged(good: pl.DataFrame, few: Mapping[str, Few], run: Run, source: Source) -> pl.DataFrame:
    """Return the columns of the staged table, unknown ones of other files null."""
    mine = {run.others[own.casefold()] for own in source.others.values()}
    unknown = [
        (pl.col(f"other:{name}") if name in mine else pl.lit(None, pl.String)).alias(name)
        for name in run.others.values()
    ]
    return good.select(
        *(
            coded(good, few[column.name])
            if column.name in few and column.kind.dtype is pl.String
            else column.name
            for column in run.shape.columns
        ),
        *unknown,
        pl.lit(run.manifest.plan_id).alias("_plan"),
        pl.lit(source.file.name).alias("_file"),
        "_line",
        *(run.teller.tell(good, few) if run.teller else ()),
    )
