"""Our grouping of diagnoses against AHRQ's CCSR v2023.1: every difference is in the guide."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from rules.values import value_set

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "what-is-bh.md"
SUBSTANCE = {f"MBD{number:03}" for number in (*range(17, 24), 25, *range(28, 34))}
TOBACCO, BOTH_KINDS = "MBD024", ("MBD026", "MBD034")
GROUPS = (  # of codes on which the two differ: first that fits; how the code begins, its category
    ("F06, F07, F09", r"F0[679]", r"MBD"),
    ("F70-F79", r"F7", r"MBD014"),
    ("F17", r"F17", r"MBD024"),
    ("F17 in remission", r"F17", r"MBD026"),
    ("F10-F19 in remission", r"F1", r"MBD026"),
    ("F30-F33 in remission", r"F3", r"MBD026"),
    ("self-harm by poisoning, toxic effect or asphyxiation", r"T(3[6-9]|[4-6]|71)", r"MBD012"),
    ("the same, later encounter", r"T(3[6-9]|[4-6]|71)", r"MBD027"),
    ("the same, sequela", r"T(3[6-9]|[4-6]|71)", r"MBD034"),
    ("T14.91XS", r"T1491XS", r"MBD034"),
    ("R45.88", r"R4588", r"MBD012"),
    ("R37", r"R37", r"MBD013"),
    ("G31.2", r"G312", r"MBD017"),
    ("F48.2", r"F482", r"NVS011"),
    ("F51", r"F51", r"NVS016"),
    ("F53", r"F53", r"PRG027"),
    ("F80.4", r"F804", r"EAR004"),
    ("F98.0, F98.1", r"F98[01]", r"GEN008"),
    ("F54", r"F54", r"none"),
    ("X71-X83", r"X(7[1-9]|8[0-3])", r"none"),
)


def in_ccsr(shared: Path) -> tuple[dict[str, str], set[str]]:
    """Return the default outpatient category of each code, and the codes with any MBD category."""
    category, touched = {}, set()
    with gzip.open(shared / "data" / "ccsr" / "DX_to_CCSR_Mapping.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            code, theirs = row["ICD-10-CM Code"].strip("'"), row["CCSR Category"].strip("'")
            is_default = row["Outpatient Default CCSR (Y/N/X)"] == "Y"
            category.setdefault(code, "none")
            if is_default:
                category[code] = theirs
            if theirs.startswith("MBD"):
                touched.add(code)
    return category, touched


def kind(category: str) -> str:
    if category in BOTH_KINDS:
        return "either"
    if category == TOBACCO:
        return "tobacco"
    return "SUD" if category in SUBSTANCE else "MH" if category.startswith("MBD") else "none"


def told_in_guide(heading: str) -> dict[str, tuple[str, ...]]:
    """Return the rows of the table under a heading, by their first cell."""
    section = (
        GUIDE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    )
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {row[0]: tuple(cell.strip() for cell in row[1:]) for row in rows[1:]}


@pytest.mark.shared
def test_the_guide_lists_every_difference_from_ccsr_with_its_count(shared):
    category, touched = in_ccsr(shared)
    ours = value_set("bh_diagnoses")
    asked = {code for code in category if code in touched or code[0] == "F" or ours.of(code)}
    agree, differ, apart = Counter(), defaultdict(Counter), []
    for code in sorted(asked):
        theirs, here = kind(category[code]), ours.of(code) or "none"
        if theirs == here:
            agree[here] += 1
            continue
        named = (
            name
            for name, begins, filed in GROUPS
            if re.match(begins, code) and re.match(filed, category[code])
        )
        group = next(named, None)
        if group is None:
            apart.append(code)
        else:
            differ[group][theirs, here] += 1
    assert apart == []
    assert [(name, len(pairs)) for name, pairs in differ.items() if len(pairs) != 1] == []
    counted = {
        name: (theirs, here, f"{count:,}")
        for name, pairs in differ.items()
        for (theirs, here), count in pairs.items()
    }
    told = {name: cells[1:4] for name, cells in told_in_guide("Beside CCSR").items()}
    assert told == counted
    words = GUIDE.read_text(encoding="utf-8")
    total = sum(sum(pairs.values()) for pairs in differ.values())
    assert (
        f"Of {len(asked):,} codes they agree on {sum(agree.values()):,} ({agree['MH']:,} MH, "
        f"{agree['SUD']:,} SUD, {agree['none']:,} neither) and differ on {total:,}."
    ) in " ".join(words.split())
