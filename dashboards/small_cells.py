"""Counts of members that could point at someone: 1 to 10 are shown as ``1-10``.

A share gives such a count away where its whole is shown beside it, so it is then shown as a
bound. Shares of fewer than 30 members are marked. Downloads of findings hold the exact figures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

LARGEST = 10
FEW = 30

SMALL = f"1-{LARGEST}"

SMALL_MIDDLE = (1 + LARGEST) / 2
"""What stands for every small count where a figure must be drawn or sorted by."""

COUNTS = frozenset(
    {
        *(
            "members",
            "within",
            "borderline",
            "unlocated",
            "approximate",
            "unreachable",
            "unsnapped",
        ),
        *(
            "outside",
            "undecided",
            "within_listed",
            "within_serving",
            "lost",
            "members_in_no_region",
        ),
        *("most_lost", "most_behind"),
    }
)
"""Keys of a network finding's evidence that count members, by county in the last two."""

NOTE = (
    f"Counts of 1 to {LARGEST} members are shown as {SMALL}, and a share that would give one "
    f"away as a bound; * marks shares of fewer than {FEW} members."
)


def is_small(count: float | None) -> bool:
    """Whether a count of members is above 0 and below 11."""
    return count is not None and 0 < count < LARGEST + 1


def tell_count(count: float | None) -> str:
    """Return a count of members as it may be shown; "" where there is none."""
    if count is None:
        return ""
    return SMALL if is_small(count) else f"{count:,.0f}"


def is_hidden(part: float, whole: float) -> bool:
    """Whether the share ``part / whole`` would tell a small count; all or none tells none."""
    return 0 < part < whole and (is_small(part) or is_small(whole - part))


def tell_share(part: float | None, whole: float | None) -> str:
    """Return a share of members with one decimal, as a bound, or marked with ``*``."""
    if part is None or not whole:
        return ""
    mark = "*" if whole < FEW else ""
    if not is_hidden(part, whole):
        # Nearly all is not all, nearly none is not none.
        shown = 100 * part / whole
        shown = min(shown, 99.9) if part < whole else shown
        return f"{max(shown, 0.1) if part > 0 else shown:.1f} %{mark}"
    if is_small(whole):
        return f"some{mark}"
    if is_small(whole - part):
        return f"≥ {math.floor(100 * max(whole - LARGEST, 0) / whole)} %{mark}"
    return f"≤ {math.ceil(100 * LARGEST / whole)} %{mark}"


def difference(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None]
) -> float | None:
    """Return one share less another in points, None where either may not be told."""
    shares = []
    for part, whole in (one, other):
        if part is None or not whole or is_hidden(part, whole):
            return None
        shares.append(100 * part / whole)
    return shares[0] - shares[1]


def tell_gap(one: float | None, other: float | None, whole: float | None) -> str:
    """Return by how many points ``one`` share is ahead of ``other``, of the same members.

    As bounds where few members are between the two, or where either share may not be told.
    """
    if one is None or other is None or not whole:
        return ""
    mark = "*" if whole < FEW else ""
    if is_small(whole) and one != other:
        return f"some{mark}"
    low, high = gap_bounds(one, other, whole)
    if low == high:
        return f"{100 * low / whole + 0.0:.1f}{mark}"
    return f"{math.floor(100 * low / whole)} to {math.ceil(100 * high / whole)}{mark}"


def drawn_gap(one: float | None, other: float | None, whole: float | None) -> float | None:
    """Return the gap to draw, as a share: the middle of what bounds leave open."""
    if one is None or other is None or not whole:
        return None
    return sum(gap_bounds(one, other, whole)) / 2 / whole


def gap_bounds(one: float, other: float, whole: float) -> tuple[float, float]:
    """Return the least and the most members that may be told to be between two shares."""
    first, second = bounds(one, whole), bounds(other, whole)
    low, high = first[0] - second[1], first[1] - second[0]
    if low == high and is_small(abs(low)):
        return (0.0, float(LARGEST)) if low > 0 else (-float(LARGEST), 0.0)
    return low, high


def bounds(part: float, whole: float) -> tuple[float, float]:
    """Return the least and the most that a part of some members may be told to be."""
    if not is_hidden(part, whole):
        return part, part
    if is_small(whole):
        return 0.0, whole
    few = (1.0, float(LARGEST))
    return (whole - few[1], whole - few[0]) if is_small(whole - part) else few


def tell_lost(lost: float | None, before: float | None) -> str:
    """Return how many of those who were there before are lost; few lost or few left are veiled."""
    if lost is None or before is None or not is_hidden(lost, before):
        return tell_count(lost)
    return SMALL if is_small(lost) else f"all but {SMALL}"


def drawn_share(part: float | None, whole: float | None) -> float | None:
    """Return the share to colour a county by: the middle of what a bound leaves open."""
    if part is None or not whole:
        return None
    if not is_hidden(part, whole):
        return part / whole
    if is_small(whole):
        return 0.5
    gap = SMALL_MIDDLE / whole
    return 1 - gap if is_small(whole - part) else gap


def veil_message(
    message: str, numerator: float | None, denominator: float | None, evidence: Mapping[str, Any]
) -> str:
    """Return a finding's sentence without small counts of members.

    Only findings whose evidence names a group of members (``who``, ``members``) count members;
    every other sentence comes back as it is.
    """
    members = evidence.get("members")
    if "who" not in evidence or not isinstance(members, int | float) or denominator is None:
        return message
    whole = f"{denominator:,.0f}"
    if "within" not in evidence:
        return message.replace(f", {whole};", f", {SMALL};") if is_small(denominator) else message
    if numerator is None or not (is_small(denominator) or is_hidden(numerator, denominator)):
        return message
    counted = rf"{re.escape(f'{numerator:,.0f}')} of {re.escape(whole)} (.*?) \([\d.]+%[^)]*\)"
    told = tell_part(numerator, denominator)
    veiled, found = re.subn(counted, lambda at: f"{told} {at[1]}", message, count=1)
    return veiled if found else f"{told} {evidence['who']} are within the limit."


def tell_part(part: float, whole: float) -> str:
    """Return a part of some members in words: ``1,204 of 1,250``, ``all but 1-10 of 1,250``."""
    if not (is_small(whole) or is_hidden(part, whole)):
        return f"{part:,.0f} of {whole:,.0f}"
    if part in (0, whole):
        return f"{'none' if part == 0 else 'all'} of {tell_count(whole)}"
    if is_small(whole):
        return f"some of {SMALL}"
    return f"{f'all but {SMALL}' if is_small(whole - part) else SMALL} of {whole:,.0f}"
