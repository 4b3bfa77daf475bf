"""Parquet: every value as the text that a CSV would have, whatever its type."""

import io
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from monitor import columnar

OFFICE = {
    "office_id": "O1",
    "street": "1 Main St",
    "city": "Nashville",
    "state": "TN",
    "zip": "37201",
    "latitude": "36.16",
    "longitude": "-86.78",
}


def parquet(frame, **how):
    sink = io.BytesIO()
    frame.write_parquet(sink, **how)
    return sink.getvalue()


def test_typed_columns_are_read_as_their_text(take):
    frame = pl.DataFrame(
        {
            "month": ["2026-01", "2026-02"],
            "rate_cell": pl.Series(["adult", "child"], dtype=pl.Categorical),
            "member_months": [Decimal("100.50"), None],
            "rate_pmpm": [400, 400],
            "bh_pmpm": pl.Series([40.0, float("nan")], dtype=pl.Float32),
            "revenue": [40200.0, 1.0],
        }
    )
    taken = take({"capitation.parquet": parquet(frame)})
    assert taken.faults() == [
        ("capitation.member_months.empty", 3, "member_months", ""),
        ("capitation.bh_pmpm.empty", 3, "bh_pmpm", ""),
    ]
    assert taken.staged("capitation").drop("_plan", "_file").rows() == [
        ("2026-01", "adult", 100.5, 400.0, 40.0, 40200.0, 2),
        ("2026-02", "child", None, 400.0, None, 1.0, 3),
    ]


def test_days_flags_numbers_and_lists_have_their_canonical_text(take):
    frame = pl.DataFrame(
        {
            "subcontractor_id": [17],
            "name": ["Mind"],
            "functions": [["network", "claims"]],
            "domain": ["BH"],
            "payment": ["ffs"],
            "effective": [datetime(2024, 1, 1)],
            "end": [date(2027, 1, 1)],
            "on_site": [True],
            "access_standards_clause": [False],
            "street": ["1 Main St"],
            "zip": [37201],
            "ownership_pct": [0.0],
            "oversight_reviewed_on": [datetime(2026, 1, 1, 12, 30)],
        }
    )
    taken = take({"subcontracts.parquet": parquet(frame)})
    assert taken.faults() == [
        (
            "subcontracts.oversight_reviewed_on.date",
            2,
            "oversight_reviewed_on",
            "2026-01-01T12:30:00",
        )
    ]
    row = taken.staged("subcontracts").row(0, named=True)
    assert {name: row[name] for name in frame.columns} == {
        "subcontractor_id": "17",
        "name": "Mind",
        "functions": "network;claims",
        "domain": "BH",
        "payment": "ffs",
        "effective": date(2024, 1, 1),
        "end": date(2027, 1, 1),
        "on_site": "Y",
        "access_standards_clause": "N",
        "street": "1 Main St",
        "zip": "37201",
        "ownership_pct": 0.0,
        "oversight_reviewed_on": None,
    }


def test_a_lost_leading_zero_is_found(take):
    frame = pl.DataFrame({**OFFICE, "zip": [2138]})
    taken = take({"plan_offices.parquet": parquet(frame)})
    assert taken.faults() == [("plan_offices.zip.form", 2, "zip", "2138")]


def test_a_type_without_text_is_told_and_its_column_is_null(take):
    frame = pl.DataFrame({**OFFICE, "city": [{"name": "Nashville"}]})
    taken = take({"plan_offices.parquet": parquet(frame)})
    assert [fault[:3] for fault in taken.faults()] == [("plan_offices.file.types", 1, "city")]
    assert taken.staged("plan_offices")["city"].to_list() == [None]
    frame = pl.DataFrame({**OFFICE, "office_id": [b"O1"]})
    taken = take({"plan_offices.parquet": parquet(frame)})
    assert [fault[:3] for fault in taken.faults()] == [("plan_offices.file.types", 1, "office_id")]
    assert taken.count("plan_offices") == (1, 0, 1)
    assert taken.shaped.unreadable == ("plan_offices",)


def test_nul_characters_and_long_fields_keep_a_row_apart(take):
    frame = pl.DataFrame(
        {**OFFICE, "office_id": ["O1", "O2", "O3"], "street": ["a\0b", "x" * 65_537, "x" * 65_536]}
    )
    taken = take({"plan_offices.parquet": parquet(frame)})
    assert taken.faults() == [
        ("plan_offices.row.nul", 2, "street", "a␀b"),
        ("plan_offices.row.length", 3, "street", "x" * 200 + "… (65537 characters)"),
    ]
    assert taken.count("plan_offices") == (3, 1, 2)


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1 x PAR1", b"office_id,street\n1,2\n", parquet(pl.DataFrame(OFFICE))[:-9]],
)
def test_what_is_no_parquet_is_damage(take, content):
    taken = take({"plan_offices.parquet": content})
    assert [fault[:3] for fault in taken.faults()] == [("plan_offices.file.damaged", 0, "")]
    assert taken.count("plan_offices") == (0, 0, 0)


def test_a_header_alone(take):
    taken = take({"plan_offices.parquet": parquet(pl.DataFrame(OFFICE).clear())})
    assert taken.faults() == [("plan_offices.file.no_rows", 1, "", "a header alone")]


def test_batches_are_bounded_and_lines_go_on(take, monkeypatch):
    monkeypatch.setattr(columnar, "ROWS", 3)
    frame = pl.DataFrame({**OFFICE, "office_id": [f"O{n}" for n in range(10)]})
    taken = take({"plan_offices.parquet": parquet(frame, row_group_size=4)})
    assert taken.faults() == []
    assert taken.staged("plan_offices")["_line"].to_list() == list(range(2, 12))


def test_rows_after_damage_are_quarantined_by_their_lines(take, monkeypatch):
    monkeypatch.setattr(columnar, "ROWS", 50)
    frame = pl.DataFrame({**OFFICE, "office_id": [f"O{n}" for n in range(100)]})
    data = bytearray(parquet(frame, row_group_size=50, compression="zstd"))
    half = len(data) // 2
    data[half - 200 : half] = b"\xff" * 200
    taken = take({"plan_offices.parquet": bytes(data)})
    rows, staged, kept = taken.count("plan_offices")
    assert (rows, staged + kept) == (100, 100)
    assert kept and taken.codes()["plan_offices.file.damaged"] == 1
