"""Units of which a day holds so many: read out of the public descriptions, and asked of lines."""

import csv
import gzip
import re
from collections import defaultdict

import polars as pl
import pytest

from monitor.value_folder import keep, take
from rules.tables.encounter_units import UNITS, most_a_day
from rules.values import value_set

# What a description calls one unit, and how many of them a day holds.
NAMED = {
    "1440": r"per minute\b",
    "96": r"(each|per|up to) (additional )?15[ -]min|[;,] 15 minutes$",
    "48": r"(each|per|additional) 30[ -]min|half \(1/2\) hour inc",
    "24": r"(per|each)( one| additional)? hour\b",
    "1": r"(?<!furnished )per diem\b",
}
# One day may stand for several, or one line for several people.
SEVERAL = re.compile(
    "infusion|inject|home therapy|transfusion|lodging|meals|transportation;|equipment|suppl"
    "|flow rate|observation service|repair"
)
OWN = """\
name: unit_limits
title: Limits of our state
version: "7"
effective: 2026-07-01
match: whole
source: Bulletin 7
codes:
  "4": ["90837"]
"""


@pytest.mark.shared
def test_the_list_is_what_the_descriptions_of_hcpcs_say(shared):
    texts: dict[str, str] = defaultdict(str)
    with gzip.open(shared / "data/codes/hcpcs_level_2.csv.gz", "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if re.fullmatch("[A-CE-Z][0-9]{4}", row["code"]):
                texts[row["code"]] += row["long_description"].lower()
    told = {
        code: most
        for code, text in texts.items()
        for most, unit in NAMED.items()
        if re.search(unit, text) and not SEVERAL.search(text)
    }
    ours = value_set("unit_limits").codes
    assert len(told) == 183
    assert {code: most for code, most in ours.items() if code[0].isalpha()} == told
    assert {most for code, most in ours.items() if code[0].isdigit()} == {"24"}


def over(code, units, days=1):
    """Return whether a professional line has more units than its days hold."""
    edit = next(edit for edit in UNITS if edit.code == "units.over_day")
    line = pl.DataFrame({"claim_type": ["P"], "line_status": "paid", "procedure_code": code})
    line = line.with_columns(
        units=pl.lit(units, pl.Float64),
        service_from=pl.date(2026, 1, 5),
        service_to=pl.date(2026, 1, 4 + days),
    )
    return line.select(edit.ok.fill_null(True)).item() is False


@pytest.mark.parametrize(
    ("code", "most"), [("T1014", 1440), ("H2017", 96), ("G0108", 48), ("H2012", 24), ("H0018", 1)]
)
def test_both_sides_of_every_limit(code, most):
    edges = [(most, 1), (most + 1, 1), (most * 3, 3), (most * 3 + 1, 3)]
    assert [over(code, units, days) for units, days in edges] == [False, True, False, True]


def test_a_state_may_have_any_limit(tmp_path, monkeypatch):
    monkeypatch.setenv("CARVEIN_VALUES", str(tmp_path / "values"))
    (tmp_path / "own.yaml").write_text(OWN)
    keep(take(tmp_path / "own.yaml"))
    asked = [("90837", 4), ("90837", 5), ("H2017", 500)]
    assert [over(code, units) for code, units in asked] == [False, True, False]


@pytest.mark.parametrize("group", ["0", "1441", "05", "-1", "1.5", "many", "", "٩"])
def test_a_group_that_is_no_number_of_units(group):
    with pytest.raises(ValueError) as refused:
        most_a_day(group)
    assert str(refused.value) == f"group {group!r} is no number of units a day from 1 to 1440"
