"""FUH, FUM, FUA and IET against plain loops over random worlds, day by day and claim by claim."""

import json
from datetime import date

import pytest

from rules.quality import (
    qm01_no_follow_up_after_hospital as qm01,
)
from rules.quality import (
    qm02_no_follow_up_after_emergency as qm02,
)
from rules.quality import (
    qm03_no_follow_up_after_overdose as qm03,
)
from rules.quality import (
    qm04_treatment_not_begun as qm04,
)
from tests.rules.measure_worlds import DRUG, World
from tests.rules.measures_by_hand import fua, fuh, fum, iet


@pytest.fixture(autouse=True, scope="module")
def drug_codes(tmp_path_factory):
    """Put a user's list of drugs in force."""
    folder = tmp_path_factory.mktemp("values")
    told = {
        "name": "measure_drugs",
        "title": "drugs",
        "version": "1",
        "effective": "2020-01-01",
        "source": "a test",
        "codes": {"substance_use": [DRUG]},
    }
    (folder / "measure_drugs.json").write_text(json.dumps(told))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARVEIN_VALUES", str(folder))
        yield


MEASURES = {"FUH": (qm01, fuh), "FUM": (qm02, fum), "FUA": (qm03, fua), "IET": (qm04, iet)}


@pytest.mark.parametrize("seed", range(3))
def test_measures_are_those_of_plain_loops(seed):
    world = World(seed)
    world.members["FILL"] = (date(1980, 1, 1), [(date(2023, 1, 1), None)])
    filing = world.filing()
    found, due = {}, {}
    for name, (rule, by_hand) in MEASURES.items():
        for edition in ("2016", "MY2024", "MY2025"):
            if name != "FUH" and edition == "2016":
                continue
            rates = qm04.RATES if name == "IET" else ("7 days", "30 days")
            params = rule.Params(edition, dict.fromkeys(rates, 0.0), least_denominator=1)
            told = list(rule.measure(filing, {}, params))
            found[name, edition] = [(m.numerator, m.denominator) for m in told]
            due[name, edition] = by_hand(world, edition)
    assert found == due


def test_the_worlds_hold_what_is_compared():
    events = dict.fromkeys(MEASURES, 0)
    met = dict.fromkeys(MEASURES, 0)
    for seed in range(3):
        world = World(seed)
        world.members["FILL"] = (date(1980, 1, 1), [(date(2023, 1, 1), None)])
        for name, (_, by_hand) in MEASURES.items():
            (first, total), _ = by_hand(world, "MY2025")
            events[name] += total
            met[name] += first
    assert all(0 < met[name] < events[name] for name in MEASURES)
    assert min(events.values()) >= 40
