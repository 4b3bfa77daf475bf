"""The HSD tables of Medicare Advantage, row by row against what a reader makes of them by hand."""

import pytest

PROVIDER = (
    "SSA State/County Code",
    "Name of Physician or Mid-Level Practitioner",
    "National Provider Identifier (NPI) Number",
    "Provider Specialty Code",
    "Contract Type",
    "Provider Street Address",
    "Provider City",
    "Provider State Code",
    "Provider Zip Code",
    "Medical Group Affiliation",
)
OLDER = (
    "SSA STATE/COUNTY CODE",
    "Name of Physician or Mid-Level Practitioner*",
    "NPI Number",
    "Specialty",
    "Specialty Code",
    "Contract Type",
    "Street Address",
    "City",
    "State",
    "Zip Code",
    "If PCP Accepts New Patients?",
    "Letter of Intent",
)
FACILITY = (
    "SSA State/County Code",
    "Facility or Service Type",
    "Facility Specialty Code",
    "National Provider Identifier (NPI) Number",
    "# of Staffed, Medicare-Certified Beds",
    "Facility Name",
    "Provider Street Address",
    "Provider City",
    "Provider State Code",
    "Provider Zip Code",
)
SHOWN = ("npi", "entity_type", "name", "program", "street", "city", "state", "zip", "site_id")
OFFICE = "office_id,street,city,state,zip,latitude,longitude\n1,a,b,TN,37201,36.1633,-86.7771\n"
BOTH = {"providers": {"file": ["p.csv", "f.csv"], "layout": ["hsd_provider", "hsd_facility"]}}


def one(names, rows, layout="hsd_provider"):
    return {"p.csv": [names, *rows]}, {"providers": {"file": "p.csv", "layout": layout}}


def test_both_tables_make_one_table_of_providers(take):
    taken = take(
        {
            "p.csv": [
                PROVIDER,
                (
                    "44180",
                    "Doe, Ann",
                    "1234567893",
                    "29",
                    "DC",
                    "1 Main St",
                    "Nashville",
                    "tn",
                    "37201-1234",
                    "",
                ),
                (
                    "44180",
                    "Roe, Al",
                    "1245319599",
                    "003",
                    "DC",
                    "2 Main St",
                    "Franklin",
                    "TN",
                    "37064",
                    "Roe PC",
                ),
            ],
            "f.csv": [
                FACILITY,
                (
                    "44180",
                    "Inpatient Psychiatric",
                    "52",
                    "1386620755",
                    "30",
                    "Mind Hospital",
                    "3 Oak",
                    "Boston",
                    "MA",
                    "2139",
                ),
            ],
        },
        BOTH,
    )
    assert taken.count("providers") == (3, 3, 0)
    assert taken.staged("providers", *SHOWN) == [
        (
            "1234567893",
            "individual",
            "Doe, Ann",
            "psychiatry",
            "1 Main St",
            "Nashville",
            "TN",
            "37201",
            "1 MAIN ST|NASHVILLE|37201-1234",
        ),
        (
            "1245319599",
            "individual",
            "Roe, Al",
            "primary_care",
            "2 Main St",
            "Franklin",
            "TN",
            "37064",
            "2 MAIN ST|FRANKLIN|37064",
        ),
        (
            "1386620755",
            "facility",
            "Mind Hospital",
            "inpatient_psychiatric",
            "3 Oak",
            "Boston",
            "MA",
            "02139",
            "3 OAK|BOSTON|2139",
        ),
    ]
    assert taken.staged(
        "providers", "_file", "_line", "beds", "contract_effective", "taxonomy"
    ) == [
        ("p.csv", 2, None, None, None),
        ("p.csv", 3, None, None, None),
        ("f.csv", 2, 30, None, None),
    ]
    assert taken.faults(".cannot_carry", ".not_used") == []


def test_older_headers_in_another_case_carry_who_accepts_new_patients(take):
    taken = take(
        *one(
            OLDER,
            [
                (
                    "1",
                    "Doe, Ann",
                    "1234567893",
                    "Psychiatry",
                    "029",
                    "DC",
                    "1 A",
                    "B",
                    "TN",
                    "37201",
                    "Yes",
                    "N",
                ),
                (
                    "1",
                    "Roe, Al",
                    "1245319599",
                    "Psychiatry",
                    "029",
                    "DC",
                    "1 A",
                    "B",
                    "TN",
                    "37201",
                    "maybe",
                    "N",
                ),
            ],
        )
    )
    assert taken.staged("providers", "accepting_new", "program") == [
        ("Y", "psychiatry"),
        (None, "psychiatry"),
    ]
    assert taken.faults(".cannot_carry", ".not_used") == [
        ("providers.accepting_new.value", "p.csv", 3, "accepting_new", "maybe")
    ]


def test_what_the_layout_cannot_carry_and_does_not_use_is_said_at_the_file(take):
    taken = take(
        *one(
            PROVIDER, [("1", "Doe, Ann", "1234567893", "029", "DC", "1 A", "B", "TN", "37201", "")]
        )
    )
    told = {
        field: value
        for code, _, line, field, value in taken.faults()
        if code.endswith("cannot_carry") and line == 1
    }
    assert told["taxonomy"] == (
        "hsd_provider: the table has CMS's specialty code, which stands for several taxonomies"
    )
    assert told["accepting_new"] == (
        "hsd_provider: the file has no column If PCP Accepts New Patients / PCP Accepts New "
        "Patients / Accepts New Patients"
    )
    assert told["phone"] == "hsd_provider: the layout has nothing that feeds it"
    carried = {"npi", "entity_type", "name", "site_id", "street", "city", "state", "zip", "program"}
    assert set(told) | carried == set(taken.received.tables["providers"][0].layout.feeds) | set(
        told
    )
    assert not set(told) & carried
    unused = [row[3] for row in taken.faults() if row[0] == "providers.layout.not_used"]
    assert unused == ["SSA State/County Code", "Contract Type", "Medical Group Affiliation"]
    assert {m.rule: m.denominator for m in taken.shaped.measures if "layout.cannot" in m.rule} == {
        "providers.layout.cannot_carry": 32
    }
    asked = {measure.rule for measure in taken.shaped.measures}
    assert not asked & {
        "providers.taxonomy.empty",
        "providers.taxonomy.missing",
        "providers.contract_effective.missing",
    }
    assert {"providers.npi.missing", "providers.npi.empty"} <= asked
    assert taken.shaped.not_carried["providers"] == frozenset(told)


def test_a_row_without_an_npi_is_quarantined_under_the_names_of_the_interface(take):
    taken = take(
        *one(PROVIDER, [("1", "Doe, Ann", "", "029", "DC", "1 A", "B", "TN", "37201", "")])
    )
    assert taken.count("providers") == (1, 0, 1)
    assert taken.quarantined("providers") == [(2, "providers.npi.empty")]


def test_a_file_without_the_npi_column_gives_no_row(take):
    taken = take(*one(PROVIDER[:2], [("1", "Doe, Ann")]))
    assert taken.count("providers") == (1, 0, 1)
    assert ("providers.npi.missing", "p.csv", 1, "npi", "no such column") in taken.faults()
    assert taken.shaped.unreadable == ("providers",)


def test_a_file_of_the_interface_is_not_taken_for_one_of_the_layout(take):
    taken = take(
        {"p.csv": "id,kind\n1,2\n"}, {"providers": {"file": "p.csv", "layout": "hsd_provider"}}
    )
    assert (
        "providers.file.header",
        "p.csv",
        1,
        "",
        "2 names, none of them known",
    ) in taken.faults()


@pytest.mark.parametrize(
    ("layout", "code", "value"),
    [
        ("nonsense", "providers.layout.unknown", "nonsense"),
        (["hsd_provider", "hsd_facility"], "submission.manifest.value", "2"),
    ],
)
def test_a_layout_that_is_not_known_leaves_the_table_unread(take, layout, code, value):
    files = {
        "p.csv": [PROVIDER, ("",) * 10],
        "plan_offices.csv": OFFICE,
    }
    taken = take(
        files,
        {
            "providers": {"file": "p.csv", "layout": layout},
            "plan_offices": {"file": "plan_offices.csv"},
        },
    )
    assert taken.shaped.unreadable == ("providers",)
    assert (code, value) in [(row[0], row[4]) for row in taken.faults()]


def test_a_submission_cannot_bring_a_layout(take):
    files = {
        "own.yaml": "id: own\ntable: providers\n",
        "p.csv": [PROVIDER, ("",) * 10],
        "plan_offices.csv": OFFICE,
    }
    taken = take(
        files,
        {
            "providers": {"file": "p.csv", "layout": "own"},
            "plan_offices": {"file": "plan_offices.csv"},
        },
    )
    assert [row[0] for row in taken.faults() if row[4] == "own"] == ["providers.layout.unknown"]


def test_the_interface_itself_may_be_named_beside_a_layout(take):
    taken = take(
        {
            "p.csv": [
                PROVIDER,
                ("1", "Doe, Ann", "1234567893", "029", "DC", "1 A", "B", "TN", "37201", ""),
            ],
            "own.csv": "npi,contract_effective,name\n1245319599,2020-01-01,Roe\n",
        },
        {"providers": {"file": ["p.csv", "own.csv"], "layout": ["hsd_provider", "carvein"]}},
    )
    assert taken.staged("providers", "npi", "name", "program") == [
        ("1234567893", "Doe, Ann", "psychiatry"),
        ("1245319599", "Roe", None),
    ]
    assert taken.shaped.not_carried["providers"] == frozenset()


def test_other_tables_know_nothing_of_layouts(take):
    taken = take(
        {"plan_offices.csv": OFFICE},
        {"plan_offices": {"file": "plan_offices.csv"}},
    )
    assert not [m.rule for m in taken.shaped.measures if ".layout." in m.rule]
