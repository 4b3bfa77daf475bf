"""A submission in another layout, taken in and shaped; and the command, run in this process."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
import yaml

from monitor.intake import receive
from monitor.shape import shape
from tests.command import run

HEAD = {
    "plan_id": "ANCHOR",
    "contract_id": "federal-438",
    "period": "2026Q1",
    "submitted_on": "2026-04-20",
    "certification": {"name": "A. Officer", "title": "CFO", "certified_on": "2026-04-20"},
}


class Taken:
    """What came of a submission, as flat tuples."""

    def __init__(self, received, shaped):
        self.received, self.shaped = received, shaped

    def faults(self, *left_out):
        """Return code, file, line, field and value of every fault, but those of some codes."""
        found = []
        for measure in self.shaped.measures:
            if measure.value and not measure.rule.endswith(left_out or ("\0",)):
                rows = measure.violations.collect().select("file", "line", "field", "value")
                found += [(measure.rule, *row) for row in rows.iter_rows()]
        return found

    def staged(self, table, *columns):
        return pl.read_parquet(self.shaped.staged[table] / "*.parquet").select(*columns).rows()

    def quarantined(self, table):
        kept = pl.read_parquet(self.shaped.quarantine[table] / "*.parquet")
        return kept.select("_line", "_reasons").rows()

    def count(self, table):
        count = self.shaped.counts[table]
        return count.rows, count.staged, count.quarantined


@pytest.fixture
def write(tmp_path):
    """Write a submission: files by name (text, bytes, or rows), and what the manifest says."""

    def make(files, tables, name="anchor"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file, content in files.items():
            if isinstance(content, list):
                text = io.StringIO()
                csv.writer(text).writerows(content)
                content = text.getvalue()
            data = content if isinstance(content, bytes) else content.encode()
            (folder / file).write_bytes(data)
        (folder / "submission.yaml").write_text(yaml.safe_dump({**HEAD, "tables": tables}))
        return folder

    return make


@pytest.fixture
def take(write, tmp_path):
    """Return what comes of a submission that is written, received and shaped."""

    def run(files, tables, layouts=None) -> Taken:
        received = receive(write(files, tables), tmp_path / "received", layouts)
        return Taken(received, shape(received, tmp_path / "shaped"))

    return run


@pytest.fixture
def carvein(tmp_path, monkeypatch):
    """Run the command in this process; a fault of ours is raised."""
    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture
def layout_folder():
    """Return the folder of the documented example layouts."""
    return Path(__file__).parents[3] / "docs" / "examples" / "tuva" / "layouts"
