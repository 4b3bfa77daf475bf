"""Damaged X12: of the benchmark's maker, and real samples, gzip too."""

from __future__ import annotations

import gzip
import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
LIKE_ISA = "ISA*00*"


def claims_are_accounted_for(data: bytes, lines: list[int]) -> None:
    """In text that can be cut at ~ alone, each CLM has a row between it and the next one.

    Numbers are those of the pieces between terminators, in an interchange whose ISA is whole.
    """
    text = data.decode("latin-1")
    pieces = [piece.lstrip(" \t\r\n\x1a") for piece in text.split("~")]
    named = [piece[:4] for piece in pieces]
    if (
        not text.startswith(LIKE_ISA)
        or text[105:106] != "~"
        or text.count("ISA") != 1
        or text[82:84] != "*^"
        or text[84:89] != "00501"
        or text.find("IEA") < text.rfind("CLM*")
        or max(map(len, pieces)) > 8_192
        or named[0] != "ISA*"
        or len(pieces[0]) != 105
        or pieces[0].count("*") != 16
    ):
        return
    places = [n for n, name in enumerate(named, start=1) if name == "CLM*"]
    for place, after in zip(places, [*places[1:], len(pieces) + 1], strict=True):
        assert any(place <= line < after for line in lines), (place, after, lines)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a file of a few claims as the benchmark makes them."""
    spec = importlib.util.spec_from_file_location("bench_x12", ROOT / "benchmarks" / "x12.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    path = tmp_path_factory.mktemp("x12") / "made.837"
    benchmark.write_file(path, 6)
    return path.read_bytes()


def shaped(take, files):
    got = take(files, {"encounters": {"file": list(files)}})
    assert not got.refused
    for name, data in files.items():
        rows, kept = (
            got.staged.get(("encounters", name), []),
            got.kept.get(("encounters", name), []),
        )
        assert rows == sorted(set(rows))
        assert not set(rows) & set(kept)
        if not data.startswith(b"\x1f\x8b"):
            claims_are_accounted_for(data, got.lines("encounters", name))
        # A file of which nothing can be read is told, and so is what is cut off.
        if not got.lines("encounters", name):
            assert got.faults_of(name) or not data
    return got


def test_made_claims_with_damaged_bytes(property_of, take, damaged, damages, made):
    def body(several):
        shaped(take, {f"{n}.837": damaged(made, one) for n, one in enumerate(several)})

    property_of(
        "X12 of the benchmark",
        body,
        each=5,
        several=st.lists(damages, min_size=5, max_size=5),
    )


@pytest.fixture(scope="module")
def samples(shared):
    folder = shared / "data" / "x12" / "linuxforhealth"
    read = [path.read_bytes() for path in sorted(folder.glob("837_005010*/*"))]
    other = [path.read_bytes() for path in sorted(folder.glob("*/*"))]
    return [*read, *read, *read, *other]


def several_of(damages):
    one = st.tuples(st.integers(0, 1_000_000), damages)
    return st.lists(one, min_size=5, max_size=5)


@pytest.mark.shared
def test_real_samples_with_damaged_bytes(property_of, take, damaged, damages, samples):
    def body(several):
        files = {
            f"{n}.edi": damaged(samples[which % len(samples)], one)
            for n, (which, one) in enumerate(several)
        }
        shaped(take, files)

    property_of("X12 samples", body, each=5, several=several_of(damages))


@pytest.mark.shared
def test_packed_samples_cut_off_and_damaged(property_of, take, damaged, damages, samples):
    def body(several):
        files = {}
        for n, (which, one) in enumerate(several):
            data, draw = samples[which % len(samples)], random.Random(which)
            packed = gzip.compress(data, mtime=0)
            match draw.randrange(3):
                case 0:
                    packed = packed[: draw.randrange(2, len(packed))]
                case 1:
                    packed = b"\x1f\x8b" + damaged(packed, one)[2:]
                case _:
                    end = packed[: draw.randrange(9)]
                    packed = gzip.compress(damaged(data, one), mtime=0) + end
            files[f"{n}.837.gz"] = packed
        shaped(take, files)

    property_of("X12 samples, gzip", body, each=5, several=several_of(damages))
