"""A contract's own bands: read, dated, refused when wrong, and held in place of the shipped."""

from datetime import date
from pathlib import Path

import pytest

from rules.contract import PackError, load
from rules.profiles.suite import held_by

CONTRACT = """
id: own
title: Own
program: Own
model: law
state: TN
starts: 2024-01-01
extends: [federal-438]
documents:
  base: {title: The contract, dated: "2024-01-01"}
"""
BAND = """
bands:
  - expectation: PFE05
    starts: 2025-01-01
    min_value: 0.5
    max_value: 4
    severity: major
    cite: {document: base, section: "7.1", page: 9}
"""


def pack(folder: Path, bands: str):
    (folder / "own").mkdir()
    (folder / "own" / "contract.yaml").write_text(CONTRACT)
    (folder / "own" / "bands.yaml").write_text(bands)
    return load(folder / "own")


@pytest.mark.parametrize(
    ("day", "band", "severity"),
    [
        (date(2024, 12, 31), (0.02, 5.0), "minor"),
        (date(2025, 1, 1), (0.5, 4.0), "major"),
    ],
)
def test_a_band_holds_from_its_day_on(tmp_path, day, band, severity):
    suite = held_by(pack(tmp_path, BAND), day)["encounters"]
    [held] = [each for each in suite.expectations if each.code == "PFE05"]
    assert (held.kwargs.band, held.severity) == (band, severity)


def test_a_band_brings_its_citation_and_its_words(tmp_path):
    suite = held_by(pack(tmp_path, BAND), date(2026, 3, 31))["encounters"]
    [held] = [each for each in suite.expectations if each.code == "PFE05"]
    assert str(held.citation) == "The contract, the contract's own band 7.1, p. 9"
    assert held.template.endswith("per member-month; wanted 0.5 to 4")


def test_the_digest_of_the_pack_covers_its_bands(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = pack(tmp_path / "a", BAND)
    second = pack(tmp_path / "b", BAND.replace("max_value: 4", "max_value: 3"))
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("PFE05", "PFE99", "own/bands.yaml: bands[0].expectation: no expectation PFE99; known"),
        ("min_value: 0.5", "min_value: 9", "own/bands.yaml: bands[0].min_value: 9 is above max"),
        ("max_value: 4", "max_value: high", "bands[0].max_value: found high, wanted a number"),
        ("max_value: 4", "max_value: .nan", "bands[0].max_value: line 6 '.nan': wanted text in"),
        ("max_value: 4", "max_value: 4.123456789", "bands[0].max_value: found 4.123456789, wanted"),
        ("severity: major", "severity: grave", "bands[0].severity: found grave, wanted one of"),
        (
            '    cite: {document: base, section: "7.1", page: 9}\n',
            "",
            "bands[0].cite: missing: nothing is asked without a citation",
        ),
        ("document: base", "document: other", "bands[0].cite.document: other is not declared"),
        ("2025-01-01", "2023-01-01", "bands[0].starts: 2023-01-01 is before the contract starts"),
    ],
)
def test_a_band_that_is_wrong_is_refused(tmp_path, before, after, reason):
    with pytest.raises(PackError) as refused:
        pack(tmp_path, BAND.replace(before, after))
    assert reason in str(refused.value)


def test_two_bands_of_one_day_are_refused(tmp_path):
    again = BAND + BAND.split("bands:\n")[1]
    with pytest.raises(PackError) as refused:
        pack(tmp_path, again)
    assert "bands[1].starts: PFE05 has a band of 2025-01-01 already" in str(refused.value)
