"""Pages of packs: limits as columns, classes and regions by name, exceptions, marks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from rules.contract import load
from rules.model import Citation, Exemption
from rules.packlimits import words
from rules.packpage import pack_page


@pytest.mark.parametrize(
    ("limit", "logic", "told"),
    [
        ({"share": 0.9, "max_minutes": 20.0, "max_miles": 10.0}, "both",
         "90 % within 20 min and 10 mi"),
        ({"share": 0.9, "max_minutes": 15.0, "max_miles": 10.0}, "either",
         "90 % within 15 min or 10 mi"),
        ({"share": 0.9, "max_minutes": None, "max_miles": 60.0, "logic": "distance"}, "either",
         "90 % within 60 mi"),
        ({"share": 0.85, "max_minutes": 75.0, "max_miles": 60.0}, "time", "85 % within 75 min"),
        ({"share": 0.95, "max_minutes": 30.0, "max_miles": 10.0, "providers": 2}, "either",
         "95 % within 30 min or 10 mi of 2 providers"),
        ({"share": 0.575, "max_minutes": None, "max_miles": 2.5, "providers": 1}, "distance",
         "57.5 % within 2.5 mi"),
    ],
)  # fmt: skip
def test_a_limit_in_words(limit, logic, told):
    assert words(limit, logic) == told


def line(page, entry):
    (found,) = re.findall(rf"^\| {entry} \|.*$", page, re.MULTILINE)
    return [cell.strip() for cell in found.strip("|").split(" | ")]


def heads(page, entry):
    before = page[: page.index(f"| {entry} |")].split("\n\n")[-1]
    return [cell.strip() for cell in before.split("\n")[0].strip("|").split(" | ")]


def test_limits_stand_in_a_column_a_class():
    page = pack_page(load("ma-422-116"))
    told = dict(zip(heads(page, "MA-TD-029"), line(page, "MA-TD-029"), strict=True))
    assert told["large metro"] == "90 % within 20 min and 10 mi"
    assert told["ceac"] == "85 % within 110 min and 100 mi"
    assert told["besides"] == "telehealth credit: 10 points"
    assert told["mark"] == "read"
    told = dict(zip(heads(page, "MA-MIN-040"), line(page, "MA-MIN-040"), strict=True))
    assert (told["micro"], told["besides"]) == ("12.2", "within: MA-TD-040, counts: beds")
    assert "by_county_class" not in page


def test_what_was_not_read_is_marked_on_the_page():
    page = pack_page(load("ca"))
    assert line(page, "CA-MH-30")[-1] == "read"
    assert line(page, "CA-MH-30-UNREAD")[-1] == "**unverified**"
    assert line(page, "CA-COUNTIES-UNREAD")[-1] == "**unverified**"
    told = dict(zip(heads(page, "CA-PCP"), line(page, "CA-PCP"), strict=True))
    assert told["every county"] == "100 % within 30 min or 10 mi"
    assert "| miles_45 | 2 | Kern, Tulare |" in page


def test_an_own_document_stands_before_an_inherited_one():
    page = pack_page(load("mn"))
    assert page.index("| mn-62k.10 |") < page.index("| ecfr-438 |")


def test_classes_by_density_regions_and_exceptions():
    mn = load("mn")
    exemption = Exemption(
        id="X-1",
        requirement="MN-HOSPITAL",
        starts=date(2026, 1, 1),
        ends=date(2026, 12, 31),
        providers_in_area=0,
        reason="No hospital | within 30 miles.",
        citation=Citation("mn-62k.10", "subd. 4"),
        counties=("27031",),
        regions=("North",),
        monitored_on=date(2026, 6, 30),
        unverified=True,
        pack="mn",
    )
    page = pack_page(
        replace(
            mn,
            county_density={"urban": 250.0, "rural": 0.0},
            regions={"27031": "North", "27075": "North", "27053": "South"},
            exemptions=(exemption,),
        )
    )
    assert "| urban | 250 |\n| rural | 0 |" in page
    assert "| North | 2 | Cook, Lake |\n| South | 1 | Hennepin |" in page
    assert line(page, "X-1") == [
        *("X-1", "MN-HOSPITAL", "Cook, North", "2026-01-01 to 2026-12-31", "0", "2026-06-30"),
        r"No hospital \| within 30 miles.",
        "Minnesota Statutes 62K.10, geographic accessibility, subd. 4",
        "**unverified**",
    ]
