import csv
import gzip
import re
from collections import defaultdict
from datetime import date, timedelta

import pytest
import zipcodes

from rules.values import (
    FOLDER,
    find_value_set,
    read_value_set,
    shipped_names,
    value_set,
    value_set_versions,
    value_sets_in_force,
)

SETS = [path.stem for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "specialties"]
HEAD = 'name: toy\ntitle: Toy\nversion: "1"\neffective: 2022-01-01\nsource: nowhere\n'


def test_every_value_set_is_named_as_its_file_and_says_its_version_and_source():
    files = [path.stem for path in FOLDER.glob("*.yaml")]
    assert list(value_set_versions()) == sorted([*files, "icd10cm_2026"])
    assert [each.name for each in value_sets_in_force()] == list(value_set_versions())
    assert sorted([*SETS, "icd10cm_2026"]) == list(shipped_names())
    assert not any(each.replaced for each in value_sets_in_force())
    assert all(value_set_versions().values())
    for name in SETS:
        values = value_set(name)
        assert values.name == name
        mark = " (unverified)" if values.unverified else ""
        assert value_set_versions()[name] == values.version + mark
        assert values.source
        assert values.effective <= date(2026, 1, 1)
        assert re.fullmatch("[0-9a-f]{64}", values.digest)


def test_ranges_are_written_out_and_zeros_kept(tmp_path):
    path = tmp_path / "toy.yaml"
    path.write_text(HEAD + "codes:\n  A:\n    - 0098-0101, H09-H11, 0362T-0363T\n  B: [X]\n")
    values = read_value_set(path)
    assert values.group("A") == (
        *("0098", "0099", "0100", "0101"),
        *("H09", "H10", "H11"),
        *("0362T", "0363T"),
    )
    assert values.group("B") == ("X",)
    assert values.group("C") == ()
    assert not values.unverified


def test_the_longest_entry_wins():
    taxonomies = value_set("bh_taxonomies")
    told = ["103TC0700X", "103TA0400X", "101YA0400X", "101YM0800X", "207Q00000X", "103", ""]
    assert [taxonomies.of(code) for code in told] == ["BH", "SUD", "SUD", "BH", None, None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list\n", "toy.yaml: wanted a mapping"),
        ("name: toy\n", "toy.yaml: no codes"),
        (HEAD.replace('version: "1"\n', "") + "codes: {A: [X]}\n", "toy.yaml: no version"),
        (HEAD + "codes: {A: [X1], B: [X0-X3]}\n", "toy.yaml: X1 is in A and in B"),
        (HEAD + "codes: {A: [X3-X1]}\n", "toy.yaml: X3-X1 is no range"),
        (HEAD + "codes: {A: [X9-X10]}\n", "toy.yaml: X9-X10 is no range"),
        (HEAD + "codes: {A: [X1-Y3]}\n", "toy.yaml: 'X1-Y3' is neither a code nor a range"),
        (HEAD + "codes: {A: [x.1]}\n", "toy.yaml: 'x.1' is neither a code nor a range"),
    ],
)
def test_a_broken_value_set_is_refused_with_its_reason(tmp_path, text, message):
    path = tmp_path / "toy.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_value_set(path)


DATED = (
    HEAD
    + """\
match: whole
until: 2026-12-31
codes: {A: [X1-X3], B: [Y1]}
dates:
  X2-X3: {start: 2023-10-01, end: 2024-09-30}
  Y1: {end: 2024-12-31}
"""
)


def test_an_entry_is_valid_from_its_first_to_its_last_day(tmp_path):
    path = tmp_path / "toy.yaml"
    path.write_text(DATED)
    values = read_value_set(path)
    days = [date(2023, 9, 30), date(2023, 10, 1), date(2024, 9, 30), date(2024, 10, 1)]
    assert [values.valid("X3", day) for day in days] == [False, True, True, False]
    assert [values.valid("X1", day) for day in days] == [True] * 4
    assert [values.valid("Y1", date(2024, 12, 31)), values.valid("Y1", date(2025, 1, 1))] == [
        True,
        False,
    ]
    assert [values.entry(code) for code in ("X2", "X22", "X", "")] == ["X2", None, None, None]
    assert [
        values.speaks(day)
        for day in (date(2021, 12, 31), date(2022, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    ] == [False, True, True, False]


def test_the_dates_of_a_beginning_hold_for_all_codes_that_begin_so(tmp_path):
    path = tmp_path / "toy.yaml"
    path.write_text(HEAD + "codes: {A: [X]}\ndates: {X: {start: 2024-01-01}}\n")
    values = read_value_set(path)
    assert values.valid("X99", date(2024, 1, 1))
    assert not values.valid("X99", date(2023, 12, 31))
    assert not values.valid("Y", date(2024, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("match: whole", "match: part", "toy.yaml: match is 'part', wanted beginning or whole"),
        ("until: 2026-12-31", "until: 2021-12-31",
         "toy.yaml: until 2021-12-31 is before effective 2022-01-01"),
        ("until: 2026-12-31", "until: soon", "toy.yaml: until is 'soon', wanted YYYY-MM-DD"),
        ("effective: 2022-01-01", "effective: 2022",
         "toy.yaml: effective is '2022', wanted YYYY-MM-DD"),
        ("Y1: {end", "Y2: {end", "toy.yaml: Y2 has dates and is in no group"),
        ("Y1: {end: 2024-12-31}", "Y1: {}", "toy.yaml: dates of Y1: wanted start, end or both"),
        ("Y1: {end: 2024-12-31}", "Y1: {ends: 2024-12-31}",
         "toy.yaml: dates of Y1: wanted start, end or both"),
        ("Y1: {end: 2024-12-31}", "Y1: {start: 2024-13-01}",
         "toy.yaml: start of Y1 is '2024-13-01', wanted YYYY-MM-DD"),
        ("end: 2024-09-30", "end: 2023-09-30", "toy.yaml: X2 ends 2023-09-30, before 2023-10-01"),
        ("until:", "untill:", "toy.yaml: unknown key 'untill'"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: []",
         "toy.yaml: codes is no mapping of groups to lists"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: {A: []}", "toy.yaml: codes is empty"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: {A: X1}", "toy.yaml: group A is no list"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: {A: [[X1]]}",
         "toy.yaml: ['X1'] is no text; put it in quotes"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: {A: [0000000-9999999]}",
         "toy.yaml: more than 500,000 entries"),
        ("codes: {A: [X1-X3], B: [Y1]}", "codes: {A: [X1", "toy.yaml: line 9: "),
        ("title: Toy", "title: ''", "toy.yaml: title is no text"),
    ],
)  # fmt: skip
def test_a_broken_dated_set_is_refused_with_its_reason(tmp_path, old, new, message):
    path = tmp_path / "toy.yaml"
    assert old in DATED
    path.write_text(DATED.replace(old, new, 1))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_value_set(path)


def test_no_such_value_set():
    with pytest.raises(FileNotFoundError):
        value_set("no_such_set")
    assert find_value_set("no_such_set") is None


def test_places_began_on_the_days_that_cms_states():
    places = value_set("places_of_service")
    began = {"02": "2017-01-01", "10": "2022-01-01", "27": "2023-10-01", "58": "2020-01-01"}
    for code, day in {**began, "66": "2024-08-01"}.items():
        first = date.fromisoformat(day)
        assert places.valid(code, first)
        assert not places.valid(code, first - timedelta(days=1))
    assert not any(places.valid(code, date(2026, 1, 1)) for code in ("28", "59", "2", "", "112"))


def test_every_zip_code_falls_into_its_state():
    prefixes = value_set("zip_prefixes")
    differ = [
        (zip_code["zip_code"], zip_code["state"])
        for zip_code in zipcodes.list_all()
        if prefixes.of(zip_code["zip_code"]) != zip_code["state"]
    ]
    # 099 is military mail, and Lead Hill is a town of Arkansas: the package is wrong in these.
    assert differ == [
        *(("09905", "NJ"), ("09980", "NJ"), ("09981", "NJ"), ("09982", "NJ"), ("09983", "NJ")),
        *(("09984", "NJ"), ("72643", "MO")),
    ]


def test_revenue_codes_fall_into_their_categories():
    categories = value_set("revenue_codes")
    told = ["0001", "0002", "0022", "0100", "0450", "0905", "0999", "1002", "1010", "2101", "3105"]
    assert [categories.of(code) for code in told] == [
        *("total", None, "rate_codes", "accommodation", "ancillary", "ancillary", "ancillary"),
        *("accommodation", None, "alternative_therapy", "adult_care"),
    ]
    assert all(categories.of(code) for code in value_set("bh_revenue").codes)


def test_languages_by_name_and_code():
    languages = value_set("languages")
    told = ["ENGLISH", "ES", "ASL", "AMERICAN SIGN LANGUAGE", "HAITIAN CREOLE", "KLINGON", "NO", ""]
    assert [languages.of(name) for name in told] == [
        *("english", "spanish", "american_sign_language", "american_sign_language"),
        *("haitian_creole", None, "norwegian", None),
    ]


@pytest.mark.shared
def test_places_agree_with_the_list_of_cms(shared):
    listed = {row["code"] for row in rows(shared, "codes/place_of_service_codes.csv.gz")}
    ours = set(value_set("places_of_service").codes)
    assert listed - ours == set()
    assert sorted(ours - listed) == ["27", "66"]  # younger than that copy of the list


@pytest.mark.shared
def test_every_taxonomy_falls_into_its_grouping(shared):
    """Medicare's crosswalk and the T-MSIS list, which tells people from organizations."""
    groupings = value_set("taxonomy_groupings")
    crosswalk = {
        row["PROVIDER TAXONOMY CODE"].strip()
        for row in rows(shared, "codes/cms_taxonomy_crosswalk_2025-11.csv.gz")
        if re.fullmatch("[0-9A-Z]{9}X", (row["PROVIDER TAXONOMY CODE"] or "").strip())
    }
    assert len(crosswalk) > 400
    assert [code for code in sorted(crosswalk) if groupings.of(code) is None] == []
    tmsis = {
        row["PROV-CLASSIFICATION-CODE"]: row["Designation"]
        for row in rows(shared, "codes/tmsis_provider_classification.csv.gz")
        if row["Source List"] == "Taxonomy Code List"
    }
    kinds = {"individual": "individual", "non-individual": "organization"}
    assert len(tmsis) == 866
    assert {
        code: designation
        for code, designation in tmsis.items()
        if groupings.of(code) != kinds[designation.lower()]
    } == {}


def rows(shared, name):
    with gzip.open(shared / "data" / name, "rt", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


@pytest.mark.shared
def test_the_lettered_procedure_codes_exist(shared):
    known = {row["code"] for row in rows(shared, "codes/hcpcs_level_2.csv.gz")}
    sets = [value_set(name) for name in ("bh_services", "other_services", "out_of_network_exempt")]
    asked = {code for values in sets for code in values.codes if re.fullmatch("[A-Z].{4}", code)}
    assert len(asked) > 200
    # Newer than the list of 2022, as the value set says.
    assert sorted(asked - known) == [
        *("G0017", "G0018", "G0137", "G0323", "J0402", "J0577", "J0578", "J2427", "J2799")
    ]


@pytest.mark.shared
def test_the_places_and_the_modifiers_exist(shared):
    places = {row["code"] for row in rows(shared, "codes/place_of_service_codes.csv.gz")}
    assert set(value_set("bh_places").codes) <= places
    codes = {row["code"] for row in rows(shared, "codes/hcpcs_level_2.csv.gz")}
    assert set(value_set("bh_modifiers").codes) <= codes


@pytest.mark.shared
def test_taxonomies_agree_with_the_specialties_that_medicare_gives_them(shared):
    """Medicare pays several trades under neuropsychiatry; those of neurology are not ours."""
    behavioral = re.compile("psychiatr|psycholog|addiction|social worker|counselor|marriage|mental")
    other = set()
    asked = set()
    for row in rows(shared, "codes/cms_taxonomy_crosswalk_2025-11.csv.gz"):
        code = (row["PROVIDER TAXONOMY CODE"] or "").strip()
        if behavioral.search(row["MEDICARE PROVIDER/SUPPLIER TYPE DESCRIPTION"].lower()) and code:
            asked.add(code)
            if value_set("bh_taxonomies").of(code) is None:
                other.add(code)
    assert len(asked) > 50
    assert sorted(other) == [
        "207L00000X",  # anesthesiology
        "207QG0300X",  # geriatric family medicine
        "2084B0002X",  # bariatric medicine
        "2084B0040X",  # behavioral neurology
        "2084D0003X",
        "2084H0002X",
        "2084N0008X",
        "2084N0400X",  # neurology
        "2084N0402X",
        "2084N0600X",
        "2084P0005X",
        "2084P0301X",
        "2084P2900X",
        "2084S0010X",
        "2084S0012X",
        "2084V0102X",
    ]


@pytest.mark.shared
def test_diagnoses_agree_with_ccsr_but_for_the_groups_named(shared):
    """CCSR's default outpatient category of every F code against MH, SUD or neither."""
    substance = {f"MBD{number:03}" for number in (*range(17, 24), 25, *range(28, 34))}
    category: dict[str, str] = {}
    for row in rows(shared, "ccsr/DX_to_CCSR_Mapping.csv.gz"):
        code = row["ICD-10-CM Code"].strip("'")
        if code.startswith("F") and row["Outpatient Default CCSR (Y/N/X)"] == "Y":
            category[code] = row["CCSR Category"].strip("'")
    differ = defaultdict(set)
    agree = 0
    for code, theirs in category.items():
        kind = "SUD" if theirs in substance else "MH" if theirs.startswith("MBD") else None
        kind = None if theirs == "MBD024" else kind  # tobacco
        ours = value_set("bh_diagnoses").of(code)
        agree += ours == kind
        if ours != kind:
            differ[theirs].add(code[:3])
    assert (len(category), agree) == (833, 768)
    physiological, remission = {"F06", "F07", "F09"}, {f"F{number}" for number in range(10, 20)}
    disabilities = {"F70", "F71", "F72", "F73", "F78", "F79"}
    assert differ.pop("MBD026") == remission  # one category for both kinds, and for nicotine
    assert differ.pop("MBD014") == disabilities
    assert set().union(*(differ.pop(name) for name in list(differ) if name[:3] == "MBD")) == (
        physiological
    )
    # Their homes are other chapters: pseudobulbar affect, sleep, puerperal, stuttering, enuresis.
    assert differ == {
        "NVS011": {"F48"},
        "NVS016": {"F51"},
        "PRG027": {"F53"},
        "EAR004": {"F80"},
        "GEN008": {"F98"},
    }
