"""Which list tells the drugs of a measure: the user's ``measure_drugs``, or a public stand-in.

Where the user's list names a group of drugs, it alone is read. Where it does not, or none was
loaded, antidepressants and antipsychotics are told by the classes of ``drug_classes``, the FDA's
directory of drug codes: a stand-in, whose drugs need not be those of a licensed list. A drug that
neither list has may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Filing
from rules.practices.drugs import (
    ANTIDEPRESSANT,
    ANTIPSYCHOTIC,
    BRING,
    Known,
    coverage,
    dispensed,
)
from rules.practices.drugs import DRUGS as CLASSES
from rules.quality.lines import drug_list
from rules.quality.telling import BRING as BRING_YOURS
from rules.quality.year import measurement_year
from rules.values import ValueSet, value_set

STAND_IN = (ANTIDEPRESSANT, ANTIPSYCHOTIC)
"""Groups of drugs that ``drug_classes`` can tell."""

REMEDY = f"{BRING}; or {BRING_YOURS}"


@dataclass(frozen=True)
class Reading:
    """The list by which one group of drugs is told.

    ``known`` says how many of the measurement year's paid pharmacy lines a stand-in knows; None for
    the user's list, which is taken to name every drug of the group.
    """

    group: str
    values: ValueSet
    known: Known | None

    @property
    def stand_in(self) -> bool:
        """Whether the list only stands in for a licensed one."""
        return self.known is not None

    def lack(self, least: float) -> str:
        """Return why nothing can be told by the list; "" when something can."""
        told = self.known.lack(least) if self.known else ""
        if not told:
            return ""
        return f"cannot tell who was given {self.group} drugs: {told}; or {BRING_YOURS}"

    def evidence(self, common: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a rate says of itself, with the list that was used."""
        listed = {
            "name": self.values.name,
            "version": self.values.marked_version,
            "effective": self.values.effective.isoformat(),
            "stand_in": self.stand_in,
        }
        if self.known is None:
            return {**common, "drug_list": listed}
        told = {name: value for name, value in self.known.evidence().items() if name not in common}
        return {
            **common,
            **told,
            "drug_list": listed,
            "value_sets": {
                **common.get("value_sets", {}),
                self.values.name: self.values.marked_version,
            },
            "stand_in_value_sets": [*common.get("stand_in_value_sets", []), self.values.name],
        }


def reading(filing: Filing, group: str) -> Reading:
    """Return the list by which a group of drugs is told, one of :data:`STAND_IN`."""
    own = drug_list()
    if own is not None and own.group(group):
        return Reading(group, own, None)
    values = value_set(CLASSES)
    return Reading(group, values, coverage(dispensed(filing, measurement_year(filing)), values))
