"""Two shares held against each other: whether one is larger, and whether chance could make it so.

The answer is one of three. The first share is shown to be larger by more than is allowed when the
whole 95 % interval of the difference lies above it. It is not when the difference itself is no
larger than that. In between, and with too few of either, the data cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import TOLERANCE, Measure, Outcome
from rules.samples import newcombe

FEWEST = 30
"""Fewest of each side that are compared unless a contract says otherwise.

carvein's own default, after the CMS Core Set reporting, which suppresses rates with a denominator
under 30 for want of reliability (Quality Measure Reporting, 2026).
"""


@dataclass(frozen=True)
class Share:
    """``count`` of ``of`` things; ``words`` names the things, ``what`` says what became of them.

    As in: 4 of 21 ``BH requests`` ``denied``.
    """

    words: str
    what: str
    count: int
    of: int

    @property
    def told(self) -> str:
        """The share with its figures, e.g. ``4 of 21 BH requests denied (19.0%)``."""
        share = f" ({self.count / self.of:.1%})" if self.of else ""
        return f"{self.count:,} of {self.of:,} {self.words} {self.what}{share}"


def compare(
    subject: str,
    one: Share,
    other: Share,
    max_difference: float,
    fewest: int,
    evidence: Mapping[str, Any],
    violations: Any = None,
) -> Measure:
    """Return the measure of how much larger one share is than the other.

    ``value`` is the difference, -1 to 1; numerator and denominator are those of ``one``. Evidence
    gains ``one`` and ``other`` in words, ``difference`` and ``interval``. ``violations`` are kept
    where the first share is shown to be larger.
    """
    told = {**evidence, "one": one.told, "other": other.told, "fewest": fewest}
    if not one.of or not other.of:
        none = one if not one.of else other
        note = f"no {none.words}"
        return Measure(subject, one.count, 0, None, told, note, Outcome.NOT_APPLICABLE)
    difference = one.count / one.of - other.count / other.of
    low, high = newcombe(one.count, one.of, other.count, other.of)
    told |= {"difference": difference, "interval": [low, high]}
    figures = f"{one.told} against {other.told}"
    if min(one.of, other.of) < fewest:
        note = f"cannot tell: {figures}; fewer than {fewest} are not compared"
        return Measure(subject, evidence=told, note=note, outcome=Outcome.COULD_NOT_RUN)
    if difference > max_difference + TOLERANCE and low <= max_difference + TOLERANCE:
        note = (
            f"cannot tell: {figures}; the difference of {100 * difference:.1f} points could be "
            f"chance (95 % interval {100 * low:.1f} to {100 * high:.1f})"
        )
        return Measure(subject, evidence=told, note=note, outcome=Outcome.COULD_NOT_RUN)
    faulty = violations if difference > max_difference + TOLERANCE else None
    return Measure(subject, one.count, one.of, difference, told, violations=faulty)
