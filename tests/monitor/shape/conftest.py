"""A submission made of a few lines of text, taken in and shaped."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from monitor.intake import Received, receive
from monitor.shape import Shaped, shape
from rules.tables import TABLES

SOUND = Path(__file__).parents[2] / "rules" / "sound.yaml"

MANIFEST = {
    "plan_id": "ANCHOR",
    "contract_id": "demo-imc",
    "period": "2026Q1",
    "submitted_on": "2026-04-20",
}


@dataclass(frozen=True)
class Taken:
    """What came of a submission: its faults as flat tuples, its rows as frames."""

    received: Received
    shaped: Shaped

    def faults(self) -> list[tuple[str, int, str, str]]:
        """Code, line, field and value of every faulty line, in the order of checks and lines."""
        found = []
        for measure in self.shaped.measures:
            if measure.value:
                frame = measure.violations.collect()
                assert frame.height == measure.value == measure.numerator
                rows = frame.select("line", "field", "value").iter_rows()
                found += [(measure.rule, *row) for row in rows]
        return found

    def codes(self) -> dict[str, float]:
        """Number of faulty rows by code, for the checks that found any."""
        return {m.rule: m.value for m in self.shaped.measures if m.value}

    def staged(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(sorted(self.shaped.staged[table].glob("*.parquet")))

    def quarantined(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(sorted(self.shaped.quarantine[table].glob("*.parquet")))

    def count(self, table: str) -> tuple[int, int, int]:
        count = self.shaped.counts[table]
        return count.rows, count.staged, count.quarantined


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Taken]:
    """Take in files by name, with a manifest that names them (or the one given)."""
    runs = iter(range(1_000_000))

    def run(files: Mapping[str, str | bytes], manifest: Any = None) -> Taken:
        folder = tmp_path / f"{next(runs)}"
        folder.mkdir()
        named = {Path(name).stem: {"file": name} for name in files}
        text = manifest or yaml.safe_dump({**MANIFEST, "tables": named})
        (folder / "submission.yaml").write_text(text)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
        work = tmp_path / f"work{folder.name}"
        received = receive(folder, work)
        shaped = shape(received, work / "shaped")
        for count in (*shaped.counts.values(), *shaped.files.values()):
            assert count.rows == count.staged + count.quarantined
        return Taken(received, shaped)

    return run


@pytest.fixture(scope="session")
def good_rows() -> dict[str, dict[str, str]]:
    """One row a table that no edit finds fault with, as text (tests/rules/sound.yaml)."""
    told = yaml.load(SOUND.read_text(), Loader=yaml.BaseLoader)
    return {
        table: {name: "" if text == "null" else text for name, text in row.items()}
        for table, row in told.items()
    }


@pytest.fixture(scope="session")
def as_csv(good_rows: dict[str, dict[str, str]]) -> Callable[..., str]:
    """Write rows as CSV: each is the table's good row with changes."""

    def write(table: str, changes: list[Mapping[str, str]]) -> str:
        names = [column.name for column in TABLES[table].columns]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        for change in changes:
            row = {**good_rows[table], **change}
            writer.writerow(row.get(name, "") for name in names)
        return text.getvalue()

    return write
