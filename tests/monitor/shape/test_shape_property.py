"""Whatever bytes come: no exception, no row lost, and clean rows stay as they were."""

import csv
import io
import random

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.intake import Unreadable

HEAD = b"office_id,street,city,state,zip,latitude,longitude\n"
BASE = HEAD + b"".join(
    b'O%d,"1 Main, No. %d",Caf\xc3\xa9,TN,37201,36.16,-86.78\n' % (n, n) for n in range(6)
)
PIECES = st.one_of(
    st.sampled_from(
        [b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\0", b"\xe9", b"\xff\xfe", b'",', b',"', b" "]
    ),
    st.binary(min_size=1, max_size=4),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, len(BASE)), st.integers(0, 12), PIECES), min_size=1, max_size=6
)
QUICK = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def changed(changes):
    data = BASE
    for at, cut, piece in changes:
        data = data[:at] + piece + data[at + cut :]
    return data


@QUICK
@given(changes=CHANGES)
def test_no_bytes_break_it_and_no_row_is_lost(take, changes):
    data = changed(changes)
    taken = take({"plan_offices.csv": data})
    rows, staged, kept = taken.count("plan_offices")
    assert rows == staged + kept
    if taken.shaped.staged.get("plan_offices"):
        frame = taken.staged("plan_offices")
        assert frame.height == staged
        assert frame["_line"].is_sorted()
        assert frame["_line"].n_unique() == staged
    if rows:
        # Every line that is not blank belongs to some row that is counted, or to the header.
        lines = [line for line in data.split(b"\n") if line.strip(b"\r")]
        assert rows <= len(lines)


FIELD = st.text(st.sampled_from('ab,"\n é☃'), max_size=8)


@settings(QUICK, max_examples=150)
@given(rows=st.lists(st.lists(FIELD, min_size=6, max_size=6), min_size=1, max_size=8))
def test_what_a_csv_writer_wrote_comes_back(take, rows):
    text = io.StringIO()
    names = HEAD.decode().strip().split(",")
    csv.writer(text, lineterminator="\n").writerows(
        [names, *([f"O{n}", *row] for n, row in enumerate(rows))]
    )
    taken = take({"plan_offices.csv": text.getvalue()})
    told = taken.staged("plan_offices").select("office_id", "street", "city").rows()
    wanted = [
        (f"O{n}", row[0].strip() or None, row[1].strip() or None) for n, row in enumerate(rows)
    ]
    assert told == wanted


def test_no_parquet_breaks_it(take):
    sink = io.BytesIO()
    names = HEAD.decode().strip().split(",")
    frame = pl.DataFrame({name: [f"{name}{n}" for n in range(40)] for name in names})
    frame.with_columns(latitude=pl.lit(36.5)).write_parquet(sink, compression="uncompressed")
    draw = random.Random(5)
    for _ in range(150):
        mutant = bytearray(sink.getvalue())
        for _ in range(draw.randint(1, 3)):
            mutant[draw.randrange(len(mutant))] = draw.randrange(256)
        rows, staged, kept = take({"plan_offices.parquet": bytes(mutant)}).count("plan_offices")
        assert rows == staged + kept
        assert rows in (0, 40)


@settings(QUICK, max_examples=200)
@given(
    text=st.one_of(
        st.text(max_size=60), st.text(st.sampled_from("a:-{}[]&*!|>\n '\""), max_size=40)
    )
)
def test_no_manifest_breaks_it(take, text):
    try:
        taken = take({"plan_offices.csv": BASE}, text or "x")
    except Unreadable as error:
        assert "\n" not in str(error)
    else:
        assert taken.count("plan_offices") == (6, 6, 0)
