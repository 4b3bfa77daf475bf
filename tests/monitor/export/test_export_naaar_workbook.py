"""CMS's own workbook, filled: the answers of the JSON in its cells, and all else as it was.

Read back with openpyxl and, where it is installed, with LibreOffice: neither is what wrote it.
"""

import csv
import json
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from monitor.export.mask import ExportError
from monitor.export.naaar import export_naaar
from monitor.export.naaar_workbook import read_template
from rules.contract import load

pytestmark = [
    pytest.mark.shared,
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
]

NAME = "naaar/naaar-reporting-template-2026.7-v4.xlsx"

# By hand from the workbook: row of each item of tab III.
ROWS = {
    "III.C.1": 12,
    "III.C.2a": 15,
    "III.C.2b": 16,
    "III.C.2c": 17,
    "III.C.2d": 18,
    "III.C.2e": 19,
    "III.C.3a": 20,
    "III.C.3b": 21,
    "III.C.3c": 22,
    "III.D.1a": 30,
    "III.D.2a": 37,
    "III.D.3a": 44,
    "III.D.4a": 53,
    "III.D.5a": 60,
    "III.D.6a": 68,
    "III.D.1e": 34,
    "III.D.1f": 35,
    "III.D.6e": 72,
    "III.D.6f": 73,
}
METHODS = (
    *("Geomapping", "Plan Provider Directory Review"),
    "Secret Shopper: Appointment Availability",
)
STANDARD = {"1": 7, "2": 8, "3": 9, "4": 10, "5": 13, "6": 14, "7": 15}
COUNTED = (
    *(b"<dataValidation ", b"<x14:dataValidation ", b"<conditionalFormatting ", b"<cfRule "),
    *(b"<x14:cfRule ", b"<sheetProtection ", b"<f>", b"<f ", b"<mergeCell ", b"<hyperlink "),
)


@pytest.fixture(scope="session")
def template(shared: Path) -> Path:
    return shared / "data" / NAME


@pytest.fixture(scope="session")
def filled(made, template, tmp_path_factory):
    """Return the folder of one full review as out.xlsx and out.json."""
    folder = tmp_path_factory.mktemp("naaar")
    store, review = made.store_of(folder, made.full_review())
    contract = load("demo-imc")
    export_naaar(store, review, folder / "out.xlsx", template, contract)
    export_naaar(store, review, folder / "out.json", contract=contract)
    return folder


@pytest.fixture(scope="session")
def book(filled):
    """Return the filled workbook as openpyxl reads it."""
    return openpyxl.load_workbook(filled / "out.xlsx")


def texts(path: Path, sheet: int, cells: list[str]) -> list[str | None]:
    """Return the inline texts of cells, None where a cell has none, read by regular expression."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    told = dict(re.findall(r'<c r="(\w+)"[^>]*><is><t xml:space="preserve">(.*?)</t>', xml))
    return [told.get(cell) for cell in cells]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_part_is_there_in_its_order_and_only_sheets_and_settings_differ(template, filled):
    before, after = parts(template), parts(filled / "out.xlsx")
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    sheets = {f"xl/worksheets/sheet{number}.xml" for number in range(3, 17)}
    assert changed == sheets | {"xl/workbook.xml"}
    assert (
        after["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"") == (before["xl/workbook.xml"])
    )


def test_validations_formats_protection_and_formulas_survive(template, filled):
    before, after = parts(template), parts(filled / "out.xlsx")
    totals = Counter()
    for name in before:
        counts = [(tag, before[name].count(tag), after[name].count(tag)) for tag in COUNTED]
        assert all(one == other for _, one, other in counts), (name, counts)
        totals.update({tag: one for tag, one, _ in counts})
    # The figures of docs/adr/0095.
    assert (totals[COUNTED[0]] + totals[COUNTED[1]], totals[COUNTED[6]] + totals[COUNTED[7]]) == (
        1216,
        12410,
    )


def test_byte_for_byte_but_for_filled_cells_results_and_heights(template, filled):
    before, after = parts(template), parts(filled / "out.xlsx")

    def bare(xml: bytes) -> bytes:
        """Blank what may change: values, types of cells, heights of rows, the mark to calculate."""
        xml = xml.replace(b' fullCalcOnLoad="1"', b"")
        xml = re.sub(rb"<is>.*?</is>|<v>[^<]*</v>|<v/>|<v [^>]*>[^<]*</v>", b"", xml, flags=re.S)
        xml = re.sub(rb'(<row\b[^>]*?) ht="[^"]*"', rb"\1", xml)
        xml = re.sub(rb'(<c\b[^>]*?) t="\w+"', rb"\1", xml)
        return re.sub(rb"<c\b([^>]*?)(?:></c>|/>)", rb"<c\1/>", xml)

    for name in before:
        assert bare(before[name]) == bare(after[name]), name


def test_the_workbook_says_what_the_json_says(filled, book):
    record = json.loads((filled / "out.json").read_text())
    first, second = book.worksheets[2], book.worksheets[3]
    assert [first[f"E{row}"].value for row in (7, 11, 17, 25, 26, 27)] == [
        record["program"]["program_name"]["value"],
        "MCO",
        *("Tennessee", "STEADY", "GHOST", None),
    ]
    assert [first[f"E{row}"].value.date().isoformat() for row in (9, 10)] == [
        record["program"][name]["value"] for name in ("period_start", "period_end")
    ]
    assert [first[f"E{row}"].value for row in range(38, 47)] == [
        each["value"] for each in record["I.C"].values()
    ]
    assert [first[f"E{row}"].value for row in (50, 51, 52, 54, 56, 58, 62, 64, 66)] == [
        *("Yes", None, "STEADY; GHOST; ", "Yes", "STEADY; GHOST; ", None, "Yes", "STEADY; ", None)
    ]
    for standard in record["II.A"]:
        column = standard["standard"] + 4
        for item, row in STANDARD.items():
            expected = standard[f"II.A.{item}"]["value"]
            found = second.cell(row, column).value
            assert found == (f"{expected}; \n\n" if item == "5" else expected)
    for sheet, (plan, answers) in zip(book.worksheets[4:6], record["III"].items(), strict=True):
        assert sheet["D5"].value == answers["III.A.1"]["value"], plan
        for number, told in answers["standards"].items():
            for item, row in ROWS.items():
                expected, found = told[item]["value"], sheet.cell(row, int(number) + 4).value
                if item == "III.C.2a" and expected:
                    expected += "; \n\n"
                assert (None if found == "" else found) == expected, (plan, number, item)


def choices(book, source):
    sheet, cells = source.replace("$", "").replace("'", "").split("!")
    block = book[sheet][cells]
    rows = block if isinstance(block, tuple) else ((block,),)
    return [cell.value for (cell,) in rows if cell.value is not None]


def test_every_filled_cell_with_a_list_is_spelled_as_the_list(template, book):
    """Openpyxl knows no x14 validation: they are read here from the XML, by regular expression."""
    seen, free = Counter(), set()
    for number, sheet in enumerate(book.worksheets, 1):
        xml = parts(template)[f"xl/worksheets/sheet{number}.xml"].decode()
        for rule in re.findall(r"<x14:dataValidation .*?</x14:dataValidation>", xml, re.S):
            cells = re.search(r"<xm:sqref>(.*?)</xm:sqref>", rule)[1].split()
            listed = choices(book, re.search(r"<xm:f>(.*?)</xm:f>", rule)[1])
            for block in cells:
                held = sheet[block]
                for row in held if isinstance(held, tuple) else ((held,),):
                    for cell in row:
                        if cell.value in (None, "", "(header/blank cell)"):
                            continue
                        if any(str(each).startswith("=") for each in listed):
                            pieces = [part.strip() for part in cell.value.split(";")]
                            assert set(pieces) <= {"STEADY", "GHOST", *METHODS, ""}
                            seen["several"] += 1
                        elif 'showErrorMessage="1"' in rule:
                            assert cell.value in listed, (sheet.title, cell.coordinate)
                            seen["strict"] += 1
                        elif cell.value in listed:
                            seen["listed"] += 1
                        elif cell.row != 10:
                            free.add(cell.value)
    assert free == {"Adult and pediatric", "Enrollees with serious mental illness", "North"}
    # By hand. Strict: the state (two rules) 2, I.C 3, I.D 3, II.A.1 6, III.A.1 2, III.C.1 3,
    # III.C.3a 1. To choose several from: plans of a method 3, II.A.5 6, III.C.2a 4.
    assert (seen["strict"], seen["several"]) == (20, 13)


def test_a_list_of_several_ends_each_choice_as_its_formula_does(book):
    values = book["Set Values"]
    assert values["BK3"].value.endswith('"Geomapping"&"; "&CHAR(10)&CHAR(10),"")')
    assert values["J3"].value.endswith('&"; ")')
    assert book.worksheets[3]["E13"].value == "Geomapping; \n\n"


def test_more_plans_than_ten_go_into_further_workbooks(made, template, tmp_path):
    plans = tuple(f"P{number:02}" for number in range(11))
    store, review = made.store_of(tmp_path, [made.wait(plan, 9, 10) for plan in plans], plans)
    written = export_naaar(store, review, tmp_path / "out.xlsx", template)
    assert [path.name for path in written.files] == ["out.xlsx", "out-2.xlsx"]
    assert written.warnings == (
        "11 plans and 1 standard: a workbook holds 10 and 100, so there are 2",
    )
    names = []
    for path in written.files:
        names += texts(path, 3, [f"E{row}" for row in range(25, 35)])
    assert names == [*plans, *[None] * 9]


def test_more_standards_than_a_hundred_go_into_further_workbooks(made, template, tmp_path):
    regions = [f"Region {number:03}" for number in range(101)]
    findings = [made.beds("STEADY", 20, region) for region in regions]
    store, review = made.store_of(tmp_path, findings, ("STEADY",))
    written = export_naaar(store, review, tmp_path / "out.xlsx", template)
    found = []
    for path in written.files:
        found += texts(path, 4, [f"{get_column_letter(number)}15" for number in range(5, 105)])
    assert found == [*regions, *[None] * 99]


def rewrite(template: Path, to: Path, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts(template).items():
            archive.writestr(name, data.replace(old, new))
    return to


def test_another_version_with_the_same_rows_is_filled_with_a_warning(made, template, tmp_path):
    other = rewrite(template, tmp_path / "t.xlsx", b"Version 2026.7-v4", b"Version 2027.1-v1")
    store, review = made.store_of(tmp_path, [made.wait("STEADY", 9, 10)], ("STEADY",))
    written = export_naaar(store, review, tmp_path / "out.xlsx", other)
    assert written.warnings == (
        f"{other}: version 2027.1-v1; carvein knows 2026.7-v4, and found the same rows here: look "
        "the answers over",
    )


def test_another_version_with_other_rows_is_refused(template, tmp_path):
    other = rewrite(template, tmp_path / "t.xlsx", b">III.C.3a<", b">III.C.4a<")
    with pytest.raises(ExportError) as refused:
        read_template(other)
    assert str(refused.value) == (
        f"{other}: version 2026.7-v4: sheet 'III_Plan comp 438.68 {{Plan 1}}' has 'III.C.4a' in "
        "A20, wanted 'III.C.3a': carvein fills version 2026.7-v4"
    )


def test_a_list_that_spells_otherwise_is_refused(made, template, tmp_path):
    other = rewrite(template, tmp_path / "t.xlsx", b">Mental health<", b">Mental Health<")
    store, review = made.store_of(tmp_path, [made.beds("STEADY", 20)], ("STEADY",))
    with pytest.raises(ExportError) as refused:
        export_naaar(store, review, tmp_path / "out.xlsx", other)
    assert "has 'Mental Health' in B40, wanted 'Mental health'" in str(refused.value)
    assert not (tmp_path / "out.xlsx").exists()


def test_the_template_is_not_written_over(made, template, tmp_path):
    copy = tmp_path / "t.xlsx"
    shutil.copyfile(template, copy)
    store, review = made.store_of(tmp_path, [made.wait("STEADY", 9, 10)], ("STEADY",))
    with pytest.raises(ExportError) as refused:
        export_naaar(store, review, copy, copy)
    assert str(refused.value) == f"{copy}: is the template itself; name another file with --to"


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


@pytest.mark.office
def test_libreoffice_opens_it_and_works_its_formulas_out(template, filled, tmp_path):
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    office = shutil.which("soffice") or shutil.which("libreoffice")
    errors = []
    for book in (template, filled / "out.xlsx"):
        into = tmp_path / book.stem
        subprocess.run(
            [
                *(office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"),
                *("--headless", "--convert-to", every_sheet, "--outdir", into, book),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
        sheets = {path.stem.split("-", 1)[-1]: read_csv(path) for path in into.iterdir()}
        assert len(sheets) == 16
        errors.append(
            Counter(
                cell
                for rows in sheets.values()
                for row in rows
                for cell in row
                if re.fullmatch(r"#\w+[!?]|Err:\d+|#N/A|#NAME\?", cell)
            )
        )
    # CMS's two cells that point to a cell no longer there; nothing is added.
    assert errors[0].total() == errors[1].total()
    plan = next(rows for name, rows in sheets.items() if name.endswith("{Plan 2}"))
    assert plan[3][3] == "GHOST"
    assert plan[10][4] == (
        "Standard #1:\n\nMental health; \nMaximum time or distance (e.g. 1 provider within 30 min "
        "or 30 miles); \nAdult; \nMetro"
    )
    state = next(rows for name, rows in sheets.items() if "State and program" in name)
    assert (state[13][4], state[8][4]) == ("Tennessee", "01/01/2026")
    available = next(rows for name, rows in sheets.items() if "438.206" in name)
    assert available[4][4:7] == ["STEADY", "GHOST", "[Plan 3]"]
