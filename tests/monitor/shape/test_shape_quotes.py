"""Quoting: clean, careless and hostile, always with the line on which a record starts."""

import csv
import io

import pytest

from monitor import reading, records

HEAD = "office_id,street,city,state,zip,latitude,longitude"
END = "Nashville,TN,37201,36.16,-86.78"


def lines_of(taken):
    return taken.staged("plan_offices").select("office_id", "street", "_line").rows()


def test_quoted_commas_quotes_and_line_ends_are_data(take):
    text = f'{HEAD}\nO1,"1, Main",{END}\nO2,"a ""b""\nc",{END}\n"O3","",{END}\nO4,x,{END}\n'
    taken = take({"plan_offices.csv": text})
    assert taken.codes() == {"plan_offices.street.empty": 1}
    assert lines_of(taken) == [
        ("O1", "1, Main", 2),
        ("O2", 'a "b"\nc', 3),
        ("O3", None, 5),
        ("O4", "x", 6),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        'O2,5" pipe,' + END,
        'O2,"never closed,' + END,
        'O2,"closed" too early,' + END,
        'O2,x,Nashville,TN,37201,36.16,"',
        'O2,""x,' + END,
    ],
)
@pytest.mark.parametrize("others", ["x", '"x, y"', '"two\nlines"'])
def test_a_stray_quote_costs_its_own_line_and_no_other(take, bad, others):
    good = [f"O{n},{others},{END}" for n in (1, 3, 4)]
    text = "\n".join([HEAD, good[0], bad, *good[1:]]) + "\n"
    taken = take({"plan_offices.csv": text})
    line = 4 if "\n" in others else 3
    assert [fault[:2] for fault in taken.faults()] == [("plan_offices.row.quotes", line)]
    assert taken.count("plan_offices") == (4, 3, 1)
    assert taken.quarantined("plan_offices")["_record"].to_list() == [bad]
    assert [row[0] for row in lines_of(taken)] == ["O1", "O3", "O4"]
    step = 2 if "\n" in others else 1
    assert [row[2] for row in lines_of(taken)] == [2, line + 1, line + 1 + step]


def test_a_stray_quote_in_the_last_line(take):
    taken = take({"plan_offices.csv": f'{HEAD}\nO1,x,{END}\nO2,"x,{END}'})
    assert [fault[:2] for fault in taken.faults()] == [("plan_offices.row.quotes", 3)]
    assert taken.count("plan_offices") == (2, 1, 1)


def test_a_record_that_spans_too_many_lines_is_an_open_quote(take):
    most = records.LINE_LIMIT
    fits, over = "\n" * (most - 1), "\n" * most
    text = f'{HEAD}\nO1,"{fits}x",{END}\nO2,"{over}x",{END}\nO3,y,{END}\n'
    taken = take({"plan_offices.csv": text})
    found = {code: count for code, count in taken.codes().items() if code.endswith("quotes")}
    assert found == {"plan_offices.row.quotes": 2}
    assert [(row[0], row[2]) for row in lines_of(taken)] == [("O1", 2), ("O3", 3 + 2 * most)]


@pytest.mark.parametrize("block", [64, 100, 333, 5_000])
def test_batches_of_any_size_give_the_same_rows_and_lines(take, monkeypatch, block):
    body = []
    for n in range(60):
        kind = n % 6
        street = ("plain", '"a, b"', '"two\nlines"', '"say ""hi"""', "Caf\xe9", 'st"ray')[kind]
        body.append(f"O{n},{street},{END}")
        if n % 7 == 0:
            body.append("")
        if n % 11 == 0:
            body.append("ragged,row")
    text = "\n".join([HEAD, *body]) + "\n"
    whole = take({"plan_offices.csv": text})
    monkeypatch.setattr(reading, "BLOCK", block)
    parts = take({"plan_offices.csv": text})
    assert parts.staged("plan_offices").rows() == whole.staged("plan_offices").rows()
    assert parts.faults() == whole.faults()
    assert parts.quarantined("plan_offices").sort("_line").rows() == (
        whole.quarantined("plan_offices").sort("_line").rows()
    )
    assert whole.count("plan_offices") == (66, 50, 16)


def test_clean_records_are_those_of_the_standard_library(take):
    rows = [
        [f"O{n}", street, city, "TN", "37201", "36.16", "-86.78"]
        for n, (street, city) in enumerate(
            (street, city)
            for street in ("x", "a,b", 'q"q', "l\nl", "\r\n", '"', '""', ",", "\n")
            for city in ("y", ",", '"', "\n", "z z")
        )
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD.split(","), *rows])
    taken = take({"plan_offices.csv": text.getvalue()})
    told = taken.staged("plan_offices").select("office_id", "street", "city", "_line").rows()
    line, wanted = 2, []
    for row in rows:
        wanted.append((row[0], row[1].strip() or None, row[2].strip() or None, line))
        line += 1 + row[1].count("\n") + row[2].count("\n")
    assert told == wanted
