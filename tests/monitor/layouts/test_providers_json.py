"""CMS's providers.json: rows by hand, and hostile files that stay bounded and located."""

import json

import pytest

ONE = {
    "npi": "1234567893",
    "type": "INDIVIDUAL",
    "name": {
        "prefix": "Dr.",
        "first": "Martin",
        "middle": "Van",
        "last": "Nostrand",
        "suffix": "Jr.",
    },
    "addresses": [
        {
            "address": "123 Park Ave",
            "address_2": "Suite 120",
            "city": "Nashville",
            "state": "tn",
            "zip": "37201-1234",
            "phone": "6155551212",
        },
        {"address": "9 Elm St", "city": "Franklin", "state": "TN", "zip": 37064},
    ],
    "phone": "6155550000",
    "speciality": ["Dermatology", "Mohs surgery; skin"],
    "accepting": "not accepting",
    "languages": ["English", "Spanish"],
    "plans": [{"plan_id": "P1"}, {"plan_id": "P1"}, {"plan_id": "P2"}],
}
OLD = {
    "npi": 1245319599,
    "type": "facility",
    "facility_name": "City Hospital",
    "facility_type": "Acute inpatient hospitals",
    "address": {"address": "1 Hospital Dr", "city": "Boston", "state": "MA", "zip": 2139},
    "phone": "6175550000",
    "accepting": True,
    "plans": [],
}
TABLES = {"providers": {"file": "providers.json", "layout": "cms_providers_json"}}
SHOWN = ("_line", "npi", "entity_type", "name", "street", "city", "state", "zip")
QUIET = (".cannot_carry", ".not_used", ".empty")
NEXT = '{"npi":"1245319599"}'


@pytest.fixture
def take_json(take):
    def run(text):
        data = text if isinstance(text, bytes) else text.encode()
        return take({"providers.json": data, "plan_offices.csv": OFFICE}, {**TABLES, **BESIDE})

    return run


OFFICE = "office_id,street,city,state,zip,latitude,longitude\n1,a,b,TN,37201,36.1633,-86.7771\n"
BESIDE = {"plan_offices": {"file": "plan_offices.csv"}}


def test_older_and_newer_elements_one_row_an_address(take_json):
    taken = take_json(json.dumps([ONE, OLD]))
    assert taken.count("providers") == (3, 3, 0)
    assert taken.staged("providers", *SHOWN) == [
        (
            2,
            "1234567893",
            "individual",
            "Nostrand, Martin Van Jr.",
            "123 Park Ave, Suite 120",
            "Nashville",
            "TN",
            "37201",
        ),
        (
            2,
            "1234567893",
            "individual",
            "Nostrand, Martin Van Jr.",
            "9 Elm St",
            "Franklin",
            "TN",
            "37064",
        ),
        (3, "1245319599", "facility", "City Hospital", "1 Hospital Dr", "Boston", "MA", "02139"),
    ]
    assert taken.staged("providers", "accepting_new", "phone", "program", "languages", "plans") == [
        ("N", "6155551212", "dermatology;Mohs surgery, skin", "English;Spanish", "P1;P2"),
        ("N", "6155550000", "dermatology;Mohs surgery, skin", "English;Spanish", "P1;P2"),
        ("Y", "6175550000", "acute_hospital", None, None),
    ]
    assert [site for (site,) in taken.staged("providers", "site_id")] == [
        "123 PARK AVE|SUITE 120|NASHVILLE|37201-1234",
        "9 ELM ST|FRANKLIN|37064",
        "1 HOSPITAL DR|BOSTON|2139",
    ]
    assert taken.faults(*QUIET) == []


def test_accepting_in_some_locations_cannot_be_told_and_is_said(take_json):
    taken = take_json(json.dumps([{**ONE, "accepting": "accepting in some locations"}]))
    assert (
        taken.faults(*QUIET)
        == [
            (
                "providers.accepting_new.value",
                "providers.json",
                2,
                "accepting_new",
                "accepting in some locations",
            )
        ]
        * 2
    )


def test_a_key_that_the_specification_has_not_is_kept_and_said_once(take_json):
    taken = take_json(json.dumps([{**OLD, "years": [2026]}, {**OLD, "years": [2027]}]))
    assert taken.staged("providers", "more") == [('{"years": [2026]}',), ('{"years": [2027]}',)]
    assert taken.faults(*QUIET) == [
        ("providers.file.unknown_column", "providers.json", 2, "years", "years")
    ]


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ('{"npi":"1","npi":"2"}', "the key npi stands twice"),
        ('{"npi":"1","name":{"last":"a","last":"b"}}', "the key last stands twice"),
        ('{"npi":{"a":1}}', "npi holds an object"),
        ('{"npi":"1","address":"1 Main"}', "an address is a single value"),
        ('{"npi":"1","plans":"all"}', "plans holds a single value"),
        ("1", "1"),
        ("null", "null"),
        ("[[]]", "[[]]"),
        ('{"npi":' + "[" * 50_000 + "]" * 50_000 + "}", "nested too deep"),
        ('{"npi":"1","x":' + json.dumps([1] * 20_001) + "}", "over 20,000 values"),
        ('{"npi":"' + "x" * (2 << 20) + '"}', "over 1,048,576 characters"),
    ],
)
def test_an_odd_element_is_set_aside_and_the_next_one_read(take_json, element, found):
    taken = take_json(f"[{element},{NEXT}]")
    assert taken.count("providers") == (2, 1, 1)
    assert taken.quarantined("providers") == [(2, "providers.row.element")]
    assert taken.staged("providers", "_line", "npi") == [(3, "1245319599")]
    assert [row[1:] for row in taken.faults() if row[0] == "providers.row.element"] == [
        ("providers.json", 2, "", found)
    ]


@pytest.mark.parametrize(
    ("text", "line", "found", "rows"),
    [
        (f'[{NEXT},{{"npi":"1', 3, "damaged in element 3: parse error: premature EOF", (2, 1, 1)),
        (f"[{NEXT}", 3, "damaged after element 2: parse error: premature EOF", (2, 1, 1)),
        (f"[{NEXT}] []", 3, "damaged after element 2: parse error: trailing garbage", (2, 1, 1)),
        (
            f'[{NEXT},{{"npi":NaN}}]',
            3,
            "damaged in element 3: lexical error: invalid char in json text.",
            (2, 1, 1),
        ),
        (
            f"[{NEXT},{{'npi':1}}]",
            3,
            "damaged in element 3: lexical error: invalid char in json text.",
            (2, 1, 1),
        ),
        (
            f'[{NEXT},{{"npi":{"9" * 501}}}]',
            3,
            "damaged in element 3: over 500 digits in a row",
            (2, 1, 1),
        ),
        (
            f'[{NEXT},{" " * 65_500}{{"npi":{"9" * 90_000}}}]',
            3,
            "damaged in element 3: over 500 digits in a row",
            (2, 1, 1),
        ),
        (
            f'[{NEXT},{{"npi":"{"x" * (6 << 20)}"}}]',
            3,
            "damaged in element 3: over 4 MiB without a whole value",
            (2, 1, 1),
        ),
        (
            f"[{NEXT},{' ' * (6 << 20)}{NEXT}]",
            3,
            "damaged after element 2: over 4 MiB without a whole value",
            (2, 1, 1),
        ),
        ("[" * 200_000, 2, "damaged in element 2: parse error: premature EOF", (1, 0, 1)),
    ],
)
def test_a_file_that_stops_being_json_says_after_which_element(take_json, text, line, found, rows):
    taken = take_json(text)
    assert taken.count("providers") == rows
    assert [row[1:] for row in taken.faults() if row[0] == "providers.file.damaged"] == [
        ("providers.json", line, "", found)
    ]
    assert taken.quarantined("providers")[0] == (line, "providers.file.damaged")


def test_a_long_number_inside_the_bound_is_read(take_json):
    taken = take_json(f'[{{"npi":{"9" * 500}}}]')
    assert taken.count("providers") == (1, 1, 0)


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ('{"npi":"1"}', "providers.file.damaged", "not a JSON array"),
        ("npi,name\n1,a\n", "providers.file.damaged", "not a JSON array"),
        (f"[{NEXT}]".encode("utf-16"), "providers.file.damaged", "not a JSON array"),
        ("", "providers.file.empty", "0 bytes"),
        ("  \n", "providers.file.empty", "3 bytes"),
    ],
)
def test_a_file_that_is_no_array_gives_no_row(take_json, text, code, value):
    taken = take_json(text)
    assert taken.count("providers") == (0, 0, 0)
    assert taken.shaped.unreadable == ("providers",)
    assert [(row[0], row[4]) for row in taken.faults() if row[0].startswith("providers")] == [
        (code, value)
    ]


def test_a_byte_order_mark_is_said_and_the_file_read(take_json):
    taken = take_json(b"\xef\xbb\xbf" + f"[{NEXT}]".encode())
    assert taken.count("providers") == (1, 1, 0)
    assert "providers.file.bom" in [row[0] for row in taken.faults()]


def test_nul_and_long_texts_are_set_aside_as_in_a_csv(take_json):
    taken = take_json('[{"npi":"1\\u0000"},{"npi":"' + "x" * 70_000 + f'"}},{NEXT}]')
    assert taken.count("providers") == (3, 1, 2)
    assert taken.quarantined("providers") == [(2, "providers.row.nul"), (3, "providers.row.length")]


def test_bytes_that_are_not_utf_8_are_damage(take_json):
    taken = take_json(f'[{NEXT},{{"npi":"é"}}]'.encode("latin-1"))
    assert [row[4] for row in taken.faults() if row[0] == "providers.file.damaged"] == [
        "damaged in element 3: lexical error: invalid bytes in UTF8 string."
    ]


def test_a_json_file_without_its_layout_is_of_no_known_format(take):
    taken = take(
        {"providers.json": "[]", "plan_offices.csv": OFFICE},
        {"providers": {"file": "providers.json"}, **BESIDE},
    )
    assert [row[0] for row in taken.faults() if row[0].startswith("providers")] == [
        "providers.file.format"
    ]


def test_many_elements_come_in_several_batches(take_json):
    many = ",".join(f'{{"npi":"{1_000_000_000 + n}"}}' for n in range(25_000))
    taken = take_json(f"[{many}]")
    assert taken.count("providers") == (25_000, 25_000, 0)
    lines = [line for (line,) in taken.staged("providers", "_line")]
    assert lines == list(range(2, 25_002))


def test_accepting_is_asked_of_persons_only(take_json):
    quiet = tuple(suffix for suffix in QUIET if suffix != ".empty")
    silent = {key: value for key, value in OLD.items() if key != "accepting"}
    person = {key: value for key, value in ONE.items() if key != "accepting"}
    taken = take_json(json.dumps([silent, person, OLD, {**silent, "accepting": " "}, ONE]))
    assert taken.count("providers") == (7, 7, 0)
    told = [fault for fault in taken.faults(*quiet) if fault[0] == "providers.accepting_new.empty"]
    assert told == [("providers.accepting_new.empty", "providers.json", 3, "accepting_new", "")] * 2
    assert sorted(taken.staged("providers", "_line", "accepting_new"), key=str) == [
        (2, None),
        (3, None),
        (3, None),
        (4, "Y"),
        (5, None),
        (6, "N"),
        (6, "N"),
    ]
    assert [fault[2] for fault in taken.faults(*quiet) if ".street." in fault[0]] == []


def test_a_facility_that_does_not_say_it_is_still_checked_for_the_rest(take_json):
    silent = {"npi": "1", "type": "FACILITY", "facility_name": "City", "address": []}
    taken = take_json(json.dumps([silent]))
    assert taken.count("providers") == (1, 1, 0)
    codes = {fault[0] for fault in taken.faults()}
    assert {"providers.npi.form", "providers.street.empty"} <= codes
    assert "providers.accepting_new.empty" not in codes
