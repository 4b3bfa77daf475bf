"""A few hundred damaged files: no exception, no row lost, no line number twice or out of order."""

from __future__ import annotations

import io
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pyx12.errors import X12Error
from pyx12.rawx12file import RawX12File

from monitor.faults import violations_of
from monitor.x12.opening import latest_day, open_x12
from monitor.x12.reader import read_x12
from rules.tables.x12 import UNITS, X12_CHECKS

PIECES = (
    *(
        "~",
        "*",
        ":",
        "~~",
        "\n",
        "\0",
        "ISA",
        "ISA*",
        "IEA*1*000000001~",
        "ST*837*0001~",
        "SE*2*1~",
    ),
    *("LX*1~", "CLM*X~", "HL*9*9*22*0~", "HL*1**20*1~", "SV1~", "SVD*ANCHOR~", "CAS*~", "HI*~"),
    *("NM1*IL~", "SBR~", "GE*1*1~", "GS*HC~", "é", "\xff", "", "0", "-1", "1e9", "x" * 9000),
)


def mutated(text: str, draw: random.Random) -> str:
    for _ in range(draw.randrange(1, 5)):
        at = draw.randrange(len(text) + 1)
        cut = draw.choice((0, 0, 1, 2, 7, 40, 400))
        text = text[:at] + draw.choice(PIECES) + text[at + cut :]
    return text if draw.random() < 0.9 else text[: draw.randrange(len(text) + 1)]


def rows_of(path: Path) -> tuple[list[int], list[int], list[str]]:
    """The segments of the rows, those of the quarantined ones, and the codes of the faults."""
    header = open_x12(path, path.name, ("encounter_id",))
    faults = list(header.faults)
    rows: list[int] = []
    kept: list[int] = []
    if header.usable:
        for batch in read_x12(path, path.name, header, date(2026, 4, 20), Counter()):
            rows += batch.rows["_line"].to_list()
            kept += batch.damaged["_line"].to_list()
            assert not batch.damaged["_reasons"].is_null().any()
            faults += batch.faults
    assert violations_of(faults).height == len(faults)
    latest_day(path)
    return rows, kept, [fault.code for fault in faults]


def test_whatever_is_changed_nothing_breaks_and_nothing_is_lost(made, tmp_path: Path) -> None:
    draw = random.Random(12)
    second = made.good.replace("000000001", "000000002").replace("CLM*C1", "CLM*C2")
    whole = made.good + second
    path = tmp_path / "encounters.837"
    quiet = 0
    for _ in range(500):
        text = mutated(whole, draw)
        path.write_bytes(text.encode("latin-1"))
        rows, kept, codes = rows_of(path)
        assert rows == sorted(set(rows))
        assert not set(rows) & set(kept)
        quiet += not codes
        # What is not read as before is told.
        assert codes or len(rows) == 4
        if text[:106] == whole[:106]:
            _numbers_are_pyx12s(text, rows)
    assert quiet < 100


def _numbers_are_pyx12s(text: str, rows: list[int]) -> None:
    """Check the first rows' numbers against pyx12's own count, up to where pyx12 stops."""
    try:
        segments = list(RawX12File(io.StringIO(text)))
    except X12Error:
        return
    if any("ISA" in one for one in segments[1:]) or any(len(one) > 8192 for one in segments):
        return
    for at in rows:
        if at <= len(segments):
            assert segments[at - 1].lstrip(" \t\r\n").startswith("LX*")


@pytest.mark.parametrize("seed", range(4))
def test_through_the_shape_step_too(read, made, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(8):
        taken = read(mutated(made.good, draw).encode("latin-1"))
        rows, staged, kept = taken.count
        assert rows == staged + kept


@pytest.mark.shared
def test_real_samples_damaged(shared: Path, tmp_path: Path) -> None:
    draw = random.Random(22)
    path = tmp_path / "encounters.837"
    samples = sorted((shared / "data/x12/linuxforhealth").glob("837_005010*/*"))
    for sample in samples * 6:
        path.write_bytes(mutated(sample.read_text(), draw).encode("latin-1"))
        rows, kept, _ = rows_of(path)
        assert rows == sorted(set(rows))
        assert not set(rows) & set(kept)


def test_every_check_says_what_it_counts() -> None:
    assert {check.unit for check in X12_CHECKS.values()} == set(UNITS)
    assert all(code.startswith("encounters.x12.") for code in X12_CHECKS)
