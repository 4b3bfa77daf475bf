import csv
import gzip
import re
from collections import defaultdict
from datetime import date

import pytest

from rules.values import FOLDER, read_value_set, value_set, value_set_versions

SETS = [path.stem for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "specialties"]
HEAD = 'name: toy\ntitle: Toy\nversion: "1"\neffective: 2022-01-01\nsource: nowhere\n'


def test_every_value_set_is_named_as_its_file_and_says_its_version_and_source():
    assert list(value_set_versions()) == sorted(path.stem for path in FOLDER.glob("*.yaml"))
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


def test_no_such_value_set():
    with pytest.raises(FileNotFoundError):
        value_set("no_such_set")


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
