"""The NPPES monthly file: what is picked of it, and files that are refused in one clear line."""

import csv
import io
import zipfile
from datetime import date

import polars as pl
import pytest

from monitor import nppes
from monitor.nppes import NppesError, beside, extract, open_nppes
from rules.nppes import NPPES_COLUMNS, same_organization, same_person

_KINDS = ("Business Mailing", "Business Practice Location")
_PLACE = (
    "City Name",
    "State Name",
    "Postal Code",
    "Country Code (If outside U.S.)",
    "Telephone Number",
    "Fax Number",
)
_OTHER = ("", " Type Code", " State", " Issuer")
HEADER = [
    "NPI",
    "Entity Type Code",
    "Replacement NPI",
    "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)",
    *(
        f"Provider {word}"
        for word in (
            "First Name",
            "Middle Name",
            "Name Prefix Text",
            "Name Suffix Text",
            "Credential Text",
        )
    ),
    "Provider Other Organization Name",
    "Provider Other Organization Name Type Code",
    *(
        f"Provider Other {word}"
        for word in (
            "Last Name",
            "First Name",
            "Middle Name",
            "Name Prefix Text",
            "Name Suffix Text",
            "Credential Text",
            "Last Name Type Code",
        )
    ),
    *(
        name
        for kind in _KINDS
        for name in (
            f"Provider First Line {kind} Address",
            f"Provider Second Line {kind} Address",
            *(f"Provider {kind} Address {word}" for word in _PLACE),
        )
    ),
    "Provider Enumeration Date",
    "Last Update Date",
    "NPI Deactivation Reason Code",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    "Provider Sex Code",
    *(
        f"Authorized Official {word}"
        for word in (
            "Last Name",
            "First Name",
            "Middle Name",
            "Title or Position",
            "Telephone Number",
        )
    ),
    *(
        name
        for n in range(1, 16)
        for name in (
            f"Healthcare Provider Taxonomy Code_{n}",
            f"Provider License Number_{n}",
            f"Provider License Number State Code_{n}",
            f"Healthcare Provider Primary Taxonomy Switch_{n}",
        )
    ),
    *(f"Other Provider Identifier{part}_{n}" for n in range(1, 51) for part in _OTHER),
    "Is Sole Proprietor",
    "Is Organization Subpart",
    "Parent Organization LBN",
    "Parent Organization TIN",
    *(
        f"Authorized Official {word}"
        for word in ("Name Prefix Text", "Name Suffix Text", "Credential Text")
    ),
    *(f"Healthcare Provider Taxonomy Group_{n}" for n in range(1, 16)),
    "Certification Date",
]
PRACTICE = "Provider Business Practice Location Address"
DOE = {
    "NPI": "1234567893",
    "Entity Type Code": "1",
    "Provider Last Name (Legal Name)": "DOE",
    "Provider First Name": "ANN",
    f"{PRACTICE} State Name": "TN",
    f"{PRACTICE} Postal Code": "372011234",
    f"{PRACTICE} Country Code (If outside U.S.)": "US",
    "Last Update Date": "03/01/2024",
    "Healthcare Provider Taxonomy Code_1": "207Q00000X",
    "Healthcare Provider Taxonomy Code_15": "207R00000X",
}
ABROAD = {
    **DOE,
    "NPI": "1992714737",
    f"{PRACTICE} Country Code (If outside U.S.)": "DE",
    f"{PRACTICE} State Name": "BAVARIA",
}
GONE = {"NPI": "1245319599", "NPI Deactivation Date": "01/04/2026", "NPI Reactivation Date": ""}
MONTHLY = "npidata_pfile_20050523-20260412.csv"


def written(*rows, header=HEADER):
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    out.writerows([header, *([row.get(name, "") for name in header] for row in rows)])
    return text.getvalue().encode()


@pytest.fixture
def file(tmp_path):
    def make(data, name=MONTHLY):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


def picked(path, npis, tmp_path):
    opened = open_nppes(path)
    return opened, pl.read_parquet(extract(opened, npis, tmp_path / "staged") / "*.parquet")


def test_the_header_is_the_330_columns_of_the_monthly_file():
    assert len(HEADER) == len(set(HEADER)) == 330


def test_only_the_npis_that_are_asked_for_are_picked(file, tmp_path):
    rows = [{"NPI": str(1_000_000_000 + n), "Entity Type Code": "1"} for n in range(500)]
    opened, found = picked(
        file(written(*rows, DOE, GONE, ABROAD)),
        {"1234567893", "1245319599", "1992714737", "1386620755"},
        tmp_path,
    )
    assert found.schema == NPPES_COLUMNS
    shown = (
        "npi",
        "entity_type",
        "last_name",
        "first_name",
        "practice_state",
        "practice_zip",
        "taxonomies",
    )
    assert found.select(shown).rows() == [
        ("1234567893", "individual", "DOE", "ANN", "TN", "37201", "207Q00000X;207R00000X"),
        ("1245319599", None, None, None, None, None, None),
        ("1992714737", "individual", "DOE", "ANN", None, None, "207Q00000X;207R00000X"),
    ]
    days = ("updated_on", "deactivated_on", "reactivated_on", "stated_on", "_file")
    assert found.select(days).rows()[:2] == [
        (date(2024, 3, 1), None, None, date(2026, 4, 12), MONTHLY),
        (None, date(2026, 1, 4), None, date(2026, 4, 12), MONTHLY),
    ]
    assert opened.version.startswith(f"{MONTHLY}, sha256 ")


def test_pieces_cut_lines_in_any_place(file, tmp_path, monkeypatch):
    data = written(*({**DOE, "NPI": str(1_000_000_000 + n)} for n in range(20)))
    whole = picked(file(data), {"1000000007", "1000000019"}, tmp_path)[1].rows()
    assert len(whole) == 2
    for size in (1_000, 1_501, 4_099):
        monkeypatch.setattr(nppes, "PIECE", size)
        assert (
            picked(file(data), {"1000000007", "1000000019"}, tmp_path / str(size))[1].rows()
            == whole
        )
    monkeypatch.undo()
    crlf = data.replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert picked(file(crlf), {"1000000007", "1000000019"}, tmp_path / "crlf")[1].rows() == whole


def test_the_zip_that_cms_publishes(file, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"in/{MONTHLY}", written(DOE))
        archive.writestr("npidata_pfile_20050523-20260412_fileheader.csv", b"NPI\n")
        archive.writestr("othername_pfile_20050523-20260412.csv", b"NPI\n")
    opened, found = picked(file(packed.getvalue(), "NPPES.zip"), {"1234567893"}, tmp_path)
    assert (opened.name, opened.stated, found["npi"].to_list()) == (
        MONTHLY,
        date(2026, 4, 12),
        ["1234567893"],
    )


def test_a_line_that_cannot_be_split_says_nothing_of_its_provider(file, tmp_path):
    data = written(DOE, GONE) + b'"1992714737","1","short"\n'
    found = picked(file(data), {"1992714737"}, tmp_path)[1]
    assert found.select("npi", "entity_type", "practice_state", "_file").rows() == [
        ("1992714737", None, None, MONTHLY)
    ]


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "x.csv", "not the NPPES monthly file: line 1 does not begin with NPI"),
        (
            b"NPI,Entity Type Code\n1234567893,1\n",
            "x.csv",
            "not the NPPES monthly file: no column Provider Organization Name (Legal Business "
            "Name)",
        ),
        (b"npi,name\n1,a\n", "x.csv", "not the NPPES monthly file: line 1 does not begin with NPI"),
        (
            written(DOE, header=[name for name in HEADER if name != "NPI Deactivation Date"]),
            "x.csv",
            "not the NPPES monthly file: no column NPI Deactivation Date",
        ),
        (written(), "x.csv", "no provider on line 2; wanted a line that begins with an NPI"),
        (
            written(DOE),
            "npidata_pfile_20260406-20260412.csv",
            "a weekly update (2026-04-06 to 2026-04-12) lists few providers; "
            "wanted the monthly file",
        ),
        (b"PK\x03\x04", "x.zip", "the zip cannot be read (File is not a zip file)"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(file, data, name, told):
    path = file(data, name)
    with pytest.raises(NppesError) as caught:
        open_nppes(path)
    assert str(caught.value) == f"{path}: {told}"


def test_a_zip_without_the_file_is_refused(file):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", b"")
    path = file(packed.getvalue(), "x.zip")
    with pytest.raises(NppesError) as caught:
        open_nppes(path)
    assert str(caught.value) == f"{path}: 0 files npidata_pfile_*.csv in the zip; wanted one"


def test_no_such_file(tmp_path):
    with pytest.raises(NppesError) as caught:
        open_nppes(tmp_path / "none.csv")
    assert str(caught.value) == f"{tmp_path / 'none.csv'}: No such file or directory"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (written(DOE, GONE)[:-700], "cut off: the last line has "),
        (
            written(DOE) + b"some other text\n" * 9,
            "not the NPPES monthly file: 1 of 10 lines begin with an NPI",
        ),
        (written(DOE) + b'"' + b"x" * (2 << 20), "a line of over 1 MiB"),
    ],
)
def test_a_file_that_goes_wrong_further_on_is_refused(file, tmp_path, data, told):
    path = file(data)
    with pytest.raises(NppesError) as caught:
        picked(path, {"1234567893"}, tmp_path)
    assert str(caught.value).startswith(f"{path}: {told}")
    assert "\n" not in str(caught.value)


def test_a_cut_off_zip_is_refused(file, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = [{**DOE, "NPI": str(1_000_000_000 + n)} for n in range(3_000)]
        archive.writestr(MONTHLY, written(*rows))
    broken = bytearray(packed.getvalue())
    broken[2_000:2_400] = b"\0" * 400
    path = file(bytes(broken), "x.zip")
    with pytest.raises(NppesError) as caught:
        picked(path, {"1234567893"}, tmp_path)
    assert str(caught.value) == f"{path}: the zip is damaged or cut off"


def test_the_npis_of_providers_and_encounters_are_asked_for(file, tmp_path):
    staged = {}
    for table, frame in {
        "providers": pl.DataFrame({"npi": ["1234567893", None]}),
        "encounters": pl.DataFrame(
            {"billing_npi": ["1245319599"], "rendering_npi": [None]},
            schema=dict.fromkeys(("billing_npi", "rendering_npi"), pl.String),
        ),
    }.items():
        folder = tmp_path / "staged" / table
        folder.mkdir(parents=True)
        frame.write_parquet(folder / "part-0.parquet")
        staged[table] = folder
    assert beside(staged, None) == staged
    found = beside(staged, open_nppes(file(written(DOE, GONE, ABROAD))))
    assert pl.read_parquet(found["nppes"] / "*.parquet")["npi"].to_list() == [
        "1234567893",
        "1245319599",
    ]


PEOPLE = [("DOE", "ANN", "MARIE")]


@pytest.mark.parametrize(
    ("name", "known", "same"),
    [
        ("Doe, Ann, MD", PEOPLE, True),
        ("ann doe", PEOPLE, True),
        ("Doe A", PEOPLE, True),
        ("Doe Marie", PEOPLE, True),
        ("Doe Annabelle", PEOPLE, True),
        ("Dr. Ann Doe, Ph.D., LCSW", PEOPLE, True),
        ("Doe", PEOPLE, False),
        ("Roe, Ann", PEOPLE, False),
        ("Doe, Bob", PEOPLE, False),
        ("Ann Doe-Smith", PEOPLE, True),
        ("Smith, Ann", [("SMITH-JONES", "ANN", "")], True),
        ("Jones, Ann", [("SMITH-JONES", "ANN", "")], True),
        ("Johnson, Robert", [("JOHNSTON", "ROBERT", "")], True),
        ("Jonhson, Robert", [("JOHNSON", "ROBERT", "")], True),
        ("Jackson, Robert", [("JOHNSON", "ROBERT", "")], False),
        ("Li, Wei", [("LU", "WEI", "")], False),
        ("Núñez, José", [("NUNEZ", "JOSE", "")], True),
        ("Ma, Yo", [("MA", "YO", "")], True),
        ("anyone", [("", "", "")], True),
        ("", PEOPLE, True),
        ("Doe, Ann", [("ROE", "ANN", ""), ("DOE", "ANN", "")], True),
    ],
)
def test_names_of_people(name, known, same):
    assert same_person(name, known) is same


@pytest.mark.parametrize(
    ("name", "known", "same"),
    [
        ("City Hospital", ["CITY HOSPITAL INC"], True),
        ("City Hosp.", ["THE CITY HOSPITAL LLC"], True),
        ("City Hospital - North Campus", ["CITY HOSPITAL"], True),
        ("CityHospital", ["CITY HOSPITAL"], True),
        ("St. Mary's Medical Center", ["SAINT MARYS MED CTR"], True),
        ("Harbor Clinic", ["MIDTOWN DIALYSIS LLC"], False),
        ("Harbor Clinic", ["MIDTOWN DIALYSIS LLC", "HARBOR CLINIC"], True),
        ("The LLC", ["CITY HOSPITAL"], False),
        ("anything", ["", ""], True),
    ],
)
def test_names_of_organizations(name, known, same):
    assert same_organization(name, known) is same
