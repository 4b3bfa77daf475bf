"""Relational edits: one comparison a module, listed here by name.

Codes read ``table.column.fault`` as those of the row edits do, and findings cite the same clause.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.model import Check
from rules.relational.edit import NPPES, OPTIONAL, Comparison, RelationalEdit, Told, tell

COMPARISONS: tuple[Comparison, ...] = ()
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
