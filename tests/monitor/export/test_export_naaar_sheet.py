"""Cells are changed inside a sheet's XML and nothing else is; a hostile template is refused."""

import zipfile
from datetime import date

import pytest

from monitor.export.mask import ExportError
from monitor.export.naaar_reading import (
    SheetError,
    Validation,
    read_cells,
    read_strings,
    read_validations,
)
from monitor.export.naaar_sheet import fill, serial
from monitor.export.naaar_workbook import column_name, read_template

SHEET = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<worksheet xmlns="urn:x" xmlns:x14ac="urn:y"><cols><col min="1" max="2" width="10.7"/></cols>'
    b'<sheetData><row r="1" ht="42" x14ac:dyDescent="0.3">'
    b'<c r="A1" s="5"/><c r="B1" s="6" t="s"><v>0</v></c>'
    b'<c r="C1" s="7" t="str"><f>A1&amp;"&gt;"</f><v>old</v></c></row>'
    b'<row r="2"><c r="A2"  s=\'8\' ></c><c r="B2" s="9"><v>1</v></c></row></sheetData>'
    b'<!-- kept --><sheetProtection sheet="1"/></worksheet>'
)


def test_only_the_filled_cells_and_the_results_of_formulas_change():
    done = fill(SHEET, {"A1": "so", "B1": 0.5, "A2": date(2026, 3, 31)})
    expected = (
        SHEET.replace(
            b'<c r="A1" s="5"/>',
            b'<c r="A1" s="5" t="inlineStr"><is><t xml:space="preserve">so</t></is></c>',
        )
        .replace(b'<c r="B1" s="6" t="s"><v>0</v></c>', b'<c r="B1" s="6"><v>0.5</v></c>')
        .replace(b"<c r=\"A2\"  s='8' ></c>", b'<c r="A2" s="8"><v>46112</v></c>')
        .replace(b'<c r="C1" s="7" t="str">', b'<c r="C1" s="7">')
        .replace(b"<v>old</v>", b"")
    )
    assert done == expected


def test_a_row_grows_with_its_text_and_never_shrinks():
    # 9.7 characters a line: 40 characters are 5 lines of 14 points, with 2 more.
    done = fill(SHEET, {"A1": "x" * 40})
    assert b'<row ht="72" r="1" x14ac:dyDescent="0.3">' in done
    assert b'<row r="1" ht="42" x14ac:dyDescent="0.3">' in fill(SHEET, {"A1": "x" * 19})
    assert b'<row ht="409" r="2">' in fill(SHEET, {"A2": "x\n" * 500})
    assert b'<row ht="58" r="1" x14ac:dyDescent="0.3">' in fill(SHEET, {}, {"1": 4})


def test_text_goes_in_as_text_whatever_is_in_it():
    done = fill(SHEET, {"A1": '=1+1 <b> & "q" _x000D_ \x07'})
    assert '<t xml:space="preserve">=1+1 &lt;b&gt; &amp; "q" _x005F_x000D_ \ufffd</t>' in (
        done.decode()
    )


def test_a_prefix_of_the_namespace_is_kept():
    sheet = b'<x:worksheet xmlns:x="urn:x"><x:row r="1"><x:c r="A1"/></x:row></x:worksheet>'
    assert b'<x:c r="A1"><x:v>7</x:v></x:c>' in fill(sheet, {"A1": 7})
    assert b'<x:is><x:t xml:space="preserve">so</x:t></x:is></x:c>' in fill(sheet, {"A1": "so"})


@pytest.mark.parametrize(
    ("sheet", "cell", "message"),
    [
        (SHEET, "Z9", "it has no cell Z9"),
        (SHEET, "C1", "cell C1 holds a formula"),
        (SHEET.replace(b'"B1"', b'"A1"'), "A1", "it has cell A1 twice"),
        (SHEET[:-5], "A1", "its XML is broken: unclosed token: line 2, column 380"),
        (
            SHEET.replace(b'ht="42"', b'ht="x"'),
            "A1",
            "its columns or rows are broken: could not convert string to float: 'x'",
        ),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "A1", "it declares a document type"),
        (SHEET.decode().encode("utf-16"), "A1", "its encoding is UTF-16; wanted UTF-8"),
        (SHEET.replace(b"UTF-8", b"latin-1"), "A1", "its encoding is latin-1; wanted UTF-8"),
    ],
)
def test_a_sheet_that_cannot_be_filled_is_refused(sheet, cell, message):
    with pytest.raises(SheetError) as refused:
        fill(sheet, {cell: "x"})
    assert str(refused.value) == message


def test_days_are_counted_as_spreadsheets_do():
    # Excel's own: 1 March 1900 is day 61, for it has a 29 February that never was.
    assert (serial(date(1900, 3, 1)), serial(date(2026, 1, 1))) == (61, 46023)


def test_columns_by_number():
    assert [column_name(at) for at in (1, 26, 27, 52, 53, 104, 703)] == [
        *("A", "Z", "AA", "AZ", "BA", "CZ", "AAA")
    ]


def test_texts_strings_and_lists_are_read():
    strings = read_strings(
        b"<sst><si><t>one</t></si><si><r><t>tw</t></r><rPh><t>x</t></rPh><r><t>o</t></r></si></sst>"
    )
    assert strings == ("one", "two")
    assert read_cells(SHEET, strings) == {"B1": "one", "C1": "old"}
    rules = (
        b'<w xmlns:x="u" xmlns:m="v"><dataValidation type="list" showErrorMessage="1" sqref="A1">'
        b"<formula1>L!$A$1:$A$2</formula1></dataValidation>"
        b'<dataValidation type="whole" sqref="B1"><formula1>1</formula1></dataValidation>'
        b'<x:dataValidation type="list"><x:formula1><m:f>S!$B$1</m:f></x:formula1>'
        b"<m:sqref>C1 D2</m:sqref></x:dataValidation></w>"
    )
    assert read_validations(rules) == (
        Validation("A1", "L!$A$1:$A$2", True),
        Validation("C1 D2", "S!$B$1", False),
    )


def write(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a.txt": "x"}, "no Excel workbook: it has no xl/workbook.xml"),
        (
            {"../x": "y"},
            "no Excel workbook: t.xlsx: the name ../x leads out of the zip",
        ),
        (
            {"xl/workbook.xml": b"0" * 9_000_000},
            "no Excel workbook: t.xlsx: the zip unpacks to over 100 times its size, or over 64 GiB",
        ),
        ({"xl/workbook.xml": "<!DOCTYPE a><a/>"}, "it declares a document type"),
        (
            {"xl/workbook.xml": "<a/>"},
            "version not told: it has no sheet 'I_State and program information'; wanted CMS's "
            "NAAAR workbook, version 2026.7-v4",
        ),
    ],
)
def test_a_template_that_is_none_is_refused(tmp_path, parts, message):
    path = write(tmp_path / "t.xlsx", parts)
    with pytest.raises(ExportError) as refused:
        read_template(path)
    assert str(refused.value) == f"{path}: {message}"


def test_a_template_that_is_no_zip_or_is_not_there(tmp_path):
    path = tmp_path / "t.xlsx"
    with pytest.raises(ExportError) as refused:
        read_template(path)
    assert str(refused.value) == f"{path}: cannot be read: No such file or directory"
    path.write_text("no zip")
    with pytest.raises(ExportError) as refused:
        read_template(path)
    assert str(refused.value) == (
        f"{path}: no Excel workbook: t.xlsx: the zip is damaged or cut off (File is not a zip file)"
    )
