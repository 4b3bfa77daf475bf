"""What lies in quarantine is never taken for absent: the rules could not run."""

from datetime import date

import pytest

from rules.delegation import dl01_off_site, dl02_forbidden_subcontract, dl03_functions_beyond
from rules.functions import if01_operated_apart
from rules.model import Contract, Filing, Outcome, Period
from tests.rules.staging import table_of

RULES = {
    "DL01": (dl01_off_site, dl01_off_site.Params("BH", 0.1)),
    "DL02": (
        dl02_forbidden_subcontract,
        dl02_forbidden_subcontract.Params(("BH",), ("subcapitation",)),
    ),
    "DL03": (dl03_functions_beyond, dl03_functions_beyond.Params("BH", ("network",))),
    "IF01": (if01_operated_apart, if01_operated_apart.Params()),
}


def filing_of(quarantined, **tables):
    given = {"subcontracts": [], "plan_offices": [], "functions": [], **tables}
    contract = Contract(
        "case", "A case", "case", "mco", "TN", ("PLAN",), date(2020, 1, 1), None, (), {}, ()
    )
    return Filing(
        review_id="review",
        plan_id="PLAN",
        contract=contract,
        period=Period.parse("2026Q1"),
        as_of=date(2026, 3, 31),
        tables={name: table_of(name, rows) for name, rows in given.items()},
        quarantined=quarantined,
    )


def told(code, filing):
    rule, params = RULES[code]
    return [(m.subject, m.outcome, m.note) for m in rule.measure(filing, {}, params)]


@pytest.mark.parametrize("code", ["DL01", "DL02", "DL03"])
def test_an_empty_register_beside_quarantined_rows_could_not_run(code):
    note = (
        "no BH subcontractor in force in 2026Q1 among the rows staged; "
        "3 rows of subcontracts lie in quarantine"
    )
    filing = filing_of({"subcontracts": 3})
    assert told(code, filing) == [("plan", Outcome.COULD_NOT_RUN, note)]


def test_an_off_site_place_beside_quarantined_offices_could_not_run():
    row = {
        "subcontractor_id": "S1",
        "name": "Mindful",
        "domain": "BH",
        "effective": date(2025, 1, 1),
    }
    office = {"office_id": "O1", "street": "500 Church St", "zip": "37219"}
    filing = filing_of(
        {"plan_offices": 1},
        subcontracts=[{**row, "street": "9 Elm St", "zip": "37219"}],
        plan_offices=[office],
    )
    note = "S1: cannot tell whether it is on site: 1 rows of plan_offices lie in quarantine"
    assert told("DL01", filing) == [("S1", Outcome.COULD_NOT_RUN, note)]


def test_a_function_of_one_domain_beside_quarantined_rows_could_not_run():
    row = {"function": "call_center", "domain": "PH", "operator": "plan", "system": "A"}
    note = "call_center: no row for BH; 1 rows of functions lie in quarantine"
    filing = filing_of({"functions": 1}, functions=[row])
    assert told("IF01", filing) == [("call_center", Outcome.COULD_NOT_RUN, note)]
