"""Which class a county has: the pack's list, its density, or the law's own classes."""

from dataclasses import replace
from datetime import date

import pytest

from geodata.counties import shapes
from monitor.desk import settle_classes
from rules.model import Contract

CONTRACT = Contract(
    id="toy", title="", program="", model="mco", state="TN", plans=(), starts=date(2024, 1, 1),
    ends=None, extends=(), documents={}, requirements=(),
)  # fmt: skip
BY_DENSITY = replace(CONTRACT, county_density={"urban": 250.0, "rural": 0.0})


@pytest.fixture
def people(tmp_path):
    land = dict(zip(shapes()["fips"], shapes()["land_square_miles"], strict=True))
    rows = [f"47,037,{int(250 * land['47037']) + 1}", f"47,181,{int(250 * land['47181'])}"]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["STATEFP,COUNTYFP,POPULATION", *rows, ""]))
    return path


def test_by_density_where_the_contract_says_so(people):
    assert dict(settle_classes(BY_DENSITY, people)) == {"47037": "urban", "47181": "rural"}


def test_the_contracts_own_list_goes_before_its_density(people):
    listed = replace(BY_DENSITY, county_classes={"47037": "rural"})
    assert dict(settle_classes(listed, people)) == {"47037": "rural", "47181": "rural"}


def test_else_by_the_classes_of_the_law(people):
    assert dict(settle_classes(CONTRACT, people)) == {"47037": "metro", "47181": "metro"}


def test_without_a_population_file_no_density_is_known():
    assert dict(settle_classes(BY_DENSITY, None)) == {}


def test_a_population_file_that_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"^gone\.csv: cannot be read: "):
        settle_classes(BY_DENSITY, tmp_path / "gone.csv")
