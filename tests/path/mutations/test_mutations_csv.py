"""Damaged CSV files of the demo, and tables of other sources: every line is accounted for."""

from __future__ import annotations

import csv
import io
import random

import pytest
from hypothesis import strategies as st

# A table with many edits costs more: the cheap ones come more often.
OFTEN = ("plan_offices", "capitation", "ledger", "members", "functions", "incentives", "appeals")


@pytest.fixture(scope="module")
def names(demo):
    return [*OFTEN, *OFTEN, *demo]


def test_demo_csv_with_damaged_bytes(
    property_of, take, damaged, damages, demo, names, every_line_counts
):
    def body(table, several):
        files = {f"{n}.csv": damaged(demo[table], one) for n, one in enumerate(several)}
        offices = {} if table == "plan_offices" else {"offices.csv": demo["plan_offices"]}
        tables = {table: {"file": list(files)}}
        if offices:
            tables["plan_offices"] = {"file": "offices.csv"}
        got = take({**files, **offices}, tables)
        assert not got.refused
        for name, data in files.items():
            every_line_counts(data, got.lines(table, name), got.faults_of(name))
        # The sound file beside them is read as ever.
        if offices:
            assert got.staged["plan_offices", "offices.csv"] == [2, 3]

    property_of(
        "demo CSV, bytes",
        body,
        each=5,
        table=st.sampled_from(names),
        several=st.lists(damages, min_size=5, max_size=5),
    )


CELLS = (
    *("", " ", '"', "\n", ",", "\0", "é", "‮", "=1+1", "x" * 66_000, "9" * 400, "-1", "1e400"),
    *(
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "nan",
        "inf",
        "Y;N;;",
        "☃" * 300,
        "37201-",
        "\x1b[",
    ),
)


def rearranged(data: bytes, seed: int) -> bytes:
    """Drop, double, rename, move and empty columns; put odd values into cells."""
    draw = random.Random(seed)
    rows = list(csv.reader(io.StringIO(data.decode())))
    for _ in range(draw.randrange(1, 4)):
        width = len(rows[0])
        at, to = draw.randrange(width), draw.randrange(width)
        match draw.randrange(8):
            case 0 if width > 1:
                rows = [row[:at] + row[at + 1 :] for row in rows]
            case 1:
                rows = [[*row[:to], row[at], *row[to:]] for row in rows]
            case 2:
                rows[0][at] = draw.choice(("", " ", "x" * 300, "<b>", rows[0][to], *CELLS[:9]))
            case 3:
                order = draw.sample(range(width), width)
                rows = [[row[n] for n in order] for row in rows]
            case 4:
                rows[0] = [draw.choice((str.upper, str.title, str.strip))(n) for n in rows[0]]
            case 5:
                rows = [[*row, *row] for row in rows]
            case 6:
                value = draw.choice(CELLS)
                rows = [rows[0], *([*row[:at], value, *row[at + 1 :]] for row in rows[1:])]
            case _:
                for _ in range(draw.randrange(1, 9)):
                    row = draw.randrange(1, len(rows))
                    rows[row][draw.randrange(len(rows[row]))] = draw.choice(CELLS)
    text = io.StringIO()
    csv.writer(text, lineterminator=draw.choice(("\n", "\r\n"))).writerows(rows)
    return text.getvalue().encode()


def test_demo_csv_with_damaged_columns_and_cells(property_of, take, demo, names, every_line_counts):
    def body(table, seeds):
        files = {f"{n}.csv": rearranged(demo[table], seed) for n, seed in enumerate(seeds)}
        got = take(files, {table: {"file": list(files)}})
        assert not got.refused
        for name, data in files.items():
            rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
            lines, faults = got.lines(table, name), got.faults_of(name)
            every_line_counts(data, lines, faults)
            if not {".file.damaged", ".file.header"} & faults:
                # What a CSV writer wrote has as many rows as the standard library reads.
                assert len(lines) == len([row for row in rows[1:] if row])

    property_of(
        "demo CSV, columns and cells",
        body,
        each=5,
        table=st.sampled_from(names),
        seeds=st.lists(st.integers(0, 2**32 - 1), min_size=5, max_size=5),
    )


def test_what_was_found_a_column_whose_name_polars_takes_for_a_pattern(take, demo):
    head, rows = demo["ledger"].split(b"\n", 1)
    rows = b"\n".join(row + b",a,b,c" for row in rows.splitlines())
    got = take({"ledger.csv": head + b",*,^.*$,^entry_id$\n" + rows})
    assert got.lines("ledger", "ledger.csv") == list(range(2, 14))
    assert got.faults_of("ledger.csv") == {".file.unknown_column"}
