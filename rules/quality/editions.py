"""Definitions of the measures, dated: editions 2016, MY2024 and MY2025, and carvein's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LABEL = "HEDIS-like, not NCQA-certified"
"""What is said of every measure, wherever it is shown."""

OWN = "own-2026"


@dataclass(frozen=True)
class Definition:
    """One measure as one edition defines it.

    ``figures`` are windows in days, ages in years and the like; ``unverified`` names those of them
    that nobody has read in a source. ``retired`` is the edition that dropped the measure, "" while
    it stands.
    """

    measure: str
    title: str
    edition: str
    starts: str
    source: str
    changed: str
    retired: str
    figures: Mapping[str, Any]
    unverified: tuple[str, ...]

    def __getitem__(self, figure: str) -> Any:
        """Return one figure; KeyError when the edition has none of that name."""
        return self.figures[figure]

    @property
    def label(self) -> str:
        """What kind of measure it is, in words."""
        return (
            "carvein's own, no measure of HEDIS, not NCQA-certified"
            if self.edition == OWN
            else LABEL
        )

    def tell(self) -> dict[str, Any]:
        """Return the definition as evidence."""
        return {
            "name": self.title,
            "measure": self.measure,
            "edition": self.edition,
            "label": self.label,
            "source": self.source,
            "changed": self.changed,
            "retired": self.retired,
            "unverified_figures": list(self.unverified),
        }


def definition(measure: str, edition: str) -> Definition:
    """Return a measure as an edition defines it.

    Raises
    ------
    ValueError
        When the measure is not of that edition, or was retired in it; the message is for a pack.
    """
    known = definitions()
    if (measure, edition) in known:
        return known[measure, edition]
    has = [one.edition for one in known.values() if one.measure == measure]
    retired = next(one.retired for one in known.values() if one.measure == measure)
    if retired and edition >= retired and edition.startswith("MY"):
        raise ValueError(f"edition {edition}: {measure} was retired in {retired}")
    raise ValueError(f"edition {edition}: {measure} has {', '.join(has)}")


@cache
def definitions() -> Mapping[tuple[str, str], Definition]:
    """Return every definition by measure and edition, in the order of the file."""
    text = (Path(__file__).parent / "editions.yaml").read_text("utf-8")
    told = yaml.safe_load(text)
    made = {}
    for measure, shared in told["measures"].items():
        for edition, own in shared["editions"].items():
            figures = {**shared["figures"], **own.get("figures", {})}
            # What an edition says otherwise is read only where it says so itself.
            read = set(shared.get("read", [])) - set(own.get("figures", {}))
            read |= set(own.get("read", []))
            about = told["editions"][edition]
            made[measure, edition] = Definition(
                measure=measure,
                title=shared["title"],
                edition=edition,
                starts=about["starts"].isoformat(),
                source=told["sources"][about["source"]],
                changed=own["changed"],
                retired=shared.get("retired", ""),
                figures=figures,
                unverified=tuple(name for name in figures if name not in read),
            )
    return made
