"""Relational edits: one comparison a module, listed here by name.

Codes read ``table.column.fault`` as those of the row edits do, and findings cite the same clause.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.model import Check
from rules.relational import (
    capitation_members,
    capitation_months,
    encounters_claims,
    encounters_codes,
    encounters_diagnoses,
    encounters_diagnoses_members,
    encounters_members,
    encounters_providers,
    encounters_stays,
    encounters_subcontracts,
    encounters_versions,
    ledger_entries,
    ledger_payees,
    members_care,
    members_links,
    members_places,
    members_spans,
    offices_places,
    providers_codes,
    providers_links,
    providers_nppes,
    providers_places,
    providers_rows,
    providers_sites,
    registers_links,
    registers_repeats,
)
from rules.relational.edit import NPPES, OPTIONAL, Comparison, RelationalEdit, Told, tell

COMPARISONS: tuple[Comparison, ...] = (
    encounters_members.COMPARISON,
    encounters_providers.COMPARISON,
    *encounters_subcontracts.COMPARISONS,
    encounters_claims.COMPARISON,
    *encounters_stays.COMPARISONS,
    encounters_versions.COMPARISON,
    encounters_diagnoses.COMPARISON,
    encounters_diagnoses_members.COMPARISON,
    encounters_codes.COMPARISON,
    providers_codes.COMPARISON,
    *providers_nppes.COMPARISONS,
    members_spans.COMPARISON,
    members_places.COMPARISON,
    members_care.COMPARISON,
    *members_links.COMPARISONS,
    providers_rows.COMPARISON,
    providers_sites.COMPARISON,
    providers_places.COMPARISON,
    *providers_links.COMPARISONS,
    *offices_places.COMPARISONS,
    *capitation_months.COMPARISONS,
    capitation_members.COMPARISON,
    *ledger_entries.COMPARISONS,
    *ledger_payees.COMPARISONS,
    *registers_links.COMPARISONS,
    *registers_repeats.COMPARISONS,
)
"""Every comparison, in the order in which they run."""


def relational_checks() -> Mapping[str, Check]:
    """Return the checks of every relational edit, by code.

    Raises
    ------
    ValueError
        When two edits have one code.
    """
    checks: dict[str, Check] = {}
    for comparison in COMPARISONS:
        for code, check in comparison.checks().items():
            if code in checks:
                raise ValueError(f"two relational edits have the code {code}")
            checks[code] = check
    return checks


__all__ = [
    "COMPARISONS",
    "NPPES",
    "OPTIONAL",
    "Comparison",
    "RelationalEdit",
    "Told",
    "relational_checks",
    "tell",
]
