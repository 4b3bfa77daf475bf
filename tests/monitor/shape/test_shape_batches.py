"""Batches: whatever their size, the same rows and faults; twenty edits as a hand-written scan."""

import importlib.util
import sys
from pathlib import Path

import polars as pl
import pytest

from monitor import reading, shape
from rules.tables import TABLES

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
HEAD = "month,rate_cell,member_months,rate_pmpm,bh_pmpm,revenue"


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("peers", BENCHMARKS / "peers.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    yield loaded
    sys.modules.pop("edits", None)


def test_small_blocks_tell_the_same(take, monkeypatch):
    rows = [
        f"2026-0{n % 4},adult,{n},400,{-40 if n % 3 else 40},{400 * n}{',x' * (n % 50 == 7)}"
        for n in range(400)
    ]
    text = "\n".join([HEAD, *rows]) + "\n"
    whole = take({"capitation.csv": text})
    monkeypatch.setattr(reading, "BLOCK", 700)
    pieces = take({"capitation.csv": text})
    assert pieces.count("capitation") == whole.count("capitation")
    assert pieces.faults() == whole.faults()
    assert pieces.staged("capitation").equals(whole.staged("capitation"))
    kept = [taken.quarantined("capitation").sort("_line") for taken in (pieces, whole)]
    assert kept[0].equals(kept[1])


def test_what_breaks_while_reading_ahead_is_not_lost(take, monkeypatch):
    def broken(shape, source):
        yield from ()
        raise OSError("the disk is gone")

    monkeypatch.setattr(shape, "read_batches", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        take({"capitation.csv": f"{HEAD}\n2026-01,adult,1,400,40,400\n"})


def test_a_verdict_stands_beside_its_column_for_every_edit_that_a_row_fails():
    whole = TABLES["capitation"]
    typed = pl.DataFrame(
        {column.name: [None, None] for column in whole.columns},
        schema={column.name: column.kind.dtype for column in whole.columns},
    )
    frame = typed.with_columns(
        *(pl.lit(None, pl.String).alias(f"sent:{column.name}") for column in whole.columns),
        _plan=pl.lit("P"),
        _period_end=pl.lit(None, pl.Date),
        _submitted_on=pl.lit(None, pl.Date),
    )
    checked, right = whole.under_check(frame, ["month", "revenue"])
    wrong = ["ok:capitation.month.empty", "ok:capitation.revenue.empty"]
    assert checked.columns == [*(column.name for column in whole.columns), *wrong]
    assert checked["ok:capitation.month.empty"].to_list() == [False, False]
    asked = whole.edits_for(["month", "revenue"])
    assert right == asked.keys() - {"capitation.month.empty", "capitation.revenue.empty"}


def test_twenty_edits_count_as_a_hand_written_scan_does(peers, tmp_path):
    sound = {
        "encounter_id": "E1",
        "line_number": "1",
        "member_id": "M1",
        "claim_type": "P",
        "service_from": "2026-01-05",
        "service_to": "2026-01-05",
        "billing_npi": "1234567893",
        "rendering_npi": "1234567893",
        "billed_amount": "10.00",
        "paid_amount": "8.00",
        "line_status": "paid",
        "payment_arrangement": "ffs",
        "submitted_on": "2026-02-01",
        "procedure_code": "99213",
        "revenue_code": "",
        "bill_type": "",
        "place_of_service": "11",
        "ndc": "",
        "frequency": "1",
    }
    faults = [
        *({name: ""} for name in ("encounter_id", "member_id", "service_from", "billing_npi")),
        *({name: "?"} for name in ("claim_type", "line_status", "payment_arrangement")),
        {"frequency": "9"},
        *({name: "x1"} for name in ("billing_npi", "rendering_npi", "procedure_code")),
        *({name: "1"} for name in ("revenue_code", "bill_type", "place_of_service", "ndc")),
        {"service_from": "2026-02-30"},
        {"service_to": "01/05/2026"},
        {"submitted_on": "2026-13-01"},
        {"billed_amount": "-0.01"},
        {"service_to": "2026-01-04"},
    ]
    rows = [sound, *(sound | fault for fault in faults), sound]
    path = tmp_path / "encounters.csv"
    path.write_text("\n".join([",".join(sound), *(",".join(row.values()) for row in rows)]) + "\n")
    counts, _ = peers.carvein(path)
    by_hand, _ = peers.duckdb(path)
    assert counts == dict.fromkeys(counts, 1)
    assert counts == by_hand
    assert len(counts) == 20
