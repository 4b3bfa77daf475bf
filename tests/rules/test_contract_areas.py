"""County classes by density, regions, and exceptions: read, layered, and refused when wrong."""

from __future__ import annotations

from datetime import date

import pytest

from rules.contract import load
from rules.exemption import Exemption
from rules.model import Citation
from tests.rules.refusals import CHILD, TABLES, problems

CITE = '{document: base, section: "9"}'
CITATION = Citation("base", "9")
COUNTIES = 'counties: {"47037": Middle, "47149": Middle, "47157": West Tennessee}\n'
REGIONS = f"regions: {{file: regions.yaml, cite: {CITE}}}\n"
DENSITY = f"county_classes: {{density: {{rural: 0, urban: 250}}, cite: {CITE}}}\n"
GRANTED = f"""\
exceptions:
  - id: X-1
    requirement: T-1
    counties: ["47037"]
    regions: [West Tennessee]
    starts: 2025-01-01
    ends: 2025-12-31
    providers_in_area: 0
    monitored_on: 2025-06-30
    reason: nobody practises there
    cite: {CITE}
    unverified: true
"""


def test_classes_by_density_are_held_densest_first(toy_pack, toys):
    read = load(toy_pack(main=toy_pack.main + DENSITY), toys, TABLES)
    assert (list(read.county_density.items()), read.county_classes) == (
        [("urban", 250.0), ("rural", 0.0)],
        {},
    )


def test_a_pack_without_areas_has_none(toy_pack, toys):
    read = load(toy_pack(), toys, TABLES)
    assert (read.county_density, read.regions, read.exemptions) == ({}, {}, ())


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (f", cite: {CITE}", "", ".cite", "missing: nothing is asked without a citation"),
        ("rural: 0", "rural: 1", ".density",
         "no class from 0 on; wanted one, so that every county has a class"),
        ("urban: 250", "urban: 0", ".density.urban", "two classes from 0 on"),
        ("urban: 250", "urban: -1", ".density.urban",
         "found -1, wanted 0 to 1e+06 per square mile"),
        ("urban: 250", "urban: 1000001", ".density.urban",
         "found 1e+06, wanted 0 to 1e+06 per square mile"),
        ("urban: 250", "urban: many", ".density.urban", "found many, wanted a number"),
        ("urban: 250", "Urban: 250", ".density.Urban",
         "no class; wanted a word of a-z, 0-9 and _, such as urban"),
        ("density: {rural: 0, urban: 250}", "density: 250", ".density",
         "found 250, wanted a mapping"),
        ("density:", "file: counties.yaml, density:", ".file",
         "a file of counties and a density; wanted one"),
        ("density: {rural: 0, urban: 250}, ", "", ".file", "missing; wanted text"),
        ("density:", "people: 7, density:", ".people",
         "unknown key; known are cite, density, file"),
    ],
)  # fmt: skip
def test_one_fault_of_a_density(toy_pack, toys, old, new, key, reason):
    assert old in DENSITY
    found = problems(toy_pack(main=toy_pack.main + DENSITY.replace(old, new)), toys)
    assert ("toy/contract.yaml", f"county_classes{key}", reason) in found
    assert len(found) == (2 if "many" in new else 1)


def test_a_densitys_first_and_last_number_are_allowed(toy_pack, toys):
    text = DENSITY.replace("250", "1000000")
    read = load(toy_pack(main=toy_pack.main + text), toys, TABLES)
    assert read.county_density == {"urban": 1_000_000.0, "rural": 0.0}


def test_regions_come_from_the_file_that_is_cited(toy_pack, toys):
    folder = toy_pack(main=toy_pack.main + REGIONS, regions=COUNTIES)
    assert load(folder, toys, TABLES).regions == {
        "47037": "Middle",
        "47149": "Middle",
        "47157": "West Tennessee",
    }


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('"47037"', '"4703"', "counties.4703", "no FIPS code; wanted five digits in quotes"),
        ('"47037"', '"470 7"', "counties.470 7", "no FIPS code; wanted five digits in quotes"),
        ('"47037": Middle', '"47037": "a/b"', "counties.47037",
         "'a/b' is not a region's name; wanted 1 to 60 characters that begin with a letter or "
         "digit and hold no /"),
        ('"47037": Middle', '"47037": "=1"', "counties.47037",
         "'=1' is not a region's name; wanted 1 to 60 characters that begin with a letter or "
         "digit and hold no /"),
        ('"47037": Middle', '"47037": "47037"', "counties.47037",
         "region 47037 is digits alone, as a county is"),
        ('"47037": Middle', '"47037": 7', "counties.47037", "found 7, wanted text (in quotes)"),
        (COUNTIES, "counties: {}\n", "counties", "missing; wanted a mapping of FIPS codes"),
        (COUNTIES, f"{COUNTIES}year: 2026\n", "year", "unknown key; known are counties"),
    ],
)  # fmt: skip
def test_one_fault_of_a_file_of_regions(toy_pack, toys, old, new, key, reason):
    assert old in COUNTIES
    folder = toy_pack(main=toy_pack.main + REGIONS, regions=COUNTIES.replace(old, new))
    assert problems(folder, toys) == [("toy/regions.yaml", key, reason)]


def test_regions_need_a_citation_and_their_file(toy_pack, toys):
    main = toy_pack.main + "regions: {file: gone.yaml}\n"
    assert problems(toy_pack(main=main), toys) == [
        ("toy/contract.yaml", "regions.cite", "missing: nothing is asked without a citation"),
        ("toy/contract.yaml", "regions.file", "no file 'gone.yaml' in the pack folder"),
    ]


def granting(toy_pack, text=GRANTED, folder="toy"):
    return toy_pack(folder, main=toy_pack.main + REGIONS, regions=COUNTIES, granted=text)


def test_an_exception_is_read_whole(toy_pack, toys):
    assert load(granting(toy_pack), toys, TABLES).exemptions == (
        Exemption(
            id="X-1",
            requirement="T-1",
            starts=date(2025, 1, 1),
            ends=date(2025, 12, 31),
            providers_in_area=0,
            reason="nobody practises there",
            citation=CITATION,
            counties=("47037",),
            regions=("West Tennessee",),
            monitored_on=date(2025, 6, 30),
            unverified=True,
            pack="toy",
        ),
    )


def test_an_exception_may_leave_out_what_it_need_not_say(toy_pack, toys):
    text = (
        "exceptions: [{id: X-1, requirement: T-1, counties: ['47037'], starts: 2024-07-01, "
        f"providers_in_area: 2, reason: few, cite: {CITE}}}]\n"
    )
    [read] = load(toy_pack(granted=text), toys, TABLES).exemptions
    assert (read.ends, read.monitored_on, read.regions, read.unverified) == (None, None, (), False)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (f"    cite: {CITE}\n", "", ".cite", "missing: nothing is asked without a citation"),
        ("document: base", "document: side", ".cite.document",
         "side is not declared; declared are base"),
        ("requirement: T-1", "requirement: T-2", ".requirement",
         "the contract has no requirement T-2"),
        ("    requirement: T-1\n", "", ".requirement", "missing; wanted text"),
        ('["47037"]', '["4703"]', ".counties[0]",
         "4703 is no FIPS code; wanted five digits in quotes"),
        ('["47037"]', "[47037]", ".counties[0]", "found 47037, wanted text (in quotes)"),
        ("[West Tennessee]", "[East]", ".regions[0]",
         "no region East; known are Middle, West Tennessee"),
        ('    counties: ["47037"]\n    regions: [West Tennessee]\n', "", "",
         "no area; wanted counties, regions or both"),
        ("starts: 2025-01-01", "starts: 2024-06-30", ".starts",
         "2024-06-30 is before the contract starts, 2024-07-01"),
        ("ends: 2025-12-31", "ends: 2024-12-31", ".ends",
         "2024-12-31 is before the start, 2025-01-01"),
        ("ends: 2025-12-31", "ends: 2027-07-01", ".ends",
         "2027-07-01 is after the contract ends, 2027-06-30"),
        ("    starts: 2025-01-01\n", "", ".starts", "missing; wanted a date YYYY-MM-DD"),
        ("providers_in_area: 0", "providers_in_area: -1", ".providers_in_area",
         "found -1, wanted 0 to 1000000"),
        ("providers_in_area: 0", "providers_in_area: few", ".providers_in_area",
         "found few, wanted a whole number"),
        ("    providers_in_area: 0\n", "", ".providers_in_area",
         "missing; wanted the number of such providers who practise in the area"),
        ("    reason: nobody practises there\n", "", ".reason", "missing; wanted text"),
        ("monitored_on: 2025-06-30", "monitored_on: June", ".monitored_on",
         "found June, wanted a date YYYY-MM-DD"),
        ("unverified: true", "granted_by: state", ".granted_by",
         "unknown key; known are cite, counties, ends, id, monitored_on, providers_in_area, "
         "reason, regions, requirement, starts, unverified"),
        ("id: X-1", "id: T-1", ".id", "T-1 is given twice, first in toy/asked.yaml "
         "requirements[0]"),
    ],
)  # fmt: skip
def test_one_fault_of_an_exception(toy_pack, toys, old, new, key, reason):
    assert old in GRANTED
    found = problems(granting(toy_pack, GRANTED.replace(old, new)), toys)
    assert found == [("toy/granted.yaml", f"exceptions[0]{key}", reason)]


@pytest.mark.parametrize(("starts", "ends"), [("2024-07-01", "2024-07-01"),
                                              ("2027-06-30", "2027-06-30")])  # fmt: skip
def test_an_exception_may_last_one_day_the_contracts_first_or_last(toy_pack, toys, starts, ends):
    text = GRANTED.replace("2025-01-01", starts).replace("2025-12-31", ends)
    [read] = load(granting(toy_pack, text), toys, TABLES).exemptions
    assert (str(read.starts), str(read.ends)) == (starts, ends)


def test_a_child_inherits_areas_and_exceptions_and_may_replace_them(toy_pack, toys):
    granting(toy_pack)
    own = GRANTED.replace("providers_in_area: 0", "providers_in_area: 3")
    main = CHILD + f"regions: {{file: mine.yaml, cite: {CITE}}}\n"
    mine = 'counties: {"47157": West Tennessee, "47037": Nashville}\n'
    read = load(toy_pack("child", main, asked="", mine=mine, granted=own), toys, TABLES)
    assert read.regions == {"47037": "Nashville", "47149": "Middle", "47157": "West Tennessee"}
    assert [(one.id, one.providers_in_area, one.pack) for one in read.exemptions] == [
        ("X-1", 3, "child")
    ]


def test_a_density_stands_in_place_of_inherited_classes(toy_pack, toys):
    listed = f"county_classes: {{file: counties.yaml, cite: {CITE}}}\n"
    toy_pack(main=toy_pack.main + listed, counties='counties: {"47037": metro}\n')
    read = load(toy_pack("child", CHILD + DENSITY, asked=""), toys, TABLES)
    assert (read.county_classes, list(read.county_density)) == ({}, ["urban", "rural"])


def test_a_list_of_classes_goes_beside_an_inherited_density(toy_pack, toys):
    toy_pack(main=toy_pack.main + DENSITY)
    listed = f"county_classes: {{file: counties.yaml, cite: {CITE}}}\n"
    counties = 'counties: {"04013": maricopa_pima}\n'
    read = load(toy_pack("child", CHILD + listed, asked="", counties=counties), toys, TABLES)
    assert (read.county_classes, list(read.county_density)) == (
        {"04013": "maricopa_pima"},
        ["urban", "rural"],
    )


@pytest.mark.parametrize(
    ("area", "covered"),
    [
        ("47037", True),
        ("47157", True),
        ("47149", False),
        ("West Tennessee", True),
        ("Middle", False),
        ("plan", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_where_an_exception_holds(toy_pack, toys, area, covered):
    read = load(granting(toy_pack), toys, TABLES)
    assert read.exemptions[0].covers(area, read.regions) is covered


def test_a_region_is_covered_when_each_of_its_counties_is(toy_pack, toys):
    text = GRANTED.replace('["47037"]', '["47037", "47149"]')
    read = load(granting(toy_pack, text), toys, TABLES)
    assert read.exemptions[0].covers("Middle", read.regions)


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2024, 12, 31), False),
        (date(2025, 1, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ],
)
def test_when_an_exception_holds(toy_pack, toys, day, holds):
    assert load(granting(toy_pack), toys, TABLES).exemptions[0].holds_on(day) is holds
