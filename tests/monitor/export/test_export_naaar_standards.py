"""Standards of the NAAAR in words, from measures as a review stores them and from the pack."""

from dataclasses import replace
from datetime import date

import pytest

from monitor.export.naaar_standards import judged_by_standard
from monitor.judge import params_used
from rules.model import Citation, Contract, Document, Period, Requirement, Severity, Value
from rules.network import nw03_too_many_members as nw03
from rules.network import nw04_long_wait as nw04
from rules.network import nw05_too_few_in_area as nw05

DAY = date(2026, 3, 31)
PSYCHIATRY = {"specialty": "psychiatry"}
CALLS = {
    "provider_type": "primary_care",
    "appointment_type": "routine",
    "population": "adult",
}
RATIO = (nw03.RULE, nw03.Params(per_members=400.0), PSYCHIATRY)
AREA = (nw05.RULE, nw05.Params(minimum=2, counts="sites", area="region"), PSYCHIATRY)
WAIT = (nw04.RULE, nw04.Params(max_wait=10.0, unit="business_days", share=0.9), CALLS)


def asks(requirement):
    return Contract(
        id="demo-imc",
        title="Toy",
        program="Toy",
        model="mco",
        state="TN",
        plans=("P",),
        starts=DAY,
        ends=None,
        extends=(),
        documents={"base": Document("base", "Base", "2026")},
        requirements=(requirement,),
    )


@pytest.mark.parametrize(
    ("held", "required", "verdict", "known", "words"),
    [
        (RATIO, "28", "not_met", True,
         "Psychiatry: at least 1 provider per 400 enrollees, rounded up"),
        (RATIO, "28", "not_met", False,
         "Psychiatry: providers per enrollee, as many as the contract asks"),
        (AREA, "2", "met", True, "Psychiatry: at least 2 sites in each region"),
        (AREA, "2", "met", False, "Psychiatry: at least 2 sites in each region"),
        # Judged by 3: the pack at hand has been amended since.
        (AREA, "3", "not_met", True, "Psychiatry: at least 3 sites in each region"),
        (AREA, "", "could_not_run", True, "Psychiatry: at least 2 sites in each region"),
        (WAIT, "", "could_not_run", True,
         "At least 90% of appointments asked for (routine) are offered within 10 business days"),
        (WAIT, "0.8", "met", True,
         "At least 80% of appointments asked for (routine) are offered within 10 business days"),
    ],
)  # fmt: skip
def test_what_a_measure_was_only_judged_by_is_told(made, held, required, verdict, known, words):
    rule, params, scope = held
    requirement = Requirement(
        id="NET-9",
        title="NET-9",
        rule=rule.code,
        severity=Severity("major"),
        values=(Value(DAY, params, Citation("base", "1")),),
        applies_to=scope,
        pack="demo-imc",
    )
    contract = asks(requirement)
    measure, finding = made.judged(
        "P", "NET-9", rule.code, "plan/x/all", 1.0,
        params_used(rule, params, requirement, contract), verdict,
    )  # fmt: skip
    finding = replace(finding, required=required)
    [standard] = judged_by_standard(
        [finding], [measure], contract if known else None, Period(DAY, DAY)
    )
    assert standard.description == f"{words} (base 3.2.1, p. 41)"
