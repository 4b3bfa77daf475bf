"""What a refused pack says: the words that its messages repeat, and the faults it tells."""

from __future__ import annotations

import pytest

from rules.contract import PackError, load

TABLES = ("members", "providers")
CITE = '{document: base, section: "1"}'
RULES = "DATA, TY01, TY02"
FIELDS = "share, logic, months, strict, since, names, ratios, by_class, note"
KNOWN = {
    "main": "adopts, bh_definition, county_classes, distance_basis, documents, ends, extends, id, "
    "model, plans, program, regions, runout_months, starts, state, title",
    "requirement": "applies_to, demands_table, due, id, rule, severity, title, values",
    "value": "cite, params, starts, unverified",
}
ASKED = "toy/asked.yaml"
FIRST = "requirements[0]"
VALUE = f"{FIRST}.values[0]"
CHILD = (
    "id: child\ntitle: C\nprogram: P\nmodel: mco\nstate: TN\nplans: [A]\nstarts: 2024-07-01\n"
    "extends: [toy]\n"
)


def problems(folder, toys) -> list[tuple[str, str, str]]:
    with pytest.raises(PackError) as refused:
        load(folder, toys, TABLES)
    assert str(refused.value) == "\n".join(str(problem) for problem in refused.value.problems)
    return [(fault.file, fault.key, fault.reason) for fault in refused.value.problems]
