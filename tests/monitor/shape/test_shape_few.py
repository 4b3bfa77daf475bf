"""Edits reckoned once a distinct text say the same as edits reckoned once a row."""

import random
from datetime import date

import polars as pl
import pytest

from monitor.manifest import Manifest
from monitor.typed import typed
from rules.tables import TABLES
from rules.tables.few import FEWEST, few_texts, together

MANIFEST = Manifest("P", submitted_on=date(2026, 4, 20))
TEXTS = {
    "claim_type": ["P", "I", "R", "X", None],
    "place_of_service": ["11", "23", "12", "1A", "99", None],
    "procedure_code": ["99213", "90834", "9921", "A0428", None],
    "revenue_code": ["0450", "9999", "45", None],
    "bill_type": ["0131", "111", "0117", "x", None],
    "frequency": ["1", "7", "8", "9", None],
    "billing_npi": ["1234567893", "1234567892", "12345", None],
    "rendering_npi": ["1234567893", "3234567893", None],
    "diagnosis_codes": ["F331", "f33.1;I10", "999;X", ";", None],
    "service_from": ["2026-01-05", "2026-02-30", "2026-05-01", None],
    "service_to": ["2026-01-05", "2026-01-04", "05/01/2026", None],
    "submitted_on": ["2026-01-09", "2026-04-21", None],
    "line_status": ["paid", "denied", "held", None],
    "billed_amount": ["12.50", "-1", "much", None],
    "paid_amount": ["12.50", "99", None],
    "ndc": ["12496120803", "1", None],
}


def sent(rows):
    rng = random.Random(rows)
    columns = {f"sent:{name}": rng.choices(texts, k=rows) for name, texts in TEXTS.items()}
    columns["sent:encounter_id"] = [f"E{number // 2}" for number in range(rows)]
    schema = dict.fromkeys(columns, pl.String)
    return pl.DataFrame(columns, schema=schema).with_columns(_line=pl.int_range(2, rows + 2))


@pytest.mark.parametrize("rows", [1, 40, 5_000])
def test_every_edit_says_the_same_of_every_row(rows):
    shape = TABLES["encounters"]
    checked = typed(sent(rows), shape, MANIFEST)
    assert set(TEXTS) <= checked.few.keys()
    present = [*TEXTS, "encounter_id"]
    frame, right = shape.under_check(checked.frame, present, checked.few)
    by_row, right_by_row = shape.under_check(checked.frame, present)
    assert right == right_by_row
    assert frame.equals(by_row.select(frame.columns))
    told = frame.select(pl.col("^ok:.*$"))
    assert {name.removeprefix("ok:") for name in told.columns} == (
        shape.edits_for(present).keys() - right
    )
    assert rows == 1 or told.width > 20


def test_values_read_once_a_text_are_those_read_once_a_row():
    shape = TABLES["encounters"]
    text = sent(5_000)
    piecemeal = pl.concat(
        typed(text.slice(at, 1), shape, MANIFEST).frame.select(*shape.by_name)
        for at in range(0, 5_000, 97)
    )
    whole = typed(text, shape, MANIFEST).frame.select(*shape.by_name)
    assert whole.gather_every(97).equals(piecemeal)


def test_a_column_of_many_texts_is_left_alone():
    assert few_texts(pl.Series([f"E{n}" for n in range(FEWEST + 1)])) is None
    texts, at = few_texts(pl.Series([f"E{n}" for n in range(FEWEST)]))
    assert [texts[place] for place in at] == [f"E{n}" for n in range(FEWEST)]
    texts, at = few_texts(pl.Series(["b", None, "a", "b"]))
    assert [texts[place] for place in at] == ["b", None, "a", "b"]
    texts, at = few_texts(pl.Series([None, None], dtype=pl.String))
    assert (texts.to_list(), at.to_list()) == ([None], [0, 0])


def test_what_occurs_together_is_each_pair_once():
    checked = typed(sent(5_000), TABLES["encounters"], MANIFEST)
    pairs = together([checked.few["claim_type"], checked.few["place_of_service"]])
    columns = ["sent:claim_type", "sent:place_of_service"]
    met = checked.frame.select(columns).unique()
    assert sorted(map(str, pairs.select(columns).rows())) == sorted(map(str, met.rows()))
