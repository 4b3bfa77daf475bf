"""Files that are not what they should be: each is a located finding, and no row is lost."""

from datetime import date

import polars as pl
import pytest

from monitor import reading

HEAD = "office_id,street,city,state,zip,latitude,longitude"
ROW = "O{n},1 Main St,Nashville,TN,37201,36.16,-86.78"


def offices(*rows, head=HEAD, end="\n"):
    return end.join([head, *rows]) + end


def rows(count, first=1):
    return [ROW.format(n=n) for n in range(first, first + count)]


def test_a_clean_file_has_no_faults(take):
    taken = take({"plan_offices.csv": offices(*rows(3))})
    assert taken.faults() == []
    assert taken.count("plan_offices") == (3, 3, 0)
    assert taken.staged("plan_offices")["_line"].to_list() == [2, 3, 4]


def test_a_byte_order_mark_is_told_and_the_rows_are_taken(take):
    taken = take({"plan_offices.csv": b"\xef\xbb\xbf" + offices(*rows(2)).encode()})
    assert taken.faults() == [("plan_offices.file.bom", 1, "", "a byte order mark")]
    assert taken.count("plan_offices") == (2, 2, 0)
    assert taken.staged("plan_offices")["office_id"].to_list() == ["O1", "O2"]


def test_ragged_rows_are_quarantined_by_their_lines(take):
    text = offices(*rows(1), "O2,short", *rows(1, 3), ROW.format(n=4) + ",more")
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == [
        ("plan_offices.row.fields", 3, "", "2 fields"),
        ("plan_offices.row.fields", 5, "", "8 fields"),
    ]
    assert taken.count("plan_offices") == (4, 2, 2)
    assert taken.quarantined("plan_offices").rows() == [
        ("plan_offices.csv", 3, "plan_offices.row.fields", "O2,short"),
        ("plan_offices.csv", 5, "plan_offices.row.fields", ROW.format(n=4) + ",more"),
    ]


def test_a_short_and_a_long_row_do_not_even_each_other_out(take):
    taken = take({"plan_offices.csv": offices("O1,a,b,TN,37201,1", "O2,a,b,TN,37201,1,2,3")})
    assert [fault[:2] for fault in taken.faults()] == [
        ("plan_offices.row.fields", 2),
        ("plan_offices.row.fields", 3),
    ]


def test_latin_1_rows_are_read_as_windows_1252_and_told(take):
    text = offices(*rows(1), "O2,Caf\xe9 1,Nashville,TN,37201,36.16,-86.78", *rows(1, 3))
    taken = take({"plan_offices.csv": text.encode("latin-1")})
    assert taken.faults() == [("plan_offices.row.encoding", 3, "street", "Caf\xe9 1")]
    assert taken.staged("plan_offices")["street"].to_list() == [
        "1 Main St",
        "Caf\xe9 1",
        "1 Main St",
    ]


def test_utf_8_text_is_no_fault(take):
    text = offices("O1,Caf\xe9 \u2603,Nashville,TN,37201,36.16,-86.78")
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == []
    assert taken.staged("plan_offices")["street"].to_list() == ["Caf\xe9 \u2603"]


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_a_wrong_delimiter_leaves_the_table_unread_and_its_rows_counted(take, sign, word):
    taken = take(
        {
            "plan_offices.csv": offices(*rows(2)).replace(",", sign),
            "members.csv": "member_id\n",
        }
    )
    assert ("plan_offices.file.delimiter", 1, "", word) in taken.faults()
    assert taken.count("plan_offices") == (2, 0, 2)
    assert taken.shaped.unreadable == ("members", "plan_offices")
    assert list(taken.shaped.staged) == ["submission"]


def test_a_file_without_a_header_is_not_read_and_no_value_of_it_is_told(take):
    taken = take({"plan_offices.csv": "\n".join(rows(3)) + "\n"})
    found = "7 names, none of them known"
    assert taken.faults() == [("plan_offices.file.header", 1, "", found)]
    assert taken.count("plan_offices") == (2, 0, 2)


@pytest.mark.parametrize("content", ["", "\n", " \r\n\n"])
def test_an_empty_file(take, content):
    taken = take({"plan_offices.csv": content})
    found = f"{len(content)} bytes"
    assert taken.faults() == [("plan_offices.file.empty", 1, "", found)]
    assert taken.count("plan_offices") == (0, 0, 0)
    assert taken.shaped.unreadable == ("plan_offices",)


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_header_alone_is_a_fault_and_an_empty_table(take, end):
    taken = take({"plan_offices.csv": HEAD + end})
    assert taken.faults() == [("plan_offices.file.no_rows", 1, "", "a header alone")]
    assert taken.count("plan_offices") == (0, 0, 0)
    assert taken.staged("plan_offices").schema["latitude"] == pl.Float64
    assert taken.shaped.unreadable == ()


def test_a_duplicate_header_is_told_and_the_first_column_counts(take):
    text = offices("O1,first,b,TN,37201,36.16,-86.78,second", head=HEAD + ",street")
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == [
        ("plan_offices.file.duplicate_column", 1, "street", "street (column 8)")
    ]
    assert taken.staged("plan_offices").select("street", "street_2").rows() == [("first", "second")]


def test_a_header_again_among_the_rows_is_no_row(take):
    taken = take({"plan_offices.csv": offices(*rows(1), HEAD, *rows(1, 2))})
    assert taken.faults() == [("plan_offices.row.header_again", 3, "", "the header")]
    assert taken.count("plan_offices") == (3, 2, 1)


def test_a_missing_column_is_told_once_and_its_values_are_null(take):
    text = offices("O1,a,b,TN,36.16,-86.78", head=HEAD.replace(",zip", ""))
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == [("plan_offices.zip.missing", 1, "zip", "no such column")]
    assert taken.staged("plan_offices")["zip"].to_list() == [None]
    assert "plan_offices.zip.empty" not in {m.rule for m in taken.shaped.measures}


def test_without_a_column_that_every_row_needs_no_row_can_be_used(take):
    text = offices("a,b,TN,37201,36.16,-86.78", head=HEAD.replace("office_id,", ""))
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == [("plan_offices.office_id.missing", 1, "office_id", "no such column")]
    assert taken.count("plan_offices") == (1, 0, 1)
    assert taken.quarantined("plan_offices")["_reasons"].to_list() == [
        "plan_offices.office_id.missing"
    ]
    assert taken.shaped.unreadable == ("plan_offices",)


def test_a_field_of_ten_megabytes_is_cut_in_the_report_and_its_row_kept_apart(take):
    huge = "x" * 10_000_000
    text = offices(*rows(1), f"O2,{huge},Nashville,TN,37201,36.16,-86.78", *rows(1, 3))
    taken = take({"plan_offices.csv": text})
    shown = "x" * 200 + "… (10000000 characters)"
    assert taken.faults() == [("plan_offices.row.length", 3, "street", shown)]
    assert taken.count("plan_offices") == (3, 2, 1)
    assert len(taken.quarantined("plan_offices")["_record"][0]) > 10_000_000


def test_the_longest_field_that_is_taken(take):
    street = "x" * 65_536
    text = offices(f"O1,{street},b,TN,37201,36.16,-86.78", f"O2,{street}x,b,TN,37201,36.16,-86.78")
    taken = take({"plan_offices.csv": text})
    assert [fault[:3] for fault in taken.faults()] == [("plan_offices.row.length", 3, "street")]


def test_a_line_that_does_not_end_is_one_row_and_the_next_is_read(take, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 4096)
    monkeypatch.setattr(reading, "RECORD_LIMIT", 2048)
    text = offices(*rows(1), "O2," + "y" * 50_000, *rows(1, 3))
    taken = take({"plan_offices.csv": text})
    assert [fault[:2] for fault in taken.faults()] == [("plan_offices.row.length", 3)]
    assert taken.staged("plan_offices").select("office_id", "_line").rows() == [
        ("O1", 2),
        ("O3", 4),
    ]


def test_a_last_line_that_does_not_end(take, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 4096)
    monkeypatch.setattr(reading, "RECORD_LIMIT", 2048)
    taken = take({"plan_offices.csv": offices(*rows(1)) + "O2," + "y" * 50_000})
    assert taken.count("plan_offices") == (2, 1, 1)


def test_too_many_columns_are_refused_and_the_rows_counted(take):
    head = ",".join([HEAD, *(f"c{n}" for n in range(2_000))])
    taken = take({"plan_offices.csv": offices(*rows(2), head=head)})
    assert taken.faults() == [("plan_offices.file.damaged", 1, "", "2007 columns")]
    assert taken.count("plan_offices") == (2, 0, 2)


def test_a_parser_that_disagrees_is_not_followed(take, monkeypatch):
    text = offices(*rows(2), 'O3,"a, ""b""",c,TN,37201,,')
    whole = take({"plan_offices.csv": text})
    fewer = pl.DataFrame(schema={str(number): pl.String for number in range(7)})
    for stand_in in (lambda *_, **__: fewer, pl.exceptions.ComputeError):

        def read_csv(*args, answer=stand_in, **more):
            if isinstance(answer, type):
                raise answer("malformed")
            return answer()

        monkeypatch.setattr(reading.pl, "read_csv", read_csv)
        again = take({"plan_offices.csv": text})
        assert again.faults() == whole.faults() == []
        assert again.staged("plan_offices").rows() == whole.staged("plan_offices").rows()


def test_nul_characters_keep_a_row_apart(take):
    taken = take({"plan_offices.csv": offices(*rows(1), "O\0002" + rows(1)[0][2:], *rows(1, 3))})
    assert taken.faults() == [("plan_offices.row.nul", 3, "", "a NUL character")]
    assert taken.count("plan_offices") == (3, 2, 1)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"PAR1 and so on", "not CSV but a binary file"),
        (b"PK\x03\x04", "not CSV but a binary file"),
        (b"\x1f\x8b\x08", "not CSV but a binary file"),
        (offices(ROW).encode("utf-16"), "UTF-16, or not text"),
        (b"\0\0\0\0", "UTF-16, or not text"),
        (offices(ROW, end="\r").encode(), "lines that end in CR alone"),
        (b"\x8f\x02\r\xa1\x17\n\x00\r\x03", "not CSV but a binary file"),
        (b'"office_id,street\n', "no header line that can be read"),
        (",".join(f"c{n}" for n in range(2_001)).encode(), "2001 columns"),
    ],
)
def test_what_is_no_csv_is_damage(take, content, found):
    taken = take({"plan_offices.csv": content})
    assert taken.faults() == [("plan_offices.file.damaged", 1, "", found)]
    assert taken.count("plan_offices") == (0, 0, 0)
    assert taken.shaped.unreadable == ("plan_offices",)


def test_windows_line_ends_blank_lines_and_no_last_line_end(take):
    text = offices(*rows(1), "", *rows(1, 2), "", "", end="\r\n") + ROW.format(n=3)
    taken = take({"plan_offices.csv": text})
    assert taken.faults() == []
    assert taken.staged("plan_offices").select("office_id", "longitude", "_line").rows() == [
        ("O1", -86.78, 2),
        ("O2", -86.78, 4),
        ("O3", -86.78, 7),
    ]


def test_unknown_columns_are_kept_as_text_and_told(take):
    text = offices(
        "O1,a,b,TN,37201,36.16,-86.78,007,x,y",
        head=HEAD + ",floors,_line,LATITUDE",
    )
    taken = take({"plan_offices.csv": text})
    assert taken.codes() == {"plan_offices.file.unknown_column": 3}
    staged = taken.staged("plan_offices")
    assert staged.columns[7:] == ["floors", "line", "LATITUDE_2", "_plan", "_file", "_line"]
    assert staged.select("floors", "line", "LATITUDE_2", "_line").rows() == [("007", "x", "y", 2)]
    expected = [
        line
        for measure in taken.shaped.measures
        if measure.rule == "plan_offices.file.unknown_column"
        for line in measure.violations.collect()["expected"]
    ]
    assert expected == [
        "a column of the interface",
        "a column of the interface",
        "latitude, if that is meant",
    ]


def test_html_passes_through_as_data(take):
    evil = "<img src=x onerror=alert(1)>"
    taken = take({"plan_offices.csv": offices(f"O1,{evil},=1+1,{evil},37201,36.16,-86.78")})
    assert taken.faults() == [("plan_offices.state.form", 2, "state", evil)]
    assert taken.staged("plan_offices").select("street", "city").rows() == [(evil, "=1+1")]


def test_control_characters_are_made_visible(take):
    taken = take({"plan_offices.csv": offices("O1,a,b,T\x1b[31m\u202eN,37201,36.16,-86.78")})
    value = "T\u241b[31m<U+202E>N"
    assert taken.faults() == [("plan_offices.state.form", 2, "state", value)]


def test_several_files_make_one_table_each_with_its_lines(take):
    manifest = (
        "{plan_id: ANCHOR, contract_id: c, period: 2026Q1, submitted_on: 2026-04-20, "
        "tables: {plan_offices: {file: [b.csv, a.csv], rows: 4}}}"
    )
    more = offices("O9,a,b,TN,37201,36.16,-86.78,4", "O8", head=HEAD + ",floors")
    taken = take({"a.csv": more, "b.csv": offices(*rows(2))}, manifest)
    assert taken.codes() == {
        "plan_offices.file.unknown_column": 1,
        "plan_offices.row.fields": 1,
    }
    assert taken.staged("plan_offices").select("office_id", "floors", "_file", "_line").rows() == [
        ("O1", None, "b.csv", 2),
        ("O2", None, "b.csv", 3),
        ("O9", "4", "a.csv", 2),
    ]
    assert {name: (c.rows, c.staged) for name, c in taken.shaped.files.items()} == {
        ("plan_offices", "b.csv"): (2, 2),
        ("plan_offices", "a.csv"): (2, 1),
    }


def test_the_number_of_rows_is_held_against_the_manifest(take):
    manifest = (
        "plan_id: ANCHOR\ncontract_id: c\nperiod: 2026Q1\nsubmitted_on: 2026-04-20\n"
        "tables:\n  plan_offices: {file: plan_offices.csv, rows: 3}\n"
    )
    taken = take({"plan_offices.csv": offices(*rows(2))}, manifest)
    assert taken.faults() == [("plan_offices.file.rows", 6, "rows", "2 rows")]


def test_one_bad_table_does_not_spoil_another(take):
    taken = take({"plan_offices.csv": offices(*rows(2)), "capitation.csv": b"\0\xff\xfe"})
    assert taken.codes() == {"capitation.file.damaged": 1}
    assert taken.shaped.unreadable == ("capitation",)
    assert taken.count("plan_offices") == (2, 2, 0)


def test_a_manifest_that_cannot_be_read_leaves_the_tables_by_their_names(take):
    taken = take({"plan_offices.csv": offices(*rows(1))}, "plan_id: *x\n")
    assert taken.received.manifest.has_manifest is False
    found = "an alias or anchor; wanted plain values"
    assert taken.faults() == [("submission.manifest.unreadable", 1, "", found)]
    assert taken.staged("submission").select("has_manifest", "contract_id").rows() == [
        ("unreadable", None)
    ]


def test_the_manifest_is_staged_as_one_row(take):
    taken = take({"plan_offices.csv": offices(*rows(1))})
    assert taken.staged("submission").rows() == [
        ("ANCHOR", "demo-imc", "2026Q1", date(2026, 4, 20), None, None, None, "Y")
    ]


def test_every_folder_below_is_private(take):
    taken = take({"plan_offices.csv": offices("O1,short")})
    for folder in (taken.shaped.staged["plan_offices"], taken.shaped.quarantine["plan_offices"]):
        for path in (folder, folder.parent, folder.parent.parent):
            assert path.stat().st_mode & 0o777 == 0o700
