"""Network standards of a toy contract, in force on one day."""

from datetime import date

from rules.model import Citation, Contract, Document, Requirement, Severity, Value
from rules.network import nw01_beyond_reach as nw01
from rules.network import nw02_too_few_providers as nw02

DAY = date(2026, 3, 31)
REACH = nw01.Params(logic="distance", share=0.9, max_miles=30.0)


def requirement(requirement_id, params, severity="major", pack="toy", starts=DAY, **scope):
    return Requirement(
        id=requirement_id,
        title=requirement_id,
        rule="NW02" if isinstance(params, nw02.Params) else "NW01",
        severity=Severity(severity),
        values=(Value(starts, params, Citation("base", "1")),),
        applies_to={"specialty": "psychiatry", **scope},
        pack=pack,
    )


def contract(*requirements, distance_basis="unstated", **classes):
    """Return a contract; ``c47037="metro"`` gives a county its class."""
    return Contract(
        id="toy",
        title="Toy",
        program="Toy",
        model="mco",
        state="TN",
        plans=("A", "B"),
        starts=DAY,
        ends=None,
        extends=(),
        documents={"base": Document("base", "Base", "2026")},
        requirements=requirements,
        distance_basis=distance_basis,
        county_classes={name.removeprefix("c"): word for name, word in classes.items()},
    )
