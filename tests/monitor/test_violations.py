"""Faulty lines by finding: none lost, one order, whatever they come as."""

import random
from pathlib import Path

import ibis
import polars as pl
import pytest

from monitor import violations
from monitor.store import VIOLATION_SCHEMA
from monitor.violations import ViolationFolder, is_in_order
from rules.model import VIOLATION_COLUMNS


def lines(rows):
    """Return a frame of (file, line, field)."""
    return pl.DataFrame(
        [("members", file, line, f"K{line}", field, "v", "w") for file, line, field in rows],
        schema={name: VIOLATION_SCHEMA[name] for name in VIOLATION_COLUMNS},
        orient="row",
    )


@pytest.fixture
def shuffled():
    rows = [(file, line, field) for file in "ba" for line in range(2, 60) for field in ("y", "x")]
    random.Random(3).shuffle(rows)
    return rows


def read(folder, finding_id="f"):
    return [row[2:4] + row[5:6] for frame in folder.of(finding_id) for row in frame.rows()]


@pytest.mark.parametrize("kind", ["frame", "lazy", "ibis", "two parts"])
@pytest.mark.parametrize("in_memory", [True, False])
def test_lines_come_back_in_one_order(kind, in_memory, shuffled, tmp_path, monkeypatch):
    if not in_memory:
        monkeypatch.setattr(violations, "SORTED_IN_MEMORY", 10)
    monkeypatch.setattr(violations, "BATCH", 50)
    kept = ViolationFolder(tmp_path / "v")
    frame = lines(shuffled)
    if kind == "frame":
        counted = kept.add("f", frame)
    elif kind == "lazy":
        frame.write_parquet(tmp_path / "lazy.parquet")
        counted = kept.add("f", pl.scan_parquet(tmp_path / "lazy.parquet"))
    elif kind == "ibis":
        counted = kept.add("f", ibis.memtable(frame))
    else:
        counted = kept.add("f", frame.head(70)) + kept.add("f", frame.slice(70))
    assert counted == len(shuffled)
    assert read(kept) == sorted(shuffled)
    assert max(len(part) for part in kept.of("f")) <= 50
    assert {one for part in kept.frames() for one in part["finding_id"]} == {"f"}
    assert (tmp_path / "v").stat().st_mode & 0o077 == 0 if (tmp_path / "v").exists() else True


def test_frames_that_name_their_findings_are_kept_by_finding(tmp_path):
    kept = ViolationFolder(tmp_path / "v")
    frame = lines([("a", n, "x") for n in range(6)])
    names = pl.Series("finding_id", ["p", "q", "p", "q", "q", "p"])
    assert kept.keep(frame.with_columns(names)) == 6
    assert [row[1] for row in read(kept, "p")] == [0, 2, 5]
    assert [row[1] for row in read(kept, "q")] == [1, 3, 4]
    assert [frame.columns for frame in kept.frames()] == [list(VIOLATION_SCHEMA)] * 2


def test_nothing_is_kept_of_nothing(tmp_path):
    kept = ViolationFolder(tmp_path / "v")
    assert [
        kept.add("f", None),
        kept.add("f", lines([])),
        kept.keep(lines([]).with_columns(finding_id=pl.lit("f"))),
    ] == [0, 0, 0]
    assert list(kept.frames()) == list(kept.of("unheard of")) == []


@pytest.mark.parametrize(
    ("rows", "in_order"),
    [
        ([("a", 2, "x"), ("a", 2, "y"), ("a", 3, "x"), ("b", 2, "x")], True),
        ([("a", 3, "x"), ("a", 2, "x")], False),
        ([("a", 2, "y"), ("a", 2, "x")], False),
        ([("b", 2, "x"), ("a", 3, "x")], False),
        ([("a", 2, "x"), ("a", 2, "x")], False),
        ([("a", None, "x"), ("a", 2, "x")], False),
        ([("a", 2, "x")], True),
        ([], True),
    ],
)
@pytest.mark.parametrize("batch", [1, 100])
def test_order_is_seen_over_the_edges_of_batches(rows, in_order, batch, monkeypatch):
    monkeypatch.setattr(violations, "BATCH", batch)
    assert is_in_order(lines(rows).lazy()) is in_order


def test_sorting_leaves_nothing_unsorted_behind(shuffled, tmp_path, monkeypatch):
    monkeypatch.setattr(violations, "SORTED_IN_MEMORY", 10)
    kept = ViolationFolder(tmp_path / "v")
    kept.add("f", lines(shuffled))
    read(kept)
    assert not list(Path(tmp_path / "v" / "unsorted").iterdir())


def test_lines_added_since_a_mark_are_forgotten(shuffled, tmp_path):
    kept = ViolationFolder(tmp_path / "v")
    kept.add("f", lines(shuffled[:70]))
    mark = kept.mark()
    kept.add("f", lines(shuffled[70:]))
    kept.add("g", lines(shuffled))
    kept.back_to(mark)
    assert (read(kept), read(kept, "g")) == (sorted(shuffled[:70]), [])
    assert sum(len(part) for part in kept.frames()) == 70
    assert kept.add("f", lines(shuffled[70:])) == len(shuffled) - 70
    assert read(kept) == sorted(shuffled)
