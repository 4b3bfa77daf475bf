"""The parts of a component, each from 0 (one house) to 1 (two houses), and their plain mean.

A part has its own count, denominator and evidence. One that the submission cannot tell is left out
by name. A component that fewer than :data:`FEWEST_PARTS` parts tell could not run: it is never 0
for want of data, and no part alone calls a plan separate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rules.model import Filing, Measure, Outcome, Sense
from rules.spending.months import MOST_UNSEEN

MAX_SEPARATION = 0.5
"""Most that a component may read where a contract says nothing. carvein's own default, not law."""

FEWEST = 20
"""Fewest members, lines, sites or decisions that a share is told from. carvein's own default."""

FEWEST_PARTS = 2
"""Fewest parts that tell a component. carvein's own default."""

SAYS_NONE = ("agreements", "coordination")
"""Tables that say by no row that there was nothing of the kind, as CC02 to CC08 read them."""

MONTHS = 12
"""Months of service that parts look back on, to the last one the contract's run-out leaves."""


@dataclass(frozen=True)
class Params:
    """``max_separation``: most that the component may read, 0 (one house) to 1 (two houses)."""

    max_separation: float = MAX_SEPARATION

    def __post_init__(self) -> None:
        if not 0 <= self.max_separation <= 1:
            raise ValueError(f"max_separation {self.max_separation}, wanted 0 to 1")


@dataclass(frozen=True)
class Part:
    """One part that could be told.

    ``count`` over ``denominator`` is what was counted, ``value`` where that stands between one
    house (0) and two (1), ``told`` the same in plain words; ``details`` goes into the evidence.
    """

    name: str
    value: float
    count: float
    denominator: float
    told: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        """The part as evidence holds it."""
        return {
            "part": self.name,
            "value": round(self.value, 4),
            "count": self.count,
            "denominator": self.denominator,
            "told": self.told,
            **self.details,
        }


@dataclass(frozen=True)
class LeftOut:
    """One part that could not be told, and why."""

    name: str
    reason: str


Told = Part | LeftOut


def between(figure: float, one_house: float, two_houses: float) -> float:
    """Return where a figure stands between the one that reads 0 and the one that reads 1.

    Linear between them and held to 0 to 1 beyond; the two may stand in either order.
    """
    return min(max(0.0, (figure - one_house) / (two_houses - one_house)), 1.0)


def too_few(name: str, denominator: float, what: str, fewest: int = FEWEST) -> LeftOut | None:
    """Return the part left out for a small denominator, None where there are enough."""
    if denominator >= fewest:
        return None
    return LeftOut(name, f"{denominator:,.0f} {what}, fewer than {fewest}")


def why_unusable(filing: Filing, tables: Iterable[str]) -> str:
    """Return why nothing can be told from some tables, "" when it can.

    A table that was not sent, one without a row that is none of :data:`SAYS_NONE`, or one of which
    more than 5 % lies in quarantine.
    """
    told = []
    for table in tables:
        if table not in filing.tables:
            told.append(f"{table} was not sent")
            continue
        rows = int(filing.tables[table].count().execute())
        held = filing.quarantined.get(table, 0)
        if held > MOST_UNSEEN * (held + rows):
            told.append(f"{held:,} of the {held + rows:,} rows of {table} lie in quarantine")
        elif not rows and table not in SAYS_NONE:
            told.append(f"{table} has no row")
    return "; ".join(told)


def component(subject: str, told: Sequence[Told], otherwise: str) -> Measure:
    """Turn the parts of one component into its measure: their plain mean.

    ``otherwise`` says what else could explain a high figure.
    """
    parts = [part for part in told if isinstance(part, Part)]
    left_out = [part for part in told if isinstance(part, LeftOut)]
    without = "; ".join(f"{part.name} ({part.reason})" for part in left_out)
    evidence: dict[str, Any] = {
        "parts": [part.evidence for part in parts],
        "left_out": [{"part": part.name, "reason": part.reason} for part in left_out],
        "found": "; ".join(f"{part.told} [{part.value:.2f}]" for part in parts),
        "without": f" Left out: {without}." if without else "",
        "otherwise": otherwise,
    }
    if len(parts) < FEWEST_PARTS:
        known = f"only {parts[0].name} could be told" if parts else "no part could be told"
        note = f"cannot tell {subject}: {known}; left out: {without}"
        return Measure(subject, evidence=evidence, note=note, outcome=Outcome.COULD_NOT_RUN)
    total = sum(part.value for part in parts)
    return Measure(subject, total, float(len(parts)), total / len(parts), evidence)


def required(params: Any, measure: Measure) -> float:
    """Return the most that the component may read."""
    return float(params.max_separation)


SENSE = Sense.AT_MOST
UNIT = "0 one house, 1 two houses"
GRAIN = "component of a plan"
JUDGED_BY = ("max_separation",)
MESSAGE = (
    "{plan_id}, {subject}: {value:.3f} on a scale from 0 (one house) to 1 (two houses); at most "
    "{required:.3f} is asked. It is the mean of its parts, each on the same scale in brackets: "
    "{evidence[found]}.{evidence[without]} {evidence[otherwise]}"
)
