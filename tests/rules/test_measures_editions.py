"""Definitions of the measures: what each edition says, refuses and leaves unverified."""

import pytest
import yaml

from monitor import value_folder
from rules import registry
from rules.quality.editions import definition, definitions
from rules.values import value_set

MEASURES = {
    "QM01": ("FUH", ["2016", "MY2024", "MY2025"]),
    "QM02": ("FUM", ["MY2024", "MY2025"]),
    "QM03": ("FUA", ["MY2024", "MY2025"]),
    "QM04": ("IET", ["MY2024", "MY2025"]),
    "QM05": ("AMM", ["2016", "MY2024"]),
    "QM06": ("SSD", ["2016", "MY2024", "MY2025"]),
    "QM07": ("SMD", ["2016", "MY2024"]),
    "QM08": ("SMC", ["2016", "MY2024"]),
    "QM09": ("SAA", ["2016", "MY2024", "MY2025"]),
    "QM10": ("PHQ9", ["own-2026"]),
    "QM11": ("MH", ["own-2026"]),
    "QM12": ("SUD", ["own-2026"]),
    "QM13": ("PHSMI", ["own-2026"]),
}


def test_every_measure_has_its_editions_and_says_what_it_is_not():
    found = {}
    for measure, edition in definitions():
        found.setdefault(measure, []).append(edition)
    assert list(found.items()) == list(MEASURES.values())
    assert all("not NCQA-certified" in one.label for one in definitions().values())
    for code in MEASURES:
        module = __import__(registry.rules()[code].measure.__module__, fromlist=["x"])
        assert "not NCQA-certified" in " ".join(module.__doc__.split())


@pytest.mark.parametrize(
    ("measure", "edition", "refusal"),
    [
        ("AMM", "MY2025", "edition MY2025: AMM was retired in MY2025"),
        ("AMM", "MY2023", "edition MY2023: AMM has 2016, MY2024"),
        ("FUM", "2016", "edition 2016: FUM has MY2024, MY2025"),
        ("SMC", "MY2025", "edition MY2025: SMC has 2016, MY2024"),
    ],
)
def test_an_edition_that_a_measure_has_not_is_refused(measure, edition, refusal):
    with pytest.raises(ValueError, match=f"^{refusal}$"):
        definition(measure, edition)


def test_figures_are_read_only_where_the_sources_have_them():
    assert {
        (one.measure, one.edition): one.unverified
        for one in definitions().values()
        if one.measure in ("FUH", "AMM", "SAA")
    } == {
        ("FUH", "2016"): (
            "first_day", "self_harm", "follow_up", "enrolled_before", "enrolled_after",
            "chained_days",
        ),
        ("FUH", "MY2024"): (
            "first_day", "self_harm", "follow_up", "enrolled_before", "enrolled_after",
            "chained_days",
        ),
        ("FUH", "MY2025"): ("first_day", "enrolled_before", "enrolled_after", "chained_days"),
        ("AMM", "2016"): (
            "within_days", "history_days", "diagnosis_days", "enrolled_before", "enrolled_after",
            "gap_days",
        ),
        ("AMM", "MY2024"): (
            "within_days", "history_days", "diagnosis_days", "enrolled_before", "enrolled_after",
            "gap_days",
        ),
        ("SAA", "2016"): ("least_age", "least_fills", "gap_days", "outpatient_days"),
        ("SAA", "MY2024"): ("least_age", "least_fills", "gap_days", "outpatient_days"),
        ("SAA", "MY2025"): ("least_age", "least_fills", "gap_days", "outpatient_days"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "params", "refusal"),
    [
        ("QM01", ("MY2025", {"7 days": 0.5}), "min_rate has 7 days; wanted 7 days and 30 days"),
        ("QM01", ("MY2025", {"7 days": 0.5, "30 days": 50}), "min_rate 50, wanted a share from 0"),
        ("QM06", ("MY2025", 1.01), "min_rate 1.01, wanted a share from 0 to 1"),
        ("QM05", ("MY2025", {}), "edition MY2025: AMM was retired in MY2025"),
    ],
)
def test_params_that_could_not_be_measured_are_refused(code, params, refusal):
    with pytest.raises(ValueError, match=refusal):
        registry.rules()[code].params(*params)


def test_the_user_brings_a_drug_list_and_better_code_lists(tmp_path):
    drugs = {
        "name": "measure_drugs", "title": "drugs", "version": "1", "effective": "2020-01-01",
        "source": "ours", "codes": {"antidepressant": ["004562010"], "statin": ["000710155"]},
    }  # fmt: skip
    path = tmp_path / "drugs.yaml"
    path.write_text(yaml.safe_dump(drugs))
    taken = value_folder.take(path)
    assert (taken.values.group("antidepressant"), taken.before) == (("004562010",), None)

    shipped = value_set("measure_services")
    better = {**drugs, "name": shipped.name, "codes": {"visit.procedure": ["99213"]}}
    path.write_text(yaml.safe_dump(better))
    assert value_folder.take(path).added == ()
    better["codes"] = {"visits": ["99213"]}
    path.write_text(yaml.safe_dump(better))
    with pytest.raises(value_folder.ListError, match="no rule knows the group visits"):
        value_folder.take(path)


def test_stand_ins_are_marked_unverified():
    sets = [value_set(name) for name in ("measure_diagnoses", "measure_services")]
    assert [each.marked_version for each in sets] == ["2026.1 (unverified)"] * 2
    codes = ("F250", "F329", "F328", "F17210", "T360X2A", "X789XXA")
    assert [sets[0].of(code) for code in codes] == [
        "schizophrenia", "major_depression", "other_mental", None, "self_harm", "self_harm",
    ]  # fmt: skip
