"""Real files, damaged in every way we could think of, taken in and shaped in this process.

A damage is a way and a seed, so that hypothesis can draw some, and say which few are enough.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import monitor.shape
from monitor.intake import Received, Unreadable, receive
from monitor.shape import Shaped, shape
from monitor.typed import Typed
from rules.tables import TABLES, TableShape

PLANNED = {
    # Without the shared data.
    "demo CSV, bytes": 1_100,
    "demo CSV, columns and cells": 500,
    "demo Parquet, bytes": 250,
    "demo Parquet, columns and types": 250,
    "X12 of the benchmark": 350,
    "HSD layouts": 200,
    "providers.json": 400,
    "NPPES monthly file": 300,
    "NPPES zip": 100,
    "submission.yaml": 350,
    "zip of a submission": 300,
    "demo through the command": 40,
    # With it.
    "X12 samples": 450,
    "X12 samples, gzip": 150,
    "tuva claims through their layouts": 250,
    "synthea tables": 250,
}
"""Mutations by the test that makes them: each test asserts that it made as many."""

MANIFEST = {
    "plan_id": "ANCHOR",
    "contract_id": "demo-imc",
    "period": "2026Q1",
    "submitted_on": "2026-04-20",
    "certification": {"name": "A. Officer", "title": "CFO", "certified_on": "2026-04-20"},
}
PIECES = (
    *(b"\0", b"\xff", b"\xe9", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xf4\x90"),
    *(b'"', b'""', b'"""', b"'", b",", b",,,,", b";", b"\t", b"|", b'",', b',"', b'\n"', b'"\n'),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\x1a", b"\x0b", b"\x1c", b"\x85", b"\xe2\x80\xa8"),
    *(b"=1+1", b"-0", b"1e999", b"NaN", b"9" * 400, b"0" * 30, b"x" * 70_000, b"\xcc\x81" * 50),
    *(b"9999-12-31", b"0000-00-00", b"2026-02-30", b"2026-13", b"-0001-01-01", b"{", b"[", b"}"),
    *(b"~", b"*", b":", b"^", b"ISA*", b"IEA*1*1~", b"SE*1*1~", b"LX*1~", b"CLM*X~", b"HL*9*9*22~"),
)
DELIMITERS = (b",", b";", b"\t", b"|", b'"', b"'", b"\n", b"\r\n", b"*", b"~", b":")


def _flip(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) or 1)
    return (
        data[:at]
        + bytes(byte ^ 1 << draw.randrange(8) for byte in data[at : at + 1])
        + (data[at + 1 :])
    )


def _put(data: bytes, draw: random.Random) -> bytes:
    at, cut = draw.randrange(len(data) + 1), draw.choice((0, 0, 1, 3, 20))
    return data[:at] + draw.choice(PIECES) + data[at + cut :]


def _noise(data: bytes, draw: random.Random) -> bytes:
    at, size = draw.randrange(len(data) + 1), draw.choice((1, 2, 8, 100))
    return data[:at] + draw.randbytes(size) + data[at + draw.choice((0, size)) :]


def _delete(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + data[at + draw.choice((1, 1, 2, 9, 60, 500)) :]


def _truncate(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] if draw.random() < 0.8 else data[at:]


def _repeat(data: bytes, draw: random.Random) -> bytes:
    at, size = draw.randrange(len(data) + 1), draw.choice((1, 30, 300, len(data)))
    return data[: at + size] + data[at : at + size] * draw.choice((1, 1, 3)) + data[at + size :]


def _swap(data: bytes, draw: random.Random) -> bytes:
    a, b, c = sorted(draw.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _exchange(data: bytes, draw: random.Random) -> bytes:
    old, new = draw.choice(DELIMITERS), draw.choice(DELIMITERS)
    return data.replace(old, new, draw.choice((1, 5, -1)))


def _line_ends(data: bytes, draw: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(
        b"\n", draw.choice((b"\r", b"\r\n", b"\n\n", b"\r\r\n", b"\n\r"))
    )


def _recode(data: bytes, draw: random.Random) -> bytes:
    text = data.decode("latin-1")
    return text.encode(
        draw.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037")), "ignore"
    )


def _lines(data: bytes, draw: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at = draw.randrange(len(lines))
    match draw.randrange(4):
        case 0:
            lines.insert(draw.randrange(len(lines) + 1), lines[at])
        case 1:
            del lines[at]
        case 2:
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at : at + 1] = []
            lines.insert(0, b"\xef\xbb\xbf" if draw.random() < 0.5 else b"\n")
    return b"".join(lines)


WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    way.__name__.strip("_"): way
    for way in (
        *(_flip, _put, _noise, _delete, _truncate, _repeat, _swap, _exchange, _line_ends),
        *(_recode, _lines),
    )
}
DAMAGES = st.lists(
    st.tuples(
        # Those that leave most of the file whole are drawn more often.
        st.sampled_from([*WAYS, "flip", "put", "put", "put", "delete", "lines", "noise"]),
        st.integers(0, 2**32 - 1),
    ),
    min_size=1,
    max_size=4,
)


@dataclass(frozen=True)
class Told:
    """What came of a damaged submission, as it lies on disk: nothing where it was refused."""

    refused: str = ""
    received: Received | None = None
    shaped: Shaped | None = None
    staged: Mapping[tuple[str, str], list[int]] = field(default_factory=dict)
    kept: Mapping[tuple[str, str], list[int]] = field(default_factory=dict)
    faults: tuple[tuple[str, str, int], ...] = ()

    def lines(self, table: str, file: str) -> list[int]:
        """Lines of a file on which a row begins, staged or quarantined, as they came."""
        return sorted(self.staged.get((table, file), []) + self.kept.get((table, file), []))

    def faults_of(self, file: str) -> set[str]:
        """Return the codes of a file's faults, without their table: ``.file.damaged``."""
        return {code[code.index(".") :] for code, where, _ in self.faults if where == file}


@pytest.fixture(scope="session")
def damaged() -> Callable[..., bytes]:
    """Apply damages to bytes."""

    def apply(data: bytes, damages: list[tuple[str, int]]) -> bytes:
        for way, seed in damages:
            data = WAYS[way](data, random.Random(seed))
        return data

    return apply


@pytest.fixture
def property_of() -> Iterator[Callable[..., None]]:
    """Hold a property for as many mutations as are planned under a name, ``each`` at a time."""
    asked: list[tuple[str, int]] = []

    def hold(
        name: str, body: Callable[..., None], each: int = 1, **drawn: st.SearchStrategy[object]
    ) -> None:
        counted = Counter[str]()

        @settings(
            max_examples=-(-PLANNED[name] // each),
            derandomize=True,
            database=None,
            deadline=None,
            # Making a failing example smaller takes minutes, and it is small.
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(**drawn)
        def holds(**example: object) -> None:
            counted[name] += each
            body(**example)

        holds()
        asked.append((name, counted[name]))

    yield hold
    for name, made in asked:
        assert made >= PLANNED[name], (name, made)


@pytest.fixture(scope="session")
def damages() -> st.SearchStrategy[list[tuple[str, int]]]:
    return DAMAGES


@pytest.fixture(scope="session")
def every_line_counts() -> Callable[..., None]:
    return _every_line_counts


@pytest.fixture(scope="session")
def planned() -> Mapping[str, int]:
    return PLANNED


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the tables of an ordinary demo plan by name: the header and at most 12 rows."""
    from monitor.demo import make_state

    folder = make_state("TN", 400, 15, 7, tmp_path_factory.mktemp("tiny")) / "STEADY"
    return {
        path.stem: b"".join(path.read_bytes().splitlines(keepends=True)[:13])
        for path in sorted(folder.glob("*.csv"))
    }


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Told]:
    """Take in files and look at what lies on disk; whatever is said here holds for all of them."""
    runs = iter(range(1_000_000))

    def run(
        files: Mapping[str, bytes],
        tables: Mapping[str, object] | None = None,
        manifest: bytes | None = None,
        packed: bytes | None = None,
        layouts: object = None,
    ) -> Told:
        number = next(runs)
        folder = tmp_path / f"{number}"
        source = folder / ("given.zip" if packed is not None else "given")
        source.mkdir(parents=True) if packed is None else folder.mkdir()
        if packed is not None:
            source.write_bytes(packed)
        else:
            text = yaml.safe_dump({**MANIFEST, "tables": tables}).encode() if tables else manifest
            for name, data in {**files, **({"submission.yaml": text} if text else {})}.items():
                (source / name).write_bytes(data)
        try:
            return _told(source, folder / "work", layouts, number)
        finally:
            shutil.rmtree(folder)

    return run


def _told(source: Path, work: Path, layouts: object, number: int) -> Told:
    try:
        received = receive(source, work, layouts)
    except Unreadable as error:
        assert "\n" not in str(error) and str(error).isprintable(), error
        return Told(refused=str(error))
    checker = _with_pandera if number % 25 == 0 else _ran
    with mock.patch.object(monitor.shape, "_failed", checker):
        shaped = shape(received, work / "shaped")
    staged = _on_disk({table: shaped.staged.get(table) for table in TABLES})
    kept = _on_disk({table: shaped.quarantine.get(table) for table in TABLES})
    faults = []
    for measure in shaped.measures:
        if measure.value:
            found = measure.violations.collect()
            assert found.height == measure.value == measure.numerator, measure.rule
            faults += [(measure.rule, *at) for at in found.select("file", "line").iter_rows()]
    _holds(received, shaped, staged, kept, tuple(faults))
    return Told("", received, shaped, staged, kept, tuple(faults))


def _holds(
    received: Received,
    shaped: Shaped,
    staged: Mapping[tuple[str, str], list[int]],
    kept: Mapping[tuple[str, str], list[int]],
    faults: tuple[tuple[str, str, int], ...],
) -> None:
    """Hold that rows in are rows staged and rows quarantined, and that every fault has a place."""
    files = {file.name for files in received.tables.values() for file in files}
    for (table, file), count in shaped.files.items():
        there = len(staged.get((table, file), [])), len(kept.get((table, file), []))
        assert (count.staged, count.quarantined) == there, (table, file)
        assert count.rows == count.staged + count.quarantined, (table, file)
    assert {file for _, file in (*staged, *kept)} <= files
    assert sum(count.rows for count in shaped.counts.values()) == sum(
        map(len, (*staged.values(), *kept.values()))
    )
    codes = {code for code, _, _ in faults}
    for table, folder in shaped.quarantine.items():
        reasons = pl.read_parquet(folder / "*.parquet")["_reasons"]
        assert set(";".join(reasons).split(";")) <= codes, table
    for code, file, line in faults:
        assert line >= 0 and (file or code.startswith("submission.")), (code, file, line)
    for table in shaped.unreadable:
        assert any(code.startswith(f"{table}.") for code in codes), table


def _on_disk(folders: Mapping[str, Path | None]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for table, folder in folders.items():
        if folder:
            rows = pl.read_parquet(folder / "*.parquet", columns=["_file", "_line"])
            for (file,), part in rows.group_by("_file"):
                found[table, str(file)] = part["_line"].to_list()
    return found


def _every_line_counts(data: bytes, lines: list[int], faults: set[str]) -> None:
    """A line that is not blank is the header, or begins a row, or goes on with a quoted field."""
    assert len(lines) == len(set(lines))
    if {".file.damaged", ".file.empty"} & faults:
        assert lines == []
        return
    physical = data.split(b"\n")
    filled = [n for n, line in enumerate(physical, start=1) if line not in (b"", b"\r")]
    if data.startswith(b"\xef\xbb\xbf") and physical[0] in (b"\xef\xbb\xbf", b"\xef\xbb\xbf\r"):
        filled.remove(1)
    starts = [filled[0], *lines]
    assert set(lines) <= set(filled[1:])
    for number in set(filled) - set(starts):
        begin = max(start for start in starts if start < number)
        before = b"\n".join(physical[begin - 1 : number - 1])
        assert before.count(b'"') % 2, (number, begin)


def _ran(shape: TableShape, present: Collection[str], checked: Typed) -> dict[str, pl.Series]:
    """Return what :func:`monitor.shape._failed` does, from the edits' own expressions at once.

    Pandera takes a millisecond a check: every 25th submission alone goes through it, and is held
    against this.
    """
    edits = shape.edits_for(set(present) & set(shape.by_name))
    ok = checked.frame.select(edit.ok.fill_null(True).alias(code) for code, edit in edits.items())
    return {code: ok[code] for code in edits if not ok[code].all()}


_PANDERA = monitor.shape._failed


def _with_pandera(
    shape: TableShape, present: Collection[str], checked: Typed
) -> dict[str, pl.Series]:
    found, wanted = _PANDERA(shape, present, checked), _ran(shape, present, checked)
    assert {code: ok.to_list() for code, ok in found.items()} == {
        code: ok.to_list() for code, ok in wanted.items()
    }
    return found
